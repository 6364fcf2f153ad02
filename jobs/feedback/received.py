"""Feedback files as rows: one row a received line, with the cells that could be read and whether they could.

A file is UTF-8 text, one record a line, its first line naming the columns in any order. Whatever cannot be read stays a row,
marked malformed; an empty line is no row. Files are read by the workers, one at a time; the driver only lists them.
"""

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.errors import UserError
from jobs.feedback.states import STRONGEST_FIRST

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from jobs.context import RunContext

COLUMNS = ("contact_id", "customer_id", "outcome", "occurred_at", "place", "detail")
REQUIRED = ("contact_id", "customer_id", "outcome", "occurred_at")
LONGEST_RAW = 2000
ROWS = (
    "channel string, received_date date, file string, sha256 string, line bigint, raw string, malformed boolean, "
    "contact_id string, customer_id string, outcome string, occurred_at timestamp, place string, detail string"
)
FILES = "channel string, received_date date, file string, path string"
FILES_A_TASK = 64  # a channel delivers few files a day: one task reads many of them, so that small ones do not cost a task each


@dataclass(frozen=True)
class Line:
    """A received line. Cells are None when the line is malformed."""

    line: int
    raw: str
    malformed: bool
    contact_id: str | None = None
    customer_id: str | None = None
    outcome: str | None = None
    occurred_at: datetime | None = None
    place: str | None = None
    detail: str | None = None


def received(taken: "DataFrame", run: "RunContext") -> "DataFrame":
    """Rows of every file received up to the business date whose bytes `taken` (channel, received_date, file, sha256) does not hold."""
    from pyspark.sql import functions as F

    files = landed_files(run.home / "landing" / "feedback", run.business_date)
    listed = run.session.createDataFrame([(one.channel, one.received_date, one.path.name, str(one.path)) for one in files], FILES)
    known = taken.where(F.col("sha256").isNotNull()).groupBy("channel", "received_date", "file").agg(F.collect_set("sha256").alias("known"))
    tasks = max(1, len(files) // FILES_A_TASK)
    return listed.join(known, ["channel", "received_date", "file"], how="left").repartition(tasks, "path").mapInArrow(_read_files, ROWS)


@dataclass(frozen=True)
class LandedFile:
    channel: str
    received_date: date
    path: Path


def landed_files(folder: Path, until: date) -> list[LandedFile]:
    """The channels' files received up to a date. Raises UserError for a folder whose name is no date: its files would be lost in silence."""
    found = []
    for path in sorted(folder.glob("channel=*/received_date=*/*.csv")):
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
            rows = [of_file | vars(line) for line in lines_of(content)]
            yield from pa.Table.from_pylist(rows, schema=_arrow_schema()).to_batches()


def _arrow_schema() -> "pa.Schema":
    import pyarrow as pa

    kinds = {"string": pa.string(), "date": pa.date32(), "bigint": pa.int64(), "boolean": pa.bool_(), "timestamp": pa.timestamp("us", tz="UTC")}
    return pa.schema([(name, kinds[kind]) for name, kind in (column.split() for column in ROWS.split(", "))])


def lines_of(content: bytes) -> list[Line]:
    """Every line of a file that is not empty, but for a proper header. Without one, no line of the file can be read."""
    lines = [(number, line.rstrip(b"\r")) for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1)]
    filled = [(number, line) for number, line in lines if line]
    if not filled:
        return []
    header = _header(filled[0][1])
    if header is None:
        return [_malformed(number, line) for number, line in filled]
    return [_line(number, line, header) for number, line in filled[1:]]


def _header(line: bytes) -> list[str] | None:
    """Column names of a header that has each column once; further columns are allowed and not read."""
    names = [name.strip().lower() for name in _cells(line) or []]
    return names if all(names.count(column) == 1 for column in COLUMNS) else None


def _line(number: int, line: bytes, header: list[str]) -> Line:
    cells = _cells(line)
    if cells is None or len(cells) != len(header):
        return _malformed(number, line)
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    occurred_at = _moment(row["occurred_at"])
    if any(not row[name] for name in REQUIRED) or row["outcome"] not in STRONGEST_FIRST or occurred_at is None:
        return _malformed(number, line)
    place, detail = row["place"] or None, row["detail"] or None
    return Line(number, _raw(line), False, row["contact_id"], row["customer_id"], row["outcome"], occurred_at, place, detail)


def _malformed(number: int, line: bytes) -> Line:
    return Line(number, _raw(line), True)


def _raw(line: bytes) -> str:
    return line.decode("utf-8", errors="replace")[:LONGEST_RAW]


def _cells(line: bytes) -> list[str] | None:
    """Cells of one CSV record, None when it is not UTF-8 or its quotes do not close."""
    try:
        return next(csv.reader([line.decode("utf-8")], strict=True))
    except (UnicodeDecodeError, csv.Error, StopIteration):
        return None


def _moment(text: str) -> datetime | None:
    """An ISO 8601 moment with offset, in UTC; None for anything else, since a time without offset may be eight hours off."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
