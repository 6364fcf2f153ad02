"""Dumps in landing/ become source tables. The night's three books are written with them: quarantine (one row a rejected row), reconciliation
(one row a file: rows in = kept + quarantined + repeated) and source_status (one row a source that was due).

Every source is verified before the first row is written: an incomplete required one stops the night and leaves nothing behind.
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as dataset

from jobs.context import RunContext
from jobs.ingest.delivery import Delivery, examine, refuse_incomplete
from jobs.ingest.dump import CUSTOMER, customers_of_dumps
from jobs.ingest.known_files import KnownFiles
from jobs.ingest.take import Night, Taken, take
from jobs.progress import Progress

# Planning and Delta's log cost the driver more than the rows cost the executors: a few sources at a time keep both busy.
SOURCES_AT_A_TIME = 4


def ingest_landing(run: RunContext, progress: Progress) -> dict[str, int]:
    """Take in all deliveries of the business date. Rows written by table; Refusal when a required source is incomplete."""
    with progress.table("landing verified") as done:
        deliveries = examine(run.home, run.business_date, KnownFiles.beside(run.business_date, run.lake))
        refuse_incomplete(deliveries, run.business_date)
        done(sum(_rows(delivery) for delivery in deliveries))
    taken = []
    with _scratch(run) as rejected:
        for one in _take_all(deliveries, Night(run, None, _last_good_dates(run), rejected)):
            taken.append(one)
            _tell(one, progress)
        # Driver-sized or streamed, and without a JVM: three commits of Spark cost as much as a small night's rows.
        run.lake.replace(_quarantine(run, rejected), "quarantine", run.business_date)
    run.lake.replace(_reconciliation(run, taken), "reconciliation", run.business_date)
    run.lake.replace(_source_status(run, taken), "source_status", run.business_date)
    written = {one.delivery.source: one.written for one in taken}
    books = {"quarantine": sum(one.quarantined for one in taken), "reconciliation": sum(len(one.counts) for one in taken), "source_status": len(deliveries)}
    return written | books


def _take_all(deliveries: list[Delivery], night: Night) -> Iterator[Taken]:
    """Customers first, since all others are checked against them."""
    yield from (take(delivery, night) for delivery in deliveries if delivery.source == CUSTOMER)
    # The files of a night are mostly of its own date; late ones add a date each.
    dump_dates = {night.run.business_date, *(file.dump_date for delivery in deliveries for file in delivery.of("judge"))}
    customers = {dump_date: ids.persist() for dump_date, ids in customers_of_dumps(sorted(dump_dates), night.rejected, night.run).items()}
    # Big sources first, so that the last thread is not left alone with one.
    others = sorted((delivery for delivery in deliveries if delivery.source != CUSTOMER), key=_rows, reverse=True)
    try:
        with ThreadPoolExecutor(SOURCES_AT_A_TIME) as pool:
            yield from pool.map(lambda delivery: take(delivery, replace(night, customers=customers)), others)
    finally:
        for ids in customers.values():
            ids.unpersist()


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
    if late := sorted({str(file.dump_date) for file in delivery.of("judge") if file.name != file.landed.path.name}):
        progress.say(f"{delivery.source}: late files of {', '.join(late)} taken in")
    if not delivery.complete and delivery.due:
        stands_in = delivery.schema.delivery == "snapshot" and taken.used_date
        instead = f"the snapshot of {taken.used_date} stands in" if stands_in else f"{taken.written:,} rows of earlier dates" if taken.written else "no rows"
        progress.say(f"{delivery.source}: incomplete: {delivery.bad_file}: {delivery.reason}; {instead}")
    elif delivery.reason:
        progress.say(f"{delivery.source}: {delivery.reason}")


def _quarantine(run: RunContext, rejected: Path) -> pa.RecordBatchReader | pa.Table:
    """The rows that the sources set aside, streamed."""
    files = sorted(str(path) for path in rejected.rglob("*.parquet"))
    if not files:
        return _table(run, "quarantine", [])
    night = {"business_date": dataset.scalar(run.business_date)}
    columns = {name: night.get(name, dataset.field(name)) for name in run.columns("quarantine")}
    return dataset.dataset(files).scanner(columns=columns).to_reader()


def _reconciliation(run: RunContext, taken: list[Taken]) -> pa.Table:
    rows = [
        {
            "source": one.delivery.source,
            "file": count.file.name,
            "dump_date": count.file.dump_date,
            "taken": count.file.fate in ("judge", "repeated"),
            "rows_in": count.file.landed.rows,
            "rows_kept": count.kept,
            "rows_quarantined": count.quarantined,
            "rows_repeated": count.repeated,
            "rows_corrected": count.corrected,
            "sha256": count.file.landed.sha256 or None,
        }
        for one in taken
        for count in one.counts
    ]
    return _table(run, "reconciliation", rows)


def _source_status(run: RunContext, taken: list[Taken]) -> pa.Table:
    rows = [
        {
            "source": one.delivery.source,
            "complete": one.delivery.complete,
            "used_date": one.used_date,
            "reason": one.delivery.reason if one.delivery.complete else f"{one.delivery.bad_file}: {one.delivery.reason}",
            "history_from": one.delivery.history_from,
        }
        for one in taken
        if one.delivery.due
    ]
    return _table(run, "source_status", rows)


def _table(run: RunContext, table: str, rows: list[dict]) -> pa.Table:
    """Rows of the night in order of source, and of file where they have one."""
    ordered = sorted(rows, key=lambda row: (row["source"], row.get("file", "")))
    return pa.Table.from_pylist([{"business_date": run.business_date} | row for row in ordered], run.lake.dataset(table).schema)


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
