"""The manifest beside a dump: which files the operator's system delivered, with rows and checksums (contract section 3)."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Key

MANIFEST = "_manifest.json"

# A name that starts with a dot or an underscore is hidden from Spark and would read as no rows.
FileName = Annotated[str, Key(pattern=r"^[^._/\\][^/\\]*\.(csv\.gz|parquet)$")]


class Incomplete(Exception):
    """A dump that may not be used as it is: the file and what is wrong with it."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


class ManifestFile(BaseModel):
    model_config = ConfigDict(frozen=True)
    name: FileName
    rows: int = Key(ge=0, strict=True)
    sha256: str = Key(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """`history_from` is there when the dump carries history: its first day."""

    model_config = ConfigDict(frozen=True)
    source: str
    business_date: date
    rows: int = Key(ge=0, strict=True)
    files: list[ManifestFile]
    history_from: date | None = None


def read_manifest(folder: Path, source: str, business_date: date) -> Manifest:
    """The manifest of a delivery. Raises Incomplete when it is missing, unreadable or speaks of another delivery."""
    path = folder / MANIFEST
    if not path.is_file():
        raise Incomplete(MANIFEST, "missing" if folder.is_dir() else "missing, as is the whole folder")
    try:
        manifest = Manifest.model_validate(json.loads(path.read_bytes()))
    except ValidationError as error:
        problem = error.errors()[0]
        raise Incomplete(MANIFEST, f"{'.'.join(str(step) for step in problem['loc']) or 'content'}: {problem['msg']}") from None
    except (ValueError, RecursionError):
        raise Incomplete(MANIFEST, "not valid JSON") from None
    if (manifest.source, manifest.business_date) != (source, business_date):
        raise Incomplete(MANIFEST, f"speaks of {manifest.source} of {manifest.business_date}")
    names = [file.name for file in manifest.files]
    if len(set(names)) < len(names):
        raise Incomplete(MANIFEST, "names a file twice")
    if manifest.rows != sum(file.rows for file in manifest.files):
        raise Incomplete(MANIFEST, f"says {manifest.rows} rows, its files add up to {sum(file.rows for file in manifest.files)}")
    return manifest
