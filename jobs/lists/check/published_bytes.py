"""The bytes of a list against its manifest and against contract section 5: files, sizes, checksums, columns, types, content hash."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet

from jobs.lists.check.result import Violation

TALK = pa.list_(pa.struct([("contact_date", pa.date32()), ("channel", pa.string()), ("product", pa.string()), ("outcome", pa.string())]))
COLUMNS: list[tuple[str, pa.DataType]] = [
    ("contact_id", pa.string()),
    ("contact_date", pa.date32()),
    ("channel", pa.string()),
    ("customer_id", pa.string()),
    ("address", pa.string()),
    ("campaign", pa.string()),
    ("campaign_type", pa.string()),
    ("product", pa.string()),
    ("wave", pa.int32()),
    ("script", pa.string()),
    ("place", pa.string()),
    ("rank", pa.int32()),
    ("probability", pa.float64()),
    ("expected_value", pa.decimal128(12, 4)),
    ("valid_from", pa.timestamp("us", "UTC")),
    ("valid_to", pa.timestamp("us", "UTC")),
    ("parameters", pa.map_(pa.string(), pa.string())),
    ("history", TALK),
]
MAY_BE_NULL = {"address", "place", "history"}
MANIFEST_KEYS = {
    "channel",
    "contact_date",
    "business_date",
    "revision",
    "rows",
    "files",
    "content_hash",
    "schema_version",
    "rules_hash",
    "code_version",
    "run",
    "created_at",
}
FILE_KEYS = {"name", "rows", "bytes", "sha256"}


@dataclass(frozen=True)
class ListBytes:
    """A list as it lies on the disk. `readable` when its rows can be judged: the files are Parquet of the contract's columns."""

    channel: str
    folder: Path
    manifest: dict[str, Any]
    files: list[Path]
    violations: list[Violation]

    @property
    def readable(self) -> bool:
        return not any(one.rule == "schema" for one in self.violations)

    @property
    def revision(self) -> int:
        """As the manifest says; 0 where it says nothing usable, which is a violation already."""
        revision = self.manifest.get("revision")
        return revision if isinstance(revision, int) else 0


def read_list(connection: duckdb.DuckDBPyConnection, folder: Path, channel: str, contact_date: date, business_date: date) -> ListBytes:
    files = sorted(folder.glob("*.parquet"))
    violations: list[Violation] = []
    manifest = _manifest(folder, channel, violations)
    if manifest and folder.name.startswith("revision=") and manifest.get("revision") != int(folder.name.removeprefix("revision=")):
        violations.append(Violation("manifest", "", f"{channel}: revision is {manifest.get('revision')!r} in {folder.name}"))
    expected = {"channel": channel, "contact_date": str(contact_date), "business_date": str(business_date)}
    for key, value in expected.items():
        if key in manifest and manifest[key] != value:
            violations.append(Violation("manifest", "", f"{channel}: {key} is {manifest[key]!r} instead of {value!r}"))
    _files_agree(channel, files, manifest, violations)
    _columns_agree(channel, files, violations)
    found = ListBytes(channel, folder, manifest, files, violations)
    if found.readable and "content_hash" in manifest and content_hash(connection, files) != manifest["content_hash"]:
        violations.append(Violation("content_hash", "", f"{channel}: the rows do not hash to the manifest's content_hash"))
    return found


def _manifest(folder: Path, channel: str, violations: list[Violation]) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        violations.append(Violation("manifest", "", f"{channel}: manifest.json is not there or no JSON"))
        return {}
    if not isinstance(manifest, dict):
        violations.append(Violation("manifest", "", f"{channel}: manifest.json is no mapping"))
        return {}
    if set(manifest) != MANIFEST_KEYS:
        missing, unknown = sorted(MANIFEST_KEYS - set(manifest)), sorted(set(manifest) - MANIFEST_KEYS)
        violations.append(Violation("manifest", "", f"{channel}: keys missing {missing}, not of the contract {unknown}"))
    files = manifest.get("files")
    if not isinstance(files, list) or not all(isinstance(file, dict) and set(file) == FILE_KEYS for file in files):
        violations.append(Violation("manifest", "", f"{channel}: files is no list of {sorted(FILE_KEYS)}"))
        return {**manifest, "files": []}
    return manifest


def _files_agree(channel: str, files: list[Path], manifest: dict[str, Any], violations: list[Violation]) -> None:
    if not manifest:
        return
    named = {file["name"]: file for file in manifest.get("files", [])}
    present = {path.name: path for path in files}
    for name in sorted(named.keys() ^ present.keys()):
        violations.append(Violation("manifest", "", f"{channel}: {name} is {'not there' if name in named else 'not in the manifest'}"))
    for name in sorted(named.keys() & present.keys()):
        data_size = present[name].stat().st_size
        with present[name].open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if data_size != named[name]["bytes"] or digest != named[name]["sha256"]:
            violations.append(Violation("checksum", "", f"{channel}: {name}: size or SHA-256 differs from the manifest"))
        rows = _rows(present[name])
        if rows is not None and rows != named[name]["rows"]:
            violations.append(Violation("manifest", "", f"{channel}: {name} holds {rows} rows, the manifest says {named[name]['rows']}"))
    if sum(file["rows"] for file in named.values()) != manifest.get("rows", 0):
        violations.append(
            Violation("manifest", "", f"{channel}: rows is {manifest.get('rows')}, the files add up to {sum(file['rows'] for file in named.values())}")
        )


def _rows(path: Path) -> int | None:
    try:
        return parquet.read_metadata(path).num_rows
    except (pa.ArrowException, OSError):
        return None


def _columns_agree(channel: str, files: list[Path], violations: list[Violation]) -> None:
    if not files:
        violations.append(Violation("schema", "", f"{channel}: no part file; an empty list has one without rows"))
    for path in files:
        try:
            found = parquet.read_schema(path)
        except (pa.ArrowException, OSError) as error:
            violations.append(Violation("schema", "", f"{channel}: {path.name} is no Parquet file: {type(error).__name__}"))
            continue
        if found.names != [name for name, _ in COLUMNS]:
            violations.append(Violation("schema", "", f"{channel}: {path.name}: columns or their order differ from the contract: {found.names}"))
            continue
        for name, kind in COLUMNS:
            if found.field(name).type != kind:
                violations.append(Violation("schema", "", f"{channel}: {path.name}: {name} is {found.field(name).type} instead of {kind}"))


def content_hash(connection: duckdb.DuckDBPyConnection, files: list[Path]) -> str:
    """SHA-256 over `contact_id|customer_id|campaign|product|wave|script|rank` a row, by contact_id, with a line feed between rows."""
    digest = hashlib.sha256()
    line = " || '|' || ".join(f"coalesce({name}::varchar, '')" for name in ("contact_id", "customer_id", "campaign", "product", "wave", "script", "rank"))
    relation = connection.sql(
        f"select {line} as line from read_parquet($files, hive_partitioning = false) order by contact_id", params={"files": [str(path) for path in files]}
    )
    for position, text in enumerate(_texts(relation)):
        digest.update((b"\n" if position else b"") + text)
    return digest.hexdigest()


def _texts(relation: Any) -> Iterator[bytes]:
    """A batch of lines at a time, as one text."""
    for batch in relation.to_arrow_reader(65_536):
        if batch.num_rows:
            yield "\n".join(batch.column(0).to_pylist()).encode()
