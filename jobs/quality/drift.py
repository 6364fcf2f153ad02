"""How far a field of the customer view has moved from the nights before: population stability index over its bins, and share of nulls.

Bins of numbers keep the edges of the first night, so that nights compare. Fields that collect the running month are compared with the
same days of the month before, since they grow by themselves from day to day. Plain Python over rows of field_profile.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from jobs.catalogue.lineage import references
from jobs.catalogue.view import categories
from jobs.quality.measured import Measured
from jobs.quality.rules import DriftRules
from jobs.quality.stability import Shares, shares_of, stability_index

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Drift:
    """`stability_index` is None where all values of one side are null. `now` and `before` are shares by bin."""

    field: str
    stability_index: float | None
    warn_above: float
    alarm_above: float
    null_share: float
    null_share_before: float
    nights: int
    now: Shares
    before: Shares

    @property
    def is_alarm(self) -> bool:
        return self.stability_index is not None and self.stability_index > self.alarm_above

    @property
    def has_moved(self) -> bool:
        return self.stability_index is not None and self.stability_index > self.warn_above


def drifts(tonight: Iterable[Row], past: Iterable[Row], day: date, rules: DriftRules) -> list[Drift]:
    """Of every field that has enough nights to be compared with."""
    known: dict[str, list[Row]] = {}
    for row in past:
        known.setdefault(row["field"], []).append(row)
    found = []
    for row in tonight:
        days = reference_days(row["field"], day, rules.nights)
        before = [one for one in known.get(row["field"], []) if one["business_date"] in days and one["rows"] and one["edges"] == row["edges"]]
        if len(before) >= rules.fewest_nights and row["rows"]:
            found.append(_drift(row, before, rules))
    return found


def reference_days(field: str, day: date, nights: int) -> set[date]:
    newest = _month_before(day) + timedelta(days=nights // 2) if grows_through_the_month(field) else day - timedelta(days=1)
    return {newest - timedelta(days=back) for back in range(nights)}


def _month_before(day: date) -> date:
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


@cache
def grows_through_the_month(field: str) -> bool:
    """Whether the field is made, itself or through other fields, of what customer_month has collected since the 1st."""
    declared = next((one for category in categories().values() for one in category.fields if one.name == field), None)
    if declared is None:
        return False
    columns, others = references(declared.expr)
    return any(frame == "month" for frame, _ in columns) or any(grows_through_the_month(other) for other in others)


def _drift(row: Row, before: list[Row], rules: DriftRules) -> Drift:
    bins = sorted({*dict(row["bins"]), *(name for night in before for name in dict(night["bins"]))})
    counted = sum(dict(row["bins"]).values())
    counted_before = [night for night in before if dict(night["bins"])]
    by_night = [shares_of(dict(night["bins"]), bins) for night in counted_before]
    mean = {name: sum(shares[name] for shares in by_night) / len(by_night) for name in bins} if by_night else {}
    now = shares_of(dict(row["bins"]), bins)
    usual = sum(sum(dict(night["bins"]).values()) for night in counted_before) / len(counted_before) if counted_before else 0
    index = stability_index(now, mean) if counted and usual else None
    by_chance = _by_chance(counted, usual, len(bins), rules)
    return Drift(
        field=row["field"],
        stability_index=index,
        warn_above=max(rules.warn_above, by_chance),
        alarm_above=max(rules.alarm_above, by_chance),
        null_share=row["nulls"] / row["rows"],
        null_share_before=sum(night["nulls"] / night["rows"] for night in before) / len(before),
        nights=len(before),
        now=now,
        before=mean,
    )


def _by_chance(counted: float, usual: float, bins: int, rules: DriftRules) -> float:
    """What chance alone gives to samples of this size; 0 where both are large enough for the rule of thumb."""
    if min(counted, usual) >= rules.few_rows or not counted or not usual or bins < 2:
        return 0.0
    from scipy.stats import chi2

    return float((1 / counted + 1 / usual) * chi2.ppf(rules.chance, bins - 1))


def drift_checks(table: str, found: list[Drift], rules: DriftRules) -> Iterator[Measured]:
    for one in found:
        observed = (
            "no values" if one.stability_index is None else f"PSI {one.stability_index:.3f}{', alarm' if one.is_alarm else ''} against {one.nights} nights"
        )
        on_fail = rules.on_alarm if one.is_alarm else "warn"
        yield Measured(table, f"{one.field}: drift", on_fail, (one.stability_index,), None, one.warn_above, observed, f"PSI at most {one.warn_above:.3g}")
        limit, change = rules.null_share, one.null_share - one.null_share_before
        observed = f"{one.null_share:.1%} null after {one.null_share_before:.1%} in {one.nights} nights"
        expected = f"a change of at most {limit.at_most:.0%}"
        yield Measured(table, f"{one.field}: share of nulls", limit.on_fail, (change,), -limit.at_most, limit.at_most, observed, expected)
