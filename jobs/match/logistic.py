"""Logistic regression with ridge, weights and an offset, and the columns it needs: the linear half of the learner and its top layer.

Newton steps on the sorted rows with one thread of linear algebra; scoring adds column by column, so that a row's score does not
depend on the rows beside it.
"""

from dataclasses import dataclass

import numpy as np

from jobs.match.combination import sigmoid
from jobs.match.encoding import Encoder
from jobs.match.one_thread import one_thread

MOST_ROWS = 60_000  # a few hundred coefficients are sharp long before; the rest would only cost memory
STEPS = 30


@dataclass(frozen=True)
class Fit:
    coefficients: np.ndarray
    covariance: np.ndarray


@one_thread
def fit_logistic(design: np.ndarray, label: np.ndarray, weight: np.ndarray, offset: np.ndarray, ridge: np.ndarray, towards: np.ndarray) -> Fit:
    """Maximum a posteriori coefficients: `ridge` is the precision of the prior around `towards`."""
    coefficients = towards.astype(np.float64).copy()
    for _ in range(STEPS):
        fitted = sigmoid(design @ coefficients + offset)
        slope = design.T @ (weight * (label - fitted)) - ridge * (coefficients - towards)
        curvature = (design * (weight * fitted * (1 - fitted))[:, None]).T @ design + np.diag(ridge + 1e-9)
        step = np.linalg.solve(curvature, slope)
        longest = np.abs(step).max()
        coefficients = coefficients + step * min(1.0, 5.0 / max(longest, 1e-12))
        if longest < 1e-8:
            break
    return Fit(coefficients, np.linalg.inv(curvature))


@dataclass(frozen=True)
class LinearColumn:
    """One column of the design: a scaled number, a level of a category, or whether a number is missing."""

    place: int
    level: float | None = None
    missing: bool = False
    low: float = 0.0
    high: float = 0.0
    logarithm: bool = False
    centre: float = 0.0
    scale: float = 1.0

    def values(self, matrix: np.ndarray) -> np.ndarray:
        column = np.ascontiguousarray(matrix[:, self.place])
        if self.missing:
            return np.isnan(column).astype(np.float64)
        if self.level is not None:
            return (column == self.level).astype(np.float64)
        shaped = _shaped(column, self.low, self.high, self.logarithm)
        return np.where(np.isnan(shaped), 0.0, (shaped - self.centre) / self.scale)


def _shaped(column: np.ndarray, low: float, high: float, logarithm: bool) -> np.ndarray:
    clipped = np.clip(column, low, high)
    return np.log1p(clipped - low) if logarithm else clipped


@dataclass(frozen=True)
class Linear:
    """Log-odds as a sum over the design's columns."""

    columns: tuple[LinearColumn, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def margin(self, matrix: np.ndarray) -> np.ndarray:
        total = np.full(len(matrix), self.intercept)
        for column, coefficient in zip(self.columns, self.coefficients, strict=True):
            total += coefficient * column.values(matrix)
        return total


def design_columns(matrix: np.ndarray, encoder: Encoder) -> tuple[LinearColumn, ...]:
    """The design for these (sorted) rows; columns that do not vary are left out."""
    columns: list[LinearColumn] = []
    for place, source in enumerate(encoder.columns):
        values = matrix[:, place]
        known = values[~np.isnan(values)]
        if source.kind == "category":
            columns += [LinearColumn(place, level=float(code)) for code in range(len(source.levels))]
        elif len(known) and known.min() < known.max():
            columns.append(_number(place, known))
        if source.kind != "category" and 0 < len(known) < len(values):
            columns.append(LinearColumn(place, missing=True))
    return tuple(columns)


def _number(place: int, known: np.ndarray) -> LinearColumn:
    low, middle, high = (float(value) for value in np.quantile(known, [0.01, 0.5, 0.99]))
    if low == high:
        low, high = float(known.min()), float(known.max())
    logarithm = high - middle > 3 * (middle - low)  # a long right tail: usage, counts, money
    shaped = _shaped(known, low, high, logarithm)
    return LinearColumn(place, low=low, high=high, logarithm=logarithm, centre=float(shaped.mean()), scale=float(shaped.std()) or 1.0)


def fit_linear(matrix: np.ndarray, columns: tuple[LinearColumn, ...], label: np.ndarray, weight: np.ndarray, offset: np.ndarray, ridge: float) -> Linear:
    """Fit on the first MOST_ROWS of the rows, which stand in an order that is as good as random."""
    rows = slice(0, MOST_ROWS)
    design = np.column_stack([*[column.values(matrix[rows]) for column in columns], np.ones(len(matrix[rows]))])
    penalty = np.append(np.full(len(columns), ridge), 1e-3)
    fit = fit_logistic(design, label[rows], weight[rows], offset[rows], penalty, np.zeros(len(penalty)))
    return Linear(columns, tuple(fit.coefficients[:-1].tolist()), float(fit.coefficients[-1]))
