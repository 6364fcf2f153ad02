"""cpc dictionary: the page of the newest night beside DICTIONARY.md, and who is affected by a field."""

import json
from pathlib import Path

import pytest

from jobs.cli.main import run_command
from tests.jobs.reports.home import append

pytestmark = pytest.mark.core


@pytest.fixture
def markdown(tmp_path, monkeypatch):
    path = tmp_path / "DICTIONARY.md"
    monkeypatch.setattr("jobs.catalogue.dictionary.DICTIONARY", path)
    return path


def test_the_page_of_the_newest_night_is_written(run_on, markdown, capsys):
    for day in ("2026-11-05", "2026-11-06"):
        append(run_on(day), "customer_view", [{"customer_id": "C000000001"}])
    home = run_on("2026-11-06").home
    assert run_command(["dictionary", "--home", str(home), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert Path(said["page"]) == home / "reports" / "dictionary" / "2026-11-06" / "index.html"
    assert Path(said["page"]).exists() and markdown.exists() and said["changed"]


def test_a_home_without_a_night_gets_no_page(tmp_path, markdown, capsys):
    assert run_command(["dictionary", "--home", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["page"] is None
    assert run_command(["dictionary", "--home", str(tmp_path), "--date", "2026-11-05"]) == 2
    assert "no rows of 2026-11-05" in capsys.readouterr().err


def test_impact_is_told_as_text_and_as_json(capsys):
    assert run_command(["dictionary", "--impact", "supports_5g", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] and {"name": "ready_for_5g", "through": "supports_5g"} in said["fields"]
    assert said["campaigns"] == [
        {"name": "plan_upgrade_5g", "part": "target", "through": "ready_for_5g", "file": "conf/campaigns/plan_upgrade_5g.yaml"},
    ]
    assert run_command(["dictionary", "--impact", "supports_5g"]) == 0
    assert "    plan_upgrade_5g (target), through ready_for_5g\n" in capsys.readouterr().out


def test_impact_of_an_unknown_field_is_exit_2_with_the_nearest_name(capsys):
    assert run_command(["dictionary", "--impact", "suports_5g"]) == 2
    assert "unknown field 'suports_5g' (did you mean 'supports_5g'?)" in capsys.readouterr().err
