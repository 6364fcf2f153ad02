"""conf/quality.yaml: limits of the nightly checks that belong to no single field, and sums that must agree."""

from pathlib import Path
from typing import Literal

from pydantic import Field as Key
from pydantic import model_validator

from jobs.strict import Strict, load

OnFail = Literal["stop", "warn"]


class Limit(Strict):
    at_most: float = Key(ge=0)
    on_fail: OnFail


class DriftRules(Strict):
    """`warn_above` and `alarm_above` bound the population stability index; below `few_rows` rows chance alone may exceed them, and the
    quantile `chance` of what chance gives counts where it is higher."""

    nights: int = Key(ge=1, le=28)
    fewest_nights: int = Key(ge=1)
    warn_above: float = Key(gt=0)
    alarm_above: float = Key(gt=0)
    on_alarm: OnFail
    few_rows: int = Key(ge=0)
    chance: float = Key(gt=0.5, lt=1)
    null_share: Limit

    @model_validator(mode="after")
    def alarm_is_above_warn(self) -> "DriftRules":
        if self.alarm_above < self.warn_above:
            raise ValueError(f"alarm_above: {self.alarm_above:g} is below warn_above {self.warn_above:g}")
        return self


class Sum(Strict):
    """Two ways to one whole number, each a DuckDB query in which :business_date, :last_month and :open_from are at hand."""

    check: str = Key(min_length=10)
    table: str
    on_fail: OnFail
    came: str
    stands: str


class Unusable(Strict):
    """When a required source is as good as missing: more than this share of its rows is rejected, of at least so many."""

    rejected_above: float = Key(gt=0, lt=1)
    fewest_rows: int = Key(ge=1)


class QualityRules(Strict):
    unusable: Unusable
    row_change: Limit
    quarantined_share: Limit
    stand_in_days: Limit
    source_row_change: Limit
    newest_event_days: Limit
    drift: DriftRules
    sums: list[Sum]


def quality_rules(conf_folder: Path) -> QualityRules:
    return load(QualityRules, conf_folder / "quality.yaml")
