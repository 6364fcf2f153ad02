"""Runs stages and tables of the map: load each parameter by name, call the function, check the columns, write the partition.

A function takes Spark DataFrames and gives one; or, where a person waits or the work is small, DuckDB relations and gives an Arrow table.
"""

import inspect
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection, DuckDBPyRelation

from jobs.context import RunContext
from jobs.errors import UserError, did_you_mean
from jobs.flow import RUNS, STAGES, TABLES, Stage, step_function, table_function
from jobs.progress import Progress

TABLES_AT_A_TIME = 2


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
        tables = {path.split(".")[-1]: path for path in paths}
        needs = {table: set(inspect.signature(table_function(path)).parameters) & tables.keys() for table, path in tables.items()}
        return in_order_of_need(needs, lambda table: run_table(tables[table], inside, progress))

    if not stage.around:
        return make(context)
    return step_function(stage.around)(context, progress, make, whole_stage=paths == stage.tables)


def in_order_of_need(needs: Mapping[str, set[str]], make: Callable[[str], int]) -> dict[str, int]:
    """Make each table as soon as the tables that it needs are made, two at a time: one alone keeps the driver busy more than the cores.
    Rows by table in the given order. The first failure is raised once what runs beside it has ended; nothing new is begun."""
    made: dict[str, int] = {}
    running: dict[Future[int], str] = {}
    with ThreadPoolExecutor(TABLES_AT_A_TIME) as pool:
        while len(made) < len(needs):
            begun = {*made, *running.values()}
            ready = [table for table in needs if table not in begun and needs[table] <= made.keys()]
            for table in ready[: TABLES_AT_A_TIME - len(running)]:
                running[pool.submit(make, table)] = table
            for ended in wait(running, return_when=FIRST_COMPLETED).done:
                made[running.pop(ended)] = ended.result()
    return {table: made[table] for table in needs}


def run_table(path: str, context: RunContext, progress: Progress) -> int:
    """Make one table's partition of the business date. Returns the rows written."""
    table = path.split(".")[-1]
    function = table_function(path)
    with progress.table(table) as done, duckdb.connect() as connection:
        lake, day = context.lake, context.business_date
        declared = inspect.signature(function).parameters
        reads = [name for name in declared if name != "run"]
        parameters = _loaded({name: declared[name] for name in reads}, context, connection) | ({"run": context} if "run" in declared else {})
        made = function(**parameters)
        if isinstance(made, pa.Table):
            lake.replace(made, table, day)
        else:
            lake.write(made, table, day)
        return done(lake.rows_written(table, day), sum(lake.rows_of_parameter(name, day) for name in reads))


def _loaded(reads: Mapping[str, inspect.Parameter], context: RunContext, connection: DuckDBPyConnection) -> dict[str, Any]:
    """Each parameter by its name: a DuckDB relation where the function says so, else a DataFrame."""
    lake, day = context.lake, context.business_date
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
