"""linear_plan: its duals are prices at which the dual function is worth what the linear plan is, and its shares keep every rule."""

import numpy as np
import pytest

from bench.allocation_instances import short_of_money
from jobs.contact.customer_sets import CustomerSets
from jobs.contact.linear_plan import linear_plan, prices_of_sample
from jobs.contact.prices import Dual, in_steps, limits_of
from jobs.contact.problem_layout import MICRO, lay_out

pytestmark = pytest.mark.core


@pytest.mark.parametrize("values", ["skewed", "tenths", "tied"])
def test_duals_are_prices_and_shares_a_plan(values):
    layout = lay_out(short_of_money(4, 500, values))
    limits = limits_of(layout)
    plan = linear_plan(layout, layout.micro, -limits.lowest)
    value = float((layout.micro * plan.share).sum()) / MICRO
    dual, _ = Dual(layout, CustomerSets(layout, np.arange(len(layout.value))), layout.micro, limits).value(in_steps(plan.yuan, limits))
    assert value == pytest.approx(dual, rel=1e-3)  # duality; sets of a customer are tighter than pairs of campaigns
    usage = layout.kinds.usage(np.bincount(layout.kind, weights=plan.share, minlength=layout.kinds.count))
    assert (usage <= layout.high + 1e-6).all() and (usage >= layout.low - 1e-6).all()
    assert plan.share.min() >= -1e-9 and plan.share.max() <= 1 + 1e-9
    per_customer = np.bincount(layout.customer, weights=plan.share, minlength=len(layout.max_contacts))
    assert (per_customer <= layout.max_contacts + 1e-6).all()


def test_prices_of_all_as_a_sample_are_those_of_the_plan():
    layout = lay_out(short_of_money(1, 300, "skewed"))
    steepest, everyone = -limits_of(layout).lowest, np.zeros(len(layout.max_contacts), dtype=np.uint64)
    assert prices_of_sample(layout, layout.micro, steepest, everyone).tolist() == linear_plan(layout, layout.micro, steepest).yuan.tolist()
