"""baselines: options one after the other, by value or campaign by campaign; worked out by hand."""

import numpy as np
import pytest

from jobs.contact.allocation import Constraint, Problem
from jobs.contact.baselines import greedy
from jobs.contact.problem_layout import lay_out

pytestmark = pytest.mark.core


def test_each_way_takes_its_own_first_and_keeps_the_capacity():
    # customer 0: campaign 0 at 5; customer 1: campaign 0 at 1 or campaign 1 at 4; one call, and one contact a customer
    problem = Problem(
        customer=np.array([0, 1, 1]),
        campaign=np.array([0, 0, 1]),
        product=np.zeros(3, dtype=np.int32),
        channel=np.array([0, 1, 0]),
        value=np.array([5.0, 1.0, 4.0]),
        max_contacts=np.ones(2, dtype=np.int32),
        constraints=[Constraint("call", np.array([0, 2]), np.ones(2), 0.0, 1.0)],
    )
    # by value 5 takes the call, 4 finds none, 1 is left; by priority campaign 1 (mean 4) goes before campaign 0 (mean 3)
    chosen = greedy(lay_out(problem), "x")
    assert chosen["greedy_by_value"].tolist() == [True, True, False]
    assert chosen["greedy_by_priority"].tolist() == [False, False, True]
