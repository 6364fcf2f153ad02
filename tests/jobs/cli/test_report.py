"""cpc report: writes a page without a JVM and prints its path; an unknown kind is named with the nearest right one."""

import json
from pathlib import Path

import pytest

from jobs.cli.main import run_command
from tests.jobs.reports.home import append, figure

pytestmark = pytest.mark.core


def test_the_path_of_the_page_is_printed(run_on, capsys):
    run = run_on("2026-11-05")
    append(run, "source_status", [{"source": "customer", "complete": True, "used_date": run.business_date, "reason": ""}])
    assert run_command(["report", "quality", "--date", "2026-11-05", "--home", str(run.home), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] and Path(said["path"]) == run.home / "reports" / "quality" / "2026-11-05" / "index.html"
    assert "complete" in Path(said["path"]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluaton", "--date", "2026-11-05"], "unknown kind 'evaluaton' (did you mean 'evaluation'?)"),
        (["funnel", "--date", "2030-01-01"], "nothing was decided for 2030-01-01; run `cpc run night --date 2030-01-01` first"),
        (["evaluation", "--date", "5 November"], "--date: '5 November' is no date"),
        (["quality", "--date", "2026-11-05"], "nothing was taken in for 2026-11-05"),
        (["evaluation", "--date", "2030-01-01"], "nothing was evaluated for 2030-01-01; run `cpc run evaluation --date 2030-01-01` first"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(tmp_path, capsys, arguments, message):
    assert run_command(["report", *arguments, "--home", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert message in said and len(said.strip().splitlines()) == 1
    assert not (tmp_path / "reports").exists()


def test_the_page_of_an_evaluated_date_is_written_again(run_on, capsys, monkeypatch):
    run = run_on("2026-11-05")
    append(run, "indicator", [figure("issued", 1.0)])
    monkeypatch.setattr("jobs.reports.evaluation.write_evaluation_page", lambda run: run.home / f"page of {run.business_date}")
    assert run_command(["report", "evaluation", "--date", "2026-11-05", "--home", str(run.home)]) == 0
    assert capsys.readouterr().out.strip() == str(run.home / "page of 2026-11-05")
    assert run_command(["report", "evaluation", "--date", "2026-11-06", "--home", str(run.home)]) == 2
