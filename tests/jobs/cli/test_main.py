"""cpc: exit codes, help and one-line errors that hold for every command."""

import importlib
import json
from collections.abc import Iterator

import pytest
from typer.main import get_command

from jobs.cli.main import COMMANDS, run_command

pytestmark = pytest.mark.core


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command, capsys):
    assert run_command([command, "--help"]) == 0
    said = capsys.readouterr().out
    if command != "campaign":  # a group: its subcommands have the examples
        assert "Example: cpc" in said


def commands_with_options() -> Iterator[tuple[str, set[str]]]:
    """Every command, subcommands of a group by both names, with the options it takes."""
    for name in COMMANDS:
        command = get_command(importlib.import_module(f"jobs.cli.{name}").app)
        for sub, one in getattr(command, "commands", {"": command}).items():
            yield f"{name} {sub}".strip(), {option for parameter in one.params for option in parameter.opts}


def test_every_command_takes_home_and_json():
    commands = dict(commands_with_options())
    assert {"flow", "airflow", "campaign validate", "campaign list"} <= set(commands)
    assert {name for name, options in commands.items() if not {"--home", "--json"} <= options} == set()


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["run", "nihgt", "--date", "2026-11-05"], 2, "run: unknown stage or table 'nihgt' (did you mean 'night'?); `cpc flow` lists them"),
        (["run", "night"], 2, "cpc run: Missing option '--date'."),
        (["check", "--contact-date", "2026-11-06"], 1, "no list for 2026-11-06 is published in {home}"),
        (["revoke", "--contact-date", "2026-11-06"], 1, "no list for 2026-11-06 is published in {home}; there is nothing to revoke"),
        (
            ["pull", "--channel", "sms", "--contact-date", "2026-11-06", "--to", "in"],
            1,
            "list of channel sms for 2026-11-06 is not published; nothing was delivered",
        ),
        (
            ["campaign", "show", "ringback_autum"],
            2,
            "campaign: unknown campaign 'ringback_autum' (did you mean 'ringback_autumn'?); `cpc campaign list` has them",
        ),
    ],
)
def test_a_failure_with_json_is_an_object_on_standard_output_and_the_line_stays_on_the_other(arguments, code, error, capsys, tmp_path):
    assert run_command([*arguments, "--home", str(tmp_path), "--json"]) == code
    said = capsys.readouterr()
    assert json.loads(said.out) == {"ok": False, "error": error.format(home=tmp_path)}
    assert said.err == error.format(home=tmp_path) + "\n"


def test_an_unexpected_failure_with_json_is_an_object_too(capsys, monkeypatch):
    monkeypatch.setattr("jobs.cli.flow.exchanged", lambda stage: 1 / 0)
    assert run_command(["flow", "--json"]) == 3
    said = capsys.readouterr()
    assert json.loads(said.out) == {"ok": False, "error": "unexpected failure: ZeroDivisionError: division by zero"}
    assert "Traceback" in said.err


READS = [
    ["run", "night", "--date", "2026-11-05"],
    ["check", "--contact-date", "2026-11-06"],
    ["revoke", "--contact-date", "2026-11-06"],
    ["pull", "--channel", "sms", "--contact-date", "2026-11-06", "--to", "in"],
    ["report", "quality", "--date", "2026-11-05"],
    ["campaign", "list"],
    ["campaign", "show", "ringback_autumn"],
    ["campaign", "map"],
    ["backfill", "--from", "2026-11-05", "--to", "2026-11-05", "--table", "match", "--reason", "trying it"],
]


@pytest.mark.parametrize("arguments", READS, ids=lambda arguments: " ".join(arguments[:2]))
def test_a_misspelt_home_is_wrong_use_and_not_made(arguments, capsys, tmp_path):
    (tmp_path / "demo").mkdir()
    assert run_command([*arguments, "--home", str(tmp_path / "demoo")]) == 2
    assert capsys.readouterr().err.startswith(f"--home: {tmp_path / 'demoo'} does not exist (did you mean 'demo'?); ")
    assert [one.name for one in tmp_path.iterdir()] == ["demo"]


def test_the_default_home_may_be_missing(capsys, tmp_path, monkeypatch):
    monkeypatch.delenv("CPC_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    assert run_command(["campaign", "list", "--json"]) == 0
    assert {one["standing"] for one in json.loads(capsys.readouterr().out)["campaigns"]} == {"not approved"}
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_names_the_nearest(capsys):
    assert run_command(["simulat"]) == 2
    assert capsys.readouterr().err.strip() == "cpc: unknown command 'simulat' (did you mean 'simulate'?); `cpc --help` lists them"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "night", "--date", "5 November"], "--date: '5 November' is no date; write YYYY-MM-DD"),
        (["run", "nihgt", "--date", "2026-11-05"], "run: unknown stage or table 'nihgt' (did you mean 'night'?); `cpc flow` lists them"),
        (["run", "night"], "Missing option '--date'."),
        (
            ["backfill", "--from", "2026-11-05", "--to", "2026-11-05", "--table", "contact", "--reason", "trying it"],
            "backfill: --table: 'contact' stays as issued",
        ),
        (["backfill", "--from", "2026-11-06", "--to", "2026-11-05", "--table", "match", "--reason", "trying it"], "backfill: --to: 2026-11-05 is before"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(arguments, message, capsys, tmp_path):
    assert run_command([*arguments, "--home", str(tmp_path)]) == 2
    said = capsys.readouterr().err.strip()
    assert message in said
    assert "Traceback" not in said
    assert "\n" not in said


def test_a_backfill_of_dates_that_were_never_ingested_does_nothing(capsys, tmp_path):
    assert (
        run_command(["backfill", "--from", "2026-11-05", "--to", "2026-11-06", "--table", "match", "--reason", "trying it", "--home", str(tmp_path), "--json"])
        == 0
    )
    assert json.loads(capsys.readouterr().out) == {"ok": True, "table": "match", "known": "then", "applied": False, "dates": [], "tables": []}


def test_help_lists_the_commands_of_the_contract():
    assert {"demo", "simulate", "run", "flow", "campaign", "check", "pull", "revoke", "backfill", "report", "dictionary", "doctor"} <= set(COMMANDS)
