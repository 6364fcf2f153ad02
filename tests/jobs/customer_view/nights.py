"""Nights of the accumulators in a test: run one after the other on rows of dumps, or all of them rebuilt from raw in one go."""

import inspect
from dataclasses import replace
from datetime import date
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.catalogue.schema import columns_of, ddl_of, sources, tables
from jobs.context import RunContext
from jobs.flow import TABLES, table_function
from tests.jobs.simulator.operator import dump

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ACCUMULATORS = ("customer_day", "customer_month", "customer_half_year")
Dumps = dict[str, dict[str, "DataFrame"]]


def night(run: RunContext, dumps: Dumps, day: str, past: dict[str, list["DataFrame"]]) -> dict[str, "DataFrame"]:
    """The accumulators of one night over its dumps; `past` are the partitions of earlier nights, oldest first, and grows by this one."""
    run = replace(run, business_date=date.fromisoformat(day))
    made: dict[str, DataFrame] = {}
    for table in ACCUMULATORS:
        function = table_function(TABLES[table])
        made[table] = kept(function(**{name: _input(run, name, dumps, day, made, past) for name in inspect.signature(function).parameters}))
    for table, frame in made.items():
        if frame.count():
            past.setdefault(table, []).append(frame)
    return made


def rebuilt(run: RunContext, dumps: Dumps, day: str) -> dict[str, "DataFrame"]:
    """The accumulators from every dump up to `day` at once, with nothing known before: all events, but of a snapshot the newest."""
    together: Dumps = {}
    for source, by_day in dumps.items():
        delivered = [by_day[one] for one in sorted(by_day) if one <= day]
        is_snapshot = source in sources() and sources()[source].delivery == "snapshot"
        together[source] = {day: delivered[-1] if is_snapshot else together_of(delivered)}
    return night(run, together, day, {})


def _input(run: RunContext, name: str, dumps: Dumps, day: str, made: dict[str, "DataFrame"], past: dict[str, list["DataFrame"]]):
    if name == "run":
        return run
    if name.startswith("previous_"):
        earlier = past.get(name.removeprefix("previous_"))
        return earlier[-1] if earlier else empty(run, name.removeprefix("previous_"))
    if name.startswith("past_"):
        source = name.removeprefix("past_")
        earlier = [frame for one, frame in sorted(dumps.get(source, {}).items()) if one < day]
        return together_of(earlier) if earlier else empty(run, source)
    if name in made:
        return made[name] if tables()[name].read == "day" else together_of([*past.get(name, []), made[name]])
    if name in tables() and tables()[name].read == "until":
        return together_of([empty(run, name), *(frame for one, frame in sorted(dumps.get(name, {}).items()) if one <= day)])
    return dumps.get(name, {}).get(day, empty(run, name))


def files_taken(run: RunContext, days: list[str]) -> dict[str, "DataFrame"]:
    """Rows of reconciliation, by night: a dump of each day, taken in."""
    made = {}
    for day in days:
        counts = {name: 0 for name in columns_of("reconciliation") if name.startswith("rows_")}
        row = {
            "business_date": date.fromisoformat(day),
            "source": "customer",
            "file": "a.csv.gz",
            "dump_date": date.fromisoformat(day),
            "taken": True,
            "sha256": None,
        }
        made[day] = run.session.createDataFrame([tuple((row | counts)[name] for name in columns_of("reconciliation"))], ddl_of("reconciliation"))
    return made


def together_of(frames: list["DataFrame"]) -> "DataFrame":
    return reduce(lambda one, other: one.unionByName(other), frames)


def empty(run: RunContext, table: str) -> "DataFrame":
    return run.spark.createDataFrame([], ddl_of(table))


def kept(frame: "DataFrame") -> "DataFrame":
    """The frame with its rows worked out, as if it had been written and read."""
    return frame.localCheckpoint()


def facts(frame: "DataFrame", *keys: str) -> dict[tuple, dict]:
    """Every column but business_date by key. Through Arrow, which gives a map as pairs in its own order; rows through Python lose that order."""
    return {tuple(str(row[key]) for key in keys): row for row in frame.drop("business_date").toArrow().to_pylist()}


def dumps_of(run: RunContext, home: Path, days: list[str]) -> Dumps:
    """Dumps of a simulated home as frames of the lake, by source and day."""
    return {source: {day: _typed(run, source, day, dump(home, source, day)) for day in days if _delivered(home, source, day)} for source in _read_sources()}


def _read_sources() -> set[str]:
    return {name for table in ACCUMULATORS for name in inspect.signature(table_function(TABLES[table])).parameters if name in sources()}


def beside_each_other(one: Dumps, other: Dumps) -> Dumps:
    """The dumps of both, source by source and day by day."""
    together: Dumps = {source: dict(by_day) for source, by_day in one.items()}
    for source, by_day in other.items():
        for day, frame in by_day.items():
            held = together.setdefault(source, {})
            held[day] = held[day].unionByName(frame) if day in held else frame
    return together


def _delivered(home: Path, source: str, day: str) -> bool:
    return (home / "landing" / source / f"business_date={day}").is_dir()


def _typed(run: RunContext, source: str, day: str, rows: list[dict]) -> "DataFrame":
    fields = sources()[source].fields
    texts = run.spark.createDataFrame(
        [tuple(row[field.name] or None for field in fields) for row in rows], ", ".join(f"`{field.name}` string" for field in fields)
    )
    return texts.selectExpr(f"date'{day}' as business_date", *(f"cast(`{field.name}` as {field.type}) as `{field.name}`" for field in fields))
