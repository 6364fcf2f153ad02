"""Dumps in landing/ become source tables. The night's three books are written with them: quarantine (one row a rejected row), reconciliation
(one row a file: rows in = kept + quarantined + repeated) and source_status (one row a source that was due).

Every source is verified before the first row is written: an incomplete required one stops the night and leaves nothing behind.
"""

import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.catalogue.schema import ddl_of
from jobs.context import RunContext
from jobs.ingest.delivery import Delivery, KnownFiles, examine, refuse_incomplete
from jobs.ingest.take import REJECTED_DDL, Taken, spark_of, take
from jobs.progress import Progress

CUSTOMER = "customer"
# Planning and Delta's log cost the driver more than the rows cost the executors: a few sources at a time keep both busy.
SOURCES_AT_A_TIME = 4


def ingest_landing(run: RunContext, progress: Progress) -> dict[str, int]:
    """Take in all deliveries of the business date. Rows written by table; Refusal when a required source is incomplete."""
    with progress.table("landing verified") as done:
        deliveries = examine(run.home, run.business_date, KnownFiles.before(run.business_date, run.lake))
        refuse_incomplete(deliveries, run.business_date)
        done(sum(file.landed.rows for delivery in deliveries for file in delivery.files))
    with _scratch(run) as rejected:
        taken = []
        for one in _take_all(deliveries, run, rejected):
            taken.append(one)
            _tell(one, progress)
        frames = {"quarantine": _quarantine(run, rejected), "reconciliation": _reconciliation(run, taken), "source_status": _source_status(run, taken)}
        with progress.table("quarantine, reconciliation, source status") as done:
            with ThreadPoolExecutor(SOURCES_AT_A_TIME) as pool:
                list(pool.map(lambda table: run.lake.write(frames[table], table, run.business_date), frames))
            done(None)
    written = {one.delivery.source: one.written for one in taken}
    files = sum(len(one.counts) for one in taken)
    return written | {"quarantine": sum(one.quarantined for one in taken), "reconciliation": files, "source_status": len(deliveries)}


def _take_all(deliveries: list[Delivery], run: RunContext, rejected: Path) -> Iterator[Taken]:
    """Customers first, since all others are checked against them."""
    last_good = _last_good_dates(run)

    def take_one(delivery: Delivery) -> Taken:
        return take(delivery, run, last_good.get(delivery.source), rejected / delivery.source)

    yield from map(take_one, [delivery for delivery in deliveries if delivery.source == CUSTOMER])
    # Big sources first, so that the last thread is not left alone with one.
    others = sorted((delivery for delivery in deliveries if delivery.source != CUSTOMER), key=_rows, reverse=True)
    with ThreadPoolExecutor(SOURCES_AT_A_TIME) as pool:
        yield from pool.map(take_one, others)


def _rows(delivery: Delivery) -> int:
    return sum(file.landed.rows for file in delivery.files)


def _last_good_dates(run: RunContext) -> dict[str, date]:
    """The date whose snapshot the newest partition of each source holds. Bounded by sources times nights."""
    rows = run.lake.scan("source_status", until=run.business_date, columns=["business_date", "source", "used_date"]).to_pylist()
    earlier = sorted((row for row in rows if row["business_date"] < run.business_date and row["used_date"]), key=lambda row: row["business_date"])
    return {row["source"]: row["used_date"] for row in earlier}


def _tell(taken: Taken, progress: Progress) -> None:
    delivery = taken.delivery
    rejected = f"{taken.quarantined:>10,} quarantined" if taken.quarantined else ""
    repeated = sum(count.repeated for count in taken.counts)
    progress.say(f"{delivery.source:<28}{taken.written:>13,} rows{rejected}{f'{repeated:>10,} repeated' if repeated else ''}")
    if not delivery.complete:
        instead = f"the snapshot of {taken.used_date} stands in" if taken.used_date else "no rows"
        progress.say(f"{delivery.source}: incomplete: {delivery.bad_file}: {delivery.reason}; {instead}")
    elif delivery.reason:
        progress.say(f"{delivery.source}: {delivery.reason}")


def _quarantine(run: RunContext, rejected: Path) -> DataFrame:
    folders = sorted(str(folder) for folder in rejected.iterdir())
    if not folders:
        return run.lake.empty("quarantine")
    rows = spark_of(run).read.schema(REJECTED_DDL).parquet(*folders)
    return rows.select(F.lit(run.business_date).alias("business_date"), *[name for name in run.columns("quarantine") if name != "business_date"])


def _reconciliation(run: RunContext, taken: list[Taken]) -> DataFrame:
    day = run.business_date
    rows = [
        (day, one.delivery.source, count.file.name, count.file.landed.rows, count.kept, count.quarantined, count.repeated, count.file.landed.sha256 or None)
        for one in taken
        for count in one.counts
    ]
    return _frame(run, "reconciliation", rows)


def _source_status(run: RunContext, taken: list[Taken]) -> DataFrame:
    rows = []
    for one in taken:
        delivery = one.delivery
        if delivery.due:
            reason = delivery.reason if delivery.complete else f"{delivery.bad_file}: {delivery.reason}"
            rows.append((run.business_date, delivery.source, delivery.complete, one.used_date, reason, delivery.history_from))
    return _frame(run, "source_status", rows)


def _frame(run: RunContext, table: str, rows: Iterable[tuple]) -> DataFrame:
    return spark_of(run).createDataFrame(sorted(rows, key=str), ddl_of(table))


@contextmanager
def _scratch(run: RunContext) -> Iterator[Path]:
    """A folder for rejected rows until all sources are through: one commit of quarantine instead of one a source."""
    folder = run.home / ".spark" / "rejected" / str(run.business_date)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
