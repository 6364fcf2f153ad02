"""Draws: the same keys give the same luck, and the luck has the shape it says."""

import numpy as np
import pytest

from jobs.simulator.draws import Draws

pytestmark = pytest.mark.core

DRAWS, KEYS = Draws(1), np.arange(200_000)


def test_luck_depends_on_every_key_and_on_nothing_else() -> None:
    base = DRAWS.uniform("offer", KEYS, 5)
    assert np.array_equal(base, Draws(1).uniform("offer", KEYS, 5))
    assert np.array_equal(base[10:20], DRAWS.uniform("offer", KEYS[10:20], 5))
    for other in (DRAWS.uniform("offer", KEYS, 6), DRAWS.uniform("other", KEYS, 5), Draws(2).uniform("offer", KEYS, 5), DRAWS.uniform("offer", 5, KEYS)):
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.01


def test_uniform_fills_the_unit_interval_evenly() -> None:
    counts, _ = np.histogram(DRAWS.uniform("even", KEYS), bins=20, range=(0, 1))
    assert counts.sum() == len(KEYS) and np.abs(counts - 10_000).max() < 450


@pytest.mark.parametrize("mean", [0.02, 1.5, 30.0, 200.0])
def test_poisson_has_its_mean_and_variance(mean: float) -> None:
    counts = DRAWS.poisson(mean, "count", KEYS)
    assert abs(counts.mean() - mean) < 5 * np.sqrt(mean / len(KEYS)) + 0.01
    assert counts.var() == pytest.approx(mean, rel=0.05)


def test_choice_keeps_the_weights_for_all_and_by_row() -> None:
    weights = np.array([1.0, 3.0, 0.0, 6.0])
    expected = weights / weights.sum()
    for chosen in (DRAWS.choice(weights, "pick", KEYS), DRAWS.choice(np.tile(weights, (len(KEYS), 1)), "pick", KEYS)):
        assert np.abs(np.bincount(chosen, minlength=4) / len(KEYS) - expected).max() < 0.006
