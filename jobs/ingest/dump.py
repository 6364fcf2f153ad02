"""Rows of a source's dump of one date, judged as of that date; and the customers that rows of a dump are checked against."""

from collections.abc import Iterable
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame

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


def customers_of_dumps(dump_dates: Iterable[date], run: RunContext) -> dict[date, DataFrame]:
    """customer_id of every customer, once, by the date of a dump: those of its own night. Where that night never ran, those of its
    snapshot in landing; where that is not whole either, of the first night since. Tonight's customers are in the lake."""
    nights = [day for day in run.lake.dates(CUSTOMER) if day <= run.business_date]
    known = {}
    for dump_date in dump_dates:
        if dump_date in nights:
            known[dump_date] = run.lake.read(CUSTOMER, dump_date).select("customer_id")
        else:
            since = next(day for day in nights if day > dump_date)
            in_landing = _customers_in_landing(dump_date, run)
            known[dump_date] = run.lake.read(CUSTOMER, since).select("customer_id") if in_landing is None else in_landing
    return known


def _customers_in_landing(dump_date: date, run: RunContext) -> DataFrame | None:
    """The customers that the night of the date would have kept; None when their snapshot is not whole."""
    schema = sources()[CUSTOMER]
    folder = run.home / "landing" / CUSTOMER / f"{FOLDER}{dump_date}"
    try:
        files, _ = whole_files(schema, folder, read_manifest(folder, CUSTOMER, dump_date))
    except Incomplete:
        return None
    numbered = list(enumerate(fates(schema, files, KnownFiles(), dump_date, None)))
    return judge.reject_duplicates(judged_dump(schema, numbered, dump_date, run), schema).where("_reason is null").select("customer_id")
