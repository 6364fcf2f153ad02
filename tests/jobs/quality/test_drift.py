"""drift: the index by hand, what is compared with what, and when few rows excuse a movement."""

import math
from datetime import date, timedelta

import pytest

from jobs.paths import ROOT
from jobs.quality.drift import drift_checks, drifts, grows_through_the_month, reference_days
from jobs.quality.rules import quality_rules
from tests.jobs.quality.judged import broken, holds

pytestmark = pytest.mark.core
DAY = date(2026, 11, 20)
RULES = quality_rules(ROOT / "conf").drift


def night(back, bins, field="age", rows=None, nulls=0, edges=None):
    rows = sum(bins.values()) + nulls if rows is None else rows
    return {"business_date": DAY - timedelta(days=back), "field": field, "rows": rows, "nulls": nulls, "edges": edges, "bins": list(bins.items())}


def nights(bins, count=7, **more):
    return [night(back, bins, **more) for back in range(1, count + 1)]


def test_the_index_of_two_bins_by_hand():
    """Half and half before, 3 to 1 tonight: (0.75 - 0.5) ln(0.75 / 0.5) + (0.25 - 0.5) ln(0.25 / 0.5) = 0.25 ln 3 = 0.2747."""
    (one,) = drifts([night(0, {"30": 750_000, "more": 250_000})], nights({"30": 500_000, "more": 500_000}), DAY, RULES)
    assert one.stability_index == pytest.approx(0.25 * math.log(3), abs=1e-5)
    assert one.is_alarm and (one.warn_above, one.alarm_above, one.nights) == (0.1, 0.25, 7)
    assert broken(drift_checks("customer_view", [one], RULES)) == {("age: drift", "warn", "PSI 0.275, alarm against 7 nights")}


def test_between_the_limits_it_warns_and_below_it_is_quiet():
    """3 to 2 against half and half: 0.1 ln 1.5 = 0.0405; 2 to 1: (1/6) ln 2 = 0.1155."""
    before = nights({"30": 500_000, "more": 500_000})
    (quiet,) = drifts([night(0, {"30": 600_000, "more": 400_000})], before, DAY, RULES)
    (warned,) = drifts([night(0, {"30": 666_667, "more": 333_333})], before, DAY, RULES)
    assert broken(drift_checks("customer_view", [quiet], RULES)) == set()
    assert broken(drift_checks("customer_view", [warned], RULES)) == {("age: drift", "warn", "PSI 0.116 against 7 nights")}


def test_an_alarm_stops_where_the_rules_say_so():
    stops = RULES.model_copy(update={"on_alarm": "stop"})
    (one,) = drifts([night(0, {"30": 900_000, "more": 100_000})], nights({"30": 500_000, "more": 500_000}), DAY, stops)
    assert {on_fail for _, on_fail, _ in broken(drift_checks("customer_view", [one], stops))} == {"stop"}


def test_the_nights_before_count_by_their_mean():
    """One night of 100 % and one of 0 % are half and half."""
    before = [night(1, {"30": 500_000, "more": 500_000}), night(2, {"30": 1_000_000}), night(3, {"more": 1_000_000})]
    (one,) = drifts([night(0, {"30": 500_000, "more": 500_000})], before, DAY, RULES)
    assert one.stability_index == pytest.approx(0, abs=1e-9)
    assert one.before["30"] == pytest.approx(0.5, abs=1e-6)


def test_few_rows_move_by_chance():
    """100 against 100 rows in two bins: chance gives (1/100 + 1/100) times the 99.9 % quantile of chi-square with one degree, 10.83: 0.217."""
    (one,) = drifts([night(0, {"30": 60, "more": 40})], nights({"30": 50, "more": 50}), DAY, RULES)
    assert (one.warn_above, one.alarm_above) == (pytest.approx(0.02 * 10.828, abs=1e-4), 0.25)


def test_a_code_that_was_never_seen_counts_as_movement():
    (one,) = drifts([night(0, {"anzhou": 700_000, "atlantis": 300_000})], nights({"anzhou": 1_000_000}), DAY, RULES)
    assert one.is_alarm


def test_the_share_of_nulls_may_not_jump():
    before = nights({"30": 990_000}, nulls=10_000)
    (one,) = drifts([night(0, {"30": 930_000}, nulls=70_000)], before, DAY, RULES)
    assert broken(drift_checks("customer_view", [one], RULES)) == {("age: share of nulls", "warn", "7.0% null after 1.0% in 7 nights")}


def test_a_field_that_went_all_null_has_no_index_but_its_share_of_nulls_fails():
    (one,) = drifts([night(0, {}, nulls=1_000_000)], nights({"30": 1_000_000}), DAY, RULES)
    assert [holds(check) for check in drift_checks("customer_view", [one], RULES)] == [True, False]
    assert one.stability_index is None


def test_too_few_nights_or_other_edges_are_not_judged():
    tonight = [night(0, {"30": 10}, edges=[30.0])]
    assert drifts(tonight, nights({"30": 10}, count=2, edges=[30.0]), DAY, RULES) == []
    assert drifts(tonight, nights({"30": 10}, edges=[31.0]), DAY, RULES) == []
    assert len(drifts(tonight, nights({"30": 10}, count=3, edges=[30.0]), DAY, RULES)) == 1


def test_what_grows_through_the_month_is_compared_with_the_same_days_of_the_month_before():
    assert grows_through_the_month("data_bytes_this_month") and not grows_through_the_month("age")
    assert grows_through_the_month("bundle_exceeded"), "through data_plan_share_used"
    assert reference_days("age", DAY, 7) == {date(2026, 11, day) for day in range(13, 20)}
    assert reference_days("data_bytes_this_month", DAY, 7) == {date(2026, 10, day) for day in range(17, 24)}
    assert max(reference_days("data_bytes_this_month", date(2026, 3, 31), 7)) == date(2026, 3, 3)
