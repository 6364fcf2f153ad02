"""cpc preview: what it says to people and machines, on a home of six customers."""

import json
from datetime import date

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from jobs.cli.main import run_command
from jobs.conf import Conf
from jobs.context import RunContext
from jobs.paths import ROOT
from tests.jobs.reports.home import append

pytestmark = pytest.mark.home
NIGHT = date(2026, 11, 5)


@pytest.fixture
def home(tmp_path):
    """A view of two nights. On the second: C1 is free, C2 banned everywhere, C3 banned from SMS and without e-mail, C4 in the control group,
    C5 had the two SMS of the month, C6 is closed, C7 does not match."""
    for night in (date(2026, 11, 4), NIGHT):
        run = RunContext(tmp_path, night, Conf(ROOT / "conf"))
        people = [("C1", "active", 30), ("C2", "active", 25), ("C3", "active", 41), ("C4", "active", None), ("C5", "active", 30), ("C6", "closed", 70)]
        rows = [{"customer_id": key, "status": status, "age": age, "city": "anzhou", "vip_level": 0} for key, status, age in people]
        append(
            run, "customer_view", [*rows, {"customer_id": "C7", "status": "active", "age": 30, "city": "beihe", "vip_level": 0}][: 7 if night == NIGHT else 1]
        )
    ban = {"reason": "asked", "source": "register", "start_date": date(2026, 1, 1)}
    append(run, "do_not_disturb", [{"customer_id": "C2", "level": "system", **ban}, {"customer_id": "C3", "level": "channel", "channel": "sms", **ban}])
    append(run, "identity", [{"customer_id": f"C{one}", "number": "13800000000", "email": None if one == 3 else "a@b.c"} for one in range(1, 8)])
    append(run, "control_assignment", [{"customer_id": f"C{one}", "layer": "global", "arm": "control" if one == 4 else "treated"} for one in range(1, 8)])
    earlier = RunContext(tmp_path, date(2026, 11, 2), Conf(ROOT / "conf"))
    sent = {"customer_id": "C5", "contact_date": date(2026, 11, 3), "channel": "sms", "campaign_type": "low_value_recommendation", "wave": 1}
    append(earlier, "contact", [{**sent, "contact_id": one, "campaign": one, "product": "ringback_tone"} for one in ("a", "b")])
    return tmp_path


def asked(home, capsys, *arguments) -> dict:
    assert run_command(["preview", *arguments, "--home", str(home), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_filter_on_channels_counts_by_hand(home, capsys):
    said = asked(home, capsys, "--where", "city = 'anzhou'", "--channel", "sms", "--channel", "email", "--by", "age", "--date", "2026-11-05")
    assert (said["ok"], said["matched"], said["contact_date"]) == (True, 6, "2026-11-06")
    none = dict.fromkeys(["closed", "global_control", "do_not_disturb", "no_address", "cap", "min_interval"], 0)
    assert said["channels"]["sms"]["removed"] == {**none, "closed": 1, "global_control": 1, "do_not_disturb": 2, "cap": 1}
    assert said["channels"]["email"]["removed"] == {**none, "closed": 1, "global_control": 1, "do_not_disturb": 1, "no_address": 1}
    assert {channel: one["remaining"] for channel, one in said["channels"].items()} == {"sms": 1, "email": 2}
    assert {"reason": "cap", "rule": "sms_month", "removed": 1} in said["channels"]["sms"]["rules"]
    assert said["by"] == [
        {"age": 25, "matched": 1},
        {"age": 30, "matched": 2},
        {"age": 41, "matched": 1},
        {"age": 70, "matched": 1},
        {"age": None, "matched": 1},
    ]


def test_without_a_date_it_is_the_newest_view_and_without_a_channel_all(home, capsys):
    said = asked(home, capsys, "--where", "true")
    assert (said["business_date"], said["matched"], set(said["channels"])) == ("2026-11-05", 7, set(Conf(ROOT / "conf").channels))
    assert asked(home, capsys, "--where", "true", "--date", "2026-11-04")["matched"] == 1


def test_a_campaign_that_nobody_approved_says_what_would_remain(home, capsys):
    said = asked(home, capsys, "--campaign", "balance_care")
    assert said["standing"] == "not approved" and "matches" in said["notes"][-1]
    said = asked(home, capsys, "--campaign", "ringback_autumn")
    # has_ringback_tone is unknown in this home, so that nobody matches
    assert (said["matched"], said["channels"]["sms"]["remaining"], said["once_approved"]["sms"]["remaining"]) == (0, 0, 0)


def test_every_digit_stands_in_a_narrow_pipe_too(home, capsys, monkeypatch):
    asked_for = ["preview", "--where", "city = 'anzhou'", "--channel", "sms", "--home", str(home)]
    assert run_command(asked_for) == 0
    wide = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "20")
    assert run_command(asked_for) == 0
    assert capsys.readouterr().out.split() == wide.split()


def test_people_read_a_table(home, capsys):
    assert run_command(["preview", "--where", "city = 'anzhou'", "--channel", "sms", "--by", "age", "--home", str(home)]) == 0
    said = capsys.readouterr().out
    assert "6 customers match city = 'anzhou' on 2026-11-05, for lists of 2026-11-06" in said
    sms = next(line for line in said.splitlines() if line.strip().startswith("sms"))
    assert sms.split() == ["sms", "-1", "-1", "-2", "-1", "1"]
    assert any(line.split() == ["unknown", "1", "16.7%"] for line in said.splitlines())


def test_a_view_from_before_a_field_was_declared_says_how_to_renew_it(tmp_path, capsys):
    old = pa.table({"business_date": pa.array([NIGHT], pa.date32()), "customer_id": ["C1"], "status": ["active"], "vip_level": pa.array([0], pa.int32())})
    write_deltalake(str(tmp_path / "lake" / "customer_view"), old, partition_by=["business_date"])
    assert run_command(["preview", "--where", "age > 30", "--home", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "the view of 2026-11-05 was made before a field was declared" in error and '"age"' in error and "cpc backfill --from 2026-11-05" in error


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--campaign", "ringback_autum"], "--campaign: unknown campaign 'ringback_autum' (did you mean 'ringback_autumn'?)"),
        (["--where", "agee > 30"], "--where: unknown field 'agee' (did you mean 'age'?)"),
        (["--where", "age > 30", "--channel", "smss"], "--channel: unknown channel 'smss' (did you mean 'sms'?)"),
        (["--where", "age > 30", "--by", "citi"], "--by: unknown field 'citi' (did you mean 'city'?)"),
        (["--where", "age > 30", "--date", "2026-11-03"], "--date: no customer view of 2026-11-03 (there is 2026-11-04 to 2026-11-05); `cpc run customer_view"),
        (["--campaign", "ringback_autumn", "--where", "true"], "say --campaign NAME or --where EXPR, one of them"),
        ([], "say --campaign NAME or --where EXPR, one of them"),
        (["--campaign", "ringback_autumn", "--channel", "sms"], "--channel goes with --where"),
        (["--where", "true", "--home", "/nowhere"], "--home: /nowhere does not exist; `cpc simulate` and `cpc campaign approve` make a home"),
    ],
)
def test_wrong_use_is_one_line_with_its_cure_and_exit_2(home, capsys, arguments, says):
    assert run_command(["preview", *(["--home", str(home)] if "--home" not in arguments else []), *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1
