"""cpc bench: what is measured is a module of bench/; the ratio stands on the last line, and engines that disagree are a no."""

import json

import pytest

from bench import view
from jobs.cli.main import run_command

pytestmark = pytest.mark.core

MEASURED = {"steps": [{"step": "session", "spark s": 7.5, "duckdb s": ""}], "customers": 20_000, "ratio": 1.75, "ok": True}


@pytest.fixture
def measured(monkeypatch):
    """Stands in for the measurement, which takes minutes; returns what it was asked for."""
    asked = []

    def run(customers, folder):
        asked.append((customers, folder))
        return dict(MEASURED)

    monkeypatch.setattr(view, "run", run)
    return asked


def test_the_ratio_stands_on_the_last_line_below_the_table(measured, capsys, tmp_path):
    assert run_command(["bench", "view", "--customers", "20000", "--home", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "ratio: 1.75"
    assert any("session" in line and "7.5" in line for line in said)
    assert measured == [(20_000, tmp_path / "bench" / "view")]
    assert (tmp_path / "bench" / "view").is_dir()


def test_engines_that_disagree_end_with_exit_code_1(measured, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(view, "run", lambda customers, folder: {**MEASURED, "ok": False})
    assert run_command(["bench", "view", "--home", str(tmp_path), "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["ok"] is False
    assert said.err.strip() == "bench view: the engines do not agree"


def test_something_that_nothing_measures_is_named_with_its_neighbour(capsys, tmp_path):
    assert run_command(["bench", "veiw", "--home", str(tmp_path)]) == 2
    assert "nothing measures 'veiw' (did you mean 'view'?)" in capsys.readouterr().err
