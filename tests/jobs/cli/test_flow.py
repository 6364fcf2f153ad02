"""cpc flow: the whole map, as text, as JSON and as a diagram."""

import json
import re

import pytest

from jobs.catalogue.schema import sources, tables
from jobs.cli.main import run_command
from jobs.flow import STAGES, TABLES
from jobs.paths import ROOT

pytestmark = pytest.mark.core


@pytest.fixture
def told(capsys):
    assert run_command(["flow", "--json", "--home", "anywhere"]) == 0
    return json.loads(capsys.readouterr().out)


def plain(name: str) -> str:
    return name.removeprefix("previous_").removeprefix("past_")


def test_every_table_of_the_lake_is_written_by_a_stage_or_a_command(told):
    assert told["ok"] and [stage["stage"] for stage in told["stages"]] == list(STAGES)
    written = {name for one in [*told["stages"], *told["commands"]] for name in one["outputs"]}
    assert {*sources(), *tables(), "customer_view", "lists/", "manifests/"} <= written


def test_nothing_is_read_that_nothing_writes(told):
    every = [*told["stages"], *told["commands"]]
    written = {name for one in every for name in one["outputs"]}
    assert {plain(name) for one in every for name in one["inputs"]} <= written
    assert {plain(name) for stage in told["stages"] for table in stage["tables"] for name in table["reads"]} <= written


def test_a_stage_says_its_inputs_and_outputs(told):
    stages = {stage["stage"]: stage for stage in told["stages"]}
    made = {table["table"]: table["reads"] for stage in told["stages"] for table in stage["tables"]}
    assert {"quarantine", "reconciliation", "source_status", *sources()} == set(stages["ingest"]["outputs"])
    assert made["customer"] == ["landing/customer/"]
    assert "approval" in stages["contact"]["inputs"] and "contact_list" not in stages["contact"]["inputs"]
    assert "contact_list" in stages["publish"]["inputs"] and stages["publish"]["outputs"] == ["lists/", "manifests/"]
    assert "landing/feedback/" in made["contact_feedback"] and "revocation" in stages["feedback"]["outputs"]
    commands = {one["command"]: one for one in told["commands"]}
    assert commands["campaign approve"]["outputs"] == ["approval"]
    assert {"backfill", "customer_view"} <= set(commands["backfill"]["outputs"]) and not {"contact", "decision"} & set(commands["backfill"]["outputs"])


def test_what_steps_write_into_the_lake_is_on_the_map(told):
    """Steps and commands name the table that they append to or replace; table functions never write themselves."""
    literal = re.compile(r"lake\.(?:append|replace|write)\([^\n]*\"(\w+)\"")
    named = {name for path in (ROOT / "jobs").rglob("*.py") for name in literal.findall(path.read_text(encoding="utf-8"))}
    assert {"approval", "quarantine", "backfill", "issued_before"} <= named  # the search finds what is known to be written
    made = {name for one in [*told["stages"], *told["commands"]] for name in one["outputs"]}
    assert (named & set(tables())) - set(TABLES) <= made


def test_the_text_and_the_diagram_have_every_table_and_command(capsys):
    assert run_command(["flow"]) == 0
    text = capsys.readouterr().out
    assert run_command(["flow", "--mermaid"]) == 0
    diagram = capsys.readouterr().out
    for table in (*sources(), *tables(), "customer_view"):
        assert re.search(rf"\b{table}\b", text) and re.search(rf"\b{table}\b", diagram), table
    assert diagram.startswith("flowchart LR\n")
    for arrow in ('landing_customer[("landing/customer/")] --> customer', "contact_list --> lists", '(["cpc campaign approve"]) --> approval'):
        assert arrow in diagram
    assert "contact_feedback --> outcome\n" in diagram and "outcome --> contact_feedback\n" not in diagram
