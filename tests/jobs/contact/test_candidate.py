"""candidate: who matches, on which wave and channel, with which score; and what makes a wave due."""

import math

import pytest

from jobs.campaign.campaign import load_campaigns
from jobs.contact.candidate import candidate
from tests.frames import rows
from tests.jobs.contact.house import campaign, house

pytestmark = pytest.mark.spark

SEQUENCE = [
    {"wave": 1, "channels": ["sms"]},
    {"wave": 2, "channels": ["hall", "web"], "delay_days": 3, "when": ["no_response", "not_reached"]},
    {"wave": 3, "channels": ["call"], "delay_days": 5, "when": ["considering"]},
]
CAMPAIGNS = [
    campaign("autumn", target="age between 18 and 35", exclude="arrears_total > 0", waves=SEQUENCE, delivery={"mode": "once"}),
    campaign("reading", "mobile_reading", target="reader", delivery={"mode": "monthly", "max_contacts": 2}),
    campaign(
        "points", "points_reminder", type="care_reminder", scene="care.points", target="points > 1000", waves=[{"wave": 1, "channels": ["sms"]}], value=1.0
    ),
    campaign("closed", "music_club", period={"from": "2026-10-01", "to": "2026-11-10"}),
]


@pytest.fixture
def run(spark, tmp_path):
    return house(tmp_path, spark, "2026-11-10", CAMPAIGNS)


def candidates(spark, run, view: str, contact: str = "", outcome: str = "", held: tuple[str, ...] = ()) -> dict:
    """(customer, campaign, channel) -> row. Everybody has every score but for the products held; campaign `autumn` is approved as it stands, `reading` in another form."""
    customer_view = rows(spark, "customer_view", view)
    customers = [row.customer_id for row in customer_view.select("customer_id").collect()]
    products, channels = ("ringback_tone", "mobile_reading", "music_club"), ("sms", "hall", "web", "call")
    appetite = "\n".join(f"{one} | {product} | 0.5" for one in customers for product in products if f"{one} {product}" not in held)
    reach = "\n".join(f"{one} | {channel} | 0.25 | -0.5" for one in customers for channel in channels)
    affinity = "\n".join(f"{product} | {channel} | -2.0 | 1.0 | 0.25" for product in (*products, "points_reminder") for channel in channels)
    autumn = next(one for one in load_campaigns(run.conf) if one.campaign == "autumn")
    approvals = f"campaign | content_hash | decision | at\nautumn | {autumn.content_hash} | approved | 2026-11-01 08:00:00\nreading | 0 | approved | 2026-11-01 08:00:00"
    header = "contact_id | customer_id | campaign | product | channel | wave | contact_date | business_date\n"
    found = candidate(
        customer_view,
        rows(spark, "customer_product_score", f"customer_id | product | log_odds\n{appetite}"),
        rows(spark, "customer_channel_score", f"customer_id | channel | probability | log_odds\n{reach}"),
        rows(spark, "product_channel_score", f"product | channel | base_log_odds | log_odds | calibration\n{affinity}"),
        rows(spark, "contact", header + (contact.strip() or "x | nobody | autumn | ringback_tone | sms | 1 | 2026-11-02 | 2026-11-01")),
        rows(spark, "outcome", "contact_id | outcome\n" + (outcome or "z | failed")),
        rows(spark, "approval", approvals),
        run,
    )
    return {(row.customer_id, row.campaign, row.channel): row for row in found.collect()}


def test_the_target_less_the_exclusion_of_live_campaigns_with_score_place_and_approval(spark, run):
    view = """
        customer_id | status  | age | arrears_total | reader | points | city   | home_branch | vip_level | case
        C1          | active  | 30  | 0             | true   | 2000   | anzhou | B1          | 2         | matches three
        C2          | active  | 30  | 500           |        |        | anzhou | B1          | 0         | in arrears
        C3          | active  | 30  |               | false  | 10     | anzhou |             | 0         | unknown arrears do not exclude
        C4          | closed  | 30  | 0             | true   | 2000   | anzhou | B1          | 0         | a closed line is no customer
        C5          | active  | 30  | 0             |        |        | anzhou | B1          | 0         | holds the tone already
        """
    found = candidates(spark, run, view, held=("C5 ringback_tone",))
    assert set(found) == {("C1", "autumn", "sms"), ("C1", "reading", "web"), ("C1", "points", "sms"), ("C3", "autumn", "sms")}
    row = found["C1", "autumn", "sms"]
    assert (row.wave, row.grade, row.place, row.approved, row.due, row.stopped) == (1, "vip", None, True, True, False)
    assert (row.term_base, row.term_product_channel, row.term_customer_product, row.term_customer_channel, row.term_calibration) == (-2.0, 1.0, 0.5, -0.5, 0.25)
    assert row.probability == pytest.approx(0.25 / (1 + math.exp(0.75)), abs=1e-12)
    assert row.expected_value == round(100 * row.probability - 0.05, 4)
    shown = found["C1", "reading", "web"]  # passive: an offer that is not shown costs nothing
    assert shown.expected_value == round(100 * shown.probability - 0.02 * 0.25, 4)
    assert found["C1", "points", "sms"].term_customer_product == 0.0  # nobody holds a reminder
    assert not found["C1", "reading", "web"].approved


