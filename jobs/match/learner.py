"""fit_propensity: the one learner of the matches. Gradient-boosted trees and a ridge logistic, weighed against each other and
calibrated on rows that neither had seen.

The same training rows give the same model in any order, and a row has the same score in any company: rows are sorted by their
content before anything is summed, folds go by that order, and every fit and every sum runs on one thread with fixed seeds: linear algebra on
two threads adds in another order when the machine is busy. Single-process by
design: the caller bounds the rows (conf/match.yaml, most_rows); a million rows of 50 columns take minutes and 1 GB.
"""

from dataclasses import dataclass
from functools import cached_property

import lightgbm
import numpy as np
import pandas as pd

from jobs.match.calibration import Curve, fit_curve
from jobs.match.combination import sigmoid
from jobs.match.encoding import Encoder, learn_encoder, row_order
from jobs.match.logistic import Fit, Linear, LinearColumn, design_columns, fit_linear, fit_logistic
from jobs.match.one_thread import one_thread
from jobs.same_rows import refuse_other_rows

FOLDS = 4
FEWEST_FOR_MODEL = 10  # positives (and negatives) below which only the shrunken base rate is honest
FEWEST_FOR_TREES = 100  # positives below which the logistic stands alone
FEWEST_FOR_ISOTONIC = 1_000  # positives below which the calibration is Platt's straight line
MOST_TREES = 200  # scoring pays for each of them on every customer and product
PATIENCE = 25
RIDGES = (3.0, 30.0, 300.0)  # the logistic's; which one, unseen rows say where positives are few
CLEARLY = 0.01  # share of the log-loss by which own weights of the parts must beat equal ones
TREES = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 7,  # small trees and one level against the others: large ones learned the month by heart (cpc bench public, bank)
    "max_cat_to_onehot": 256,
    "lambda_l2": 5.0,
    "feature_fraction": 0.8,
    "boost_from_average": False,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Rows:
    """Training rows, encoded and in the order of their content."""

    matrix: np.ndarray
    label: np.ndarray
    weight: np.ndarray
    offset: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> "Rows":
        return Rows(self.matrix[chosen], self.label[chosen], self.weight[chosen], self.offset[chosen])

    @property
    def base_rate(self) -> float:
        """Share of positives, shrunken as if half a positive and half a negative had been seen besides."""
        return float((np.sum(self.weight * self.label) + 0.5) / (self.weight.sum() + 1.0))


@dataclass(frozen=True)
class Trees:
    """Boosted trees as LightGBM's text, so that a model is plain data."""

    text: str
    start: float

    @cached_property
    def _booster(self) -> lightgbm.Booster:
        return lightgbm.Booster(model_str=self.text)

    def margin(self, matrix: np.ndarray) -> np.ndarray:
        return self.start + np.asarray(self._booster.predict(matrix, raw_score=True, num_threads=1))

    def __getstate__(self) -> dict:
        return {"text": self.text, "start": self.start}


