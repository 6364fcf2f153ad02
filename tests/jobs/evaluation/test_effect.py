"""estimate_lift: against statsmodels, against known truth, and silent where an effect may not be read."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.api import OLS
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest
from statsmodels.stats.weightstats import CompareMeans

from jobs.evaluation.effect import LEAST_ARM, LEAST_EVENTS, estimate_lift, lift_of_counts
from tests.jobs.evaluation.draws import uniform

pytestmark = pytest.mark.core


@pytest.mark.parametrize("counts", [(120, 2000, 40, 1000), (9, 500, 1, 40), (0, 300, 15, 300), (60, 60, 30, 60), (1, 20000, 9, 400)])
def test_rates_agree_with_statsmodels(counts):
    treated_events, treated, control_events, control = counts
    lift = lift_of_counts(*counts)
    low, high = confint_proportions_2indep(treated_events, treated, control_events, control, method="newcomb", compare="diff")
    assert (lift.low, lift.high) == pytest.approx((low, high), abs=1e-12)
    assert lift.effect == pytest.approx(treated_events / treated - control_events / control)
    assert lift.p_value == pytest.approx(proportions_ztest([treated_events, control_events], [treated, control])[1])


def test_arrays_and_counts_give_the_same_for_a_yes_no_outcome():
    outcome = np.r_[np.ones(30), np.zeros(470), np.ones(4), np.zeros(96)]
    treated = np.r_[np.ones(500), np.zeros(100)]
    expected = lift_of_counts(30, 500, 4, 100, expected_share=0.8)
    assert estimate_lift(outcome, treated, expected_share=0.8) == expected
    assert (
        estimate_lift(pd.Series(outcome, index=range(7, 607)).astype(bool), pd.Series(treated, index=range(7, 607)).astype(bool), expected_share=0.8)
        == expected
    )
    assert expected.readable and (expected.treated, expected.control) == (500, 100)


def test_other_outcomes_agree_with_welch_in_statsmodels():
    spend, treated = 10 * uniform(1, (900,)) ** 3, uniform(2, (900,)) < 0.7
    lift = estimate_lift(spend, treated)
    comparison = CompareMeans.from_data(spend[treated], spend[~treated])
    assert (lift.low, lift.high) == pytest.approx(comparison.tconfint_diff(usevar="unequal"))
    assert lift.p_value == pytest.approx(comparison.ttest_ind(usevar="unequal")[1])
    assert lift.treated_mean - lift.control_mean == pytest.approx(lift.effect)


def test_covariates_give_the_effect_of_a_regression_and_a_narrower_interval():
    before, noise, treated = uniform(3, (3000, 2)), uniform(4, (3000,)), uniform(5, (3000,)) < 0.5
    outcome = 2 * before[:, 0] - before[:, 1] + noise + 0.1 * treated
    lift = estimate_lift(outcome, treated, covariates=pd.DataFrame(before))
    regression = OLS(outcome, np.column_stack([np.ones(3000), treated, before])).fit(cov_type="HC1")
    assert lift.effect == pytest.approx(regression.params[1], abs=1e-10)
    assert (lift.low, lift.high) == pytest.approx(regression.conf_int()[1], abs=2e-3)
    plain = estimate_lift(outcome, treated)
    assert lift.high - lift.low < 0.6 * (plain.high - plain.low)


def test_missing_constant_and_repeated_covariates_do_no_harm():
    before, treated = uniform(6, (1000,)), uniform(7, (1000,)) < 0.5
    outcome = before + 0.2 * treated
    columns = np.column_stack([np.where(before < 0.1, np.nan, before), np.full(1000, 7.0), before * 2, np.full(1000, np.nan)])
    lift = estimate_lift(outcome, treated, covariates=columns)
    assert lift.readable and lift.effect == pytest.approx(0.2, abs=1e-6)


@pytest.mark.parametrize(("treated", "control", "readable"), [(9000, 1000, True), (9120, 880, False), (5000, 5000, False)])
def test_a_split_that_was_not_planned_blocks_the_reading(treated, control, readable):
    lift = lift_of_counts(treated // 10, treated, control // 10, control, expected_share=0.9)
    expected = (treated + control) * np.array([0.9, 0.1])
    chi_square = (((np.array([treated, control]) - expected) ** 2) / expected).sum()
    assert lift.srm_p_value == pytest.approx(stats.chi2.sf(chi_square, 1))
    assert lift.readable is readable and ("split" in lift.reason) is not readable
    assert np.isnan(lift_of_counts(treated // 10, treated, control // 10, control).srm_p_value)


@pytest.mark.parametrize(
    ("case", "counts", "why"),
    [
        ("a small arm", (300, 3000, 5, LEAST_ARM - 1), "too few customers"),
        ("an empty arm", (300, 3000, 0, 0), "too few customers"),
        ("nobody at all", (0, 0, 0, 0), "too few customers"),
        ("hardly anybody bought", (LEAST_EVENTS - 1, 3000, 0, 300), "too few outcomes"),
        ("hardly anybody did not", (3000, 3000, 300 - LEAST_EVENTS + 1, 300), "too few outcomes"),
    ],
)
def test_too_little_to_read_is_said_with_its_reason(case, counts, why):
    lift = lift_of_counts(*counts)
    assert not lift.readable and why in lift.reason, case
    assert (lift.treated, lift.control) == (counts[1], counts[3])


def test_an_outcome_that_never_varies_is_not_read():
    lift = estimate_lift(np.full(200, 3.5), np.arange(200) % 2)
    assert lift.effect == 0 and not lift.readable and np.isnan(lift.low)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((np.array([1.0, np.nan]), np.array([1, 0])), {}), "missing or infinite"),
        (((np.ones(3), np.ones(2)), {}), "of one length"),
        (((np.ones(2), np.array([0, 2])), {}), "true or false"),
        (((np.ones(2), np.array([0, 1])), {"expected_share": 1.0}), "between 0 and 1"),
        (((np.ones(2), np.array([0, 1])), {"covariates": np.ones(3)}), "3 rows"),
        (((pd.Series([1, 0], index=[4, 5]), pd.Series([1, 0], index=[5, 4])), {}), "the index of treated differs from that of outcome"),
        (((pd.Series([1, 0]), [1, 0]), {"covariates": pd.DataFrame({"age": [3, 4]}, index=[1, 0])}), "the index of covariates differs from that of outcome"),
    ],
)
def test_wrong_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        estimate_lift(*arguments[0], **arguments[1])


def test_the_interval_of_a_rate_covers_the_truth_95_times_in_100():
    rates, sizes, repeats = (0.05, 0.03), (1500, 500), 1500
    events = [(uniform(11 + arm, (repeats, sizes[arm])) < rates[arm]).sum(axis=1) for arm in (0, 1)]
    lifts = [lift_of_counts(int(treated), sizes[0], int(control), sizes[1]) for treated, control in zip(*events, strict=True)]
    covered = np.mean([lift.low <= rates[0] - rates[1] <= lift.high for lift in lifts])
    assert 0.935 <= covered <= 0.965


def test_the_interval_with_covariates_covers_the_truth_and_finds_nothing_where_nothing_is():
    repeats, size, effect = 1000, 400, 0.15
    before, noise, draw = uniform(21, (repeats, size)), uniform(22, (repeats, size)), uniform(23, (repeats, size))
    covered, alarms = 0, 0
    for repeat in range(repeats):
        treated, spend = draw[repeat] < 0.8, 3 * before[repeat] ** 2 + noise[repeat]
        lift = estimate_lift(spend + effect * treated, treated, covariates=before[repeat])
        covered += lift.low <= effect <= lift.high
        alarms += estimate_lift(spend, treated, covariates=before[repeat]).p_value < 0.05
    assert 0.93 <= covered / repeats <= 0.97
    assert alarms / repeats <= 0.07
