"""What one delivered file holds, found without a JVM and in bounded memory: checksum, rows, columns. Nothing here judges a row."""

import csv
import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet

from jobs.ingest.manifest import Incomplete, ManifestFile

SPARK_TYPES = {
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.uint8(): "smallint",
    pa.uint16(): "int",
    pa.uint32(): "bigint",
    pa.uint64(): "decimal(20,0)",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.large_string(): "string",
    pa.binary(): "binary",
    pa.large_binary(): "binary",
    pa.date32(): "date",
    pa.null(): "int",  # a column of nulls stands in the file as 32-bit integers
}

# A file without line ends would be read whole for its header.
LONGEST_HEADER = 1_000_000


@dataclass(frozen=True)
class LandedFile:
    """`columns` are those of the file in its order, with Spark types; a type is empty where Spark cannot read the column.
    `multiline` says that cells hold line ends, so that a row may span lines."""

    path: Path
    rows: int
    sha256: str
    columns: dict[str, str]
    multiline: bool = False

    @property
    def is_csv(self) -> bool:
        return self.path.name.endswith(".csv.gz")


def open_file(path: Path, promised: ManifestFile | None = None) -> LandedFile:
    """The facts of a file. Raises Incomplete when it is missing, unreadable or not what the manifest promised."""
    name = path.name
    if not path.is_file():
        raise Incomplete(name, "missing")
    if path.stat().st_size == 0:
        raise Incomplete(name, "empty (0 bytes)")
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    if promised and sha256 != promised.sha256:
        raise Incomplete(name, f"checksum differs from the manifest ({_whole(path)})")
    found = _csv_file(path, sha256, promised) if name.endswith(".csv.gz") else _parquet_file(path, sha256)
    if promised and found.rows != promised.rows:
        raise Incomplete(name, f"holds {found.rows} rows, the manifest says {promised.rows}")
    return found


def _whole(path: Path) -> str:
    """Why a file with a wrong checksum may be so: cut short on its way, or other bytes."""
    try:
        _csv_file(path, "", None) if path.name.endswith(".csv.gz") else _parquet_file(path, "")
    except Incomplete as problem:
        return problem.reason
    return "the file can be read, so its content was changed"


def _csv_file(path: Path, sha256: str, promised: ManifestFile | None) -> LandedFile:
    try:
        with gzip.open(path, "rb") as unpacked:
            lines = io.BufferedReader(unpacked)  # type: ignore[type-var]
            header = lines.readline(LONGEST_HEADER)
            rows = sum(map(bool, map(bytes.strip, lines)))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise Incomplete(path.name, "truncated or damaged gzip") from None
    multiline = promised is not None and rows != promised.rows and _records(path) == promised.rows
    return LandedFile(path, promised.rows if promised and multiline else rows, sha256, _header(path.name, header), multiline)


def _header(name: str, line: bytes) -> dict[str, str]:
    text = line.strip()
    if b"\r" in text:
        raise Incomplete(name, "its lines end in CR alone; have it written with LF or CRLF")
    try:
        cells = next(csv.reader([text.decode("utf-8-sig")]), [])
    except UnicodeDecodeError:
        raise Incomplete(name, "the header line is not UTF-8") from None
    except csv.Error as error:
        raise Incomplete(name, f"the header line cannot be read: {error}") from None
    names = [cell.strip() for cell in cells]
    if not any(names):
        raise Incomplete(name, "no header line")
    if len(set(names)) < len(names):
        raise Incomplete(name, "the header names a column twice")
    return dict.fromkeys(names, "string")


def _records(path: Path) -> int:
    """Rows when line ends inside quotes belong to the cell; -1 when the quotes do not match. The header is none."""
    try:
        # Only commas, quotes and line ends matter here, so any encoding that keeps ASCII will do.
        with gzip.open(path, "rt", encoding="latin-1", newline="") as text:
            return sum(map(bool, csv.reader(text))) - 1
    except csv.Error:
        return -1


def _parquet_file(path: Path, sha256: str) -> LandedFile:
    try:
        with parquet.ParquetFile(path) as file:
            return LandedFile(path, file.metadata.num_rows, sha256, {field.name: _spark_type(field.type) for field in file.schema_arrow})
    except (pa.ArrowException, OSError):
        raise Incomplete(path.name, "truncated or damaged Parquet file") from None


def _spark_type(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        return _spark_type(kind.value_type)
    if pa.types.is_decimal128(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        if kind.unit == "ns":
            return "nanoseconds"
        return "timestamp" if kind.tz else "timestamp_ntz"
    return SPARK_TYPES.get(kind, "")
