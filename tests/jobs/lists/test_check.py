"""The independent check: silent on a consistent night, and for every rule a list is broken by hand and the check names exactly that rule.

Faults of different customers share a home, so that each expectation also says what the check does not say.
"""

import ast
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from jobs.lists.check import check_published
from jobs.lists.check.rules_file import content_hash
from tests.jobs.lists.small_home import (
    CARE,
    DAY,
    NIGHT,
    SmallHome,
    broken,
    campaign,
    found,
    listed,
    of_ledger,
    put,
)

pytestmark = [pytest.mark.home, pytest.mark.usefixtures("no_waiting_for_the_disk")]


def past(channel: str, customer: str, campaign: str, day: date, wave: int = 1, **more: object) -> dict:
    return of_ledger(listed(channel, customer, campaign, wave, rank=1, contact_date=day), **more)


def test_a_consistent_night_has_no_violation(tmp_path):
    SmallHome().write(tmp_path)
    result = check_published(tmp_path, tmp_path / "conf", DAY)
    assert (result.rows, result.violations, result.counts, result.notes) == (6, [], {}, [])


def test_the_check_imports_nothing_of_the_house():
    folder = Path(__file__).parents[3] / "jobs" / "lists" / "check"
    nodes = [node for path in folder.glob("*.py") for node in ast.walk(ast.parse(path.read_text()))]
    modules = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)} | {
        one.name for node in nodes if isinstance(node, ast.Import) for one in node.names
    }
    assert "duckdb" in modules
    assert {name for name in modules if name.startswith("jobs") and not name.startswith("jobs.lists.check.")} == set()


def test_rows_that_break_a_rule_of_their_own(tmp_path):
    small = SmallHome().widen()
    small.campaigns += [
        campaign("over", CARE, "birthday_greeting", [["sms"]], period={"from": date(2026, 10, 1), "to": date(2026, 11, 5)}),
        campaign("one_day", CARE, "birthday_greeting", [["sms"]], period={"from": DAY, "to": DAY}),
        campaign("not_approved", CARE, "birthday_greeting", [["sms"]]),
    ]
    small.campaigns.append(campaign("on_the_web", CARE, "birthday_greeting", [["web"]]))  # web carries services alone
    small.approved += ["over", "one_day", "on_the_web"]
    small.add("sms", "D00", "one_day")  # the first and last day of the period is inside it
    unknown_customer = small.add("sms", "X1", "birthday")
    small.identities.append({"customer_id": "X1", "number": unknown_customer["address"]})
    closed = small.add("sms", "D07", "birthday")
    small.customers[8 + 7]["status"] = "closed"
    faults = [
        (unknown_customer, "customer"),
        (closed, "living_customer"),
        (small.add("sms", "D01", "birthday", contact_id="0" * 32), "contact_id"),
        (small.add("sms", "D02", "nobody"), "campaign"),
        (small.add("sms", "D03", "birthday", product="points_reminder"), "campaign"),
        (small.add("sms", "D04", "birthday", campaign_type="movement_alert"), "campaign"),
        (small.add("sms", "D05", "birthday", wave=2), "wave"),
        (small.add("sms", "D06", "birthday", script="made-up"), "script"),
        (small.add("sms", "D08", "birthday", address=None), "address"),
        (small.add("sms", "D09", "birthday", address="13900000000"), "address"),
        (small.add("web", "D10", "ringback", wave=2, address="13800000000"), "address"),
        (small.add("sms", "D11", "over"), "period"),
        (small.add("sms", "D12", "not_approved"), "approval"),
        (small.add("web", "D21", "on_the_web"), "carries"),
        (small.add("sms", "D13", "birthday", valid_to=datetime(2026, 11, 6, 1, tzinfo=UTC)), "validity"),
        (small.add("sms", "D14", "birthday", valid_from=datetime(2026, 11, 5, 15, 59, tzinfo=UTC)), "validity"),  # 23:59 of the 5th in Shanghai
        (small.add("sms", "D15", "birthday", history=[]), "history"),
        (small.add("hall", "D16", "ringback", wave=2, place="anzhou_b1", history=None), "history"),
        (small.add("sms", "D17", "birthday", place="anzhou_b1"), "place"),
        (small.add("hall", "D18", "ringback", wave=2), "place"),
        (small.add("sms", "D19", "birthday", expected_value=None), "schema"),
        (small.add("sms", "D20", "birthday", rank=99), "rank"),
    ]
    small.write(tmp_path)
    assert found(tmp_path) == broken(*faults)


