"""run.json: what made a night. Code, conf, input table versions, models, and the hashes of the lists that came of it.

Nothing in it is read from a clock or a host: the same inputs give the same file.
"""

import hashlib
import subprocess
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from jobs.context import RunContext
from jobs.lists.layout import MANIFEST, file_sha256, read_json, read_list_manifest
from jobs.lists.query import connect
from jobs.lists.writing import write_json
from jobs.paths import ROOT, SCHEMAS, SQL

SCORE_TABLES = ("product_channel_score", "customer_channel_score", "customer_product_score", "churn_score")
RULE_FILES = ("contact_rules.yaml", "channels.yaml", "products.yaml", "campaigns/*.yaml")


def run_manifest_path(home: Path, business_date: date) -> Path:
    return home / "manifests" / f"business_date={business_date}" / "run.json"


def write_run_manifest(run: RunContext, folders: Iterable[Path]) -> None:
    """Describe the night as its lists stand in these folders, published or about to be. What made an earlier revision stays readable under `earlier`.

    The SHA-256 of a list's manifest seals the list: the manifest has that of every file."""
    path = run_manifest_path(run.home, run.business_date)
    made = {
        "business_date": str(run.business_date),
        "contact_date": str(run.contact_date),
        "code_version": code_version(),
        "git_revision": git_revision(),
        "conf_hash": run.conf.hash(),
        "rules_hash": rules_hash(run.conf.folder),
        "tables": table_versions(run),
        "models": models(run),
        "lists": dict(_sealed(folder) for folder in folders),
    }
    write_json(path, {**made, "earlier": _earlier(path, made)})


def _sealed(folder: Path) -> tuple[str, dict[str, Any]]:
    one = read_list_manifest(folder)
    seal = {"manifest_sha256": file_sha256(folder / MANIFEST)}
    return one.channel, {"revision": one.revision, "rows": one.rows, "content_hash": one.content_hash, **seal}


def _earlier(path: Path, made: dict[str, Any]) -> list[dict[str, Any]]:
    """What made the revisions before these. A night that was described but killed before it published anything is not among them."""
    if not path.exists():
        return []
    before = read_json(path)
    earlier = before.pop("earlier", [])
    is_older = any(one["revision"] < made["lists"][channel]["revision"] for channel, one in before["lists"].items() if channel in made["lists"])
    return [*earlier, before] if is_older else earlier


@cache
def code_version() -> str:
    """SHA-256 over every source file that a night runs: Python, SQL and schemas."""
    files = [*(ROOT / "jobs").rglob("*.py"), *SQL.rglob("*.sql"), *SCHEMAS.rglob("*.yaml")]
    return _hash_of_files(ROOT, files)


@cache
def git_revision() -> str | None:
    """The commit that is checked out; None where the code is no git checkout or git is not installed."""
    try:
        answer = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def rules_hash(conf_folder: Path) -> str:
    """SHA-256 over the conf files that decide who may be contacted, for what, and where."""
    return _hash_of_files(conf_folder, [path for pattern in RULE_FILES for path in conf_folder.glob(pattern)])


def table_versions(run: RunContext) -> dict[str, int | None]:
    """Newest version of every table of the lake, when the lists were made."""
    names = sorted(path.parent.name for path in (run.home / "lake").glob("*/_delta_log"))
    return {name: run.lake.version(name) for name in names}


def models(run: RunContext) -> dict[str, list[str]]:
    """Versions of the models behind each score table of the night."""
    with connect(run, *SCORE_TABLES) as connection:
        return {table: _models_of(connection, table, run.business_date) for table in SCORE_TABLES}


def _models_of(connection: duckdb.DuckDBPyConnection, table: str, business_date: date) -> list[str]:
    rows = connection.execute(f"select distinct model from {table} where business_date = ? order by model", [business_date]).fetchall()
    return [model for (model,) in rows]


def _hash_of_files(folder: Path, files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
