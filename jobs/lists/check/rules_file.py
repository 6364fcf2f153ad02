"""The rules as the conf files say them, read plainly: what the check believes must not come from the code it checks."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Rules:
    folder: Path
    contact: dict[str, Any]
    channels: dict[str, dict[str, Any]]
    products: dict[str, dict[str, Any]]
    campaigns: dict[str, dict[str, Any]]

    @property
    def time_zone(self) -> str:
        return self.contact["time_zone"]


def read_rules(folder: Path) -> Rules:
    return Rules(
        folder=folder,
        contact=_yaml(folder / "contact_rules.yaml"),
        channels={one["channel"]: one for one in _yaml(folder / "channels.yaml")["channels"]},
        products={one["product"]: one for one in _yaml(folder / "products.yaml")["products"]},
        campaigns={path.stem: _yaml(path) for path in sorted((folder / "campaigns").glob("*.yaml"))},
    )


def rules_hash(folder: Path) -> str:
    """The `rules_hash` of manifests, worked out anew: SHA-256 over name, NUL, bytes, NUL of each file, in order of the paths."""
    names = [folder / "contact_rules.yaml", folder / "channels.yaml", folder / "products.yaml", *(folder / "campaigns").glob("*.yaml")]
    parts = [path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0" for path in sorted(names) if path.exists()]
    return hashlib.sha256(b"".join(parts)).hexdigest()


@dataclass(frozen=True)
class Day:
    """The contact date that is checked, and the business date whose night made its lists."""

    contact_date: date

    @property
    def business_date(self) -> date:
        return self.contact_date - timedelta(days=1)

    @property
    def month_start(self) -> date:
        return self.contact_date.replace(day=1)


def _yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def content_hash(campaign: dict[str, Any]) -> str:
    """What an approval is for: SHA-256 of the campaign's content as JSON, keys sorted, without blanks."""
    text = json.dumps(campaign, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
