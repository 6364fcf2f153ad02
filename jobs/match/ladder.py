"""The ladder of the product-channel match: everything -> product and channel margins -> their sum -> the cell, each shrunken
towards the step before it.

Empirical Bayes on the driver: arrays of products x channels, some hundred cells. Recomputed from all contacts every night,
never added to yesterday's result.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import betaln
from scipy.stats import beta

from jobs.match.combination import logit, sigmoid

ROUNDS = 30
FEWEST, MOST = 5.0, 50_000.0  # pseudo-contacts that the marginal likelihood may find
SPREAD = 1.0  # standard deviation of log pseudo-contacts around their start in conf: one group of cells says little


@dataclass(frozen=True)
class Ladder:
    """Per product (rows) and channel (columns). `base` are the log-odds of the margins' sum, `mean` to `high` the cell's posterior."""

    base: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    pseudo: dict[str, float]
    level: np.ndarray


def climb(accepted: np.ndarray, reached: np.ndarray, start: np.ndarray, pseudo: dict[str, float]) -> Ladder:
    """`start`: log-odds before any outcome; `pseudo`: pseudo-contacts to start from, for everything, product, channel and cell."""
    everything = _shift(start.ravel(), accepted.ravel(), reached.ravel(), pseudo["everything"])
    product, channel = np.zeros(len(start)), np.zeros(start.shape[1])
    of_product, of_channel = pseudo["product"], pseudo["channel"]
    for _ in range(ROUNDS):
        around = start + everything + channel[None, :]
        of_product = best_pseudo(accepted.sum(axis=1), reached.sum(axis=1), _expected(around, reached, 1), pseudo["product"])
        product = np.array([_shift(*row, of_product) for row in zip(around, accepted, reached, strict=True)])
        around = start + everything + product[:, None]
        of_channel = best_pseudo(accepted.sum(axis=0), reached.sum(axis=0), _expected(around, reached, 0), pseudo["channel"])
        channel = np.array([_shift(*column, of_channel) for column in zip(around.T, accepted.T, reached.T, strict=True)])
    base = start + everything + product[:, None] + channel[None, :]
    margin = sigmoid(base)
    of_cell = best_pseudo(accepted.ravel(), reached.ravel(), margin.ravel(), pseudo["cell"])
    hits, misses = accepted + of_cell * margin, reached - accepted + of_cell * (1 - margin)
    level = np.select(
        [reached >= of_cell, (reached.sum(axis=1)[:, None] >= of_product) | (reached.sum(axis=0)[None, :] >= of_channel)], ["cell", "margin"], "global"
    )
    found = {"everything": pseudo["everything"], "product": of_product, "channel": of_channel, "cell": of_cell}
    return Ladder(base, hits / (hits + misses), beta.ppf(0.05, hits, misses), beta.ppf(0.95, hits, misses), found, level)


def best_pseudo(accepted: np.ndarray, reached: np.ndarray, mean: np.ndarray, start: float) -> float:
    """Pseudo-contacts of the Beta-Binomial with these means under which the groups' counts are most likely; `start` is the
    centre of a weak prior, so that groups without evidence leave it where it was."""
    seen = reached > 0
    if not seen.any():
        return start
    accepted, reached, mean = accepted[seen], reached[seen], np.clip(mean[seen], 1e-9, 1 - 1e-9)

    def surprise(log_pseudo: float) -> float:
        hits, misses = np.exp(log_pseudo) * mean, np.exp(log_pseudo) * (1 - mean)
        likelihood = (betaln(accepted + hits, reached - accepted + misses) - betaln(hits, misses)).sum()
        return -likelihood + (log_pseudo - np.log(start)) ** 2 / (2 * SPREAD**2)

    return float(np.exp(minimize_scalar(surprise, bounds=(np.log(FEWEST), np.log(MOST)), method="bounded", options={"xatol": 1e-6}).x))


def _expected(log_odds: np.ndarray, reached: np.ndarray, axis: int) -> np.ndarray:
    """Rate that is expected of each product (axis 1) or channel (axis 0), given where its contacts went."""
    total = reached.sum(axis=axis)
    return np.divide((reached * sigmoid(log_odds)).sum(axis=axis), total, out=np.full(total.shape, 0.5), where=total > 0)


def _shift(log_odds: np.ndarray, accepted: np.ndarray, reached: np.ndarray, pseudo: float) -> float:
    """Log-odds to add so that the contacts' expected accepts equal the shrunken ones, (s + k m) / (n + k) of n; 0 without contacts."""
    contacts = reached.sum()
    if contacts <= 0:
        return 0.0
    expected = (reached * sigmoid(log_odds)).sum() / contacts
    return shift_to(log_odds, reached, (accepted.sum() + pseudo * expected) / (contacts + pseudo) * contacts)


def shift_to(log_odds: np.ndarray, rows: np.ndarray, accepted: float) -> float:
    """The d for which the sum of rows * sigmoid(log_odds + d) is `accepted`, by bisection between -20 and 20."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        if (rows * sigmoid(log_odds + middle)).sum() < accepted:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def start_log_odds(priors: np.ndarray, channel_odds: np.ndarray) -> np.ndarray:
    """Log-odds before any outcome: the product's prior, times the channel's odds."""
    return logit(priors)[:, None] + np.log(channel_odds)[None, :]
