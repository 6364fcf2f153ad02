"""The map holds together: every table has its function, its schema and its test, and reads only what stands above it."""

import ast
from collections.abc import Iterator

import pytest

from jobs.catalogue.schema import fields_of, sources
from jobs.flow import RUNS, STAGES, TABLES
from jobs.paths import ROOT

pytestmark = pytest.mark.core

# Tables that people or steps write, outside the table functions of the map.
WRITTEN_OTHERWISE = {"approval", "quarantine", "reconciliation", "source_status", "revocation", "backfill", "issued_before"}


def parameters(path: str) -> list[str]:
    """The parameters of a table's function, read from its text: no data library is imported."""
    folder, table = path.split(".")
    tree = ast.parse((ROOT / "jobs" / folder / f"{table}.py").read_text())
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == table)
    return [argument.arg for argument in function.args.args]


def reads_of_night() -> Iterator[tuple[str, str, set[str]]]:
    """(table, parameter, what stands above the table in its run) along the map."""
    for stages in RUNS.values():
        above = set(sources()) | WRITTEN_OTHERWISE
        above |= {table for name, others in RUNS.items() if others is not stages for stage in others for table in stage.table_names}
        for stage in stages:
            for path in stage.tables:
                for parameter in parameters(path):
                    yield path.split(".")[1], parameter, set(above)
                above.add(path.split(".")[1])


@pytest.mark.parametrize("path", TABLES.values())
def test_every_table_has_a_function_of_its_name(path):
    assert parameters(path)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_a_schema(table):
    assert fields_of(table)[0:1]
    assert "business_date" in [field.name for field in fields_of(table)]


@pytest.mark.parametrize("path", TABLES.values())
def test_every_table_has_a_test_named_after_it(path):
    folder, table = path.split(".")
    assert (ROOT / "tests" / "jobs" / folder / f"test_{table}.py").exists()


def test_a_table_reads_only_what_stands_above_it():
    for table, parameter, above in reads_of_night():
        if parameter == "run":
            continue
        if parameter.startswith(("past_", "previous_")):
            known = set(sources()) | set(TABLES) | WRITTEN_OTHERWISE
            assert parameter.removeprefix("past_").removeprefix("previous_") in known, f"{table} reads {parameter}"
        else:
            assert parameter in above, f"{table} reads {parameter}, which no table above it makes"


def test_names_are_unique_over_runs_stages_and_tables():
    assert len(TABLES) == sum(len(stage.tables) for stage in STAGES.values())
    assert not set(TABLES) & set(sources())