def test_figures_out_of_range_are_named_though_the_ledger_says_the_same(tmp_path):
    small = SmallHome().widen()
    faults = [
        (small.add("sms", "D00", "birthday", probability=1.5), "probability"),
        (small.add("sms", "D01", "birthday", probability=-0.01), "probability"),
        (small.add("sms", "D02", "birthday", probability=float("nan")), "probability"),
        (small.add("sms", "D03", "birthday", probability=float("inf")), "probability"),
        (small.add("sms", "D06", "birthday", valid_to=datetime(2026, 11, 7, 12, tzinfo=UTC)), "validity"),  # a day later
        (small.add("sms", "D07", "birthday", valid_from=datetime(2026, 11, 6, 0, 59, tzinfo=UTC)), "hours"),  # 08:59 in Shanghai, open from 09:00
        (small.add("sms", "D08", "birthday", valid_to=datetime(2026, 11, 6, 12, 1, tzinfo=UTC)), "hours"),  # 20:01, open to 20:00
    ]
    for customer, fine in (("D16", {"probability": 0.0}), ("D17", {"probability": 1.0})):
        small.add("sms", customer, "birthday", **fine)
    how = {
        "D10": {"propensity": 0.0},
        "D11": {"propensity": 1.01},
        "D12": {"propensity": float("nan")},
        "D13": {"propensity": None},
        "D14": {"mechanism": "luck"},
    }
    faults += [(small.add("sms", customer, "birthday"), "propensity") for customer in how]
    small.add("sms", "D15", "birthday")
    how["D15"] = {"mechanism": "exploration", "propensity": 0.05}
    small.add("sms", "D18", "birthday", expected_value=Decimal("0.0001"))
    faults.append((small.add("sms", "D05", "birthday", expected_value=Decimal("0.0000")), "expected_value"))
    faults.append((small.add("sms", "D04", "birthday", expected_value=Decimal("-0.0001")), "expected_value"))
    small.ledger = [of_ledger(row, **how.get(row["customer_id"], {})) for row in small.lists]
    small.write(tmp_path)
    assert found(tmp_path) == broken(*faults)


def test_a_row_that_is_worth_more_than_the_one_before_it(tmp_path):
    small = SmallHome().widen()
    small.add("sms", "D00", "birthday", expected_value=Decimal("2.9499"))
    small.add("sms", "D01", "birthday", expected_value=Decimal("2.9499"))
    later = small.add("sms", "D02", "birthday")
    small.write(tmp_path)
    assert found(tmp_path) == broken((later, "order"))


def test_an_edit_after_the_approval_or_a_later_rejection_is_no_approval(tmp_path):
    small = SmallHome()
    run = small.write(tmp_path)
    path = tmp_path / "conf" / "campaigns" / "packs.yaml"
    path.write_text(path.read_text().replace("value: 12.0", "value: 13.0"))
    rejected = {"campaign": "birthday", "content_hash": content_hash(small.campaigns[3]), "decision": "rejected", "by": "test"}
    put(run.lake, "approval", [{**rejected, "at": datetime(2026, 11, 5, 12, tzinfo=UTC)}])
    assert found(tmp_path) == broken((small.lists[1], "approval"), (small.lists[5], "approval"), (small.lists[2], "approval"))
    assert check_published(tmp_path, tmp_path / "conf", DAY).notes[0].startswith("the rules in ")


