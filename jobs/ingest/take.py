"""One source's delivery into its table: rows judged and counted by file, good ones written, rejected ones set aside for quarantine."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from pathlib import Path

import pyarrow.parquet as parquet
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.ingest import judge
from jobs.ingest.delivered_file import DeliveredFile
from jobs.ingest.delivery import Delivery
from jobs.ingest.dump import customer_named, judged_dump
from jobs.ingest.rows import as_json, raw_rows, readable
from jobs.ingest.unusable import is_unusable, unusable_source, without_repeats
from jobs.quality.rules import quality_rules

# So many rejected rows of a source pass through the driver (10 MB at most); more are written where they are.
REJECTED_IN_THE_DRIVER = 5_000


@dataclass(frozen=True)
class FileCount:
    """Rows of a file by what became of them. `corrected` are those among the kept that say other figures of a month than before."""

    file: DeliveredFile
    kept: int = 0
    quarantined: int = 0
    repeated: int = 0
    corrected: int = 0


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


@dataclass(frozen=True)
class Night:
    """What all sources of a night share: the run, the customers that a dump of a date is checked against (None while they are taken
    in), the date whose snapshot the newest partition of each source holds, and the folder for rejected rows."""

    run: RunContext
    customers: dict[date, DataFrame] | None
    last_good: dict[str, date]
    rejected: Path


def take(delivery: Delivery, night: Night) -> Taken:
    """Write the source's partition of the business date and set rejected rows aside."""
    run = night.run
    counts = [_count_of_whole_file(file) for file in delivery.files if file.fate != "judge"]
    _set_aside_whole_files(delivery, night)
    if not delivery.complete and not delivery.of("judge"):
        written = _stand_in(delivery, run) if delivery.due else 0
        stands_in = delivery.due and delivery.schema.delivery == "snapshot"
        return Taken(delivery, tuple(counts), written, night.last_good.get(delivery.source) if stands_in else None)
    judged = _judge_and_write(delivery, night)
    used_date = run.business_date if delivery.complete else max(file.dump_date for file in delivery.of("judge"))
    return Taken(delivery, (*judged, *counts), sum(count.kept for count in judged), used_date)


def _judge_and_write(delivery: Delivery, night: Night) -> list[FileCount]:
    run, files = night.run, delivery.of("judge")
    if not any(file.landed.rows for file in files):
        _write_nothing(delivery.source, run)
        return [FileCount(file) for file in files]
    judged = _judged(delivery, files, night).persist()
    first_time = _without_rows_of_earlier_dumps(judged, delivery, run)
    checked = _beside_earlier_dumps(first_time, delivery, run)
    try:
        counts = _counts(checked, files)
        _refuse_unusable(checked, counts, delivery, run)
        _set_aside(checked, counts, delivery, night.rejected / delivery.source)
        good = checked.where("_reason is null and _before is distinct from 'same'").select(F.lit(run.business_date).alias("business_date"), *_names(delivery))
        run.lake.write(good, delivery.source, run.business_date)
        return counts
    finally:
        for frame in (checked, first_time, judged):
            frame.unpersist()


def _judged(delivery: Delivery, files: list[DeliveredFile], night: Night) -> DataFrame:
    """The rows of all files, each judged as of the date of its dump. Of good rows with the same key the first stays, oldest dump first;
    figures of a month may stand in several dumps, once in each."""
    schema, numbered = delivery.schema, list(enumerate(files))
    by_dump = []
    for dump_date in sorted({file.dump_date for file in files}):
        rows = judged_dump(schema, [(number, file) for number, file in numbered if file.dump_date == dump_date], dump_date, night.run)
        if schema.customer and night.customers is not None:
            rows = judge.reject_unknown_customers(rows, schema, night.customers[dump_date])
        by_dump.append(judge.reject_duplicates(rows, schema) if schema.delivery == "monthly" else rows)
    together = reduce(DataFrame.union, by_dump)
    return together if schema.delivery == "monthly" else judge.reject_duplicates(together, schema)


def _without_rows_of_earlier_dumps(judged: DataFrame, delivery: Delivery, run: RunContext) -> DataFrame:
    """Most dumps hold no event of an earlier day, or follow no earlier dump: then nothing is to be done."""
    schema, day, time_zone = delivery.schema, run.business_date, run.conf.contact_rules.time_zone
    earliest = min(file.dump_date for file in delivery.of("judge")) - timedelta(days=run.conf.base.late_days)
    if schema.delivery != "events" or not any(earliest <= one < day for one in run.lake.dates(delivery.source)):
        return judged
    if judged.where(f"_reason is null and {judge.is_late(schema, day, time_zone)}").isEmpty():
        return judged
    kept_before = run.lake.read_before(delivery.source, day).where(F.col("business_date") >= F.lit(earliest))
    return judge.reject_delivered_before(judged, schema, kept_before, day, time_zone).persist()


