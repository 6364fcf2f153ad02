"""calibration: the curve makes log-odds honest without making rows equal; the audit finds what is dishonest."""

import numpy as np
import pandas as pd
import pytest

from jobs.match.calibration import audit, fit_curve
from jobs.match.combination import logit, sigmoid

pytestmark = pytest.mark.core

ROWS = 40_000
SPREAD = (pd.util.hash_array(np.arange(ROWS, dtype=np.uint64)) >> np.uint64(11)) / 2**53
LUCK = (pd.util.hash_array(np.arange(ROWS, 2 * ROWS, dtype=np.uint64)) >> np.uint64(11)) / 2**53
TRUTH = -3.0 + 3.0 * SPREAD
LABEL = (sigmoid(TRUTH) > LUCK).astype(float)


def test_the_audit_of_the_truth_is_clean():
    honest = audit(sigmoid(TRUTH), LABEL)
    assert abs(honest.observed_to_expected - 1) < 0.04 and honest.relative_error < 0.08 and abs(honest.slope - 1) < 0.06


def test_the_audit_names_too_much_and_too_steep():
    assert np.isclose(audit(np.full(10, 0.4), np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0.0])).observed_to_expected, 0.5)
    assert abs(audit(sigmoid(2 * TRUTH), LABEL).slope - 0.5) < 0.05


def test_the_audit_counts_weights():
    assert np.isclose(audit(np.array([0.5, 0.5, 0.25]), np.array([1, 0, 0.0]), np.array([1.0, 1.0, 4.0])).observed_to_expected, 0.5)


def test_the_curve_mends_a_bent_model_and_keeps_its_order():
    bent = TRUTH + 0.8 * np.sin(TRUTH * 1.2) - 0.7
    assert audit(sigmoid(bent), LABEL).relative_error > 0.3
    curve = fit_curve(bent, LABEL, np.ones(ROWS))
    mended = curve.log_odds(bent)
    assert audit(sigmoid(mended), LABEL).relative_error < 0.06
    ascending = curve.log_odds(np.sort(bent))
    assert (np.diff(ascending) >= 0).all()
    beyond = curve.log_odds(np.array([bent.max() + 1.0, bent.max() + 2.0, bent.min() - 2.0, bent.min() - 1.0]))
    assert np.allclose(np.diff(beyond)[[0, 2]], 1.0)
    assert logit(np.array(0.5)) == 0
