"""Logs of decisions whose truth is known: customers with a trait x, four actions, a logging policy that prefers late actions where x is high,
and target policies that lean towards early or late ones. All draws are hashes.

The preference is mild. With log-odds twice as steep, all intervals together held the truth in 90 %, not 95 %: weights that the gates refuse."""

import numpy as np

from jobs.evaluation.poisson_bootstrap import uniform_by_hash

ACTIONS = np.linspace(-1, 1, 4)
LEANS = (-2.0, -1.0, 0.0, 1.0, 2.0)  # of the target policies: towards the early or the late actions
DECISIONS = 3  # of each customer
FIGURES = 4  # drawn for a decision


def rates(x: np.ndarray) -> np.ndarray:
    """float[n, actions]: the probability of a reward of 1."""
    return 0.1 + 0.15 * x[:, None] * (1 + ACTIONS)


def target_probability(x: np.ndarray, lean: float) -> np.ndarray:
    return _softmax(lean * (1.5 - x))


def decisions(log: int, lean: float, customers: int) -> dict[str, np.ndarray]:
    """Arguments of estimate_policy_value: log number `log`, which a policy of this lean is to be judged by. The log is the same for all leans."""
    rows = np.arange(customers * DECISIONS)
    x = _draws(log, 0, rows // DECISIONS)
    logged = _softmax(2 * x)
    action = np.minimum((_draws(log, 1, rows)[:, None] > logged.cumsum(axis=1)).sum(axis=1), len(ACTIONS) - 1)
    reward = (_draws(log, 2, rows) < rates(x)[rows, action]).astype(np.float64)
    return {
        "reward": reward,
        "action": action,
        "logged_propensity": logged[rows, action],
        "target_probability": target_probability(x, lean),
        "cluster": rows // DECISIONS,
    }


def true_value(lean: float) -> float:
    """The target policy's mean reward over x uniform on [0, 1], by the midpoint rule."""
    x = (np.arange(20_000) + 0.5) / 20_000
    return float((target_probability(x, lean) * rates(x)).sum(axis=1).mean())


def _softmax(strength: np.ndarray) -> np.ndarray:
    odds = np.exp(np.outer(strength, ACTIONS))
    return odds / odds.sum(axis=1, keepdims=True)


def _draws(log: int, figure: int, keys: np.ndarray) -> np.ndarray:
    return uniform_by_hash(keys.astype(np.uint64), np.array([log * FIGURES + figure + 1], dtype=np.uint64))
