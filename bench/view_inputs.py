"""A home of any size that stands before an ordinary night of the view: its dumps taken in, its accumulators those of the night before.

A simulated operator of BASE customers goes through the real ingest and a real first night; every table of it is then laid out N / BASE
times under new customer ids. Bytes grow by the number of the copy, so that a measure has as many distinct values as in real life. One run:

    python -m bench.view_inputs FOLDER      # makes the base; `cpc bench view` calls it in a process of its own, for the JVM it starts
"""

import inspect
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
from deltalake import DeltaTable
from deltalake.transaction import AddAction

from jobs.catalogue.schema import fields_of
from jobs.conf import Conf
from jobs.context import RunContext
from jobs.flow import STAGES, table_function
from jobs.lake import Lake
from jobs.paths import ROOT, SCHEMAS

BASE = 10_000
FIRST, NIGHT = date(2026, 11, 5), date(2026, 11, 6)
FILES = 2
ROW_GROUP = 131_072
READY = "_ready"


def home_of(customers: int, folder: Path) -> Path:
    """The home of `customers` customers, made the first time that it is asked for."""
    base, home = folder / "base", folder / f"customers={customers}"
    if not (base / READY).exists():
        subprocess.run([sys.executable, "-m", "bench.view_inputs", str(base)], cwd=ROOT, check=True, stdout=sys.stderr)
    if not (home / READY).exists():
        multiply(base, home, customers)
    return home


def make_base(home: Path) -> None:
    """Dumps of two days, the first night's view and matches, and the second night's ingest."""
    from jobs import runner
    from jobs.progress import Progress
    from jobs.simulator.simulate import Request, simulate

    progress, conf = Progress(), ROOT / "conf"
    simulate(Request(home, conf, SCHEMAS / "sources", conf / "worlds" / "province.yaml", FIRST, NIGHT, BASE, None, "none"), progress.say)
    session = runner.with_spark(RunContext(home, FIRST, Conf(conf)), progress).session
    for what, day in (("ingest", FIRST), ("customer_view", FIRST), ("match", FIRST), ("ingest", NIGHT)):
        runner.run(what, RunContext(home, day, Conf(conf), session), progress)
    (home / READY).touch()


def multiply(base: Path, home: Path, customers: int) -> None:
    """Every table of `base` that the view reads in `home`: rows of customers once a copy, all others once. The first `customers` of all copies are in."""
    with duckdb.connect() as database:
        database.execute("set preserve_insertion_order = false; set memory_limit = '4GB'")
        database.execute(
            f"""create table person as
            select customer_id as base_id, copy, 'C' || substr(md5(copy || ':' || customer_id), 1, 12) as customer_id
            from (select distinct customer_id from {_rows(base, "customer")}), unnest(range({-(-customers // BASE)})) as copies(copy)
            order by copy, customer_id limit {customers}"""
        )
        for table in sorted(_read() & {path.name for path in (base / "lake").iterdir()}):
            _multiply_table(database, base, home, table)
    (home / READY).touch()


def _read() -> set[str]:
    functions = [table_function(path) for path in STAGES["customer_view"].tables]
    return {name.removeprefix("previous_").removeprefix("past_") for function in functions for name in inspect.signature(function).parameters}


def _multiply_table(database: duckdb.DuckDBPyConnection, base: Path, home: Path, table: str) -> None:
    target = Lake(home)
    columns = [field for field in fields_of(table) if field.name != "business_date"]
    of_customers = "customer_id" in {field.name for field in columns}
    chosen = [_of_copy(field.name, field.type) for field in columns] if of_customers else [f'"{field.name}"' for field in columns]
    source = f"{_rows(base, table)} as row" + (" join person on person.base_id = row.customer_id" if of_customers else "")
    files = []
    for day in Lake(base).dates(table):
        folder = target.path(table) / f"business_date={day}"
        folder.mkdir(parents=True)
        for number in range(FILES):
            share = f"hash(person.customer_id) % {FILES} = {number}" if of_customers else f"{number} = 0"
            file = folder / f"part-{number}.parquet"
            written = database.execute(
                f"copy (select {', '.join(chosen)} from {source} where business_date = date '{day}' and {share}) "
                f"to '{file}' (format parquet, compression snappy, row_group_size {ROW_GROUP})"
            ).fetchone()
            stats = json.dumps({"numRecords": written[0] if written else 0})
            files.append(AddAction(f"{folder.name}/{file.name}", file.stat().st_size, {"business_date": str(day)}, 0, True, stats))
    target.create(table)
    delta = DeltaTable(str(target.path(table)))
    delta.create_write_transaction(files, "append", delta.schema(), partition_by=["business_date"])


def _of_copy(name: str, kind: str) -> str:
    """A column of the copy: other customers, and other bytes where any were used."""
    if name == "customer_id":
        return "person.customer_id"
    if "bytes" in name and kind == "bigint":
        return f"if({name} > 0, {name} + copy, {name}) as {name}"
    if "bytes" in name and kind == "array<bigint>":
        return f"list_transform({name}, lambda one: if(one > 0, one + copy, one)) as {name}"
    return f'row."{name}"'


def _rows(home: Path, table: str) -> str:
    return parquet(DeltaTable(str(Lake(home).path(table))).file_uris())


def parquet(files: list[str]) -> str:
    """Files of a Delta table as DuckDB reads them; the folder holds the business date."""
    return f"read_parquet({[file.removeprefix('file://') for file in files]!r}, hive_partitioning = true, hive_types = {{'business_date': date}})"


if __name__ == "__main__":
    make_base(Path(sys.argv[1]))
