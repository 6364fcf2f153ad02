"""The bytes of a list against its manifest and against contract section 5: files, sizes, checksums, columns, types, content hash."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet

from jobs.lists.check.manifest_file import LIST_KEYS, read_manifest
from jobs.lists.check.result import Violation
from jobs.lists.check.rules_file import Day

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
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class ListBytes:
    """A list as it lies on the disk; `manifest` is empty where it cannot be used. `readable` when its rows can be judged: the files are Parquet of the
    contract's columns."""

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
        """As the folder says, which a published list is found by; as the manifest says where the list waits to be published."""
        return revision_of(self.folder) or self.manifest.get("revision", 0)


def revision_of(folder: Path) -> int | None:
    """The number in a folder's name `revision=N`; None where it has none."""
    number = folder.name.removeprefix("revision=")
    return int(number) if folder.name.startswith("revision=") and number.isdecimal() else None


def read_list(connection: duckdb.DuckDBPyConnection, folder: Path, channel: str, day: Day, time_zone: str) -> ListBytes:
    files = sorted(folder.glob("*.parquet"))
    violations: list[Violation] = []
    manifest = read_manifest(folder / "manifest.json", LIST_KEYS, channel, violations)
    found = ListBytes(channel, folder, manifest, files, violations)
    if manifest:
        _speaks_of_itself(found, day, time_zone)
        files_agree(channel, files, manifest, violations)
    _columns_agree(channel, files, violations)
    if found.readable:
        _content_agrees(connection, found)
    return found


def _speaks_of_itself(one: ListBytes, day: Day, time_zone: str) -> None:
    expected = {
        "channel": one.channel,
        "contact_date": str(day.contact_date),
        "business_date": str(day.business_date),
        "revision": one.revision,
        "schema_version": SCHEMA_VERSION,
        "run": f"manifests/business_date={day.business_date}/run.json",
    }
    for key, value in expected.items():
        if one.manifest[key] != value:
            one.violations.append(Violation("manifest", "", f"{one.channel}: {key} is {one.manifest[key]!r} instead of {value!r}"))
    midnight = datetime.combine(day.contact_date, time(), ZoneInfo(time_zone))
    if _moment(one.manifest["created_at"]) != midnight:
        one.violations.append(Violation("manifest", "", f"{one.channel}: created_at is {one.manifest['created_at']!r}, not the contact date's midnight"))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def files_agree(where: str, files: list[Path], manifest: dict[str, Any], violations: list[Violation]) -> None:
    """The files beside a manifest are those that it names, with its sizes, checksums and rows."""
    named, present = {file["name"]: file for file in manifest["files"]}, {path.name: path for path in files}
    for name in sorted(named.keys() ^ present.keys()):
        violations.append(Violation("manifest", "", f"{where}: {name} is {'not there' if name in named else 'not in the manifest'}"))
    for name in sorted(named.keys() & present.keys()):
        if _size_and_digest(present[name]) != (named[name]["bytes"], named[name]["sha256"]):
            violations.append(Violation("checksum", "", f"{where}: {name}: size or SHA-256 differs from the manifest"))
        rows = _rows(present[name])
        if rows is not None and rows != named[name]["rows"]:
            violations.append(Violation("manifest", "", f"{where}: {name} holds {rows} rows, the manifest says {named[name]['rows']}"))
    total = sum(file["rows"] for file in named.values())
    if total != manifest["rows"]:
        violations.append(Violation("manifest", "", f"{where}: rows is {manifest['rows']}, the files add up to {total}"))


def _size_and_digest(path: Path) -> tuple[int, str]:
    """Of a file; nothing agrees with what cannot be opened as one."""
    try:
        with path.open("rb") as stream:
            return path.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return -1, ""


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


def _content_agrees(connection: duckdb.DuckDBPyConnection, one: ListBytes) -> None:
    try:
        # All columns, since a page of any of them may be damaged though the hash needs seven.
        connection.sql("select count(columns(*)) from read_parquet($files, hive_partitioning = false)", params={"files": _texts(one.files)}).fetchall()
        found = content_hash(connection, one.files)
    except duckdb.Error as error:
        one.violations.append(Violation("schema", "", f"{one.channel}: the files do not read: {str(error).splitlines()[0]}"))
        return
    if one.manifest and found != one.manifest["content_hash"]:
        one.violations.append(Violation("content_hash", "", f"{one.channel}: the rows do not hash to the manifest's content_hash"))


def _texts(files: list[Path]) -> list[str]:
    return [str(path) for path in files]


def content_hash(connection: duckdb.DuckDBPyConnection, files: list[Path]) -> str:
    """SHA-256 over `contact_id|customer_id|campaign|product|wave|script|rank` a row, by contact_id, with a line feed between rows."""
    digest = hashlib.sha256()
    line = " || '|' || ".join(f"coalesce({name}::varchar, '')" for name in ("contact_id", "customer_id", "campaign", "product", "wave", "script", "rank"))
    relation = connection.sql(
        f"select {line} as line from read_parquet($files, hive_partitioning = false) order by contact_id", params={"files": _texts(files)}
    )
    for position, text in enumerate(_lines(relation)):
        digest.update((b"\n" if position else b"") + text)
    return digest.hexdigest()


def _lines(relation: Any) -> Iterator[bytes]:
    """A batch of lines at a time, as one text."""
    for batch in relation.to_arrow_reader(65_536):
        if batch.num_rows:
            yield "\n".join(batch.column(0).to_pylist()).encode()
