"""cpc campaign: messages, exit codes and what --json says."""

import json
import shutil

import pytest

from jobs.cli.main import run_command
from jobs.paths import ROOT

pytestmark = pytest.mark.core


@pytest.fixture
def campaigns(tmp_path, monkeypatch):
    """A conf folder of its own with three of the repository's campaigns, and an empty home. Returns the folder of campaigns."""
    shutil.copytree(ROOT / "conf", tmp_path / "conf", ignore=shutil.ignore_patterns("campaigns", "worlds"))
    folder = tmp_path / "conf" / "campaigns"
    folder.mkdir()
    for name in ("ringback_autumn", "ringback_spring", "birthday_care"):
        shutil.copy(ROOT / "conf" / "campaigns" / f"{name}.yaml", folder)
    monkeypatch.setenv("CPC_CONF", str(tmp_path / "conf"))
    monkeypatch.setenv("CPC_HOME", str(tmp_path / "home"))
    return folder


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def standings(capsys):
    capsys.readouterr()
    assert run_command(["campaign", "list", "--date", "2026-11-05", "--json"]) == 0
    return {row["campaign"]: row["standing"] for row in json.loads(capsys.readouterr().out)["campaigns"]}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("holdout:", "holdot:", "ringback_autumn.yaml: holdot: unknown key 'holdot' (did you mean 'holdout'?)"),
        ("has_ringback_tone", "has_ringback_tones", "ringback_autumn.yaml: target: unknown field 'has_ringback_tones' (did you mean 'has_ringback_tone'?)"),
        ("product: ringback_tone", "product: ringback", "ringback_autumn.yaml: product: unknown product 'ringback' (did you mean 'ringback_tone'?)"),
        ("channels: [call]", "channels: [cal]", "ringback_autumn.yaml: waves.3.channels: unknown channel 'cal' (did you mean 'call'?)"),
    ],
)
def test_a_wrong_file_is_one_line_and_exit_2(campaigns, capsys, old, new, says):
    edit(campaigns / "ringback_autumn.yaml", old, new)
    for command in (["validate"], ["list"], ["approve", "--all", "--by", "wang"]):
        assert run_command(["campaign", *command]) == 2
        error = capsys.readouterr().err
        assert says in error and error.count("\n") == 1


def test_validate_says_everything_that_is_wrong(campaigns, capsys):
    edit(campaigns / "ringback_autumn.yaml", "holdout:", "holdot:")
    edit(campaigns / "birthday_care.yaml", "days_to_birthday", "days_to_birthdy")
    assert run_command(["campaign", "validate", "--json"]) == 2
    result = json.loads(capsys.readouterr().out)
    assert result["ok"] is False and result["validated"] == 3
    assert ["birthday_care" in problem for problem in result["problems"]] == [True, False]
    assert run_command(["campaign", "validate", "ringback_spring"]) == 0


def test_a_campaign_is_approved_edited_and_rejected(campaigns, capsys):
    assert set(standings(capsys).values()) == {"not approved"}
    assert run_command(["campaign", "approve", "ringback_autumn", "birthday_care", "--by", "wang", "--note", "as planned", "--json"]) == 0
    approved = json.loads(capsys.readouterr().out)
    assert approved["ok"] is True and [row["campaign"] for row in approved["campaigns"]] == ["ringback_autumn", "birthday_care"]
    assert standings(capsys) == {"birthday_care": "approved", "ringback_autumn": "approved", "ringback_spring": "not approved"}
    edit(campaigns / "ringback_autumn.yaml", "holdout: 0.05", "holdout: 0.06")
    assert standings(capsys)["ringback_autumn"] == "edited since approval"
    edit(campaigns / "ringback_autumn.yaml", "holdout: 0.06", "holdout: 0.05   # back again")
    assert standings(capsys)["ringback_autumn"] == "approved"
    assert run_command(["campaign", "reject", "ringback_autumn", "--by", "li"]) == 0
    assert standings(capsys)["ringback_autumn"] == "rejected"


