"""Versions of models: a name that is a hash of what made the model, and the file that keeps it under home/models."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jobs.strict import Strict

DIGITS = 16


@cache
def code_hash() -> str:
    """SHA-256 of the code of the matches."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def version(kind: str, conf: Strict, *data: bytes) -> str:
    """`<kind>-<16 hex digits>`: a function of the data, the conf and the code of the matches alone."""
    digest = hashlib.sha256(f"{kind}\0{code_hash()}\0{conf.model_dump_json()}\0".encode())
    for part in data:
        digest.update(hashlib.sha256(part).digest())
    return f"{kind}-{digest.hexdigest()[:DIGITS]}"


def model_file(home: Path, kind: str, name: str) -> Path:
    return home / "models" / kind / name / "model.json"


def keep_model(home: Path, kind: str, name: str, model: dict[str, Any]) -> None:
    """Write home/models/<kind>/<name>/model.json, once; the same name always holds the same bytes."""
    path = model_file(home, kind, name)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_suffix(".tmp")
    staged.write_text(json.dumps(model, ensure_ascii=False, sort_keys=True, indent=1), encoding="utf-8")
    staged.replace(path)
