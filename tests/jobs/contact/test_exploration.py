"""exploration: drawn by hash alone, with an exact propensity, within every maximum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.contact.allocation import Allowance, Constraint, Problem
from jobs.contact.exploration import explore, standing_trials, without

pytestmark = pytest.mark.core


def problem_of(options: list[tuple[int, int]], most: int = 2, **rules) -> Problem:
    """(customer, campaign) of each option."""
    customer = np.array([one for one, _ in options], dtype=np.int64)
    campaign = np.array([one for _, one in options], dtype=np.int32)
    customers = int(customer.max(initial=-1)) + 1
    return Problem(customer, campaign, campaign, np.zeros_like(campaign), np.ones(len(options)), np.full(customers, most, dtype=np.int32), **rules)


def identities(customers: int, first: int = 0) -> np.ndarray:
    return np.arange(first, first + customers, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def everything(problem: Problem) -> np.ndarray:
    return np.ones(len(problem.value), dtype=bool)


def test_each_option_is_tried_as_often_as_its_propensity_says():
    options = [(customer, campaign) for customer in range(30_000) for campaign in range(1 + customer % 3)]
    first = np.array([number for number, (_, campaign) in enumerate(options) if campaign == 0])
    problem = problem_of(options, constraints=[Constraint("scarce", first, np.ones(len(first)), high=5_000)])
    found = explore(problem, everything(problem), identities(30_000), 0.05, "night")
    # Of 10,000 customers each 1, 1/2 and 1/3 of the first option are expected: 18,333 for 5,000 places.
    assert np.unique(found.propensity[first]) == pytest.approx(np.array([1 / 3, 1 / 2, 1]) * 0.05 * 5_000 / 18_333.33, rel=1e-3)
    for propensity in np.unique(found.propensity):
        alike = found.propensity == propensity
        expected = propensity * alike.sum()
        assert abs(found.chosen[alike].sum() - expected) < 4 * np.sqrt(expected)
    assert found.chosen[first].sum() <= 5_000


def test_a_draw_hangs_on_the_customer_and_the_salt_alone():
    options = [(customer, campaign) for customer in range(2_000) for campaign in range(3)]
    problem = problem_of(options)
    found = explore(problem, everything(problem), identities(2_000), 0.05, "night")
    later = problem_of(options[: 3 * 1_000])
    assert (explore(later, everything(later), identities(1_000, first=1_000), 0.05, "night").chosen == found.chosen[3_000:]).all()
    other = explore(problem, everything(problem), identities(2_000), 0.05, "next night").chosen
    assert 0 < (other & found.chosen).sum() < 20 < other.sum()


def test_a_new_revision_keeps_the_trials_that_went_out_where_they_still_fit_and_draws_none():
    full = Constraint("full", np.array([2]), np.ones(1), high=0.0)
    scarce = Constraint("scarce", np.array([0, 1]), np.ones(2), high=1.0)
    problem = problem_of([(0, 0), (1, 0), (2, 0), (3, 0), (4, 0)], constraints=[full, scarce])
    found = standing_trials(problem, np.array([True, True, True, True, False]))
    assert found.chosen[3] and not found.chosen[4] and not found.chosen[2] and found.chosen[:2].sum() == 1


def test_what_may_not_be_tried_or_could_not_go_out_is_never_drawn():
    shared = Allowance("cap", np.array([0, 1]), np.array([0, 1]), np.array([0, 1]))
    full = Constraint("full", np.array([2]), np.ones(1), high=0.0)
    problem = problem_of([(0, 0), (1, 0), (2, 0), (3, 0)], allowances=[shared], constraints=[full])
    found = explore(problem, np.array([True, True, True, False]), identities(4), 0.05, "night")
    assert found.propensity.tolist() == [0, 0.05, 0, 0]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_trials_and_what_they_leave_fit_every_maximum(data):
    customers = data.draw(st.integers(1, 30))
    options = [(customer, campaign) for customer in range(customers) for campaign in range(data.draw(st.integers(1, 3)))]
    size = len(options)
    constraints = [
        Constraint(f"limit {number}", rows, data.draw(st.sampled_from([np.ones(len(rows)), np.full(len(rows), 3.0)])), 0.0, data.draw(st.integers(0, 9)))
        for number in range(data.draw(st.integers(0, 3)))
        for rows in [np.flatnonzero(np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size))))]
    ]
    problem = problem_of(options, constraints=constraints)
    found = explore(problem, everything(problem), identities(customers), data.draw(st.sampled_from([0.0, 0.05, 1.0])), "night")
    assert np.bincount(problem.customer[found.chosen], minlength=customers).max() <= 1
    left, kept = without(problem, found)
    assert not set(problem.customer[kept]) & set(problem.customer[found.chosen])
    for before, after in zip(problem.constraints, left.constraints, strict=True):
        used = before.weight[found.chosen[before.options]].sum()
        assert used <= before.high
        assert after.high == before.high - used
        assert set(kept[after.options]) == set(before.options) & set(kept)
