"""certificate: recounted from the written decisions, told in words, and a red line before anything is published."""

import json
import shutil
from dataclasses import replace

import pytest

from jobs.cli.main import run_command
from jobs.contact.certificate import certificate_path, certify, keep_facts
from jobs.contact.publish import publish_lists
from jobs.context import RunContext
from jobs.errors import Refusal
from jobs.lists import layout
from jobs.paths import ROOT
from jobs.progress import Progress
from tests.jobs.lists.small_home import DAY, NIGHT, SmallHome, arrow_rows, of_ledger

pytestmark = [pytest.mark.home, pytest.mark.usefixtures("no_waiting_for_the_disk")]

# customer, campaign, channel, place, fen, yuan, reason: four are chosen, one of them held out after that, one for a trial
ROWS = [
    ("C1", "ringback", "sms", None, 10, 2.5, "issued"),
    ("C4", "ringback", "hall", "anzhou_b1", 200, 3.5, "issued"),
    ("C6", "packs", "sms", None, 10, 1.25, "campaign_holdout"),
    ("C2", "packs", "sms", None, 10, 9.0, "no_capacity"),
    ("C7", "other", "web", None, 0, 0.5, "issued"),
]


def facts(**changes) -> dict:
    constraints = [
        {"name": "channel:sms", "low": 0.0, "high": 2.0, "price": 1.0, "heaviest": 1.0},
        {"name": "place:hall:anzhou_b1", "low": 0.0, "high": 5.0, "price": 0.0, "heaviest": 1.0},
        {"name": "money:ringback", "low": 0.0, "high": 210.0, "price": 0.002, "heaviest": 200.0},
        {"name": "contacts:packs", "low": 3.0, "high": None, "price": -0.5, "heaviest": 1.0},
    ]
    baselines = {"greedy_by_priority": 5.0, "greedy_by_value": 7.0}
    return {"options": 4, "salt": "tie", "made_before": 0, "bound": 7.76, "constraints": constraints, "baselines": baselines, **changes}


def night(home, **changes) -> RunContext:
    small = SmallHome()
    run = small.write(home, publish=False)
    shutil.copy(ROOT / "conf" / "base.yaml", run.conf.folder)
    keys = [
        {"customer_id": customer, "campaign": campaign, "product": "p", "channel": channel, "wave": 1, "business_date": NIGHT}
        for customer, campaign, channel, *_ in ROWS
    ]
    mechanism = {"C2": None, "C7": "exploration"}
    decided = [
        {**key, "expected_value": row[5], "reason": row[6], "mechanism": mechanism.get(row[0], "optimised")} for key, row in zip(keys, ROWS, strict=True)
    ]
    offered = [{**key, "place": row[3], "cost_fen": row[4]} for key, row in zip(keys, ROWS, strict=True)]
    run.lake.replace(arrow_rows(run.lake, "decision", decided), "decision", NIGHT)
    run.lake.replace(arrow_rows(run.lake, "candidate", offered), "candidate", NIGHT)
    keep_facts(run, facts(**changes))
    return run


def certificate(run: RunContext) -> dict:
    return json.loads(certificate_path(run.home, NIGHT).read_text())


def test_value_usage_and_shortfall_are_those_of_the_written_rows(tmp_path):
    run = night(tmp_path)
    certify(run)
    found = certificate(run)
    assert found["value"] == 7.75  # 2.5 + 3.5 + 1.25 + 0.5 of a trial
    assert found["exploration"] == {"contacts": 1, "value": 0.5}
    assert found["gap_bp"] == pytest.approx(1e4 * 0.01 / 7.76)
    assert [(one["name"], one["low"], one["usage"], one["high"], one["price"]) for one in found["constraints"]] == [
        ("channel:sms", 0, 2, 2, 1.0),
        ("place:hall:anzhou_b1", 0, 1, 5, 0),
        ("money:ringback", 0, 210, 210, 0.002),
        ("contacts:packs", 3, 1, None, -0.5),
    ]
    assert found["shortfalls"] == {"contacts:packs": 2}
    assert found["baselines"] == {"greedy_by_priority": 5, "greedy_by_value": 7}


