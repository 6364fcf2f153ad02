"""The files of one folder of landing/ and what becomes of each: those that its manifest names, checked against it, and those that merely lie there."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from jobs.catalogue.schema import SourceSchema
from jobs.ingest.known_files import FOLDER, KnownFiles
from jobs.ingest.landed_file import LandedFile, open_file
from jobs.ingest.manifest import MANIFEST, Incomplete, Manifest

Fate = Literal["judge", "repeated", "unlisted_file", "unreadable_file"]


@dataclass(frozen=True)
class DeliveredFile:
    """`name` is the file's name in tables: with its folder in front when it lies in the folder of an earlier date. `dump_date` is the
    business date of its folder, by which its rows are judged, and `history_from` what its manifest says."""

    name: str
    landed: LandedFile
    fate: Fate
    dump_date: date
    history_from: date | None = None


def whole_files(schema: SourceSchema, folder: Path, manifest: Manifest, leave: frozenset[str] = frozenset()) -> tuple[list[LandedFile], list[str]]:
    """The files that the manifest names, but for those to `leave`, in order of name, and what is odd about their columns.
    Raises Incomplete when one is not as promised."""
    listed = [open_file(folder / file.name, file) for file in sorted(manifest.files, key=lambda one: one.name) if file.name not in leave]
    odd = sorted({note for file in listed for note in _columns_noted(schema, file)})
    if not manifest.rows and schema.delivery == "snapshot" and len(schema.key) == 1:
        raise Incomplete(MANIFEST, "the snapshot holds no rows")
    return listed, odd


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


def fates(schema: SourceSchema, files: list[LandedFile], known: KnownFiles, dump_date: date, history_from: date | None) -> list[DeliveredFile]:
    """What brought events to another night brings none again, while a snapshot may be the same as yesterday because nothing changed."""
    delivered = []
    for file in files:
        is_settled = (schema.source, file.sha256) in known.taken or (schema.source, dump_date, file.path.name) in known.settled
        repeated = schema.delivery != "snapshot" and is_settled
        delivered.append(DeliveredFile(file.path.name, file, "repeated" if repeated else "judge", dump_date, history_from))
    return delivered


def each_once(files: list[DeliveredFile]) -> list[DeliveredFile]:
    """The same bytes twice in what a night takes in are taken once, where they come first."""
    once = []
    came_before: set[str] = set()
    for file in files:
        is_copy = file.fate == "judge" and file.landed.sha256 in came_before
        once.append(replace(file, fate="repeated") if is_copy else file)
        came_before |= {file.landed.sha256} if file.fate == "judge" else set()
    return once


def unlisted(folder: Path, dump_date: date, names: set[str]) -> list[DeliveredFile]:
    """Files among `names` that the manifest does not list; one that cannot be read counts as one row of quarantine."""
    delivered = []
    for name in sorted(names):
        try:
            delivered.append(DeliveredFile(name, open_file(folder / name), "unlisted_file", dump_date))
        except Incomplete:
            delivered.append(DeliveredFile(name, LandedFile(folder / name, 1, "", {}), "unreadable_file", dump_date))
    return delivered


def data_files(folder: Path) -> set[str]:
    """Names of the files in a folder that may hold rows; none when there is no such folder."""
    if not folder.is_dir():
        return set()
    return {path.name for path in folder.iterdir() if path.name.endswith((".csv.gz", ".parquet")) and path.name[0] not in "._"}


def earlier_folders(landing: Path, day: date) -> list[tuple[date, Path]]:
    """Folders of a source's landing with a date before `day`, oldest first. A folder with another name is none of ours."""
    found = []
    for path in landing.glob(f"{FOLDER}*"):
        try:
            dump_date = date.fromisoformat(path.name.removeprefix(FOLDER))
        except ValueError:
            continue
        if dump_date < day:
            found.append((dump_date, path))
    return sorted(found)