def test_bans_of_every_level_hold_on_their_first_and_last_day(tmp_path):
    small = SmallHome().widen()
    rows = [small.add("sms", f"D{n:02d}", "ringback") for n in range(14)]

    def ban(
        row: int, level: str, product: str | None = None, channel: str | None = None, start: date = DAY, end: date | None = DAY, known: date = NIGHT
    ) -> None:
        what = {"customer_id": f"D{row:02d}", "level": level, "product": product, "channel": channel}
        small.bans.append({**what, "reason": "asked", "source": "register", "start_date": start, "end_date": end, "business_date": known})

    ban(0, "system")
    ban(1, "product", product="ringback_tone")
    ban(2, "channel", channel="sms")
    ban(3, "product_channel", product="ringback_tone", channel="sms")
    ban(4, "system", start=date(2026, 1, 1), end=None, known=date(2026, 11, 1))
    ban(5, "product", product="music_club")  # another product
    ban(6, "channel", channel="call")  # another channel
    ban(7, "product_channel", product="ringback_tone", channel="hall")  # the product on another channel
    ban(8, "product_channel", product="music_club", channel="sms")  # another product on the channel
    ban(9, "system", start=date(2026, 11, 1), end=date(2026, 11, 5))  # ended the day before
    ban(10, "system", start=date(2026, 11, 7), end=None)  # starts the day after
    ban(11, "system", known=DAY)  # not yet known when the list was made
    ban(12, "system", start=date(2026, 11, 1), end=None, known=date(2026, 11, 1))
    ban(12, "system", start=date(2026, 11, 1), end=date(2026, 11, 3), known=date(2026, 11, 4))  # the newest row of a ban ends it
    ban(13, "system", start=date(2026, 11, 1), end=date(2026, 11, 3), known=date(2026, 11, 1))
    ban(13, "system", start=date(2026, 11, 1), end=None, known=date(2026, 11, 4))  # the newest row of a ban prolongs it
    small.write(tmp_path)
    assert found(tmp_path) == broken(*[(rows[number], "do_not_disturb") for number in (0, 1, 2, 3, 4, 13)])


def test_control_groups_holdouts_and_exclusions(tmp_path):
    small = SmallHome().widen()
    small.controls += [{"customer_id": "D01", "layer": "packs", "arm": "control"}, {"customer_id": "D02", "layer": "packs", "arm": "treated"}]
    controlled = small.add("sms", "C7", "packs")
    small.add("sms", "C7", "birthday")  # care is spared
    held_out = small.add("sms", "C6", "packs")  # by decision
    held_out_by_layer = small.add("sms", "D01", "packs")
    small.add("sms", "D02", "packs")
    one, other = small.add("sms", "D03", "ringback"), small.add("web", "D03", "music")
    after_other = small.add("web", "D04", "music")  # ringback's file names music; exclusion is mutual
    small.past.append(past("sms", "D04", "ringback", date(2026, 11, 1)))
    small.add("web", "D05", "music")  # before the period and the month
    small.past.append(past("sms", "D05", "ringback", date(2026, 10, 31)))
    small.add("web", "D06", "music")  # the other campaign did not reach the customer
    small.past.append(past("sms", "D06", "ringback", date(2026, 11, 1)))
    small.outcomes.append({"contact_id": small.past[-1]["contact_id"], "outcome": "failed"})
    small.write(tmp_path)
    assert found(tmp_path) == broken(
        (controlled, "global_control"),
        (held_out, "campaign_holdout"),
        (held_out_by_layer, "campaign_holdout"),
        (one, "exclusive_with"),
        (other, "exclusive_with"),
        (after_other, "exclusive_with"),
    )


def test_what_a_customer_answered_stops_the_product_on_every_channel(tmp_path):
    small = SmallHome().widen()

    def answered(customer: str, outcome: str, campaign: str = "ringback", day: date = date(2026, 11, 1)) -> dict:
        small.past.append(past("web", customer, campaign, day, wave=2))
        small.outcomes.append({"contact_id": small.past[-1]["contact_id"], "outcome": outcome})
        return small.add("sms", customer, campaign)

    stopped = [answered("D00", "accepted"), answered("D01", "refused"), answered("D02", "opted_out"), answered("D03", "refused", campaign="birthday")]
    answered("D04", "considering")
    answered("D05", "not_reached")
    answered("D06", "accepted", campaign="birthday")  # care goes on after a thank-you
    answered("D07", "refused", day=date(2026, 10, 31))  # before the campaign began
    small.write(tmp_path)
    assert found(tmp_path) == broken(*[(row, "stopped_by_outcome") for row in stopped])