def _beside_earlier_dumps(judged: DataFrame, delivery: Delivery, run: RunContext) -> DataFrame:
    """Figures of a month may be said again or corrected by a later dump; of events that came before nothing is left here."""
    schema, month = delivery.schema, delivery.schema.event_date
    several = len({file.dump_date for file in delivery.of("judge")}) > 1
    compares = schema.delivery == "monthly" and (several or any(one < run.business_date for one in run.lake.dates(schema.source)))
    if month is None or not compares:
        return judged.withColumn("_before", F.lit(None).cast("string"))
    # A handful of months, and the log knows which files hold them: on the 1st, when everybody's bill comes, there are none to read.
    months = [row[0] for row in judged.where("_reason is null").select(month).distinct().collect()]
    kept_before = run.lake.read_before(schema.source, run.business_date).where(F.col(month).isin(months))
    compared = judge.beside_earlier_dumps(judged, schema, kept_before)
    return (judge.set_older_dumps_aside(compared, schema) if several else compared).persist()


def _counts(checked: DataFrame, files: list[DeliveredFile]) -> list[FileCount]:
    """Rows by file. Bounded: four numbers a file."""
    rows = checked.groupBy("_file", F.col("_reason").isNull().alias("good"), "_before").count().collect()
    found = {(row["_file"], row["good"], row["_before"]): row["count"] for row in rows}
    counts = []
    for number, file in enumerate(files):
        new, same, corrected, bad = (found.get((number, *kind), 0) for kind in ((True, None), (True, "same"), (True, "other"), (False, None)))
        counts.append(FileCount(file, kept=new + corrected, quarantined=bad, repeated=same, corrected=corrected))
    return counts


def _refuse_unusable(checked: DataFrame, counts: list[FileCount], delivery: Delivery, run: RunContext) -> None:
    """Raises Refusal, one line, for a required source whose rows are mostly rejected. Its table still says what it said before."""
    limit = quality_rules(run.conf.folder).unusable
    kept = sum(count.kept for count in counts)
    if not is_unusable(delivery.schema, kept, sum(count.quarantined for count in counts), limit):
        return
    reasons = without_repeats({row["_reason"]: row["count"] for row in checked.where("_reason is not null").groupBy("_reason").count().collect()})
    if is_unusable(delivery.schema, kept, sum(reasons.values()), limit):
        raise unusable_source(delivery.schema, kept, reasons, run.business_date, limit)


def _set_aside(checked: DataFrame, counts: list[FileCount], delivery: Delivery, rejected: Path) -> None:
    if quarantined := sum(count.quarantined for count in counts):
        raw = f"coalesce({readable('_raw')}, {as_json(_names(delivery), delivery.schema)}) as raw"
        bad = checked.where("_reason is not null").selectExpr("_file", "_line", "_reason", raw, f"{customer_named(delivery.schema)} as customer_id")
        _store(bad, quarantined, delivery.source, [count.file for count in counts], rejected / "rows")


def _set_aside_whole_files(delivery: Delivery, night: Night) -> None:
    """Every row of files that are rejected as a whole; one row for a file that cannot be read."""
    spark = night.run.session
    for number, file in enumerate(delivery.of("unlisted_file", "unreadable_file")):
        if file.fate == "unreadable_file":
            rows = spark.createDataFrame([(0, 0, "")], "_file int, _line bigint, raw string")
        else:
            rows = raw_rows(spark, file.landed, 0, delivery.schema)
        bad = rows.select("_file", "_line", F.lit(file.fate).alias("_reason"), "raw", F.lit(None).cast("string").alias("customer_id"))
        _store(bad, file.landed.rows, delivery.source, [file], night.rejected / delivery.source / f"file-{number}")


def _store(bad: DataFrame, rows: int, source: str, files: list[DeliveredFile], folder: Path) -> None:
    """Rejected rows as Parquet: 24 small Delta commits would take most of a small night."""
    names = F.array(*[F.lit(file.name) for file in files])
    columns = [F.lit(source).alias("source"), F.get(names, "_file").alias("file"), F.col("_line").alias("line"), F.col("_reason").alias("reason")]
    stored = bad.select(*columns, "raw", "customer_id")
    if rows > REJECTED_IN_THE_DRIVER:
        stored.write.parquet(str(folder))
        return
    folder.mkdir(parents=True)
    parquet.write_table(stored.toArrow(), folder / "part-0.parquet")


def _stand_in(delivery: Delivery, run: RunContext) -> int:
    """The last good snapshot again; no rows of anything else. Returns the rows written."""
    if delivery.schema.delivery != "snapshot" or not any(one < run.business_date for one in run.lake.dates(delivery.source)):
        _write_nothing(delivery.source, run)
        return 0
    last = run.lake.read_previous(delivery.source, run.business_date)
    run.lake.write(last.select(F.lit(run.business_date).alias("business_date"), *_names(delivery)), delivery.source, run.business_date)
    return run.lake.rows_written(delivery.source, run.business_date)


def _write_nothing(source: str, run: RunContext) -> None:
    """An earlier run of the date may have left rows."""
    if run.business_date in run.lake.dates(source):
        run.lake.write(run.lake.empty(source), source, run.business_date)


def _count_of_whole_file(file: DeliveredFile) -> FileCount:
    rows = file.landed.rows
    return FileCount(file, repeated=rows) if file.fate == "repeated" else FileCount(file, quarantined=rows)


def _names(delivery: Delivery) -> list[str]:
    return [field.name for field in delivery.schema.fields]
