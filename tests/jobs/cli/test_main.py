"""cpc: exit codes, help and one-line errors that hold for every command."""

import json

import pytest

from jobs.cli.main import COMMANDS, run_command

pytestmark = pytest.mark.core


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command, capsys):
    assert run_command([command, "--help"]) == 0
    said = capsys.readouterr().out
    if command != "campaign":  # a group: its subcommands have the examples
        assert "Example: cpc" in said


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
