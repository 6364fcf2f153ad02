"""A house with the operator's rules and its own few campaigns, for tests of the contact stage."""

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from jobs.conf import Conf
from jobs.context import RunContext
from jobs.paths import ROOT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def house(folder: Path, spark: "SparkSession | None", day: str, campaigns: list[dict[str, Any]], **rules: Any) -> RunContext:
    """A run on an empty home whose conf holds these campaigns, and contact rules changed as named."""
    conf = folder / "conf"
    shutil.rmtree(conf, ignore_errors=True)
    conf.mkdir(parents=True)
    for path in (ROOT / "conf").glob("*.yaml"):
        shutil.copy(path, conf)
    (conf / "campaigns").mkdir()
    for one in campaigns:
        (conf / "campaigns" / f"{one['campaign']}.yaml").write_text(yaml.safe_dump(one, allow_unicode=True))
    if rules:
        path = conf / "contact_rules.yaml"
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **rules}, allow_unicode=True))
    return RunContext(folder / "home", date.fromisoformat(day), Conf(conf), spark)


def campaign(name: str, product: str = "ringback_tone", **keys: Any) -> dict[str, Any]:
    """A campaign as its file says it; what a test does not name is as plain as can be."""
    plain = {
        "campaign": name,
        "name": {"en": name, "zh": name},
        "type": "low_value_recommendation",
        "scene": "raise.value_added",
        "product": product,
        "period": {"from": date(2026, 11, 1), "to": date(2026, 11, 30)},
        "delivery": {"mode": "daily"},
        "target": "true",
        "waves": [{"wave": 1, "channels": ["web"]}],
        "value": 100.0,
        "script": {channel: f"RB-{channel}" for channel in ("sms", "web", "hall", "call", "email")},
    }
    return {**plain, **keys}
