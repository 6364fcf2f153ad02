"""cpc explain: what it says to people and machines of a customer with candidates, of one without, and of one whom nobody knows."""

import json
from datetime import date

import pytest

from jobs.catalogue.schema import columns_of
from jobs.cli.main import run_command
from jobs.contact.precedence import ORDER
from tests.jobs.explain.explained_home import contact, night, option
from tests.jobs.reports.home import append

pytestmark = pytest.mark.home


@pytest.fixture
def home(tmp_path, monkeypatch):
    """C1 has an issued text and one option that lost to it; C2 is young and holds ringback tones; C3 is closed; C4 has no match on any channel."""
    run = night(tmp_path)
    options = [option("lower_value", "one_channel_a_campaign", channel="web", expected_value=0.9), option("issued", "")]
    for table in ("decision", "candidate"):
        append(run, table, options)
    append(run, "contact", [contact("a", date(2026, 11, 11))])
    people = [("C1", "active", 30), ("C2", "active", 30), ("C3", "closed", 70), ("C4", "active", 70)]
    append(run, "customer_view", [{"customer_id": key, "status": status, "age": age} for key, status, age in people])
    append(run, "customer_product_score", [{"customer_id": "C4", "product": one, "log_odds": 0.0} for one in ("ringback_tone", "music_club")])
    append(run, "customer_channel_score", [{"customer_id": "C2", "channel": "web", "probability": 0.5, "log_odds": 0.0}])
    append(run, "product_channel_score", [{"product": "music_club", "channel": "web"}])
    monkeypatch.setenv("CPC_CONF", str(run.conf.folder))
    return run.home


def asked(home, capsys, customer: str) -> dict:
    assert run_command(["explain", "--customer", customer, "--date", "2026-11-10", "--home", str(home), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_candidates_have_the_columns_of_decision_and_what_they_would_need(home, capsys):
    said = asked(home, capsys, "C1")
    issued, other = said["candidates"]
    assert said["ok"] and {*columns_of("decision"), "would_need"} <= set(issued)
    assert (issued["reason"], issued["would_need"], issued["contacts"]) == ("issued", None, ["a"])
    assert (other["rule"], other["contacts"]) == ("one_channel_a_campaign", ["a"]) and "a value above 1.1500 yuan; it is 0.9000, 0.2500 less" in other[
        "would_need"
    ]
    assert [one["value"] for one in issued["score_terms"]] == [0.25, -0.5, 1.0, -0.25, -0.5, 0.2]
    assert (
        "log-odds +0.00, so 50.00% accept when reached; reached are 20.00%; probability 10.000% of 12 yuan less 0.0500 yuan of cost = 1.1500 yuan"
        in issued["score"]
    )


def test_people_read_it_from_top_to_bottom(home, capsys):
    assert run_command(["explain", "--customer", "C1", "--date", "2026-11-10", "--home", str(home)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "C1 on the night of 2026-11-10, for lists of 2026-11-11: 2 candidates, 1 issued"
    assert said[2] == "ISSUED  autumn (ringback_tone) by sms, wave 1" and said[6].startswith("LOWER VALUE  autumn (ringback_tone) by web")
    assert said[7].split("rule")[1].strip() == "at most one channel a campaign for a customer and night"


@pytest.mark.parametrize(
    ("customer", "why", "each"),
    [
        (
            "C2",
            "matches 1 of the 2 live campaigns on 2026-11-10, but can be offered none",
            {"autumn": "holds ringback_tone", "music": "does not match age > 60"},
        ),
        ("C3", "the line is closed: no campaign means it", {}),
        (
            "C4",
            "matches 2 of the 2 live campaigns on 2026-11-10, but can be offered none",
            {
                "autumn": "the matches know nothing of the customer for ringback_tone on sms, web, hall, call",
                "music": "the matches know nothing of the customer for music_club on web, call",
            },
        ),
    ],
)
def test_a_customer_without_candidates_is_told_why(home, capsys, customer, why, each):
    said = asked(home, capsys, customer)
    assert (said["candidates"], said["why_none"], said["campaigns"]) == ([], why, each)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--customer", "", "--date", "2026-11-10"], "--customer: name a customer_id"),
        (["--customer", "C11", "--date", "2026-11-10"], "--customer: 'C11' is not in the customer view of 2026-11-10 (did you mean 'C1'?)"),
        (
            ["--customer", "C1", "--date", "2026-11-09"],
            "--date: no decisions of 2026-11-09 (decided are 2026-11-10); `cpc run night --date 2026-11-09` makes them",
        ),
    ],
)
def test_wrong_use_is_one_line_with_its_cure_and_exit_2(home, capsys, arguments, says):
    assert run_command(["explain", *arguments, "--home", str(home)]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


def test_a_changed_conf_is_said(home, capsys):
    manifest = home / "manifests" / "business_date=2026-11-10" / "run.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text('{"conf_hash": "another"}')
    assert asked(home, capsys, "C1")["notes"] == [
        "conf/ has changed since this night: reasons and scores are the night's, rules in words are as conf/ has them now"
    ]


def test_every_reason_of_the_rules_can_be_told():
    from jobs.explain.would_need import BY_REASON

    assert set(BY_REASON) == {reason for reason, _ in ORDER} | {"campaign_holdout"}
