"""estimate_lift: the effect of a treatment against customers held out at random, with its interval and whether it may be read.

Pure numpy and scipy. Without covariates and for a yes/no outcome: difference of rates with Newcombe's interval (hybrid score)
and the pooled two-proportion test. For other outcomes: difference of means with Welch's interval. With covariates from before the
treatment: the same on residuals (CUPED), where one slope for both arms is fitted within the arms, so that the effect stays unbiased.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from jobs.match.one_thread import one_thread
from jobs.same_rows import refuse_other_rows

if TYPE_CHECKING:
    import pandas as pd

CONFIDENCE = 0.95
LEAST_ARM = 100  # customers in each arm, below which no effect is read
LEAST_EVENTS = 10  # yes and no answers over both arms, below which a rate is not read
SAMPLE_RATIO_ALARM = 0.001  # a split this unlikely says that the arms are not what was planned
NAN = float("nan")


@dataclass(frozen=True)
class Lift:
    """`treated` and `control` count customers; the effect is treated less control. Figures that cannot be had are NaN.
    `srm_p_value` tests the split against the planned share (NaN without one); `reason` says why the effect may not be read."""

    treated: int
    control: int
    effect: float
    low: float
    high: float
    p_value: float
    srm_p_value: float
    readable: bool
    treated_mean: float = NAN
    control_mean: float = NAN
    reason: str = ""


@dataclass(frozen=True)
class _Estimate:
    effect: float
    low: float
    high: float
    p_value: float


def estimate_lift(
    outcome: "np.ndarray | pd.Series",
    treated: "np.ndarray | pd.Series",
    *,
    expected_share: float | None = None,
    covariates: "np.ndarray | pd.Series | pd.DataFrame | None" = None,
) -> Lift:
    """Effect of being treated on the mean outcome, one entry a customer, pandas ones with one index. `expected_share`: the planned share of treated.
    `covariates`: facts from before the treatment, one row a customer; a missing one counts as the mean, with a column that says so."""
    refuse_other_rows("estimate_lift", outcome=outcome, treated=treated, covariates=covariates)
    value, arm = _values(outcome, treated)
    _check_share(expected_share)
    is_binary = bool(np.isin(value, (0.0, 1.0)).all())
    if is_binary and covariates is None:
        return lift_of_counts(int(value[arm].sum()), int(arm.sum()), int(value[~arm].sum()), int((~arm).sum()), expected_share=expected_share)
    columns = np.zeros((len(value), 0)) if covariates is None else _covariates(covariates, len(value))
    estimate = _difference_of_means(value, arm, columns)
    events = _fewest_answers(value) if is_binary else None
    return _judged(value[arm], value[~arm], estimate, expected_share, events, columns.shape[1])


def lift_of_counts(treated_events: int, treated: int, control_events: int, control: int, *, expected_share: float | None = None) -> Lift:
    """The same for a yes/no outcome from counts alone: how many of each arm said yes."""
    _check_share(expected_share)
    for events, size in ((treated_events, treated), (control_events, control)):
        if not 0 <= events <= size:
            raise ValueError(f"lift: {events} events of {size} customers")
    events = treated_events + control_events
    fewest = min(events, treated + control - events)
    estimate = _newcombe(treated_events, treated, control_events, control) if treated and control else _Estimate(NAN, NAN, NAN, NAN)
    means = (_ratio(treated_events, treated), _ratio(control_events, control))
    return _lift(treated, control, estimate, means, expected_share, fewest, 0)


def _judged(in_treated: np.ndarray, in_control: np.ndarray, estimate: _Estimate, expected_share: float | None, fewest: int | None, covariates: int) -> Lift:
    means = tuple(float(arm.mean()) if len(arm) else NAN for arm in (in_treated, in_control))
    return _lift(len(in_treated), len(in_control), estimate, (means[0], means[1]), expected_share, fewest, covariates)


def _lift(
    treated: int, control: int, estimate: _Estimate, means: tuple[float, float], expected_share: float | None, fewest: int | None, covariates: int
) -> Lift:
    srm_p_value = _sample_ratio(treated, control, expected_share)
    reason = _why_not(treated, control, estimate, srm_p_value, fewest, covariates)
    return Lift(treated, control, estimate.effect, estimate.low, estimate.high, estimate.p_value, srm_p_value, not reason, *means, reason)


def _why_not(treated: int, control: int, estimate: _Estimate, srm_p_value: float, fewest: int | None, covariates: int) -> str:
    if srm_p_value < SAMPLE_RATIO_ALARM:
        return f"the arms are not split as planned (p {srm_p_value:.1g})"
    if min(treated, control) < LEAST_ARM + covariates:
        return f"too few customers in an arm ({min(treated, control)}, at least {LEAST_ARM + covariates})"
    if fewest is not None and fewest < LEAST_EVENTS:
        return f"too few outcomes in both arms together ({fewest}, at least {LEAST_EVENTS})"
    return "" if np.isfinite([estimate.effect, estimate.low, estimate.high]).all() else "the outcome does not vary"


def _newcombe(treated_events: int, treated: int, control_events: int, control: int) -> _Estimate:
    in_treated, in_control = treated_events / treated, control_events / control
    treated_low, treated_high = wilson(treated_events, treated)
    control_low, control_high = wilson(control_events, control)
    effect = in_treated - in_control
    low = effect - np.hypot(in_treated - treated_low, control_high - in_control)
    high = effect + np.hypot(treated_high - in_treated, in_control - control_low)
    pooled = (treated_events + control_events) / (treated + control)
    error = np.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / control))
    p_value = float(2 * stats.norm.sf(abs(effect) / error)) if error > 0 else 1.0
    return _Estimate(effect, float(low), float(high), p_value)


def wilson(events: int, size: int) -> tuple[float, float]:
    z = stats.norm.isf((1 - CONFIDENCE) / 2)
    rate = events / size
    middle = (rate + z * z / (2 * size)) / (1 + z * z / size)
    half = z * np.sqrt(rate * (1 - rate) / size + z * z / (4 * size * size)) / (1 + z * z / size)
    # At 0 and 1 the bound is exact; rounding would leave it 1e-17 off.
    return (0.0 if events == 0 else float(middle - half)), (1.0 if events == size else float(middle + half))


def _difference_of_means(value: np.ndarray, arm: np.ndarray, covariates: np.ndarray) -> _Estimate:
    if min(arm.sum(), (~arm).sum()) < 2 + covariates.shape[1]:
        return _Estimate(NAN, NAN, NAN, NAN)
    residual = value - _explained(value, arm, covariates)
    sides = [residual[arm], residual[~arm]]
    effect = float(sides[0].mean() - sides[1].mean())
    variances = [side.var(ddof=1) / len(side) for side in sides]
    error = float(np.sqrt(sum(variances)))
    if error == 0:
        return _Estimate(effect, NAN, NAN, NAN)
    freedom = sum(variances) ** 2 / sum(variance**2 / (len(side) - 1) for variance, side in zip(variances, sides, strict=True)) - covariates.shape[1]
    half = float(stats.t.isf((1 - CONFIDENCE) / 2, freedom)) * error
    return _Estimate(effect, effect - half, effect + half, float(2 * stats.t.sf(abs(effect) / error, freedom)))


@one_thread
def _explained(value: np.ndarray, arm: np.ndarray, covariates: np.ndarray) -> np.ndarray:
    """What the covariates explain, with one slope for both arms and none of the difference between the arms."""
    within_value, within_covariates = value.copy(), covariates.copy()
    for side in (arm, ~arm):
        within_value[side] -= value[side].mean()
        within_covariates[side] -= covariates[side].mean(axis=0)
    slope = np.linalg.lstsq(within_covariates, within_value, rcond=None)[0]
    return (covariates - covariates.mean(axis=0)) @ slope


def _sample_ratio(treated: int, control: int, expected_share: float | None) -> float:
    """Chi-square test of the split against the planned share."""
    total = treated + control
    if expected_share is None or total == 0:
        return NAN
    return float(stats.chisquare([treated, control], [total * expected_share, total * (1 - expected_share)]).pvalue)


def _values(outcome: "np.ndarray | pd.Series", treated: "np.ndarray | pd.Series") -> tuple[np.ndarray, np.ndarray]:
    value, arm = np.asarray(outcome, dtype=np.float64), np.asarray(treated, dtype=np.float64)
    if value.ndim != 1 or value.shape != arm.shape:
        raise ValueError(f"lift: outcome {value.shape} and treated {arm.shape} must be of one length")
    if not np.isfinite(value).all():
        raise ValueError("lift: outcome has missing or infinite entries; leave those customers out of both arms or count them as 0")
    if not np.isin(arm, (0.0, 1.0)).all():
        raise ValueError("lift: treated must be true or false for each customer")
    return value, arm == 1.0


def _covariates(covariates: "np.ndarray | pd.Series | pd.DataFrame", rows: int) -> np.ndarray:
    columns = np.asarray(covariates, dtype=np.float64)
    columns = columns.reshape(len(columns), -1)
    if len(columns) != rows:
        raise ValueError(f"lift: covariates have {len(columns)} rows, outcome has {rows}")
    missing = ~np.isfinite(columns)
    known = np.where(missing, 0.0, columns)
    mean = known.sum(axis=0) / np.maximum(1, (~missing).sum(axis=0))
    filled = np.where(missing, mean, columns)
    flags = missing[:, missing.any(axis=0) & ~missing.all(axis=0)].astype(np.float64)
    spread = filled.std(axis=0)
    varying = spread > 1e-12 * (1 + np.abs(mean))
    return np.hstack([(filled[:, varying] - mean[varying]) / spread[varying], flags])


def _check_share(expected_share: float | None) -> None:
    if expected_share is not None and not 0 < expected_share < 1:
        raise ValueError(f"lift: expected_share {expected_share} must lie between 0 and 1")


def _fewest_answers(value: np.ndarray) -> int:
    return int(min(value.sum(), (1 - value).sum()))


def _ratio(numerator: int, denominator: int) -> float:
    return numerator / denominator if denominator else NAN
