"""One source's delivery into its table: rows judged and counted by file, good ones written, rejected ones set aside for quarantine."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.ingest import judge
from jobs.ingest.delivery import DeliveredFile, Delivery
from jobs.ingest.rows import given_rows, raw_rows

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REJECTED_DDL = "source string, file string, line bigint, reason string, raw string"


@dataclass(frozen=True)
class FileCount:
    file: DeliveredFile
    kept: int = 0
    quarantined: int = 0
    repeated: int = 0


@dataclass(frozen=True)
class Taken:
    """`written` is the number of rows in the table's partition: those kept, or those of the last good snapshot."""

    delivery: Delivery
    counts: tuple[FileCount, ...]
    written: int
    used_date: date | None

    @property
    def quarantined(self) -> int:
        return sum(count.quarantined for count in self.counts)


def take(delivery: Delivery, run: RunContext, last_good: date | None, rejected: Path) -> Taken:
    """Write the source's partition of the business date; rejected rows go to the folder `rejected`. `last_good` is the
    date whose snapshot the newest partition before holds."""
    counts = [_count_of_whole_file(file) for file in delivery.files if file.fate != "judge"]
    _set_aside_whole_files(delivery, run, rejected)
    if not delivery.complete:
        written = _stand_in(delivery, run) if delivery.due else 0
        stands_in = delivery.due and delivery.schema.delivery == "snapshot"
        return Taken(delivery, tuple(counts), written, last_good if stands_in else None)
    judged = _judge_and_write(delivery, run, rejected)
    return Taken(delivery, (*judged, *counts), sum(count.kept for count in judged), run.business_date)


def _judge_and_write(delivery: Delivery, run: RunContext, rejected: Path) -> list[FileCount]:
    files = delivery.of("judge")
    if not any(file.landed.rows for file in files):
        _write_nothing(delivery.source, run)
        return [FileCount(file) for file in files]
    judged = _judged(delivery, files, run).persist()
    try:
        # Bounded: two numbers a file.
        found = {(row["_file"], row["good"]): row["count"] for row in judged.groupBy("_file", F.col("_reason").isNull().alias("good")).count().collect()}
        counts = [FileCount(file, found.get((number, True), 0), found.get((number, False), 0)) for number, file in enumerate(files)]
        if any(count.quarantined for count in counts):
            bad = judged.where(F.col("_reason").isNotNull()).select("_file", "_line", "_reason")
            raw = _union([raw_rows(spark_of(run), count.file.landed, number) for number, count in enumerate(counts) if count.quarantined])
            _set_aside(raw.join(bad, ["_file", "_line"]), F.col("_reason"), delivery.source, files, rejected)
        good = judged.where(F.col("_reason").isNull()).select(
            F.lit(run.business_date).alias("business_date"), *[field.name for field in delivery.schema.fields]
        )
        run.lake.write(good, delivery.source, run.business_date)
        return counts
    finally:
        judged.unpersist()


def _judged(delivery: Delivery, files: list[DeliveredFile], run: RunContext) -> DataFrame:
    schema, base, day = delivery.schema, run.conf.base, run.business_date
    time_zone = run.conf.contact_rules.time_zone
    period = judge.period_of(schema, day, delivery.history_from, base.late_days, time_zone)
    rows = _union([judge.judge(given_rows(spark_of(run), file.landed, number, schema), schema, period) for number, file in enumerate(files)])
    if schema.customer:
        rows = judge.reject_unknown_customers(rows, schema, run.lake.read("customer", day).select("customer_id"))
    rows = judge.reject_duplicates(rows, schema)
    earlier = day - timedelta(days=base.late_days)
    if schema.delivery == "events" and any(earlier <= one < day for one in run.lake.dates(delivery.source)):
        kept_before = run.lake.read_before(delivery.source, day).where(F.col("business_date") >= F.lit(earlier))
        rows = judge.reject_delivered_before(rows, schema, kept_before, day, time_zone)
    return rows


def _stand_in(delivery: Delivery, run: RunContext) -> int:
    """The last good snapshot again; no rows of anything else. Returns the rows written."""
    if delivery.schema.delivery != "snapshot" or not any(one < run.business_date for one in run.lake.dates(delivery.source)):
        _write_nothing(delivery.source, run)
        return 0
    last = run.lake.read_previous(delivery.source, run.business_date)
    again = last.select(F.lit(run.business_date).alias("business_date"), *[field.name for field in delivery.schema.fields])
    run.lake.write(again, delivery.source, run.business_date)
    return run.lake.rows_written(delivery.source)


def _write_nothing(source: str, run: RunContext) -> None:
    """An earlier run of the date may have left rows."""
    if run.business_date in run.lake.dates(source):
        run.lake.write(run.lake.empty(source), source, run.business_date)


def _count_of_whole_file(file: DeliveredFile) -> FileCount:
    rows = file.landed.rows
    return FileCount(file, repeated=rows) if file.fate == "repeated" else FileCount(file, quarantined=rows)


def _set_aside_whole_files(delivery: Delivery, run: RunContext, rejected: Path) -> None:
    """Every row of files that are rejected as a whole; one row for a file that cannot be read."""
    whole = delivery.of("late_file", "unlisted_file")
    if whole:
        rows = _union([raw_rows(spark_of(run), file.landed, number) for number, file in enumerate(whole)])
        fates = F.array(*[F.lit(file.fate) for file in whole])
        _set_aside(rows, F.get(fates, "_file"), delivery.source, whole, rejected)
    unreadable = [(delivery.source, file.name, 0, file.fate, "") for file in delivery.of("unreadable_file")]
    if unreadable:
        spark_of(run).createDataFrame(unreadable, REJECTED_DDL).coalesce(1).write.mode("append").parquet(str(rejected))


def _set_aside(rows: DataFrame, reason: Column, source: str, files: list[DeliveredFile], rejected: Path) -> None:
    names = F.array(*[F.lit(file.name) for file in files])
    columns = [F.lit(source).alias("source"), F.get(names, "_file").alias("file"), F.col("_line").alias("line"), reason.alias("reason"), F.col("raw")]
    rows.select(*columns).coalesce(1).write.mode("append").parquet(str(rejected))


def _union(frames: list[DataFrame]) -> DataFrame:
    return reduce(DataFrame.union, frames)


def spark_of(run: RunContext) -> "SparkSession":
    assert run.spark is not None, "jobs/runner.py starts the session of a stage that needs one"
    return run.spark
