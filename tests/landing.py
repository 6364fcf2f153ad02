"""Tiny landing folders: dumps of a source as the operator's systems deliver them, with a manifest that fits unless a test says otherwise."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet

from jobs.catalogue.schema import Field, SourceSchema, sources

Row = dict[str, Any]
SAMPLE = {"string": "x", "boolean": "true", "date": "2026-01-02", "timestamp": "2026-11-05T10:00:00+08:00"}
PATTERN_SAMPLE = {
    "^C[0-9]{9}$": "C000000001",
    "^[a-z]+_[0-9]+$": "anzhou_1",
    "^[a-z]+_b[0-9]+$": "anzhou_b1",
    "^1[0-9]{10}$": "13900000001",
    "^[0-9]{8}$": "35000001",
}


def folder_of(home: Path, source: str, day: str) -> Path:
    return home / "landing" / source / f"business_date={day}"


def good(source: str, **values: Any) -> Row:
    """A row that the schema accepts: customer C000000001, the first code, the lowest number; `values` replace what a case needs."""
    schema = sources()[source]
    row = {field.name: _sample(field, schema) for field in schema.fields}
    unknown = set(values) - set(row)
    assert not unknown, f"{source} has no column {unknown}"
    return row | values


def _sample(field: Field, schema: SourceSchema) -> Any:
    if field.name == schema.customer:
        return "C000000001"
    if field.nullable:
        return None
    if field.name == schema.event_date and field.type == "date":
        return "2026-11-05"
    if field.codes:
        return field.codes[0]
    if field.between:
        return max(field.between[0], 0)
    return PATTERN_SAMPLE[field.pattern] if field.pattern in PATTERN_SAMPLE else SAMPLE.get(field.type, 0)


def csv_bytes(rows: Iterable[Row], columns: list[str], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if row.get(name) is None else row[name] for name in columns] for row in rows])
    return gzip.compress(text.getvalue().encode(encoding), mtime=0)


def parquet_bytes(table: pa.Table) -> bytes:
    out = io.BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()


def typed_table(source: str, rows: list[Row]) -> pa.Table:
    """Rows as a Parquet writer with the schema's own types would store them."""
    kinds = {"string": pa.string(), "bigint": pa.int64(), "int": pa.int32(), "date": pa.date32()}
    arrays = {field.name: pa.array([row[field.name] for row in rows], pa.string()) for field in sources()[source].fields if field.type in ("string", "date")}
    arrays |= {field.name: pa.array([row[field.name] for row in rows], pa.int64()) for field in sources()[source].fields if field.type in ("bigint", "int")}
    return pa.table({field.name: arrays[field.name].cast(kinds[field.type]) for field in sources()[source].fields})


def deliver(home: Path, source: str, day: str, files: dict[str, list[Row] | bytes], /, row_counts: dict[str, int] | None = None, **manifest: Any) -> Path:
    """Write files and manifest. A file is rows by the schema, or bytes with their number in `row_counts`; `manifest` replaces its keys. Returns the folder."""
    folder = folder_of(home, source, day)
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for name, content in files.items():
        data = content if isinstance(content, bytes) else _encoded(source, name, content)
        (folder / name).write_bytes(data)
        count = (row_counts or {}).get(name, 0) if isinstance(content, bytes) else len(content)
        entries.append({"name": name, "rows": count, "sha256": hashlib.sha256(data).hexdigest()})
    text = {"source": source, "business_date": day, "rows": sum(entry["rows"] for entry in entries), "files": entries} | manifest
    (folder / "_manifest.json").write_text(json.dumps(text))
    return folder


def _encoded(source: str, name: str, rows: list[Row]) -> bytes:
    if name.endswith(".parquet"):
        return parquet_bytes(typed_table(source, rows))
    return csv_bytes(rows, [field.name for field in sources()[source].fields])


def deliver_required(home: Path, day: str, **files: dict[str, list[Row] | bytes]) -> None:
    """Every required source: one good row where a snapshot must have one, an empty day of the others; `files` replace a source's."""
    for name, schema in sources().items():
        if schema.required and name not in files:
            must_have_rows = schema.delivery == "snapshot" and len(schema.key) == 1
            deliver(home, name, day, {f"part-0.{schema.format}": [good(name)] if must_have_rows else []})
    for name, content in files.items():
        deliver(home, name, day, content)