def test_what_a_published_night_was_made_by_is_said_and_not_written_again(campaigns, tmp_path, monkeypatch, capsys):
    home = tmp_path / "published"
    monkeypatch.setenv("CPC_HOME", str(home))
    approve = ["campaign", "approve", "ringback_autumn", "--by", "wang", "--date", "2026-11-05", "--json"]
    assert run_command(approve) == 0
    folder = home / "lists" / "channel=sms" / "contact_date=2026-11-06" / "revision=1"
    folder.mkdir(parents=True)
    (folder / "_SUCCESS").touch()
    capsys.readouterr()
    assert run_command(approve) == 0
    (row,) = json.loads(capsys.readouterr().out)["campaigns"]
    assert row["written"] is False
    assert run_command(approve[:-1]) == 0
    assert "nothing written, the next open night is 2026-11-06" in capsys.readouterr().out
    assert run_command(["campaign", "show", "ringback_autumn", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["decisions"]) == 1


def test_all_approves_every_campaign_from_the_night_that_is_named(campaigns, capsys):
    assert run_command(["campaign", "approve", "--all", "--by", "wang", "--date", "2026-11-06", "--at", "2026-11-04T17:30:00"]) == 0
    assert set(standings(capsys).values()) == {"not approved", "approved"}, "ringback_spring begins after the night that is named"
    assert run_command(["campaign", "show", "ringback_autumn", "--date", "2026-11-06", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["standing"] == "approved" and shown["decisions"][0]["at"] == "2026-11-04 09:30:00+00:00", "half past five in Shanghai"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["approve", "ringback_autum", "--by", "wang"], "unknown campaign 'ringback_autum' (did you mean 'ringback_autumn'?)"),
        (["approve", "--by", "wang"], "name the campaigns, or say --all"),
        (["approve", "ringback_autumn", "--all", "--by", "wang"], "name the campaigns, or say --all"),
        (["approve", "ringback_autumn"], "--by"),
        (["approve", "ringback_autumn", "--by", " "], "say who decides"),
        (["approve", "ringback_autumn", "--by", "wang", "--at", "yesterday"], "'yesterday' is no moment"),
        (["approve", "ringback_autumn", "--by", "wang", "--at", "2099-01-01"], "--at: 2099-01-01 is yet to come"),
        (["approve", "ringback_autumn", "--by", "wang\nli"], "say who decides, on one line"),
        (["approve", "ringback_autumn", "--by", "wang", "--date", "2026-13-01"], "'2026-13-01' is no date"),
        (["approve", "ringback_autumn", "--by", "wang", "--date", "9999-12-31"], "lies outside the years"),
        (["show", "birthday_cares"], "did you mean 'birthday_care'?"),
        (["validate", "birthday_cares"], "did you mean 'birthday_care'?"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(campaigns, capsys, command, says):
    assert run_command(["campaign", *command]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


def test_the_map_names_what_no_approved_campaign_covers(campaigns, capsys):
    assert run_command(["campaign", "approve", "--all", "--by", "wang"]) == 0
    capsys.readouterr()
    assert run_command(["campaign", "map", "--date", "2026-11-05", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    scenes = {scene["scene"]: scene for scene in result["scenes"]}
    assert scenes["raise.value_added"]["campaigns"] == ["ringback_autumn", "ringback_spring"]
    assert scenes["raise.value_added"]["running"] == ["ringback_autumn"], "spring is approved but not live"
    assert "care.birthday" not in result["uncovered"] and "win_back.high_risk" in result["uncovered"]
    assert result["stages"] == {"identify": 2, "grow": 2, "mature": 2, "decline": 1}
    assert run_command(["campaign", "map", "--date", "2026-11-05"]) == 0
    assert "ringback_autumn*, ringback_spring" in capsys.readouterr().out
