"""A source's delivery of one business date, verified before any row is read: complete or not, and what becomes of each file."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from jobs.catalogue.schema import SourceSchema, sources
from jobs.errors import Refusal
from jobs.ingest.delivered_file import DeliveredFile, Fate, data_files, each_once, fates, unlisted, whole_files
from jobs.ingest.known_files import FOLDER, KnownFiles
from jobs.ingest.late import late_files
from jobs.ingest.manifest import Incomplete, Manifest, read_manifest


@dataclass(frozen=True)
class Delivery:
    """`reason` is what is wrong, or what is odd about a complete one; `bad_file` the file that made it incomplete. `complete` speaks of
    the date's own files; behind late ones of earlier dates, those to judge come in the order of their dates."""

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
    try:
        if isinstance(manifest, Incomplete):
            raise manifest
        listed, odd = whole_files(schema, folder, manifest)
    except Incomplete as problem:
        late = late_files(schema, folder.parent, known, day, came_whole=False)
        return Delivery(schema.source, due=True, complete=False, files=tuple(each_once(late)), reason=problem.reason, bad_file=problem.file)
    late = late_files(schema, folder.parent, known, day, came_whole=True)
    own = fates(schema, listed, known, day, manifest.history_from)
    if schema.delivery != "snapshot":
        own = [file for file in own if known.is_of_this_night((schema.source, day, file.name))]
    strays = {name for name in data_files(folder) - {file.name for file in manifest.files} if known.is_of_this_night((schema.source, day, name))}
    files = (*each_once([*late, *own]), *unlisted(folder, day, strays))
    return Delivery(schema.source, due=True, complete=True, files=files, reason="; ".join(odd), history_from=manifest.history_from)
