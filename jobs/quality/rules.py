"""conf/quality.yaml: limits of the nightly checks that belong to no single field."""

from pathlib import Path
from typing import Literal

from pydantic import Field as Key

from jobs.strict import Strict, load


class Limit(Strict):
    at_most: float = Key(ge=0)
    on_fail: Literal["stop", "warn"]


class Unusable(Strict):
    """When a required source is as good as missing: more than this share of its rows is rejected, of at least so many."""

    rejected_above: float = Key(gt=0, lt=1)
    fewest_rows: int = Key(ge=1)


class QualityRules(Strict):
    unusable: Unusable
    row_change: Limit
    quarantined_share: Limit
    stand_in_days: Limit


def quality_rules(conf_folder: Path) -> QualityRules:
    return load(QualityRules, conf_folder / "quality.yaml")
