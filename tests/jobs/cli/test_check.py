"""cpc check: wrong conf is wrong input, a damaged table is an answer of no, and neither is a crash."""

import json
from pathlib import Path

import pytest

from jobs.cli.main import run_command
from tests.jobs.lists.small_home import SmallHome

pytestmark = [pytest.mark.home, pytest.mark.usefixtures("no_waiting_for_the_disk")]


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    SmallHome().write(tmp_path)
    monkeypatch.setenv("CPC_CONF", str(tmp_path / "conf"))
    monkeypatch.setenv("CPC_HOME", str(tmp_path))
    return tmp_path


def check(capsys, *more: str) -> tuple[int, str]:
    capsys.readouterr()
    code = run_command(["check", "--contact-date", "2026-11-06", "--json", *more])
    return code, json.loads(capsys.readouterr().out).get("error", "")


@pytest.mark.parametrize(
    ("file", "written", "instead", "said"),
    [
        ("contact_rules.yaml", "max: 3", "mx: 3", "product_month.mx: unknown key 'mx' (did you mean 'max'?)"),
        ("contact_rules.yaml", "days: 3", "dys: 3", "same_product_days.dys: unknown key 'dys' (did you mean 'days'?)"),
        ("contact_rules.yaml", "across_types: true", "across_type: true", "unknown key 'across_type' (did you mean 'across_types'?)"),
        ("contact_rules.yaml", "time_zone: Asia/Shanghai", "time_zone: Asia/Shanghay", "unknown time zone 'Asia/Shanghay' (did you mean 'Asia/Shanghai'?)"),
        ("contact_rules.yaml", "caps:", "caps: [", "not valid YAML"),
        ("channels.yaml", "unit_cost_fen", "unit_cst_fen", "unknown key 'unit_cst_fen' (did you mean 'unit_cost_fen'?)"),
        ("channels.yaml", "channels:", "", "must be a mapping"),
        ("campaigns/music.yaml", "waves:", "wavs:", "unknown key 'wavs' (did you mean 'waves'?)"),
        ("products.yaml", "products:", "product:", "unknown key 'product'"),
    ],
)
def test_conf_that_is_wrong_is_never_judged_by(home, capsys, file, written, instead, said):
    path = home / "conf" / file
    text = path.read_text()
    assert written in text
    path.write_text(text.replace(written, instead, 1) if instead else "")
    code, error = check(capsys)
    assert (code, file in error, said in error) == (2, True, True), error


def test_no_conf_and_dates_that_are_none(home, capsys, monkeypatch):
    monkeypatch.setenv("CPC_CONF", "/nope")
    code, error = check(capsys)
    assert (code, "/nope" in error) == (2, True)
    for day in ("0001-01-01", "9999-12-31"):
        assert run_command(["check", "--contact-date", day]) == 2


@pytest.mark.parametrize("table", ["contact", "decision", "customer"])
def test_a_table_whose_files_are_gone_is_refused(home, capsys, table):
    for part in (home / "lake" / table).rglob("*.parquet"):
        part.unlink()
    code, error = check(capsys)
    assert (code, "does not read" in error or "do not read" in error, len(error.splitlines())) == (1, True, 1), error


def test_a_table_whose_log_is_damaged_is_refused(home, capsys):
    for one in (home / "lake" / "contact" / "_delta_log").glob("*.json"):
        one.write_text("{")
    assert check(capsys)[0] == 1
