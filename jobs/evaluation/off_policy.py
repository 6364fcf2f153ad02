"""estimate_policy_value: what another policy would have earned, from what this one logged. Pure numpy; importable without Spark.

One row of the log is one decision: the reward it brought, the action taken, the probability with which the logging policy took it, and
the probability with which the target policy would take each action (or, of the logged action alone). Weight = target / logged.

    ips, snips      mean of weight x reward over rows, over weights; whole weights, as in the textbooks
    snips_clipped   snips with weights cut at CLIP; the headline where only the logged action's probability is given
    dm              direct method: mean of the predicted reward under the target policy, each row predicted from other customers' rows
    dr              doubly robust: dm plus the clipped-weighted errors of the prediction; the headline

An estimate may be read only when all gates hold: the weights average 1, enough of them count, the log speaks for what the target policy
would do, no two estimators contradict each other, and the rewards vary. Same rows in another order: same result.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jobs.evaluation.off_policy_log import Log, checked_log
from jobs.evaluation.poisson_bootstrap import cluster_sums, interval_of_ratio, replicate_sums, uniform_by_hash

if TYPE_CHECKING:
    import pandas as pd

CLIP = 50.0
MEAN_WEIGHT = (0.98, 1.02)
LEAST_EFFECTIVE, LEAST_EFFECTIVE_SHARE = 1_000, 0.02
LEAST_OVERLAP = 0.8
FOLDS = 4
PSEUDO_ROWS = 10.0  # an action's mean reward starts as if it had been seen this often at the mean of all
FOLD_SALT = np.array([0xF01D], dtype=np.uint64)

# Positions of the rows to learn from and of those to predict -> predicted reward of each action for the latter.
RewardModel = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class PolicyValue:
    """Mean reward a decision under the target policy with its 95 % interval; unpacks as value, low, high, effective_sample, estimators.

    `effective_sample`: (sum of weights)^2 / sum of their squares, whole weights. `clipped_mass`: share of all weight that the cut at
    CLIP takes away. `overlap`: share of the target policy's choices that the log can speak for, which is what falls on actions that were
    logged at all, less the clipped mass. `gates`: each with whether it holds; `reason` names those that do not."""

    value: float
    low: float
    high: float
    effective_sample: float
    estimators: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    rows: int
    mean_weight: float
    clipped_mass: float
    overlap: float
    gates: dict[str, bool]
    readable: bool
    reason: str

    def __iter__(self) -> Iterator:
        return iter((self.value, self.low, self.high, self.effective_sample, self.estimators))


@dataclass(frozen=True)
class _Predicted:
    """Reward that the direct method expects of each row under the target policy, of its logged action, and what the row's own reward
    adds to the direct method's uncertainty (0 where the model was given: its own error is not known here)."""

    target: np.ndarray
    logged: np.ndarray
    influence: np.ndarray


def estimate_policy_value(
    reward: "np.ndarray | pd.Series",
    action: "np.ndarray | pd.Series",
    logged_propensity: "np.ndarray | pd.Series",
    target_probability: "np.ndarray | pd.Series | pd.DataFrame",
    *,
    cluster: "np.ndarray | pd.Series | None" = None,
    model: RewardModel | np.ndarray | None = None,
) -> PolicyValue:
    """Value of the target policy. `target_probability`: float[n, actions] beside actions 0, 1, ...; or float[n], of the logged action.

    `cluster`: the customer of each row (each row stands alone without). `model`: predicted rewards float[n, actions], each row's made
    without that row; or a function that predicts them fold by fold; without either, each action's mean reward, cross-fitted. Raises
    ValueError, naming argument and row, for numbers that no log can hold."""
    log = checked_log(reward, action, logged_propensity, target_probability, cluster, model)
    weight = log.of_logged / log.propensity
    clipped = np.minimum(weight, CLIP)
    predicted = None if log.target is None else _predict(log, model)
    columns = {"rows": np.ones(len(weight)), "weight": weight, "clipped": clipped, "earned": weight * log.reward, "earned_clipped": clipped * log.reward}
    ratios = {"ips": ("earned", "rows"), "snips": ("earned", "weight"), "snips_clipped": ("earned_clipped", "clipped")}
    if predicted is not None:
        columns["direct"] = predicted.target
        columns["direct_spread"] = predicted.target + predicted.influence
        columns["robust"] = predicted.target + clipped * (log.reward - predicted.logged)
        ratios |= {"dm": ("direct", "rows"), "dr": ("robust", "rows")}
    estimators = {name: _ratio(columns[above].sum(), columns[below].sum()) for name, (above, below) in ratios.items()}
    intervals = _intervals(log.cluster, columns, ratios)
    headline = "dr" if predicted is not None else "snips_clipped"
    effective = _ratio(weight.sum() ** 2, (weight**2).sum())
    clipped_mass = _ratio((weight - clipped).sum(), weight.sum())
    overlap = max(0.0, _share_on_logged_actions(log) - clipped_mass) if weight.any() else 0.0
    whether = _gates(len(weight), float(weight.mean()), effective, overlap, intervals, log.reward[weight > 0])
    return PolicyValue(
        estimators[headline],
        *intervals[headline],
        effective,
        estimators,
        intervals,
        len(weight),
        float(weight.mean()),
        clipped_mass,
        overlap,
        {name: holds for name, (holds, _) in whether.items()},
        all(holds for holds, _ in whether.values()),
        "; ".join(why for holds, why in whether.values() if not holds),
    )


