"""cpc simulate: the command around the simulated operator."""

import json
from pathlib import Path

import pytest

from jobs.cli.main import run_command
from jobs.paths import ROOT
from tests.jobs.simulator.operator import bytes_of

pytestmark = pytest.mark.core

ONE_DAY = ["--from", "2026-11-05", "--to", "2026-11-05"]


def test_it_says_as_json_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["simulate", *ONE_DAY, "--customers", "50", "--home", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] and [day["date"] for day in told["days"]] == ["2026-11-05"]
    for source, rows in told["days"][0]["by_source"].items():
        assert rows == json.loads((tmp_path / "landing" / source / "business_date=2026-11-05" / "_manifest.json").read_text())["rows"]
    assert told["days"][0]["by_source"]["customer"] == 50


def test_a_day_is_not_rewritten_with_other_dirt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["simulate", *ONE_DAY, "--customers", "50", "--home", str(tmp_path)]
    assert run_command([*command, "--dirt", "none"]) == 0
    before = bytes_of(tmp_path)
    capsys.readouterr()
    assert run_command([*command, "--dirt", "heavy"]) == 2
    assert capsys.readouterr().err == "--dirt: 2026-11-05 was simulated with --dirt none, not heavy; say the same or use another --home\n"
    assert bytes_of(tmp_path) == before


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("history_months: 6", 'history_months: "6"'), "history_months: Input should be a valid integer"),
        (("taste_spread: 0.75", "taste_spread: .inf"), "taste_spread: Input should be a finite number"),
        (("beihe: 0.09", "beihai: 0.09"), "cities: unknown city 'beihai' (did you mean 'beihe'?)"),
    ],
)
def test_a_world_with_a_mistake_makes_no_home(tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], says: str) -> None:
    text = (ROOT / "conf" / "worlds" / "province.yaml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "world.yaml").write_text(text.replace(*change), encoding="utf-8")
    assert run_command(["simulate", *ONE_DAY, "--customers", "50", "--world", str(tmp_path / "world.yaml"), "--home", str(tmp_path / "home")]) == 2
    error = capsys.readouterr().err.strip()
    assert says in error and "\n" not in error
    assert not (tmp_path / "home").exists()


def test_a_refused_day_leaves_nothing_that_would_refuse_the_right_one(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path)]
    assert run_command(["simulate", *ONE_DAY, "--customers", "50", *home]) == 0
    before = bytes_of(tmp_path)
    assert run_command(["simulate", "--from", "2026-11-08", "--to", "2026-11-08", "--dirt", "heavy", *home]) == 2, "the 6th and 7th are missing"
    assert bytes_of(tmp_path) == before
    assert run_command(["simulate", "--from", "2026-11-06", "--to", "2026-11-08", *home]) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from", "today", "--to", "2026-11-05", "--customers", "50"], "--from: 'today' is no date"),
        ([*ONE_DAY], "--customers: a new home needs"),
        ([*ONE_DAY, "--customers", "5"], "--customers: a new home needs"),
        ([*ONE_DAY, "--customers", "50", "--world", str(ROOT)], "Is a directory"),
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
    assert not home.exists()
