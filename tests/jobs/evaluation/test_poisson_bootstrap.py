"""poisson_bootstrap: draws are Poisson with mean 1, belong to the cluster's hash, and give the interval that theory gives."""

import numpy as np
import pytest

from jobs.evaluation.poisson_bootstrap import REPLICATES, cluster_sums, interval_of_ratio, replicate_sums, uniform_by_hash

pytestmark = pytest.mark.core


def test_rows_of_a_cluster_are_added_up():
    keys, sums = cluster_sums(np.array([7, 3, 7], dtype=np.uint64), np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]]))
    assert keys.tolist() == [3, 7]
    assert sums.tolist() == [[2.0, 20.0], [5.0, 50.0]]


def test_counts_are_poisson_with_mean_one():
    counts = np.concatenate([replicate_sums(np.array([key], dtype=np.uint64), np.ones((1, 1)))[:, 0] for key in range(100)])
    assert len(counts) == 100 * REPLICATES
    # 40,000 draws: standard errors 0.005 of the mean, 0.0024 of the shares of 0 and 1, exp(-1) each.
    assert counts.mean() == pytest.approx(1.0, abs=0.02)
    assert (counts == 0).mean() == pytest.approx(np.exp(-1), abs=0.01)
    assert (counts == 1).mean() == pytest.approx(np.exp(-1), abs=0.01)


def test_the_interval_of_a_mean_is_that_of_theory():
    values = (uniform_by_hash(np.arange(2_000, dtype=np.uint64), np.array([5], dtype=np.uint64)) < 0.2).astype(float)
    totals = replicate_sums(np.arange(2_000, dtype=np.uint64), np.column_stack([values, np.ones(2_000)]))
    low, high = interval_of_ratio(totals[:, 0], totals[:, 1])
    error = np.sqrt(values.mean() * (1 - values.mean()) / 2_000)
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.15)  # 400 replicates know a width to 7 %
    assert (low + high) / 2 == pytest.approx(values.mean(), abs=0.3 * error)


def test_replicates_without_a_denominator_say_nothing():
    assert interval_of_ratio(np.array([1.0, 5.0, 1.0]), np.array([2.0, 0.0, 2.0])) == (0.5, 0.5)
    assert np.isnan(interval_of_ratio(np.zeros(3), np.zeros(3))).all()
