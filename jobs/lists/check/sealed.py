"""What stands around a published list: run.json, which seals every list's manifest, and delta.json, which tells a later revision from the one before."""

import hashlib
from pathlib import Path
from typing import Any

import duckdb

from jobs.lists.check.manifest_file import DELTA_KEYS, read_manifest, read_mapping
from jobs.lists.check.published_bytes import ListBytes
from jobs.lists.check.result import Violation
from jobs.lists.check.rules_file import Day


def check_seals(home: Path, lists: list[ListBytes], day: Day) -> list[Violation]:
    """run.json says of every list the revision, the rows, the content hash and the SHA-256 of its manifest, which has that of every file:
    a list that was changed together with its manifest differs from what the night wrote."""
    path = Path("manifests") / f"business_date={day.business_date}" / "run.json"
    run = read_mapping(home / path)
    sealed = run.get("lists") if run else None
    if not isinstance(sealed, dict):
        return [Violation("run", "", f"{path} is not there or does not describe the lists")]
    violations = [
        Violation("run", "", f"{channel}: {path} has a list, nobody published it") for channel in sorted(sealed.keys() - {one.channel for one in lists})
    ]
    for one in lists:
        wrong = _differs(one, sealed.get(one.channel))
        if wrong:
            violations.append(Violation("run", "", f"{one.channel}: {wrong} in {path} and in the published list"))
    return violations


def _differs(one: ListBytes, sealed: Any) -> str:
    if not isinstance(sealed, dict):
        return "is not the same thing"
    found = {
        "revision": one.revision,
        **{key: one.manifest.get(key) for key in ("rows", "content_hash")},
        "manifest_sha256": _sha256(one.folder / "manifest.json"),
    }
    other = [key for key, value in found.items() if sealed.get(key) != value]
    return f"{', '.join(other)} {'differ' if len(other) > 1 else 'differs'}" if other else ""


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def check_deltas(connection: duckdb.DuckDBPyConnection, lists: list[ListBytes]) -> list[Violation]:
    """A revision after the first names what it adds to the one before and takes out of it."""
    violations: list[Violation] = []
    for one in lists:
        if one.revision > 1 and one.readable:
            delta = read_manifest(one.folder / "delta.json", DELTA_KEYS, one.channel, violations)
            if delta and (wrong := _delta_differs(connection, one, delta)):
                violations.append(Violation("delta", "", f"{one.channel}: delta.json: {wrong}"))
    return violations


def _delta_differs(connection: duckdb.DuckDBPyConnection, one: ListBytes, delta: dict[str, Any]) -> str:
    if (delta["revision"], delta["previous"]) != (one.revision, one.revision - 1):
        return f"speaks of revision {delta['revision']} after {delta['previous']}"
    try:
        before = _ids(connection, one.folder.with_name(f"revision={delta['previous']}"))
    except duckdb.Error:
        return f"revision {delta['previous']} is not there to compare with"
    now = _ids(connection, one.folder)
    for key, expected in (("added", now - before), ("revoked", before - now)):
        if sorted(expected) != delta[key]:
            return f"{key} has {len(delta[key])} contacts, not exactly the {len(expected)} of the files"
    return ""


def _ids(connection: duckdb.DuckDBPyConnection, folder: Path) -> set[str]:
    files = [str(path) for path in sorted(folder.glob("*.parquet"))]
    rows = connection.execute("select contact_id from read_parquet($files, hive_partitioning = false)", {"files": files}).fetchall()
    return {contact_id for (contact_id,) in rows}
