"""A small night as a linear programme, exactly by HiGHS: its duals are prices, and its plan lacks little to a whole one.

Where customers are few, D has edges on which the search of jobs/contact/prices.py ends early, minima above all. HiGHS' simplex runs on one thread and the rows
come in one canonical order, so that the same night has the same prices on every machine.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, vstack

from jobs.contact.linear_rows import as_matrix, of_customers, weights_of
from jobs.contact.problem_layout import MICRO, Layout

MOST_OPTIONS = 400_000  # of 35,000 to 70,000 customers: ten to twenty-five seconds; a million took two minutes, and there the search mostly is near enough
SAMPLE_OPTIONS = 200_000


@dataclass(frozen=True)
class LinearPlan:
    """`yuan` per unit of each constraint, `share` of each option."""

    yuan: np.ndarray
    share: np.ndarray


def linear_plan(layout: Layout, worth: np.ndarray, steepest: np.ndarray) -> LinearPlan | None:
    """The best plan in which contacts can be parted; None where options are too many or HiGHS finds none."""
    return _solved(layout, worth, steepest, np.arange(len(worth)), 1.0) if len(worth) <= MOST_OPTIONS else None


def prices_of_sample(layout: Layout, worth: np.ndarray, steepest: np.ndarray, order: np.ndarray) -> np.ndarray | None:
    """Prices of as many customers as make SAMPLE_OPTIONS options, by `order`, a hash of each customer of the layout, under their share of every limit."""
    some = order % np.uint64(-(-len(worth) // SAMPLE_OPTIONS)) == 0
    plan = _solved(layout, worth, steepest, np.flatnonzero(some[layout.customer]), float(some[np.unique(layout.customer)].mean()))
    return plan.yuan if plan else None


def _solved(layout: Layout, worth: np.ndarray, steepest: np.ndarray, option: np.ndarray, share: float) -> LinearPlan | None:
    """Of these options under a share of the limits. What a minimum lacks costs `steepest` (yuan, by constraint), so that there always is a plan."""
    if not len(option) or not len(layout.high):
        return None
    column, constraint, weight = weights_of(layout, option)
    usage = csr_matrix((weight, (constraint, column)), shape=(len(layout.high), len(option)))
    capped, wanted = np.flatnonzero(np.isfinite(layout.high)), np.flatnonzero(layout.low > 0)
    own, _, most = as_matrix([*of_customers(layout, option)], len(option))
    lacking = csr_matrix((np.ones(len(wanted)), (np.arange(len(wanted)), np.arange(len(wanted)))), shape=(len(wanted), len(wanted)))
    rows = vstack([own, usage[capped], -usage[wanted]])
    short = vstack([csr_matrix((own.shape[0] + len(capped), len(wanted))), -lacking])
    cost = np.concatenate([-worth[option] / MICRO, steepest[wanted]])
    bounds = np.vstack([np.tile([0.0, 1.0], (len(option), 1)), np.tile([0.0, np.inf], (len(wanted), 1))])
    limits = np.concatenate([most, layout.high[capped] * share, -layout.low[wanted] * share])
    found = linprog(cost, A_ub=hstack([rows, short]).tocsr(), b_ub=limits, bounds=bounds, method="highs-ds")
    if not found.success:
        return None
    yuan = np.zeros(len(layout.high))
    dual = -found.ineqlin.marginals[own.shape[0] :]
    yuan[capped] += dual[: len(capped)]
    yuan[wanted] -= dual[len(capped) :]
    return LinearPlan(yuan, found.x[: len(option)])
