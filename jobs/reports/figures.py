"""The indicators of a business date, looked up by name and cell, read without a JVM."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.evaluation.declared import DIMENSIONS, Indicator, indicator_files

if TYPE_CHECKING:
    from jobs.context import RunContext

Cell = tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Figure:
    """An indicator's value in a cell; value is None where the denominator is 0."""

    value: float | None
    numerator: float
    denominator: float


NO_FIGURE = Figure(None, 0.0, 0.0)


@dataclass(frozen=True)
class Figures:
    """Every figure of a business date by indicator and cell; what was not counted reads as nothing out of nothing."""

    by_cell: dict[tuple[str, Cell], Figure]

    def of(self, indicator: str, **cell: object) -> Figure:
        return self.by_cell.get((indicator, _cell(cell)), NO_FIGURE)

    def value(self, indicator: str, **cell: object) -> float | None:
        return self.of(indicator, **cell).value

    def counted(self, indicator: str, **cell: object) -> float:
        return self.of(indicator, **cell).numerator

    def members(self, dimension: str, indicator: str = "issued") -> list:
        """Members of a dimension that the indicator was counted for, most first, then by name."""
        found = [
            (figure.numerator, cell[0][1]) for (name, cell), figure in self.by_cell.items() if name == indicator and [key for key, _ in cell] == [dimension]
        ]
        return [member for _, member in sorted(found, key=lambda one: (-one[0], str(one[1])))]

    def __bool__(self) -> bool:
        return bool(self.by_cell)


def read_figures(run: "RunContext") -> Figures:
    rows = [row for table in ("indicator", "daily_indicator") for row in run.lake.scan(table, day=run.business_date).to_pylist()]
    return Figures({(row["indicator"], _cell(row)): Figure(row["value"], row["numerator"], row["denominator"]) for row in rows})


def declared_indicators() -> dict[str, Indicator]:
    return {one.name: one for file in indicator_files() for one in file.indicators}


def _cell(values: dict) -> Cell:
    return tuple((name, values[name]) for name in DIMENSIONS if values.get(name) is not None)
