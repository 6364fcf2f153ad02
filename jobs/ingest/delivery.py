"""A source's delivery of one business date, verified before any row is read: complete or not, and what becomes of each file."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jobs.catalogue.schema import SourceSchema, sources
from jobs.errors import Refusal
from jobs.ingest.landed_file import LandedFile, open_file
from jobs.ingest.manifest import MANIFEST, Incomplete, Manifest, read_manifest

if TYPE_CHECKING:
    from jobs.lake import Lake

FOLDER = "business_date="
Fate = Literal["judge", "repeated", "late_file", "unlisted_file", "unreadable_file"]


@dataclass(frozen=True)
class DeliveredFile:
    """`name` is the file's name in tables: with its folder in front when it lies in the folder of an earlier date."""

    name: str
    landed: LandedFile
    fate: Fate


@dataclass(frozen=True)
class Delivery:
    """`reason` is what is wrong, or what is odd about a complete one; `bad_file` the file that made it incomplete.
    One that is not due and not complete is here only for late files of earlier dates."""

    source: str
    due: bool
    complete: bool
    files: tuple[DeliveredFile, ...] = ()
    reason: str = ""
    bad_file: str = ""
    history_from: date | None = None

    @property
    def schema(self) -> SourceSchema:
        return sources()[self.source]

    def of(self, *fates: Fate) -> list[DeliveredFile]:
        return [file for file in self.files if file.fate in fates]


@dataclass(frozen=True)
class KnownFiles:
    """What earlier nights reconciled: checksums whose rows were taken, files by source, folder date and name, and the dates that ran."""

    taken: frozenset[tuple[str, str]]
    seen: frozenset[tuple[str, date, str]]
    dates: frozenset[date]

    @classmethod
    def before(cls, day: date, lake: "Lake") -> "KnownFiles":
        """Bounded by files times nights: some tens of rows a night."""
        columns = ["business_date", "source", "file", "rows_kept", "rows_repeated", "sha256"]
        rows = [row for row in lake.scan("reconciliation", until=day, columns=columns).to_pylist() if row["business_date"] < day]
        return cls(
            taken=frozenset((row["source"], row["sha256"]) for row in rows if row["rows_kept"] + row["rows_repeated"] > 0),
            seen=frozenset((row["source"], *_folder_and_name(row["business_date"], row["file"])) for row in rows),
            dates=frozenset(row["business_date"] for row in rows),
        )


def _folder_and_name(business_date: date, file: str) -> tuple[date, str]:
    if not file.startswith(FOLDER):
        return business_date, file
    folder, _, name = file.partition("/")
    return date.fromisoformat(folder.removeprefix(FOLDER)), name


def examine(home: Path, day: date, known: KnownFiles) -> list[Delivery]:
    """Every source's delivery of the day, by name of the source; sources that are not due and did not come are left out."""
    folders = {name: home / "landing" / name / f"{FOLDER}{day}" for name in sources()}
    manifests = {name: _manifest(folder, name, day) for name, folder in folders.items()}
    carries_history = any(isinstance(manifest, Manifest) and manifest.history_from for manifest in manifests.values())
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda name: _delivery(sources()[name], folders[name], manifests[name], known, day), folders)
    judged = [replace(one, due=is_due(one.schema, folders[one.source], day, carries_history)) for one in found]
    return [delivery for delivery in judged if delivery.due or delivery.files]


def is_due(schema: SourceSchema, folder: Path, day: date, carries_history: bool) -> bool:
    """Whether a delivery is expected. A folder that is there is always meant."""
    if schema.delivery in ("snapshot", "events") or folder.is_dir():
        return True
    return schema.delivery == "monthly" and (day.day == 1 or carries_history)


def refuse_incomplete(deliveries: Iterable[Delivery], day: date) -> None:
    """Raises Refusal, one line, when a required source is incomplete: nothing of the night has been written then."""
    missing = [delivery for delivery in deliveries if delivery.due and delivery.schema.required and not delivery.complete]
    if not missing:
        return
    first, others = missing[0], [delivery.source for delivery in missing[1:]]
    also = f"; also incomplete: {', '.join(others)}" if others else ""
    raise Refusal(
        f"landing/{first.source}/{FOLDER}{day}/{first.bad_file}: {first.reason}; source {first.source} is required and incomplete{also}: "
        f"have the dump delivered again, then run `cpc run ingest --date {day}`"
    )


