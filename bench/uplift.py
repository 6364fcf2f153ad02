"""Figures by which a ranking of customers by predicted effect is judged on a randomised test, as scikit-uplift 0.5 defines them by default.

The curves run over the customers taken, best prediction first, with a point after each group of equal predictions.
"""

from collections.abc import Callable

import numpy as np

Curve = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def qini_coefficient(outcome: np.ndarray, predicted: np.ndarray, treated: np.ndarray) -> float:
    """Area between the Qini curve and the straight line, as a share of the perfect ranking's. 0 = random."""
    perfect = outcome * treated - outcome * (1 - treated)
    return _area(outcome, predicted, treated, _qini) / _area(outcome, perfect, treated, _qini)


def uplift_coefficient(outcome: np.ndarray, predicted: np.ndarray, treated: np.ndarray) -> float:
    """The same (AUUC) for the curve of the difference of the two rates times the customers taken."""
    more_sure_buyers = np.sum((outcome == 1) & (treated == 0)) > np.sum((outcome == 0) & (treated == 1))
    perfect = 2 * (outcome == treated) + (outcome if more_sure_buyers else treated)
    return _area(outcome, predicted, treated, _uplift) / _area(outcome, perfect, treated, _uplift)


def raw_qini(outcome: np.ndarray, predicted: np.ndarray, treated: np.ndarray) -> float:
    """Extra buyers per treated customer: the area over the share of customers taken, divided by all treated."""
    return _area(outcome, predicted, treated, _qini) / len(outcome) / float(treated.sum())


def uplift_at(share: float, outcome: np.ndarray, predicted: np.ndarray, treated: np.ndarray) -> float:
    """Difference of the two rates among the best share of all customers."""
    best = np.argsort(-predicted, kind="stable")[: int(len(outcome) * share)]
    return float(outcome[best][treated[best] == 1].mean() - outcome[best][treated[best] == 0].mean())


def _area(outcome: np.ndarray, predicted: np.ndarray, treated: np.ndarray, curve: Curve) -> float:
    order = np.argsort(-np.asarray(predicted, dtype=np.float64), kind="stable")
    ranked, bought, arm = predicted[order], outcome[order].astype(np.float64), treated[order].astype(np.float64)
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    in_treated, in_control = np.cumsum(arm)[ends], np.cumsum(1 - arm)[ends]
    gained = curve(np.cumsum(bought * arm)[ends], np.cumsum(bought * (1 - arm))[ends], in_treated, in_control)
    taken, heights = np.append(0, ends + 1), np.append(0.0, gained)
    return float(np.trapezoid(heights, taken) - heights[-1] * taken[-1] / 2)


def _qini(treated_buyers: np.ndarray, control_buyers: np.ndarray, treated: np.ndarray, control: np.ndarray) -> np.ndarray:
    return treated_buyers - control_buyers * _ratio(treated, control)


def _uplift(treated_buyers: np.ndarray, control_buyers: np.ndarray, treated: np.ndarray, control: np.ndarray) -> np.ndarray:
    return (_ratio(treated_buyers, treated) - _ratio(control_buyers, control)) * (treated + control)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
