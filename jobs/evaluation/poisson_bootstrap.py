"""Intervals of ratios of sums by a Poisson bootstrap over clusters, whose draws are hashes: no generator, the same interval every time.

A cluster is all rows of one customer. In each replicate it counts 0, 1, 2 ... times, Poisson with mean 1, by the hash of (cluster, replicate).
"""

import numpy as np
from scipy.stats import poisson

from jobs.match.encoding import mix
from jobs.match.one_thread import one_thread

REPLICATES = 400
CONFIDENCE = 0.95
CELLS = 2**20  # draws held at once
STEPS = poisson.cdf(np.arange(12), 1.0)  # a cluster counts 12 times at most: more has a probability of 1e-10
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def uniform_by_hash(key: np.ndarray, salt: np.ndarray) -> np.ndarray:
    """Numbers in [0, 1), one for each pair of a key and a salt (both uint64, broadcast against each other)."""
    return (mix(mix(key) ^ mix(salt * GOLDEN)) >> np.uint64(11)).astype(np.float64) / 2.0**53


def cluster_sums(cluster: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct clusters in order, and the sum of each column over the rows of each of them."""
    keys, place = np.unique(cluster, return_inverse=True)
    return keys, np.column_stack([np.bincount(place, weights=column, minlength=len(keys)) for column in columns.T])


@one_thread
def replicate_sums(keys: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """float[replicates, columns]: the columns' totals in each replicate."""
    at_once = max(1, CELLS // max(len(keys), 1))
    totals = np.empty((REPLICATES, sums.shape[1]))
    for first in range(0, REPLICATES, at_once):
        replicates = np.arange(first, min(first + at_once, REPLICATES), dtype=np.uint64)
        draws = uniform_by_hash(keys[None, :], replicates[:, None] + np.uint64(1))
        totals[first : first + len(replicates)] = np.searchsorted(STEPS, draws, side="right").astype(np.float64) @ sums
    return totals


def interval_of_ratio(numerator: np.ndarray, denominator: np.ndarray) -> tuple[float, float]:
    """Percentile interval of the ratios over the replicates; replicates without a denominator say nothing."""
    known = denominator > 0
    if not known.any():
        return float("nan"), float("nan")
    low, high = np.quantile(numerator[known] / denominator[known], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