def _manifest(folder: Path, source: str, day: date) -> Manifest | Incomplete:
    try:
        return read_manifest(folder, source, day)
    except Incomplete as problem:
        return problem


def _delivery(schema: SourceSchema, folder: Path, manifest: Manifest | Incomplete, known: KnownFiles, day: date) -> Delivery:
    late = _late_files(schema.source, folder.parent, known, day)
    try:
        if isinstance(manifest, Incomplete):
            raise manifest
        listed = [open_file(folder / file.name, file) for file in manifest.files]
        odd = sorted({note for file in listed for note in _columns_noted(schema, file)})
        if not manifest.rows and schema.delivery == "snapshot" and len(schema.key) == 1:
            raise Incomplete(MANIFEST, "the snapshot holds no rows")
    except Incomplete as problem:
        return Delivery(schema.source, due=True, complete=False, files=tuple(late), reason=problem.reason, bad_file=problem.file)
    files = [*_fates(schema, listed, known), *_unlisted(folder, {file.name for file in manifest.files}), *late]
    return Delivery(schema.source, due=True, complete=True, files=tuple(files), reason="; ".join(odd), history_from=manifest.history_from)


def _columns_noted(schema: SourceSchema, file: LandedFile) -> list[str]:
    """What is odd about the columns of a file. Raises Incomplete when one that must not be null is not there."""
    notes = []
    for field in schema.fields:
        if not file.columns.get(field.name):
            problem = "is missing" if field.name not in file.columns else "has a type that cannot be read"
            if not field.nullable:
                raise Incomplete(file.path.name, f"column {field.name} {problem}")
            notes.append(f"{file.path.name}: column {field.name} {problem}, taken as null")
    extra = [name for name in file.columns if name not in {field.name for field in schema.fields}]
    return [*notes, *(f"{file.path.name}: column {name} is not in the schema, ignored" for name in extra)]


def _fates(schema: SourceSchema, files: list[LandedFile], known: KnownFiles) -> list[DeliveredFile]:
    """Files in order of name. The same bytes twice in a delivery are taken once; what brought events before brings none again,
    while a snapshot may be the same as yesterday because nothing changed."""
    fates = []
    came_before: set[str] = set()
    for file in sorted(files, key=lambda one: one.path.name):
        earlier_night = schema.delivery != "snapshot" and (schema.source, file.sha256) in known.taken
        fates.append(DeliveredFile(file.path.name, file, "repeated" if earlier_night or file.sha256 in came_before else "judge"))
        came_before.add(file.sha256)
    return fates


def _late_files(source: str, landing: Path, known: KnownFiles, day: date) -> list[DeliveredFile]:
    """Files that came into the folder of an earlier date after that date's night had run."""
    late = []
    for earlier in sorted(one for one in known.dates if one < day):
        folder = landing / f"{FOLDER}{earlier}"
        for path in _data_files(folder):
            if (source, earlier, path.name) not in known.seen:
                file = _open_leniently(path, "late_file")
                if file.fate == "late_file" and (source, file.landed.sha256) in known.taken:
                    file = replace(file, fate="repeated")
                late.append(replace(file, name=f"{folder.name}/{path.name}"))
    return late


def _unlisted(folder: Path, listed: set[str]) -> list[DeliveredFile]:
    """Files that lie in the delivery's folder though its manifest does not name them."""
    return [_open_leniently(path, "unlisted_file") for path in _data_files(folder) if path.name not in listed]


def _open_leniently(path: Path, fate: Fate) -> DeliveredFile:
    """A file that will not be used either way: when it cannot be read it counts as one row of quarantine."""
    try:
        return DeliveredFile(path.name, open_file(path), fate)
    except Incomplete:
        return DeliveredFile(path.name, LandedFile(path, 1, "", {}), "unreadable_file")


def _data_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.name.endswith((".csv.gz", ".parquet")) and path.name[0] not in "._")