def test_caps_count_the_ledger_of_the_month_without_what_was_given_back(tmp_path):
    small = SmallHome().widen()
    october, november = date(2026, 10, 31), date(2026, 11, 1)
    for one in small.campaigns:
        one["delivery"] = {"mode": "daily"}

    def three_before(customer: str, days: list[date], **more: object) -> list[dict]:
        small.past += [past("web", customer, "ringback", day, wave=2, **more) for day in days]
        return small.past[-len(days) :]

    days = [november, date(2026, 11, 2), date(2026, 11, 3)]
    over = small.add("sms", "D00", "ringback")  # the 4th of the product, at most 3
    three_before("D00", days)
    small.add("sms", "D01", "ringback")  # the 3rd: one was last month
    three_before("D01", [october, *days[:2]])
    small.add("sms", "D02", "ringback")  # the 3rd: one was not reached
    small.outcomes.append({"contact_id": three_before("D02", days)[0]["contact_id"], "outcome": "not_reached"})
    revoked = small.add("sms", "D03", "ringback")  # the 4th: a row that a revision took out keeps its allowance
    three_before("D03", days, revoked_in=2)
    heard = small.add("sms", "D04", "ringback")  # the 4th: who considers gives nothing back
    small.outcomes.append({"contact_id": three_before("D04", days)[0]["contact_id"], "outcome": "considering"})
    small.add("sms", "D05", "packs")  # the 1st of the product; 4 of any kind is within grade_month of an ordinary customer
    three_before("D05", days)
    vip = small.add("sms", "C8", "ringback")  # with today's packs the 4th of a VIP, at most 3
    small.past += [past("web", "C8", "packs", november), past("web", "C8", "ringback", date(2026, 11, 2), wave=2)]
    by_text = small.add("sms", "D06", "packs")  # the 3rd high-value text, at most 2
    small.past += [past("sms", "D06", "packs", november), past("sms", "D06", "packs", date(2026, 11, 2)), past("sms", "D06", "ringback", november)]
    in_cell = small.add("sms", "D07", "packs")  # the 2nd of a customer in the cell of at most 1
    small.past.append(past("web", "D07", "ringback", november, wave=2))
    small.add("sms", "D08", "packs")  # in no cell
    small.past.append(past("web", "D08", "ringback", november, wave=2))
    small.controls += [{"customer_id": "D07", "layer": "frequency", "arm": "at_most_1"}, {"customer_id": "D08", "layer": "frequency", "arm": "treated"}]
    small.write(tmp_path)
    assert found(tmp_path) == {
        **broken(
            (over, "cap.product_month"),
            (revoked, "cap.product_month"),
            (heard, "cap.product_month"),
            (by_text, "cap.sms_month"),
            (vip, "cap.grade_month"),
            (in_cell, "cap.cell_month"),
        ),
        small.lists[5]["contact_id"]: {"cap.grade_month"},
    }


def test_contacts_of_one_night_and_days_between(tmp_path):
    small = SmallHome().widen()
    small.channels[3]["carries"] += ["care"]
    small.campaigns += [campaign(name, CARE, "birthday_greeting", [["web"]]) for name in ("care_1", "care_2")]
    small.approved += ["care_1", "care_2"]
    too_many = [small.add("sms", "D00", "birthday"), small.add("web", "D00", "care_1"), small.add("web", "D00", "care_2")]
    two_days_ago = small.add("sms", "D01", "ringback")  # same_product_days: at least 3
    small.past.append(past("web", "D01", "ringback", date(2026, 11, 4), wave=2))
    small.add("sms", "D02", "ringback")
    small.past.append(past("web", "D02", "ringback", date(2026, 11, 3), wave=2))
    yesterday = small.add("sms", "D03", "birthday")  # no rule of the house for care, but the planner's own: at least 2 days
    small.past.append(past("sms", "D03", "birthday", date(2026, 11, 5)))
    third = small.add("sms", "D04", "birthday")  # the planner's own maximum: 2
    small.past += [past("sms", "D04", "birthday", date(2026, 11, day)) for day in (1, 3)]
    small.write(tmp_path)
    first = min(too_many, key=lambda row: row["contact_id"])
    assert found(tmp_path) == broken(
        (first, "contacts_a_night"), (two_days_ago, "minimum_days.same_product_days"), (yesterday, "campaign_min_days"), (third, "campaign_max_contacts")
    )