@dataclass(frozen=True)
class Propensity:
    """A fitted model. `top` weighs the parts: log-odds = top[0] + top[1] * first part + ... ; `curve` calibrates, where there is one."""

    encoder: Encoder
    parts: tuple[Trees | Linear, ...]
    top: tuple[float, ...]
    top_covariance: tuple[tuple[float, ...], ...]
    curve: Curve | None
    rows: int
    positives: int

    def predict(self, frame: pd.DataFrame, *, offset: np.ndarray | pd.Series | None = None) -> np.ndarray:
        """Calibrated probability of each row. An offset of log-odds is added where it is given, as in training."""
        refuse_other_rows("predict", frame=frame, offset=offset)
        known = 0.0 if offset is None else np.asarray(offset, dtype=np.float64)
        return sigmoid(self.log_odds(frame) + known)

    def log_odds(self, frame: pd.DataFrame) -> np.ndarray:
        """Calibrated log-odds of each row, above the offset."""
        return self.log_odds_with_error(frame)[0]

    def log_odds_with_error(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Calibrated log-odds of each row, and their standard error from the top layer alone: a lower bound of what is not known."""
        design = self._design(frame)
        total, variance = np.zeros(len(design[0])), np.zeros(len(design[0]))
        for coefficient, column, covariances in zip(self.top, design, self.top_covariance, strict=True):
            total += coefficient * column
            for covariance, other in zip(covariances, design, strict=True):
                variance += covariance * column * other
        log_odds = total if self.curve is None else self.curve.log_odds(total)
        return log_odds, np.sqrt(np.maximum(variance, 0.0))

    def _design(self, frame: pd.DataFrame) -> list[np.ndarray]:
        matrix = self.encoder.encode(frame)
        return [np.ones(len(matrix)), *[part.margin(matrix) if len(matrix) else np.zeros(0) for part in self.parts]]


@one_thread
def fit_propensity(
    frame: pd.DataFrame,
    label: pd.Series,
    *,
    weight: pd.Series | np.ndarray | None = None,
    offset: pd.Series | np.ndarray | None = None,
    seed: int = 0,
) -> Propensity:
    """A calibrated model of P(label = 1 | row).

    `label` holds 0/1 or booleans, row by row beside `frame`, with its index where it has one; `weight` counts a row more than once
    (sampled negatives); `offset` is a log-odds known beforehand, to which the model learns what is missing: `predict` starts
    from 0 where it is given none. Raises ValueError for rows, labels or weights that no model can be fitted to.
    """
    refuse_other_rows("fit_propensity", frame=frame, label=label, weight=weight, offset=offset)
    encoder = learn_encoder(frame)
    rows = _sorted_rows(encoder, frame, label, weight, offset, seed)
    positives = int(rows.label.sum())
    scarcest = min(positives, len(rows.label) - positives)
    if scarcest < FEWEST_FOR_MODEL or not frame.columns.size:
        return _base_rate_only(encoder, rows)
    with_offset = offset is not None
    folds = _folds(rows.label)
    linear_columns = design_columns(rows.matrix, encoder)
    margins = {ridge: _cross_fitted_linear(rows, linear_columns, folds, ridge) for ridge in (RIDGES if scarcest < FEWEST_FOR_ISOTONIC else RIDGES[:1])}
    ridge = min(margins, key=lambda one: (_loss(margins[one][:, None], np.array([0.0, 1.0]), rows), one))
    unseen = [margins[ridge]]
    parts: list[Trees | Linear] = [_linear(rows, linear_columns, ridge)]
    if scarcest >= FEWEST_FOR_TREES:
        of_trees, trees = _cross_fitted_trees(rows, encoder, folds, seed)
        unseen.append(of_trees)
        parts.append(_trees(rows, encoder, trees, seed))
    top, covariance = _top_layer(np.column_stack(unseen), rows)
    curve = None
    if scarcest >= FEWEST_FOR_ISOTONIC and not with_offset:
        curve = fit_curve(np.column_stack([np.ones(len(rows.label)), *unseen]) @ np.array(top), rows.label, rows.weight)
    return Propensity(encoder, tuple(parts), top, covariance, curve, len(rows.label), positives)


def _sorted_rows(encoder: Encoder, frame: pd.DataFrame, label: pd.Series, weight: object, offset: object, seed: int) -> Rows:
    matrix = encoder.encode(frame)
    labels = _numbers("label", label, len(frame), default=0.0)
    weights = _numbers("weight", weight, len(frame), default=1.0)
    offsets = _numbers("offset", offset, len(frame), default=0.0)
    if not np.isin(labels, [0.0, 1.0]).all():
        raise ValueError("label: holds something else than 0 and 1")
    if (weights < 0).any() or not (weights > 0).any():
        raise ValueError("weight: must not be negative, and not 0 throughout")
    kept = np.flatnonzero(weights > 0)
    order = kept[row_order(matrix[kept], labels[kept], weights[kept], offsets[kept], seed=seed)]
    return Rows(matrix, labels, weights, offsets)[order]


def _numbers(name: str, values: object, rows: int, default: float) -> np.ndarray:
    if values is None:
        return np.full(rows, default)
    numbers = pd.to_numeric(pd.Series(values), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if len(numbers) != rows:
        raise ValueError(f"{name}: {len(numbers)} values for {rows} rows")
    if not rows:
        raise ValueError("frame: no rows to learn from")
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name}: {int((~np.isfinite(numbers)).sum())} values are missing or no numbers")
    return numbers


def _folds(label: np.ndarray) -> np.ndarray:
    """Fold of each row: the rows of a class in turn, in the order of their hash; equal rows are spread over the folds."""
    folds = np.empty(len(label), dtype=np.int64)
    for value in (0.0, 1.0):
        of_class = np.flatnonzero(label == value)
        folds[of_class] = np.arange(len(of_class)) % FOLDS
    return folds


def _base_rate_only(encoder: Encoder, rows: Rows) -> Propensity:
    """Where one class is all but missing: the shrunken base rate, less what the offsets already say."""
    spread = float(1.0 / (rows.weight.sum() * rows.base_rate * (1 - rows.base_rate) + 1.0))
    start = _shift_to_rate(rows)
    return Propensity(encoder, (), (start,), ((spread,),), None, len(rows.label), int(rows.label.sum()))


def _shift_to_rate(rows: Rows) -> float:
    """The constant c for which sigmoid(offset + c) gives the base rate on average."""
    low, high = -40.0, 40.0
    for _ in range(80):
        middle = (low + high) / 2
        if np.sum(rows.weight * sigmoid(rows.offset + middle)) / rows.weight.sum() < rows.base_rate:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _linear(rows: Rows, columns: tuple[LinearColumn, ...], ridge: float) -> Linear:
    return fit_linear(rows.matrix, columns, rows.label, rows.weight, rows.offset, ridge)


def _cross_fitted_linear(rows: Rows, columns: tuple[LinearColumn, ...], folds: np.ndarray, ridge: float) -> np.ndarray:
    margins = np.empty(len(rows.label))
    for fold in range(FOLDS):
        margins[folds == fold] = _linear(rows[folds != fold], columns, ridge).margin(rows.matrix[folds == fold])
    return margins


def _dataset(rows: Rows, encoder: Encoder, start: float) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        rows.matrix,
        rows.label,
        weight=rows.weight / rows.weight.mean(),
        init_score=rows.offset + start,
        categorical_feature=encoder.categories,
        params=TREES,
        free_raw_data=True,
    )


def _tree_parameters(rows: Rows, seed: int) -> dict:
    fewest = int(np.clip(len(rows.label) // 200, 20, 100))
    return TREES | {"min_data_in_leaf": fewest, "min_data_per_group": fewest, "seed": seed % 2**31, "data_random_seed": 1, "feature_fraction_seed": 2}


def _cross_fitted_trees(rows: Rows, encoder: Encoder, folds: np.ndarray, seed: int) -> tuple[np.ndarray, int]:
    """Margins of rows that the trees had not seen, and the number of trees that served the unseen rows best."""
    margins, counts = np.empty(len(rows.label)), []
    for fold in range(FOLDS):
        inside, outside = rows[folds != fold], rows[folds == fold]
        start = float(_shift_to_rate(inside))
        training = _dataset(inside, encoder, start)
        held_out = lightgbm.Dataset(outside.matrix, outside.label, weight=outside.weight, init_score=outside.offset + start, reference=training)
        stop = lightgbm.early_stopping(PATIENCE, verbose=False)
        booster = lightgbm.train(_tree_parameters(rows, seed), training, MOST_TREES, valid_sets=[held_out], callbacks=[stop])
        counts.append(max(booster.best_iteration, 1))
        margins[folds == fold] = start + np.asarray(booster.predict(outside.matrix, raw_score=True, num_iteration=counts[-1], num_threads=1))
    return margins, max(1, round(float(np.mean(counts)) * FOLDS / (FOLDS - 1)))


def _trees(rows: Rows, encoder: Encoder, count: int, seed: int) -> Trees:
    start = float(_shift_to_rate(rows))
    booster = lightgbm.train(_tree_parameters(rows, seed), _dataset(rows, encoder, start), count)
    return Trees(booster.model_to_string(), start)


def _top_layer(margins: np.ndarray, rows: Rows) -> tuple[tuple[float, ...], tuple[tuple[float, ...], ...]]:
    """Weights of the parts, from rows that they had not seen: equal ones, unless others are clearly better. Random folds
    flatter the part that learned the period by heart; equal parts held up better on later rows (cpc bench public)."""
    parts = margins.shape[1]
    spread = np.vstack([np.eye(1, 2), *[[0.0, 1.0 / parts]] * parts])  # intercept and slope of the mean -> intercept and weights
    mean = _fit_top(margins.mean(axis=1, keepdims=True), rows, towards=1.0)
    together = spread @ mean.coefficients, spread @ mean.covariance @ spread.T
    if parts == 1:
        return _plain(*together)
    apart = _fit_top(margins, rows, towards=1.0 / parts)
    losses = [_loss(margins, weights, rows) for weights in (together[0], apart.coefficients)]
    clearly_better = losses[1] < losses[0] * (1 - CLEARLY) and apart.coefficients[1:].min() >= 0
    return _plain(apart.coefficients, apart.covariance) if clearly_better else _plain(*together)


def _fit_top(margins: np.ndarray, rows: Rows, towards: float) -> Fit:
    parts = margins.shape[1]
    design = np.column_stack([np.ones(len(margins)), margins])
    fit = fit_logistic(design, rows.label, rows.weight, rows.offset, np.array([1e-3, *[5.0] * parts]), np.array([0.0, *[towards] * parts]))
    if parts == 1 and fit.coefficients[1] < 0:  # worse than nothing on unseen rows: the base rate alone
        return Fit(np.array([_shift_to_rate(rows), 0.0]), np.diag([fit.covariance[0, 0], 0.0]))
    return fit


def _loss(margins: np.ndarray, top: np.ndarray, rows: Rows) -> float:
    probability = np.clip(sigmoid(top[0] + (margins * top[1:]).sum(axis=1) + rows.offset), 1e-12, 1 - 1e-12)
    return float(-np.sum(rows.weight * (rows.label * np.log(probability) + (1 - rows.label) * np.log(1 - probability))))


def _plain(top: np.ndarray, covariance: np.ndarray) -> tuple[tuple[float, ...], tuple[tuple[float, ...], ...]]:
    return tuple(top.tolist()), tuple(tuple(row) for row in covariance.tolist())
