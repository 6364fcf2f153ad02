"""Figures of a ranking by effect, by hand on eight customers: four treated, four not, the best ranking and the worst."""

import numpy as np
import pytest

from bench.uplift import qini_coefficient, raw_qini, uplift_at, uplift_coefficient

pytestmark = pytest.mark.core

TREATED = np.array([1, 0, 1, 0, 1, 0, 1, 0])
OUTCOME = np.array([1, 0, 1, 0, 0, 1, 0, 1])
IN_PAIRS = np.array([4, 4, 3, 3, 2, 2, 1, 1]) / 10  # first the pairs whom the offer wins, then those whom it loses


def test_raw_qini_is_the_area_above_the_straight_line():
    # Curve after 2, 4, 6, 8 customers: 1, 2, 1, 0; area 2 x (0.5 + 1.5 + 1.5 + 0.5) = 8, the line ends at 0; over 8 customers and 4 treated.
    assert raw_qini(OUTCOME, IN_PAIRS, TREATED) == pytest.approx(8 / 8 / 4)
    assert raw_qini(OUTCOME, -IN_PAIRS, TREATED) == pytest.approx(-8 / 8 / 4)
    assert raw_qini(OUTCOME, np.zeros(8), TREATED) == 0


def test_coefficients_are_shares_of_the_perfect_ranking():
    # Perfect for Qini: 2 treated buyers (curve 2 - 0 while no control is taken: 2 at 2 customers), then 4 with nothing (2 at 6), then 0 at 8:
    # area 2 + 8 + 2 = 12.
    assert qini_coefficient(OUTCOME, IN_PAIRS, TREATED) == pytest.approx(8 / 12)
    # Curve of rates after 2, 4, 6, 8: (1 - 0) x 2 = 2, (1 - 0) x 4 = 4, (2/3 - 1/3) x 6 = 2, 0: area 2 x (1 + 3 + 3 + 1) = 16.
    # Perfect: the groups (treated buyers, control without) 4 -> 4, then treated without (2/4 - 0) x 6 = 3, then 0: area 8 + 7 + 3 = 18.
    assert uplift_coefficient(OUTCOME, IN_PAIRS, TREATED) == pytest.approx(16 / 18)


def test_uplift_among_the_best():
    assert uplift_at(0.5, OUTCOME, IN_PAIRS, TREATED) == 1.0
    assert uplift_at(0.75, OUTCOME, IN_PAIRS, TREATED) == pytest.approx(2 / 3 - 1 / 3)
