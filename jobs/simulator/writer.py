"""Files of a dump: gzipped CSV or Parquet as the source's layout says, and the manifest last, so that a half dump is never taken for a whole one."""

import hashlib
import io
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from jobs.simulator.columns import Table
from jobs.simulator.market import Layout

_TYPES = {"string": pa.string(), "bigint": pa.int64(), "int": pa.int32(), "date": pa.date32(), "boolean": pa.bool_(), "double": pa.float64()}


@dataclass(frozen=True)
class DumpFile:
    """A file of a dump before it is written."""

    name: str
    rows: int
    content: bytes


def dump_table(layout: Layout, table: Table) -> pa.Table:
    """The columns of a table in the order and types of its layout. Timestamps are text already, ISO 8601 with offset."""
    arrays = []
    for field in layout.fields:
        kind = pa.string() if field["type"] == "timestamp" else _TYPES[field["type"]]
        column = table[field["name"]]
        arrays.append(column if column.type == kind else column.cast(kind))
    return pa.table(arrays, names=layout.names)


def file_of(layout: Layout, stem: str, table: pa.Table) -> DumpFile:
    content = parquet_bytes(table) if layout.format == "parquet" else zipped(csv_bytes(table))
    return DumpFile(f"{stem}.{layout.format}", table.num_rows, content)


def csv_bytes(table: pa.Table) -> bytes:
    """Plain values where no value needs quotes, as most systems write; quoted text where one does."""
    for style in ("none", "needed"):
        sink = io.BytesIO()
        try:
            pcsv.write_csv(table, sink, pcsv.WriteOptions(batch_size=16_384, quoting_style=style, quoting_header="none"))
        except pa.ArrowInvalid:
            continue
        return sink.getvalue()
    raise ValueError("a table that cannot be written as CSV")


def zipped(content: bytes) -> bytes:
    """gzip without a time of its own, so that the same rows are the same bytes."""
    packer = zlib.compressobj(level=1, wbits=31)
    return packer.compress(content) + packer.flush()


def parquet_bytes(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    # Without the Arrow schema every reader sees the plain Parquet types.
    pq.write_table(table, sink, compression="snappy", store_schema=False)
    return sink.getvalue()


def write_dump(home: Path, source: str, business_date: str, files: list[DumpFile], history_from: str | None = None) -> int:
    """Replaces the dump of a source and date; returns its rows."""
    folder = home / "landing" / source / f"business_date={business_date}"
    emptied(folder)
    for file in files:
        (folder / file.name).write_bytes(file.content)
    entries = [{"name": file.name, "rows": file.rows, "sha256": hashlib.sha256(file.content).hexdigest()} for file in files]
    manifest = {"source": source, "business_date": business_date, "rows": sum(file.rows for file in files), "files": entries}
    if history_from:
        manifest["history_from"] = history_from
    staged = folder / "_manifest.json.staged"
    staged.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    staged.rename(folder / "_manifest.json")
    return int(manifest["rows"])  # type: ignore[call-overload]


def remove_dump(home: Path, source: str, business_date: str) -> None:
    """No dump of this source and date, not even that of an earlier simulation."""
    folder = home / "landing" / source / f"business_date={business_date}"
    if folder.exists():
        emptied(folder)
        folder.rmdir()


def emptied(folder: Path) -> None:
    """The folder with no files in it, the manifest gone first."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_manifest.json").unlink(missing_ok=True)
    for path in sorted(folder.iterdir()):
        path.unlink()


def write_truth(home: Path, what: str, key: str, table: Table) -> None:
    """A table of the hidden truth; no pipeline code opens it."""
    folder = home / "truth" / what / key
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(list(table.values()), names=list(table)), folder / "part-0.parquet", store_schema=False)
