"""contact_list: what a channel gets: script with blanks, hours in UTC, rank, and last contacts where a person talks."""

from datetime import date, datetime

import pytest

from jobs.contact.contact_list import contact_list
from tests.frames import rows
from tests.jobs.contact.house import campaign, house

pytestmark = pytest.mark.spark


def test_a_list_row_carries_what_its_channel_needs(spark, tmp_path):
    run = house(tmp_path, spark, "2026-11-10", [campaign("autumn"), campaign("points", "points_reminder", type="care_reminder", scene="care.points")])
    ledger = "contact_id | customer_id | campaign | campaign_type | product | channel | wave | place | expected_value | probability | revoked_in | contact_date | business_date\n"
    tonight = """
        b | C1 | points | care_reminder            | points_reminder | sms   | 1 |    | 3.0 | 0.3 |   | 2026-11-11 | 2026-11-10
        a | C2 | points | care_reminder            | points_reminder | sms   | 1 |    | 3.0 | 0.3 |   | 2026-11-11 | 2026-11-10
        c | C3 | points | care_reminder            | points_reminder | sms   | 1 |    | 9.0 | 0.3 |   | 2026-11-11 | 2026-11-10
        d | C1 | autumn | low_value_recommendation | ringback_tone   | hall  | 2 | B1 | 1.0 | 0.1 |   | 2026-11-11 | 2026-11-10
        e | C2 | autumn | low_value_recommendation | ringback_tone   | hall  | 2 | B1 | 1.0 | 0.1 | 2 | 2026-11-11 | 2026-11-10
        f | C2 | autumn | low_value_recommendation | ringback_tone   | email | 1 |    | 1.0 | 0.1 |   | 2026-11-11 | 2026-11-10
        g | C3 | autumn | low_value_recommendation | ringback_tone   | call  | 1 | X  | 1.0 | 0.1 |   | 2026-11-11 | 2026-11-10
        """.strip()
    earlier = "\n".join(
        f"p{day} | C1 | autumn | low_value_recommendation | ringback_tone | sms | 1 | | 1.0 | 0.1 | | 2026-11-0{day} | 2026-11-0{day - 1}"
        for day in range(2, 7)
    )
    history = (
        "customer_id | contacted_on | product | channel | outcome\nC1 | 2026-10-01 | music_club | call | refused\nC2 | 2026-10-01 | music_club | call | refused"
    )
    past = rows(spark, "contact", ledger + earlier)
    found = contact_list(
        past.unionByName(rows(spark, "contact", ledger + tonight)),
        past,
        rows(spark, "customer_view", "customer_id | points | points_expiring\nC1 | 1200 | 300\nC2 | 1500 |\nC3 | 900 | 1"),
        rows(spark, "outcome", "contact_id | outcome\np6 | considering\np5 | delivered"),
        rows(spark, "contact_history", history),
        rows(spark, "contact_history", history).limit(0),
        run,
    ).collect()
    listed = {row.contact_id: row for row in found}
    assert set(listed) == {"a", "b", "c", "d", "f", "g"}  # e was taken out by a later revision
    assert [listed[one].rank for one in ("c", "a", "b")] == [1, 2, 3]  # by value, then by id
    assert {one: row.script for one, row in listed.items()} == {"a": "RB-sms", "b": "RB-sms", "c": "RB-sms", "d": "RB-hall", "f": "RB-email", "g": "RB-call"}
    # The session shows timestamps in UTC: 09:00 in Shanghai is 01:00.
    assert (listed["a"].valid_from, listed["a"].valid_to) == (datetime(2026, 11, 11, 1, 0), datetime(2026, 11, 11, 12, 0))
    assert (listed["d"].valid_from, listed["d"].valid_to) == (datetime(2026, 11, 11, 0, 30), datetime(2026, 11, 11, 10, 0))
    assert listed["b"].parameters == {"points": "1200", "points_expiring": "300"}
    assert listed["a"].parameters == {"points": "1500"}
    assert listed["d"].parameters == {"price": "5.00"}
    assert listed["a"].history is None
    assert listed["g"].history == []
    assert [(one.contact_date, one.channel, one.outcome) for one in listed["d"].history] == [
        (date(2026, 11, 6), "sms", "considering"),
        (date(2026, 11, 5), "sms", "no_response"),
        (date(2026, 11, 4), "sms", "no_response"),
        (date(2026, 11, 3), "sms", "no_response"),
        (date(2026, 11, 2), "sms", "no_response"),
    ]
