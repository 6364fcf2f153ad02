"""The independent check: capacity, budgets, and a ledger that holds exactly what is listed."""

import shutil
from datetime import date

import pytest

from jobs.lists import layout
from jobs.lists.writing import write_json
from tests.jobs.lists.small_home import SmallHome, broken, details, found, listed, of_ledger

pytestmark = [pytest.mark.home, pytest.mark.usefixtures("no_waiting_for_the_disk")]


def test_capacity_of_channel_and_place_and_budgets(tmp_path):
    small = SmallHome()
    small.channels[0]["capacity"]["day"] = 1
    small.channels[2]["capacity"]["place"] = {"kind": "branch", "day": 1, "but": {"anzhou_b2": 0}}
    small.campaigns[0]["budget"] = {"contacts_max": 2}  # 2 today, 1 before
    small.campaigns[3]["budget"] = {"money": 0.99}  # 1 yuan today
    small.write(tmp_path)
    assert details(tmp_path) == [
        ("budget", "birthday: 1 contacts of at most any, 1.0 yuan of 0.99"),
        ("budget", "ringback: 3 contacts of at most 2, 3.0 yuan of any"),
        ("capacity", "sms: 2 rows, the channel carries 1"),
        ("place_capacity", "hall: anzhou_b1: 2 rows, the place carries 1"),
        ("place_capacity", "hall: anzhou_b2: 1 rows, the place carries 0"),
    ]


def test_the_ledger_holds_exactly_what_is_listed(tmp_path):
    small = SmallHome().widen()
    kept = list(small.lists)
    not_in_ledger = small.add("sms", "D00", "birthday")
    other_figures = small.add("sms", "D01", "birthday")
    revoked, revoked_later, of_later_revision, missing = (listed("web", f"D0{n}", "ringback", 2, rank=1) for n in (2, 3, 4, 5))
    small.lists += [revoked_later]
    small.ledger = [of_ledger(row) for row in kept]
    small.ledger += [of_ledger(other_figures) | {"probability": 0.5}, of_ledger(revoked, revoked_in=1), of_ledger(revoked_later, revoked_in=2)]
    small.ledger += [of_ledger(of_later_revision, revision=2), of_ledger(missing)]
    small.write(tmp_path)
    assert found(tmp_path) == broken((not_in_ledger, "ledger"), (other_figures, "ledger"), (missing, "ledger"))


def test_what_is_listed_beside_the_ledger_counts_for_budgets_caps_and_days(tmp_path):
    small = SmallHome().widen()
    small.ledger = [of_ledger(row) for row in small.lists]
    small.campaigns[3]["budget"] = {"money": 1.99}  # birthday: 1 yuan in the ledger and 1 beside it
    small.campaigns[1]["budget"] = {"contacts_max": 1}  # music: the row of C5
    third_text = small.add("sms", "D00", "packs")  # sms_month: at most 2 high-value texts
    small.past += [of_ledger(listed("sms", "D00", "packs", 1, rank=1, contact_date=date(2026, 11, day))) for day in (1, 2)]
    excluded = [small.add("sms", "D01", "ringback"), small.add("web", "D01", "music")]
    small.add("sms", "D02", "birthday")
    small.write(tmp_path)
    assert found(tmp_path) == {
        "": {"budget"},
        third_text["contact_id"]: {"ledger", "cap.sms_month", "campaign_max_contacts"},
        excluded[0]["contact_id"]: {"ledger", "exclusive_with"},
        excluded[1]["contact_id"]: {"ledger", "exclusive_with"},
        small.lists[-1]["contact_id"]: {"ledger"},
    }
    assert [detail for rule, detail in details(tmp_path) if rule == "budget"] == [
        "birthday: 2 contacts of at most any, 2.0 yuan of 1.99",
        "music: 2 contacts of at most 1, 2.0 yuan of any",
    ]


def test_a_table_that_is_gone_or_older_is_named(tmp_path):
    SmallHome().write(tmp_path / "whole")
    for table in ("contact", "do_not_disturb", "control_assignment", "decision", "identity", "customer", "outcome"):
        shutil.copytree(tmp_path / "whole", tmp_path / table)
        shutil.rmtree(tmp_path / table / "lake" / table)
        assert ("evidence", f"lake/{table} is not there, so what it says cannot be held against the lists") in details(tmp_path / table)
    run = tmp_path / "whole" / "manifests" / "business_date=2026-11-05" / "run.json"
    write_json(run, {**layout.read_json(run), "tables": {"outcome": 7}})
    assert details(tmp_path / "whole") == [("evidence", "lake/outcome is older than when the lists were made")]


def test_a_night_without_its_decisions_is_named(tmp_path):
    small = SmallHome()
    small.decisions = []
    small.write(tmp_path)
    assert details(tmp_path) == [("evidence", "lake/decision has no rows of 2026-11-05")]


def test_a_row_twice_in_a_list_and_a_campaign_twice_to_a_customer(tmp_path):
    small = SmallHome().widen()
    small.ledger = [of_ledger(row) for row in small.lists]
    twice = small.lists[2]  # e-mail, birthday
    small.lists.append({**twice, "rank": 2})
    in_other_channel = small.add("sms", twice["customer_id"], "birthday")
    small.ledger.append(of_ledger(in_other_channel))
    small.write(tmp_path)
    assert found(tmp_path) == {
        **broken((twice, "duplicate")),
        min(twice["contact_id"], in_other_channel["contact_id"]): {"one_channel_a_campaign"}
        | ({"duplicate"} if twice["contact_id"] < in_other_channel["contact_id"] else set()),
    }
