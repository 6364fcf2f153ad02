"""taken: many options taken at once are those that would have been taken one after the other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.contact import taken
from jobs.contact.allocation import Allowance, Constraint, Problem, tie_hash
from jobs.contact.problem_layout import lay_out
from jobs.contact.taken import Taken

pytestmark = pytest.mark.core


def drawn(seed: int, name: str, below: int, count: int = 200) -> np.ndarray:
    """Whole numbers from 0 to below `below`, by hash."""
    return (tie_hash(f"{seed}-{name}", np.arange(count)) % np.uint64(below)).astype(np.int64)


def problem_of(seed: int) -> Problem:
    customer = np.sort(drawn(seed, "customer", 40))
    campaign, channel = drawn(seed, "campaign", 6).astype(np.int32), drawn(seed, "channel", 4).astype(np.int32)
    weight, high = np.where(drawn(seed, "weight", 2), 3.0, 1.0), drawn(seed, "high", 40, 4)
    constraints = [Constraint(f"channel {one}", rows, weight[rows], 0.0, float(high[one])) for one in range(4) for rows in [np.flatnonzero(channel == one)]]
    _, group = np.unique(customer * 3 + campaign % 3, return_inverse=True)
    shared = Allowance("shared", np.arange(200), group, drawn(seed, "limit", 3, int(group.max()) + 1))
    most = drawn(seed, "most", 4, 40).astype(np.int32)
    value = 1.0 + drawn(seed, "value", 8)
    return Problem(customer, campaign, np.zeros(200, dtype=np.int32), channel, value, most, [(0, 1), (2, 4)], constraints, [shared])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), together=st.sampled_from([1, 10, 200]), rounds=st.sampled_from([20, 1000]))
def test_taking_many_at_once_is_taking_them_in_order(seed, together, rounds):
    layout = lay_out(problem_of(seed))
    order = np.argsort(drawn(seed, "order", 1_000_000, len(layout.value)), kind="stable")
    one_by_one, at_once = Taken(layout), Taken(layout)
    one_by_one._take_one_by_one(order)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taken, "FEWEST_TOGETHER", together)
        patch.setattr(taken, "FIRST_ROUND", rounds)
        at_once.take_in_order(order)
    assert at_once.chosen.tolist() == one_by_one.chosen.tolist()
    assert at_once.used == one_by_one.used and at_once.count.tolist() == one_by_one.count.tolist()
