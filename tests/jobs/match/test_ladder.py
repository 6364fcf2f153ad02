"""ladder: every step against hand-worked figures, scipy's Beta-Binomial, and counts made from known effects."""

import numpy as np
import pytest
from scipy.stats import beta, betabinom

from jobs.match.combination import logit, sigmoid
from jobs.match.ladder import best_pseudo, climb, start_log_odds

pytestmark = pytest.mark.core

PSEUDO = {"everything": 50.0, "product": 200.0, "channel": 400.0, "cell": 120.0}


def test_before_any_outcome_the_ladder_stands_on_the_priors():
    start = start_log_odds(np.array([0.02, 0.1]), np.array([0.5, 4.0, 1.0]))
    assert np.isclose(sigmoid(start[1, 1]), 4 * 0.1 / (4 * 0.1 + 0.9))
    ladder = climb(np.zeros((2, 3)), np.zeros((2, 3)), start, PSEUDO)
    assert np.allclose(ladder.base, start)
    assert np.allclose(logit(ladder.mean), start)
    assert ladder.pseudo == PSEUDO
    assert (ladder.level == "global").all()
    # Beta(120 * 0.02, 120 * 0.98) of the first product on the third channel
    assert np.isclose(ladder.low[0, 2], beta.ppf(0.05, 2.4, 117.6)) and np.isclose(ladder.high[0, 2], beta.ppf(0.95, 2.4, 117.6))


def test_a_cell_is_shrunken_by_its_pseudo_contacts():
    start = np.full((1, 1), logit(np.array(0.1)))
    ladder = climb(np.array([[30.0]]), np.array([[100.0]]), start, PSEUDO)
    # one cell: everything (100 contacts against 50), product, channel and cell each take their share of the way from 0.1 to 0.3
    margin, k = sigmoid(ladder.base[0, 0]), ladder.pseudo["cell"]
    assert 0.1 < margin < 0.3
    assert np.isclose(ladder.mean[0, 0], (30 + k * margin) / (100 + k))


def test_pseudo_contacts_are_those_of_the_most_likely_beta_binomial():
    contacts = np.array([50, 80, 120, 200, 60, 90, 150, 75, 110, 95] * 4)
    accepted = np.array([2, 9, 30, 12, 10, 3, 40, 2, 8, 21] * 4)
    mean = np.full(len(contacts), 0.12)
    found = best_pseudo(accepted.astype(float), contacts.astype(float), mean, start=20.0)
    grid = np.exp(np.linspace(np.log(5), np.log(500), 2_000))
    likelihood = [betabinom.logpmf(accepted, contacts, k * 0.12, k * 0.88).sum() - np.log(k / 20.0) ** 2 / 2 for k in grid]
    assert np.isclose(found, grid[int(np.argmax(likelihood))], rtol=0.01)


def test_a_cell_without_accepts_stays_above_zero_and_recovers():
    start = np.full((3, 2), logit(np.array(0.05)))
    accepted, reached = np.array([[0.0, 5], [5, 5], [5, 5]]), np.full((3, 2), 100.0)
    dry = climb(accepted, reached, start, PSEUDO).mean[0, 0]
    assert 0.01 < dry < 0.05
    accepted[0, 0], reached[0, 0] = 30, 300
    assert climb(accepted, reached, start, PSEUDO).mean[0, 0] > 0.06


def test_margins_are_told_apart_although_the_good_product_went_to_the_good_channel():
    """True odds: product 2 as good as product 1, channel 2 four times channel 1; product 2 went nearly always by channel 2."""
    truth = np.array([[0.05, 0.2 / 1.15], [0.05, 0.2 / 1.15]])
    reached = np.array([[9_000.0, 1_000.0], [500.0, 9_500.0]])
    ladder = climb(truth * reached, reached, np.full((2, 2), logit(np.array(0.08))), PSEUDO)
    assert np.allclose(ladder.base[0], ladder.base[1], atol=0.1)
    assert ladder.base[0, 1] - ladder.base[0, 0] > 1.0


def test_flipped_signs_are_found():
    """A product that sells on one channel and fails on another, beside products without affinity."""
    affinity = np.zeros((8, 4))
    affinity[0, 0], affinity[0, 1] = 1.2, -1.2
    base = logit(np.linspace(0.03, 0.08, 8))[:, None] + np.array([0.0, 0.3, -0.3, 0.8])[None, :]
    reached = np.full((8, 4), 600.0)
    accepted = np.round(reached * sigmoid(base + affinity))
    ladder = climb(accepted, reached, np.full((8, 4), logit(np.array(0.05))), PSEUDO)
    found = logit(ladder.mean) - ladder.base
    assert found[0, 0] > 0.5 and found[0, 1] < -0.5
    assert np.abs(found[1:]).max() < 0.35
    assert ladder.level[0, 0] == "cell"
