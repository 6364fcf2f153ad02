"""Runs stages and tables of the map: load each parameter by name, call the function, check the columns, write the partition.

A function takes Spark DataFrames and gives one; or, where a person waits or the work is small, DuckDB relations and gives an Arrow table.
"""

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyRelation

from jobs.context import RunContext
from jobs.errors import UserError, did_you_mean
from jobs.flow import RUNS, STAGES, TABLES, Stage, step_function, table_function
from jobs.progress import Progress


def run(name: str, context: RunContext, progress: Progress) -> dict[str, int]:
    """Run a whole run (`night`, `feedback`, `evaluation`), a stage or a table. Rows written by table."""
    stages = RUNS.get(name) or ([STAGES[name]] if name in STAGES else None)
    if stages is None and name not in TABLES:
        known = {*RUNS, *STAGES, *TABLES}
        raise UserError(f"run: unknown stage or table '{name}'{did_you_mean(name, known)}; `cpc flow` lists them")
    if stages is None:
        stage = next(one for one in STAGES.values() if TABLES[name] in one.tables)
        return make_tables(stage, (TABLES[name],), with_spark(context, progress), progress)
    written: dict[str, int] = {}
    for stage in stages:
        context = with_spark(context, progress) if stage.needs_spark else context
        written |= run_stage(stage, context, progress)
    return written


def run_stage(stage: Stage, context: RunContext, progress: Progress) -> dict[str, int]:
    written: dict[str, int] = {}
    with progress.stage(stage.name, steps=len(stage.tables)):
        if stage.before:
            written |= step_function(stage.before)(context, progress) or {}
        written |= make_tables(stage, stage.tables, context, progress)
        if stage.after:
            written |= step_function(stage.after)(context, progress) or {}
    return written


def make_tables(stage: Stage, paths: tuple[str, ...], context: RunContext, progress: Progress) -> dict[str, int]:
    """Make some or all tables of a stage, inside what the stage puts around them."""

    def make(inside: RunContext) -> dict[str, int]:
        return {path.split(".")[-1]: run_table(path, inside, progress) for path in paths}

    if not stage.around:
        return make(context)
    return step_function(stage.around)(context, progress, make, whole_stage=paths == stage.tables)


def run_table(path: str, context: RunContext, progress: Progress) -> int:
    """Make one table's partition of the business date. Returns the rows written."""
    table = path.split(".")[-1]
    function = table_function(path)
    with progress.table(table) as done:
        lake, day = context.lake, context.business_date
        declared = inspect.signature(function).parameters
        reads = [name for name in declared if name != "run"]
        parameters = _loaded({name: declared[name] for name in reads}, context) | ({"run": context} if "run" in declared else {})
        made = function(**parameters)
        if isinstance(made, pa.Table):
            lake.replace(made, table, day)
        else:
            lake.write(made, table, day)
        return done(lake.rows_written(table), sum(lake.rows_of_parameter(name, day) for name in reads))


def _loaded(reads: Mapping[str, inspect.Parameter], context: RunContext) -> dict[str, Any]:
    """Each parameter by its name: a DuckDB relation where the function says so, else a DataFrame."""
    lake, day, connection = context.lake, context.business_date, duckdb.connect()
    by_duckdb = {name for name, parameter in reads.items() if parameter.annotation is DuckDBPyRelation}
    return {name: lake.relation(name, day, connection) if name in by_duckdb else lake.read_parameter(name, day) for name in reads}


def with_spark(context: RunContext, progress: Progress) -> RunContext:
    if context.spark is not None:
        return context
    from jobs import spark

    with progress.table("Spark session") as done:
        session = spark.start(context.conf.base, context.home)
        done(None)
    return replace(context, spark=session)
