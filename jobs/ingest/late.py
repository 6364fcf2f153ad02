"""Files of earlier dates that no night has taken in yet: they came after their night had run, or their night never ran.

Events and monthly figures are taken in by tonight's night, judged as of the date of their folder; of snapshots the newest stands in
where tonight's did not come, and older ones have nothing to say any more. A folder that is not whole waits until it is.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

from jobs.catalogue.schema import SourceSchema
from jobs.ingest.delivered_file import DeliveredFile, data_files, earlier_folders, fates, unlisted, whole_files
from jobs.ingest.known_files import KnownFiles
from jobs.ingest.manifest import Incomplete, read_manifest


def late_files(schema: SourceSchema, landing: Path, known: KnownFiles, day: date, came_whole: bool) -> list[DeliveredFile]:
    """In order of their dates. `came_whole` says that the source's delivery of `day` itself is whole."""
    late: list[DeliveredFile] = []
    for dump_date, folder in earlier_folders(landing, day):
        new = {name for name in data_files(folder) if known.may_take(schema.source, dump_date, name)}
        if new:
            late += _of_folder(schema, folder, dump_date, new, known)
    return late if schema.delivery != "snapshot" else _of_snapshot(late, known.newest_dump(schema.source), came_whole)


def _of_folder(schema: SourceSchema, folder: Path, dump_date: date, new: set[str], known: KnownFiles) -> list[DeliveredFile]:
    try:
        manifest = read_manifest(folder, schema.source, dump_date)
        listed = {file.name for file in manifest.files}
        others = frozenset(name for name in listed if not known.may_take(schema.source, dump_date, name))
        files, _ = whole_files(schema, folder, manifest, leave=others)
    except Incomplete:
        return []
    never_seen = {name for name in new - listed if (schema.source, dump_date, name) not in known.set_aside}
    found = [*fates(schema, files, known, dump_date, manifest.history_from), *unlisted(folder, dump_date, never_seen)]
    return [replace(file, name=f"{folder.name}/{file.name}") for file in found]


def _of_snapshot(late: list[DeliveredFile], newest_taken: date | None, came_whole: bool) -> list[DeliveredFile]:
    """Only the newest late snapshot may stand in, and only for something older; the rows of the others are no news."""
    newest = max((file.dump_date for file in late if file.fate == "judge"), default=None)
    stands_in = newest if newest and not came_whole and (newest_taken is None or newest > newest_taken) else None
    return [replace(file, fate="repeated") if file.fate == "judge" and file.dump_date != stands_in else file for file in late]
