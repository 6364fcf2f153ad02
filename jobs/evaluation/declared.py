"""Indicators as declared in schemas/indicators/*.yaml: what is counted, out of what, over which base and by which dimensions. No JVM."""

from functools import cache
from typing import Literal

from pydantic import Field as Key
from pydantic import model_validator

from jobs.catalogue.schema import Label
from jobs.errors import UserError
from jobs.paths import SCHEMAS
from jobs.strict import Strict, load

Base = Literal["contact", "customer", "channel_day"]
DIMENSIONS = ("product", "channel", "campaign", "wave", "city", "county", "grade", "network", "contact_date")


class Indicator(Strict):
    """`numerator` and `denominator` are SQL aggregates over the base's columns (jobs/evaluation/base.py); 1 for plain counts.
    `additive`: the values of the cells of a dimension add up to the total."""

    name: str = Key(pattern=r"^[a-z][a-z0-9_]*$")
    label: Label
    doc: str = Key(min_length=15)
    numerator: str
    denominator: str = "1"
    unit: Literal["contact", "customer", "share", "yuan", "ratio", "day", "hour", "contact per customer", "row"]
    direction: Literal["up", "down", "none"]
    additive: bool = False

    @property
    def counts_distinct(self) -> bool:
        return "distinct" in self.numerator + self.denominator


class IndicatorFile(Strict):
    """Indicators of one base. A dimension is the columns that a cell names, joined by ` x `; the empty text is the total."""

    topic: str
    label: Label
    base: Base
    dimensions: list[str]
    indicators: list[Indicator]

    @model_validator(mode="after")
    def dimensions_are_known(self) -> "IndicatorFile":
        for cell in self.cells:
            for column in cell:
                if column not in DIMENSIONS:
                    raise ValueError(f"dimensions: unknown column '{column}'; known are {', '.join(DIMENSIONS)}")
        return self

    @property
    def cells(self) -> list[tuple[str, ...]]:
        return [tuple(dimension.split(" x ")) if dimension else () for dimension in self.dimensions]


@cache
def indicator_files() -> tuple[IndicatorFile, ...]:
    """All files of schemas/indicators in the order of their names. Raises UserError when a name stands twice."""
    files = tuple(load(IndicatorFile, path) for path in sorted((SCHEMAS / "indicators").glob("*.yaml")))
    seen: dict[str, str] = {}
    for file in files:
        for indicator in file.indicators:
            if indicator.name in seen:
                raise UserError(f"schemas/indicators: {indicator.name}: declared under {seen[indicator.name]} and {file.topic}")
            seen[indicator.name] = file.topic
    return files


def passes() -> list[tuple[Base, list[tuple[IndicatorFile, Indicator]]]]:
    """Indicators that one pass over a base counts together, each with the file that says its cells. Those that count distinct customers
    have a pass of their own: Spark keeps a buffer of every aggregate of the pass for each customer and cell, so that pass must be narrow."""
    together: dict[tuple[Base, bool], list[tuple[IndicatorFile, Indicator]]] = {}
    for file in indicator_files():
        for one in file.indicators:
            together.setdefault((file.base, one.counts_distinct), []).append((file, one))
    return [(base, declared) for (base, _), declared in together.items()]


def daily() -> list[tuple[IndicatorFile, Indicator]]:
    """Indicators that are counted by contact date."""
    return [(file, one) for file in indicator_files() if ("contact_date",) in file.cells for one in file.indicators]
