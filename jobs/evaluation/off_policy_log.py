"""The log of decisions that estimate_policy_value reads: checked, as arrays, in the order of its content."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from jobs.match.encoding import row_order
from jobs.same_rows import refuse_other_rows

SUMS_TO_ONE = 1e-6  # rounding of probabilities that were written as text
LOW_HALF = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True)
class Log:
    """Rows in the order of their content, so that every sum has one result. `position`: where a row stood in the arguments;
    `cluster`: a hash of its customer, or its place in the order where there are none. `target` is None where only the
    target policy's probability of the logged action is known; `of_logged` holds that in both cases."""

    reward: np.ndarray
    action: np.ndarray
    propensity: np.ndarray
    target: np.ndarray | None
    of_logged: np.ndarray
    cluster: np.ndarray
    position: np.ndarray


def checked_log(reward: Any, action: Any, logged_propensity: Any, target_probability: Any, cluster: Any, model: Any) -> Log:
    """Raises ValueError, naming argument and row, for what is missing, misshapen or no probability."""
    given = {"reward": reward, "action": action, "logged_propensity": logged_propensity, "target_probability": target_probability}
    refuse_other_rows("estimate_policy_value", **given, cluster=cluster)
    rewards = _numbers("reward", reward)
    if not len(rewards):
        raise ValueError("reward: the log has no rows")
    propensities, target = _numbers("logged_propensity", logged_propensity), _numbers("target_probability", target_probability, most_dimensions=2)
    actions = _numbers("action", action)
    for name, values in (("action", actions), ("logged_propensity", propensities), ("target_probability", target)):
        if len(values) != len(rewards):
            raise ValueError(f"{name}: {len(values)} rows, reward has {len(rewards)}")
    _refuse("logged_propensity", (propensities <= 0) | (propensities > 1), propensities, "must be above 0 and at most 1")
    _refuse("target_probability", (target < 0) | (target > 1 + SUMS_TO_ONE), target, "must lie between 0 and 1")
    _refuse("action", actions != np.floor(actions), actions, "must be whole numbers")
    codes = actions.astype(np.int64)
    full = target if target.ndim == 2 else None
    if full is not None:
        _refuse("action", (codes < 0) | (codes >= full.shape[1]), codes, f"must be 0 to {full.shape[1] - 1}, a column of target_probability")
        sums = full.sum(axis=1)
        _refuse("target_probability", np.abs(sums - 1) > SUMS_TO_ONE, sums, "must sum to 1 in each row")
    predicted = _predictions(model, full)
    customers = None if cluster is None else _hashed(cluster, len(rewards))
    beside = [] if customers is None else [(customers >> np.uint64(32)).astype(np.float64), (customers & LOW_HALF).astype(np.float64)]
    order = row_order(np.column_stack([target, *predicted]), rewards, actions, propensities, *beside, seed=0)
    of_logged = target if full is None else full[np.arange(len(codes)), codes]
    return Log(
        rewards[order],
        codes[order],
        propensities[order],
        None if full is None else full[order],
        of_logged[order],
        np.arange(len(order), dtype=np.uint64) if customers is None else customers[order],
        order,
    )


def _numbers(name: str, values: Any, most_dimensions: int = 1) -> np.ndarray:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: must hold numbers ({error})") from error
    if not 1 <= numbers.ndim <= most_dimensions:
        raise ValueError(f"{name}: must have {' or '.join(map(str, range(1, most_dimensions + 1)))} dimensions, has {numbers.ndim}")
    _refuse(name, ~np.isfinite(numbers), numbers, "must be finite")
    return numbers


def _predictions(model: Any, target: np.ndarray | None) -> list[np.ndarray]:
    """Predicted rewards, part of a row's content; none where the model is a function or there is no model."""
    if model is None:
        return []
    if target is None:
        raise ValueError("model: needs target_probability of every action, float[n, actions]")
    if callable(model):
        return []
    predicted = _numbers("model", model, most_dimensions=2)
    if predicted.shape != target.shape:
        raise ValueError(f"model: predictions must have the shape of target_probability {target.shape}, have {predicted.shape}")
    return [predicted]


def _hashed(cluster: Any, rows: int) -> np.ndarray:
    values = pd.Series(cluster)
    if len(values) != rows:
        raise ValueError(f"cluster: {len(values)} rows, reward has {rows}")
    if values.isna().any():
        raise ValueError(f"cluster: missing in row {int(np.flatnonzero(values.isna())[0])}")
    return pd.util.hash_array(values.to_numpy())


def _refuse(name: str, wrong: np.ndarray, values: np.ndarray, must: str) -> None:
    if wrong.any():
        first = tuple(np.argwhere(wrong)[0])
        raise ValueError(f"{name}: {must}; row {int(first[0])} has {values[first]:g} ({int(wrong.sum())} such values)")
