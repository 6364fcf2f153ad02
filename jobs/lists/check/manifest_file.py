"""A manifest.json as it lies on the disk: which keys it has and what kind of value each holds, before anything in it is believed."""

import json
from pathlib import Path
from typing import Any

from jobs.lists.check.result import Violation

LIST_KEYS: dict[str, type] = {
    "channel": str,
    "contact_date": str,
    "business_date": str,
    "revision": int,
    "rows": int,
    "files": list,
    "content_hash": str,
    "schema_version": int,
    "rules_hash": str,
    "code_version": str,
    "run": str,
    "created_at": str,
}
REVOCATION_KEYS: dict[str, type] = {
    "channel": str,
    "contact_date": str,
    "business_date": str,
    "seq": int,
    "rows": int,
    "files": list,
    "schema_version": int,
    "created_at": str,
}
DELTA_KEYS: dict[str, type] = {"revision": int, "previous": int, "added": list, "revoked": list}
FILE_KEYS: dict[str, type] = {"name": str, "rows": int, "bytes": int, "sha256": str}


def read_manifest(path: Path, keys: dict[str, type], where: str, violations: list[Violation]) -> dict[str, Any]:
    """The manifest, or nothing where it is not what the contract says; then a violation tells what is wrong."""
    content = read_mapping(path)
    wrong = f"{path.name} is not there or no JSON" if content is None else _wrong(content, keys, path.name)
    if content is not None and not wrong and "files" in keys:
        wrong = next((text for file in content["files"] if (text := _wrong(file, FILE_KEYS, "an entry of files"))), "")
        names = [] if wrong else [file["name"] for file in content["files"]]
        if len(names) != len(set(names)):
            wrong = f"files names {max(names, key=names.count)} more than once"
    if wrong:
        violations.append(Violation("manifest", "", f"{where}: {wrong}"))
    return {} if wrong or content is None else content


def read_mapping(path: Path) -> dict[str, Any] | None:
    """A JSON file that holds a mapping; None for anything else, and where there is no such file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _wrong(content: Any, keys: dict[str, type], name: str) -> str:
    if not isinstance(content, dict):
        return f"{name} is no mapping"
    if set(content) != set(keys):
        return f"{name}: keys missing {sorted(set(keys) - set(content))}, not of the contract {sorted(set(content) - set(keys))}"
    # type, not isinstance: true is no number of rows.
    other = [key for key, kind in keys.items() if type(content[key]) is not kind]
    return f"{name}: {other[0]} is {content[other[0]]!r}, which is no {keys[other[0]].__name__}" if other else ""
