"""Where lists stand in the home folder, which of them are published, and their manifests read strictly. Plain Python, no data libraries.

    lists/channel=<c>/contact_date=<d>/revision=<n>/       part-*.parquet, manifest.json, _SUCCESS, from revision 2 on delta.json
    lists/channel=<c>/contact_date=<d>/revocations/seq=<n>/  part-*.parquet, manifest.json, _SUCCESS
    lists/.staging/                                          lists on their way; nobody reads there

A folder without `_SUCCESS` is no list: it is what a killed run left behind.
"""

import hashlib
import json
import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field as Key

from jobs.errors import Refusal, UserError
from jobs.strict import Day, Model, Moment, Strict, parse

SUCCESS = "_SUCCESS"
MANIFEST = "manifest.json"
DELTA = "delta.json"
SCHEMA_VERSION = 1
DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")
SHA256 = r"^[0-9a-f]{64}$"


class ListFile(Strict):
    name: str = Key(pattern=r"^part-[0-9]{5}\.parquet$")
    rows: int = Key(ge=0)
    bytes: int = Key(ge=1)
    sha256: str = Key(pattern=SHA256)


class ListManifest(Strict):
    """manifest.json of a list. `created_at` is the contact date's midnight in the operator's time zone, not the clock: a rerun gives the same bytes."""

    channel: str
    contact_date: Day
    business_date: Day
    revision: int = Key(ge=1)
    rows: int = Key(ge=0)
    files: list[ListFile]
    content_hash: str = Key(pattern=SHA256)
    schema_version: int
    rules_hash: str = Key(pattern=SHA256)
    code_version: str
    run: str
    created_at: Moment


class RevocationManifest(Strict):
    """manifest.json of a revocation file. `business_date` is that of the run which wrote it; `created_at` the newest `revoked_at` in it."""

    channel: str
    contact_date: Day
    business_date: Day
    seq: int = Key(ge=1)
    rows: int = Key(ge=1)
    files: list[ListFile]
    schema_version: int
    created_at: Moment


class Delta(Strict):
    """delta.json of a revision after the first: what it adds to and takes out of the one before."""

    revision: int = Key(ge=2)
    previous: int = Key(ge=1)
    added: list[str]
    revoked: list[str]


def staging_folder(home: Path) -> Path:
    return home / "lists" / ".staging"


def list_folder(home: Path, channel: str, contact_date: date) -> Path:
    return home / "lists" / f"channel={channel}" / f"contact_date={contact_date}"


def revision_folder(home: Path, channel: str, contact_date: date, revision: int) -> Path:
    return list_folder(home, channel, contact_date) / f"revision={revision}"


def revocation_folder(home: Path, channel: str, contact_date: date, seq: int) -> Path:
    return list_folder(home, channel, contact_date) / "revocations" / f"seq={seq}"


def published_revisions(home: Path, channel: str, contact_date: date) -> list[int]:
    """Revisions of a list that are whole, ascending; none when it is not published."""
    return _finished(list_folder(home, channel, contact_date), "revision")


def newest_revision(home: Path, channel: str, contact_date: date) -> int | None:
    return max(published_revisions(home, channel, contact_date), default=None)


def published_revocations(home: Path, channel: str, contact_date: date) -> list[int]:
    """Sequence numbers of the revocations of a list that are whole, ascending."""
    return _finished(list_folder(home, channel, contact_date) / "revocations", "seq")


def published_channels(home: Path, contact_date: date) -> list[str]:
    """Channels that have a published list for a contact date."""
    folders = (home / "lists").glob(f"channel=*/contact_date={contact_date}")
    channels = sorted(folder.parent.name.removeprefix("channel=") for folder in folders)
    return [channel for channel in channels if published_revisions(home, channel, contact_date)]


def published_contact_dates(home: Path) -> list[date]:
    """Contact dates for which at least one channel's list is published, ascending."""
    finished = (home / "lists").glob(f"channel=*/contact_date=*/revision=*/{SUCCESS}")
    days = {path.parents[1].name.removeprefix("contact_date=") for path in finished}
    return sorted(date.fromisoformat(day) for day in days if DAY.match(day))  # a copy beside them, 2026-11-06.bak, is no contact date


def next_revision(home: Path, channel: str, contact_date: date) -> int:
    """Revision that changed content of this list would be published as. Each channel counts for itself."""
    return (newest_revision(home, channel, contact_date) or 0) + 1


def read_list_manifest(folder: Path) -> ListManifest:
    return _published(ListManifest, folder / MANIFEST)


def read_revocation_manifest(folder: Path) -> RevocationManifest:
    return _published(RevocationManifest, folder / MANIFEST)


def read_delta(folder: Path) -> Delta:
    return _published(Delta, folder / DELTA)


def _published(model: type[Model], path: Path) -> Model:
    """What was written with a list. When it does not read, the list is damaged: a refusal, since nobody's input is wrong."""
    try:
        return parse(model, read_json(path), path)
    except UserError as error:
        raise Refusal(str(error)) from None


def read_json(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UserError(f"{path}: not valid JSON") from None


def verify_files(folder: Path, manifest: ListManifest | RevocationManifest) -> list[Path]:
    """Paths of the files that the manifest names, after size and checksum of every one agreed. Refuses anything else beside them."""
    present = {path.name for path in folder.glob("part-*")}
    named = {file.name for file in manifest.files}
    if present != named:
        raise Refusal(f"{folder}: holds {sorted(present - named) or 'fewer files'} against its manifest, which misses {sorted(named - present)}")
    if sum(file.rows for file in manifest.files) != manifest.rows:
        raise Refusal(f"{folder / MANIFEST}: rows: {manifest.rows} is not the sum over its files")
    for file in manifest.files:
        if (folder / file.name).stat().st_size != file.bytes:
            raise Refusal(f"{folder / file.name}: size differs from the manifest's {file.bytes} bytes")
        if file_sha256(folder / file.name) != file.sha256:
            raise Refusal(f"{folder / file.name}: checksum differs from the manifest")
    return [folder / file.name for file in manifest.files]


def file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def midnight(day: date, time_zone: str) -> datetime:
    """First moment of a day of the operator, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(ZoneInfo("UTC"))


def business_date_of(contact_date: date) -> date:
    return contact_date - timedelta(days=1)


def _finished(parent: Path, key: str) -> list[int]:
    numbers = [path.parent.name.removeprefix(f"{key}=") for path in parent.glob(f"{key}=*/{SUCCESS}")]
    return sorted(int(number) for number in numbers if number.isdigit())