def test_where_each_customer_stands_in_the_sequence_and_whether_the_wave_is_due(spark, run):
    people = {
        "waits": ("1 | 2026-11-09", "", "two days since wave 1"),
        "silent": ("1 | 2026-11-08", "", "three days without response: wave 2"),
        "missed": ("1 | 2026-11-08", "not_reached", "not reached: wave 2 as well"),
        "thinks": ("1 | 2026-11-06", "considering", "considering: the first wave for that is 3"),
        "thinks_on": ("3 | 2026-11-10", "considering", "considering after the last wave: again at once"),
        "bounced": ("1 | 2026-11-10", "failed", "failed: no wave waits for that, so the same again"),
        "over": ("3 | 2026-11-02", "", "no response to the last wave of a campaign that delivers once"),
        "yes": ("1 | 2026-11-05", "accepted", "accepted"),
        "no": ("2 | 2026-11-05", "refused", "refused"),
        "earlier": ("1 | 2026-10-20", "", "a contact before the period"),
    }
    view = "customer_id | status | age | city | home_branch\n" + "\n".join(f"{one} | active | 30 | anzhou | B1" for one in people)
    contact = "\n".join(f"{one} | {one} | autumn | ringback_tone | sms | {known[0]} | {known[0].split(' | ')[1]}" for one, known in people.items())
    outcome = "\n".join(f"{one} | {known[1]}" for one, known in people.items() if known[1])
    found = candidates(spark, run, view, contact, outcome)
    stands = {one: sorted({(row.wave, row.channel, row.due_rule, row.stopped_by) for key, row in found.items() if key[0] == one}) for one in people}
    assert stands == {
        "waits": [(2, "hall", "delay_days", ""), (2, "web", "delay_days", "")],
        "silent": [(2, "hall", "", ""), (2, "web", "", "")],
        "missed": [(2, "hall", "", ""), (2, "web", "", "")],
        "thinks": [(3, "call", "", "")],
        "thinks_on": [(3, "call", "", "")],
        "bounced": [(1, "sms", "", "")],
        "over": [(3, "call", "once", "")],
        "yes": [(1, "sms", "once", "accepted")],
        "no": [(2, "hall", "once", "refused"), (2, "web", "once", "refused")],
        "earlier": [(1, "sms", "", "")],
    }
    assert found["silent", "autumn", "hall"].place == "B1"
    assert found["thinks", "autumn", "call"].place == "anzhou"
    assert (found["missed", "autumn", "web"].contacts_before, found["missed", "autumn", "web"].last_contact) == (0, None)  # given back
    assert found["silent", "autumn", "web"].contacts_before == 1
    assert found["earlier", "autumn", "sms"].contacts_before == 0


def test_a_refusal_elsewhere_stops_the_product_and_an_acceptance_never_stops_care(spark, run):
    contact = """
        a | C1 | spring | ringback_tone   | hall | 1 | 2026-11-05 | 2026-11-04
        b | C1 | points | points_reminder | sms  | 1 | 2026-11-05 | 2026-11-04
        """
    found = candidates(spark, run, "customer_id | status | age | points\nC1 | active | 30 | 2000", contact, "a | refused\nb | accepted")
    assert found["C1", "autumn", "sms"].stopped_by == "refused"
    assert not found["C1", "points", "sms"].stopped


def test_a_wave_goes_to_its_share_of_the_customers_and_always_to_the_same(spark, tmp_path):
    run = house(tmp_path, spark, "2026-11-10", [campaign("autumn", waves=[{"wave": 1, "channels": ["web"], "share": 0.3}])])
    view = "customer_id | status\n" + "\n".join(f"C{i} | active" for i in range(400))
    found = candidates(spark, run, view)
    due = {key[0] for key, row in found.items() if row.due}
    assert len(found) == 400
    assert 80 < len(due) < 160
    assert {row.due_rule for row in found.values()} == {"", "share"}