def _predict(log: Log, model: RewardModel | np.ndarray | None) -> _Predicted:
    assert log.target is not None  # the caller asks only where the target policy is known in full
    rows, actions = log.target.shape
    fold = (uniform_by_hash(log.cluster, FOLD_SALT) * FOLDS).astype(np.int64)
    influence = np.zeros(rows)
    if model is None:
        means = _means_of_other_folds(log, fold, actions)
        everywhere = _shrunken_means(log.action, log.reward, np.ones(rows), actions)
        mass = log.target.mean(axis=0)
        seen = np.bincount(log.action, minlength=actions) + PSEUDO_ROWS
        influence = (mass * rows / seen)[log.action] * (log.reward - everywhere[log.action])
        return _Predicted((log.target * means[fold]).sum(axis=1), means[fold, log.action], influence)
    expected = np.empty((rows, actions))
    if callable(model):
        for one in range(FOLDS):
            inside = fold == one
            if inside.any():
                expected[inside] = _predicted_by(model, log.position[~inside], log.position[inside], actions)
    else:
        expected = np.asarray(model, dtype=np.float64)[log.position]
    return _Predicted((log.target * expected).sum(axis=1), expected[np.arange(rows), log.action], influence)


def _predicted_by(model: RewardModel, others: np.ndarray, rows: np.ndarray, actions: int) -> np.ndarray:
    predicted = np.asarray(model(others, rows), dtype=np.float64)
    if predicted.shape != (len(rows), actions) or not np.isfinite(predicted).all():
        raise ValueError(f"model: must predict a finite reward for {len(rows)} rows x {actions} actions, gave the shape {predicted.shape}")
    return predicted


def _means_of_other_folds(log: Log, fold: np.ndarray, actions: int) -> np.ndarray:
    """float[folds, actions]: each action's shrunken mean reward outside the fold."""
    return np.array([_shrunken_means(log.action, log.reward, (fold != one).astype(np.float64), actions) for one in range(FOLDS)])


def _shrunken_means(action: np.ndarray, reward: np.ndarray, counts: np.ndarray, actions: int) -> np.ndarray:
    seen = np.bincount(action, weights=counts, minlength=actions)
    earned = np.bincount(action, weights=counts * reward, minlength=actions)
    mean = earned.sum() / seen.sum() if seen.sum() else 0.0
    return (earned + PSEUDO_ROWS * mean) / (seen + PSEUDO_ROWS)


def _intervals(cluster: np.ndarray, columns: dict[str, np.ndarray], ratios: dict[str, tuple[str, str]]) -> dict[str, tuple[float, float]]:
    totals = dict(zip(columns, replicate_sums(*cluster_sums(cluster, np.column_stack(list(columns.values())))).T, strict=True))
    found = {name: interval_of_ratio(totals[above], totals[below]) for name, (above, below) in ratios.items()}
    if "dm" in found:
        shift = columns["direct_spread"].mean() - columns["direct"].mean()
        low, high = interval_of_ratio(totals["direct_spread"], totals["rows"])
        found["dm"] = (float(low - shift), float(high - shift))
    return found


def _share_on_logged_actions(log: Log) -> float:
    if log.target is None:
        return 1.0
    was_logged = np.bincount(log.action, minlength=log.target.shape[1]) > 0
    return float(log.target[:, was_logged].sum() / log.target.sum())


def _gates(
    rows: int, mean_weight: float, effective: float, overlap: float, intervals: dict[str, tuple[float, float]], counted: np.ndarray
) -> dict[str, tuple[bool, str]]:
    """Each gate: whether it holds, and what is wrong where it does not."""
    least = max(LEAST_EFFECTIVE, LEAST_EFFECTIVE_SHARE * rows)
    low, high = MEAN_WEIGHT
    highest_low, lowest_high = max(low for low, _ in intervals.values()), min(high for _, high in intervals.values())
    return {
        "mean_weight": (
            low <= mean_weight <= high,
            f"the weights average {mean_weight:.3f}, not {low} to {high}: the propensities are wrong, or the log lacks what the policy would do",
        ),
        "effective_sample": (effective >= least, f"only {effective:.0f} effective rows of {rows}, at least {least:.0f}"),
        "overlap": (overlap >= LEAST_OVERLAP, f"the log speaks for {overlap:.2f} of what the policy would do, at least {LEAST_OVERLAP}"),
        "agreement": (bool(highest_low <= lowest_high), "the estimators contradict each other beyond their intervals"),
        "reward_varies": (len(np.unique(counted)) > 1, "the reward is the same in all rows that count"),
    }


def _ratio(above: float, below: float) -> float:
    return float(above / below) if below > 0 else float("nan")
