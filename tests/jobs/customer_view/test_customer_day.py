"""customer_day: events count on their day in the operator's time zone, and what the system did does not count as the customer's."""

import pytest

from tests.frames import rows
from tests.jobs.customer_view.nights import empty, facts

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def days(spark, tmp_path_factory):
    from datetime import date

    from jobs.conf import Conf
    from jobs.context import RunContext
    from jobs.customer_view.customer_day import customer_day
    from jobs.paths import ROOT

    run = RunContext(tmp_path_factory.mktemp("home"), date(2026, 11, 5), Conf(ROOT / "conf"), spark)
    visits = rows(
        spark,
        "channel_visit",
        """
        visit_id | customer_id | visited_at           | channel   | business_kind | done  | case
        v1       | C1          | 2026-11-04T15:59:59Z | hall      | pay           | true  | last second of 4 November in Shanghai
        v2       | C1          | 2026-11-04T16:00:00Z | hall      | query_bill    | true  | first second of 5 November in Shanghai
        v3       | C1          | 2026-11-05T02:00:00Z | palm_hall | order         | false | in vain
        v4       | C1          | 2026-11-05T02:00:00Z | web       | browse        | true  | the same second: the later visit_id is the last
        v5       | C3          | 2026-11-05T01:00:00Z | web       | points        | true  | points are no query
        v6       | C3          | 2026-11-05T02:00:00Z | hall      | sim           | true  | the card
        """,
    )
    orders = rows(
        spark,
        "order_event",
        """
        order_id | customer_id | product       | action    | channel | ordered_at           | amount_fen | mandatory | case
        o1       | C1          | ringback_tone | subscribe | sms     | 2026-11-05T01:00:00Z |            |           | a service by the customer
        o2       | C1          | plan_upgrade  | subscribe | hall    | 2026-11-05T03:00:00Z | 500        | false     | a plan by the customer
        o3       | C1          | music_club    | subscribe | agent   | 2026-11-05T04:00:00Z |            | true      | by the system: last, and counted apart
        o4       | C2          | ringback_tone | cancel    | hotline | 2026-11-03T01:00:00Z |            | false     | late: delivered two days after
        o5       | C3          | plan_upgrade  | change    | web     | 2026-11-05T01:00:00Z |            | false     | a change by the customer
        o6       | C3          | plan_upgrade  | change    | agent   | 2026-11-05T02:00:00Z |            | true      | a later change by the system
        o7       | C3          | voice_pack    | renew     | call    | 2026-11-05T03:00:00Z |            | false     | a renewal
        """,
    )
    catalogue = rows(spark, "product_catalogue", "product | kind\nringback_tone | service\nmusic_club | service\nplan_upgrade | plan")
    service = rows(
        spark,
        "service_contact",
        """
        contact_number | customer_id | happened_at          | channel | kind         | topic                 | satisfaction | wait_seconds | solved | case
        s1             | C1          | 2026-11-05T01:00:00Z | hotline | complaint    | marketing_disturbance |              | 30           | false  | about marketing
        s2             | C1          | 2026-11-05T02:00:00Z | hall    | complaint    | bill                  |              |              | true   | about the bill
        s3             | C1          | 2026-11-05T03:00:00Z | hotline | satisfaction | other                 | 3            | 20           |        | a reply
        s4             | C1          | 2026-11-05T04:00:00Z | hotline | satisfaction | other                 | 8            |              |        | another reply
        """,
    )
    frame = customer_day(visits, service, orders, empty(run, "payment"), catalogue, run)
    return facts(frame, "customer_id", "day")


def test_an_event_counts_on_its_day_in_the_operators_time_zone(days):
    assert days["C1", "2026-11-04"]["visits_hall"] == 1
    assert days["C1", "2026-11-05"]["visits_hall"] == 1
    assert days["C1", "2026-11-05"]["visits_palm_hall"] == 1


def test_a_late_event_is_a_row_of_its_own_day(days):
    assert days["C2", "2026-11-03"]["cancellations"] == 1
    assert days["C2", "2026-11-03"]["last_cancelled_product"] == "ringback_tone"


def test_what_the_system_ordered_is_not_the_customers_order(days):
    day = days["C1", "2026-11-05"]
    assert (day["orders"], day["value_added_orders"], day["mandatory_orders"], day["order_amount_fen"]) == (2, 1, 1, 500)
    assert (day["last_order_channel"], day["last_subscribed_product"]) == ("hall", "plan_upgrade")


def test_the_last_visit_and_the_visits_in_vain(days):
    day = days["C1", "2026-11-05"]
    assert (day["last_visit_channel"], day["last_query_channel"], day["visits_not_done"]) == ("web", "hall", 1)


def test_each_kind_of_business_has_its_own_channel(days):
    day = days["C3", "2026-11-05"]
    assert (day["last_points_channel"], day["last_sim_channel"], day["last_query_channel"]) == ("web", "hall", None)
    assert (day["last_change_channel"], day["last_renewal_channel"], day["last_order_channel"]) == ("web", "call", None)
    assert days["C2", "2026-11-03"]["last_cancel_channel"] == "hotline"


def test_service_contacts_by_kind(days):
    day = days["C1", "2026-11-05"]
    assert (day["service_contacts"], day["hotline_contacts"], day["complaints"], day["marketing_complaints"], day["bill_complaints"]) == (4, 3, 2, 1, 1)
    assert (day["unsolved"], day["wait_seconds"], day["waits"]) == (1, 50, 2)
    assert (day["satisfaction_sum"], day["satisfaction_replies"], day["satisfaction_lowest"]) == (11, 2, 3)


def test_what_did_not_happen_is_zero_or_null(days):
    day = days["C2", "2026-11-03"]
    assert (day["visits_hall"], day["payments"], day["paid_fen"]) == (0, 0, 0)
    assert (day["last_pay_channel"], day["satisfaction_lowest"]) == (None, None)
