"""Rows of a source's dump of one date, judged as of that date; and the customers that rows of a dump are checked against."""

from collections.abc import Iterable
from datetime import date
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.catalogue.schema import SourceSchema, sources
from jobs.context import RunContext
from jobs.ingest import judge
from jobs.ingest.delivered_file import DeliveredFile, fates, whole_files
from jobs.ingest.known_files import FOLDER, KnownFiles
from jobs.ingest.manifest import Incomplete, read_manifest
from jobs.ingest.rows import given_rows

CUSTOMER = "customer"
# So many rows one task works through in a second or two: below that a shuffle costs more than it saves.
ROWS_OF_ONE_TASK = 200_000


def judged_dump(schema: SourceSchema, numbered: list[tuple[int, DeliveredFile]], dump_date: date, run: RunContext) -> DataFrame:
    """`numbered` are the files of one dump, each with its number among all files of the source that the night takes in."""
    frames = []
    for number, file in numbered:
        period = judge.period_of(schema, dump_date, file.history_from, run.conf.base.late_days, run.conf.contact_rules.time_zone)
        frames.append(judge.judge(given_rows(run.session, file.landed, number, schema), schema, period))
    rows = reduce(DataFrame.union, frames)
    return rows.coalesce(1) if sum(file.landed.rows for _, file in numbered) <= ROWS_OF_ONE_TASK else rows


def customer_named(schema: SourceSchema) -> str:
    """The customer that a row names, good or not; null where what stands there is no customer's key."""
    if not schema.names_customer:
        return "cast(null as string)"
    pattern = next(field.pattern for field in sources()[CUSTOMER].fields if field.name == "customer_id")
    return f"if(`{schema.names_customer}` rlike r'{pattern}', `{schema.names_customer}`, null)"


def customers_of_dumps(dump_dates: Iterable[date], rejected: Path, run: RunContext) -> dict[date, DataFrame]:
    """customer_id of every customer, once, by the date of a dump: those of its own night. Where that night never ran, those of its
    snapshot in landing; where that is not whole either, of the first night since. Tonight's customers are in the lake.

    A customer whose own row was rejected is one all the same: what other sources say of it comes once and would never come again.
    Tonight's rejected rows stand in the folder `rejected`."""
    nights = [day for day in run.lake.dates(CUSTOMER) if day <= run.business_date]
    known = {}
    for dump_date in dump_dates:
        in_landing = None if dump_date in nights else _customers_in_landing(dump_date, run)
        if in_landing is None:
            night = dump_date if dump_date in nights else next(day for day in nights if day > dump_date)
            known[dump_date] = _customers_of_night(night, rejected, run)
        else:
            known[dump_date] = in_landing
    return known


def _customers_of_night(night: date, rejected: Path, run: RunContext) -> DataFrame:
    good = run.lake.read(CUSTOMER, night).select("customer_id")
    if night != run.business_date:
        bad = run.lake.read("quarantine", night).where(F.col("source") == CUSTOMER)
    elif files := sorted(str(path) for path in (rejected / CUSTOMER).rglob("*.parquet")):
        bad = run.session.read.parquet(*files)
    else:
        return good
    named = bad.where("customer_id is not null").select("customer_id").distinct()
    return good.unionByName(named.join(good, "customer_id", how="left_anti"))


def _customers_in_landing(dump_date: date, run: RunContext) -> DataFrame | None:
    """The customers that a snapshot in landing names; None when it is not whole."""
    schema = sources()[CUSTOMER]
    folder = run.home / "landing" / CUSTOMER / f"{FOLDER}{dump_date}"
    try:
        files, _ = whole_files(schema, folder, read_manifest(folder, CUSTOMER, dump_date))
    except Incomplete:
        return None
    numbered = list(enumerate(fates(schema, files, KnownFiles(), dump_date, None)))
    named = judged_dump(schema, numbered, dump_date, run).selectExpr(f"{customer_named(schema)} as customer_id")
    return named.where("customer_id is not null").distinct()
