"""Feedback files as rows: one row a received record, with the cells that could be read and whether they could.

Files are CSV or CSV in gzip, whatever the case of their ending (records.py); other names, such as those of files that are still being
written, are left alone. Files are read by the workers, one at a time; the driver only lists them.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.errors import UserError
from jobs.feedback.records import Record, records_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from jobs.context import RunContext

ENDINGS = (".csv", ".csv.gz")
ROWS = (
    "channel string, received_date date, file string, sha256 string, line bigint, raw string, malformed boolean, "
    "contact_id string, customer_id string, outcome string, occurred_at timestamp, place string, detail string"
)
TABLE = "contact_feedback"
FILES = "channel string, received_date date, file string, path string"
FILES_A_TASK = 64  # a channel delivers few files a day: one task reads many of them, so that small ones do not cost a task each


def received(run: "RunContext") -> "DataFrame":
    """Rows of the files received up to the business date, but for files whose bytes the partition of another date holds, before it or
    behind it; and the rows that an earlier run of this date took from bytes that are not there any more: they stay counted."""
    from pyspark.sql import functions as F

    files = landed_files(run.home / "landing" / "feedback", run.business_date)
    listed = run.session.createDataFrame([(one.channel, one.received_date, one.path.name, str(one.path)) for one in files], FILES)
    elsewhere = run.lake.read_until(TABLE, date.max).where((F.col("business_date") != F.lit(run.business_date)) & F.col("sha256").isNotNull())
    known = elsewhere.groupBy("channel", "received_date", "file").agg(F.collect_set("sha256").alias("known"))
    tasks = max(1, len(files) // FILES_A_TASK)
    landed = listed.join(known, ["channel", "received_date", "file"], how="left").repartition(tasks, "path").mapInArrow(_read_files, ROWS)
    if run.business_date not in run.lake.dates(TABLE):
        return landed
    taken_before = run.lake.read(TABLE, run.business_date).withColumn("malformed", F.col("class") == "malformed")
    content = ["channel", "received_date", "file", "sha256"]
    gone = taken_before.join(landed.select(content).distinct(), content, how="left_anti")
    return landed.unionByName(gone.select(landed.columns))


@dataclass(frozen=True)
class LandedFile:
    channel: str
    received_date: date
    path: Path


def landed_files(folder: Path, until: date) -> list[LandedFile]:
    """The channels' files received up to a date. Raises UserError for a folder whose name is no date: its files would be lost in silence."""
    found = []
    for path in sorted(one for one in folder.glob("channel=*/received_date=*/*") if one.name.lower().endswith(ENDINGS)):
        day = path.parent.name.partition("=")[2]
        try:
            received_date = date.fromisoformat(day)
        except ValueError:
            raise UserError(f"{path.parent}: '{day}' is no date; name the folder received_date=YYYY-MM-DD") from None
        if received_date <= until:
            found.append(LandedFile(path.parent.parent.name.partition("=")[2], received_date, path))
    return found


def _read_files(batches: "Iterable[pa.RecordBatch]") -> "Iterable[pa.RecordBatch]":
    import pyarrow as pa

    for batch in batches:
        for landed in batch.to_pylist():
            content = Path(landed["path"]).read_bytes()
            sha256 = hashlib.sha256(content).hexdigest()
            if sha256 in (landed["known"] or []):
                continue
            of_file = {"channel": landed["channel"], "received_date": landed["received_date"], "file": landed["file"], "sha256": sha256}
            rows = [of_file | vars(record) for record in _records(landed["file"], content)]
            yield from pa.Table.from_pylist(rows, schema=_arrow_schema()).to_batches()


def _records(file: str, content: bytes) -> list[Record]:
    """The records of a file; one malformed record on line 0 for a gzip file that cannot be unpacked."""
    if not file.lower().endswith(".gz"):
        return records_of(content)
    try:
        return records_of(gzip.decompress(content))
    except (EOFError, OSError, zlib.error):
        return [Record(0, "truncated or damaged gzip", malformed=True)]


def _arrow_schema() -> "pa.Schema":
    import pyarrow as pa

    kinds = {"string": pa.string(), "date": pa.date32(), "bigint": pa.int64(), "boolean": pa.bool_(), "timestamp": pa.timestamp("us", tz="UTC")}
    return pa.schema([(name, kinds[kind]) for name, kind in (column.split() for column in ROWS.split(", "))])
