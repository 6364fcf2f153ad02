"""cpc simulate: the command around the simulated operator."""

import json
from pathlib import Path

import pytest

from jobs.cli.main import run_command
from jobs.paths import ROOT

pytestmark = pytest.mark.core

ONE_DAY = ["--from", "2026-11-05", "--to", "2026-11-05"]


def test_it_says_as_json_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["simulate", *ONE_DAY, "--customers", "50", "--home", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] and [day["date"] for day in told["days"]] == ["2026-11-05"]
    for source, rows in told["days"][0]["by_source"].items():
        assert rows == json.loads((tmp_path / "landing" / source / "business_date=2026-11-05" / "_manifest.json").read_text())["rows"]
    assert told["days"][0]["by_source"]["customer"] == 50


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from", "today", "--to", "2026-11-05", "--customers", "50"], "--from: 'today' is no date"),
        ([*ONE_DAY], "--customers: a new home needs"),
        ([*ONE_DAY, "--customers", "50", "--dirt", "some"], "--dirt"),
        ([*ONE_DAY, "--customers", "50", "--world", "{world}"], "behaviour.sleeping_dog: unknown key 'sleeping_dog' (did you mean 'sleeping_dogs'?)"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    world = tmp_path / "world.yaml"
    text = (ROOT / "conf" / "worlds" / "province.yaml").read_text(encoding="utf-8")
    world.write_text(text.replace("sleeping_dogs:", "sleeping_dog:"), encoding="utf-8")
    home = tmp_path / "home"
    assert run_command(["simulate", *[one.format(world=world) for one in arguments], "--home", str(home)]) == 2
    error = capsys.readouterr().err.strip()
    assert says in error and "\n" not in error
    assert not (home / "landing").exists()
