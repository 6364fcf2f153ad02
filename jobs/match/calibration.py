"""Calibration: the curve that makes log-odds honest, and the audit that says how honest they are."""

from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import IsotonicRegression

from jobs.match.combination import logit, sigmoid

AUDIT_BINS = 20


@dataclass(frozen=True)
class Curve:
    """Monotone curve from log-odds to calibrated log-odds: straight between the knots, of slope 1 beyond them, so that it
    never makes two customers equal whom the model told apart."""

    margins: tuple[float, ...]
    calibrated: tuple[float, ...]

    def log_odds(self, margin: np.ndarray) -> np.ndarray:
        inside = np.interp(margin, self.margins, self.calibrated)
        return inside + np.minimum(margin - self.margins[0], 0.0) + np.maximum(margin - self.margins[-1], 0.0)


def fit_curve(margin: np.ndarray, label: np.ndarray, weight: np.ndarray) -> Curve | None:
    """Isotonic regression with a knot in the centre of each of its steps (centred isotonic regression). Each step is shrunken
    towards what the margin itself says by one positive's worth of rows, since the outermost steps hold few."""
    fitted = IsotonicRegression(out_of_bounds="clip").fit(margin, label, sample_weight=weight).predict(margin)
    steps = np.unique(fitted, return_inverse=True)[1]
    rows = np.bincount(steps, weights=weight)
    centres = np.bincount(steps, weights=weight * margin) / rows
    expected = np.bincount(steps, weights=weight * sigmoid(margin)) / rows
    pseudo = 1.0 / expected
    rates = (np.bincount(steps, weights=weight * label) + pseudo * expected) / (rows + pseudo)
    rates = IsotonicRegression().fit(centres, rates, sample_weight=rows).predict(centres)
    keep = np.concatenate([[True], np.diff(centres) > 1e-9])
    return Curve(tuple(centres[keep].tolist()), tuple(logit(rates[keep]).tolist()))


@dataclass(frozen=True)
class Audit:
    """`observed_to_expected` of accepts; `relative_error`: mean distance of observed and expected rate over equal-mass bins,
    as a share of the base rate; `slope` of the label on the log-odds (1 is ideal)."""

    observed_to_expected: float
    relative_error: float
    slope: float


def audit(probability: np.ndarray, label: np.ndarray, weight: np.ndarray | None = None) -> Audit:
    """How honest calibrated probabilities are on rows that the model had not seen."""
    from jobs.match.logistic import fit_logistic

    weights = np.ones(len(probability)) if weight is None else np.asarray(weight, dtype=np.float64)
    order = np.argsort(probability, kind="stable")
    share = (np.cumsum(weights[order]) - weights[order] / 2) / weights.sum()
    bins = np.minimum((share * AUDIT_BINS).astype(np.int64), AUDIT_BINS - 1)
    mass = np.bincount(bins, weights=weights[order], minlength=AUDIT_BINS)
    observed = np.bincount(bins, weights=(weights * label)[order], minlength=AUDIT_BINS)
    expected = np.bincount(bins, weights=(weights * probability)[order], minlength=AUDIT_BINS)
    base_rate = observed.sum() / mass.sum()
    design = np.column_stack([np.ones(len(probability)), logit(probability)])
    slope = fit_logistic(design, np.asarray(label, dtype=np.float64), weights, np.zeros(len(label)), np.zeros(2), np.array([0.0, 1.0])).coefficients[1]
    return Audit(
        observed_to_expected=float(observed.sum() / expected.sum()),
        relative_error=float(np.abs(observed - expected).sum() / mass.sum() / base_rate),
        slope=float(slope),
    )