def test_rows_of_an_earlier_making_are_paid_for_already(tmp_path):
    run = night(tmp_path, made_before=1)
    earlier = of_ledger({**SmallHome().lists[0], "customer_id": "C1", "campaign": "ringback", "product": "p", "channel": "sms", "wave": 1})
    run.lake.replace(arrow_rows(run.lake, "contact", [earlier]), "contact", NIGHT)
    certify(run)
    usage = {one["name"]: one["usage"] for one in certificate(run)["constraints"]}
    assert usage == {"channel:sms": 2, "place:hall:anzhou_b1": 1, "money:ringback": 200, "contacts:packs": 1}


def test_a_plan_over_the_red_line_is_refused_in_one_line_before_any_list(tmp_path):
    # 7.75 of 20 yuan: far more is missing than whole contacts explain (1 + 0.002 x 200 + 0.5)
    run = night(tmp_path, bound=20.0)
    with pytest.raises(Refusal, match=r"certificate of 2026-11-05: the plan is 6125\.0 bp below the bound, over the red line of 10 bp"):
        publish_lists(run, Progress(quiet=True))
    assert layout.published_channels(tmp_path, DAY) == []
    assert certificate(run)["bound"] == 20


def test_what_whole_contacts_explain_is_no_reason_to_stop(tmp_path):
    run = night(tmp_path, bound=9.6)  # 1.85 yuan missing of 1.9 explained
    certify(run)
    assert certificate(run)["whole_contacts"] == pytest.approx(1.9)
    assert certificate(run)["gap_bp"] > 1000


def test_a_capacity_that_the_written_rows_exceed_is_refused(tmp_path):
    small = facts()["constraints"]
    run = night(tmp_path, constraints=[{**small[0], "high": 1.0}, *small[1:]])
    with pytest.raises(Refusal, match="channel:sms uses 2 of 1"):
        certify(run)


def test_a_plan_worth_more_than_its_bound_proves_the_bound_wrong(tmp_path):
    run = night(tmp_path, bound=7.74981)  # four rows of four decimals each explain 0.0002
    certify(run)
    assert certificate(run)["gap_bp"] == 0
    keep_facts(run, facts(bound=7.7497))
    with pytest.raises(Refusal, match=r"worth 0\.0003 yuan more than its bound, so the bound is wrong; nothing was published"):
        certify(run)


def test_a_night_without_facts_has_no_certificate(tmp_path):
    run = night(tmp_path)
    other = replace(run, business_date=DAY)
    certify(other)
    assert not certificate_path(tmp_path, DAY).exists()


def test_the_command_tells_prices_in_words(tmp_path, capsys):
    certify(night(tmp_path))
    assert run_command(["certificate", "--date", "2026-11-05", "--home", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "night of 2026-11-05: the plan is worth 7.75 yuan; no plan can exceed 7.76: a gap of 12.89 bp",
        "one more contact by sms tonight is worth 1.00 yuan",
        "one more yuan for campaign ringback is worth 0.20 yuan",
        "one contact less to guarantee for contacts:packs would be worth 0.50 yuan",
        "contacts:packs is 2 short of its minimum",
        "1 of these contacts, worth 0.50 yuan, was drawn for a trial",
        "greedy by priority would reach 5.00 yuan",
        "greedy by value would reach 7.00 yuan",
    ]
    assert run_command(["certificate", "--date", "2026-11-05", "--home", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["value"], found["bound"]) == (True, 7.75, 7.76)


def test_a_night_that_has_none_is_named(tmp_path, capsys):
    night(tmp_path)
    assert run_command(["certificate", "--date", "2026-11-04", "--home", str(tmp_path)]) == 2
    assert "no certificate of 2026-11-04" in capsys.readouterr().err
