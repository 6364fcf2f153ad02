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

MOST_OPTIONS = 400_000  # of 35,000 to 70,000 customers: ten to twenty-five seconds; a million took two minutes, and there the search is near enough


@dataclass(frozen=True)
class LinearPlan:
    """`yuan` per unit of each constraint, `share` of each option."""

    yuan: np.ndarray
    share: np.ndarray


def linear_plan(layout: Layout, worth: np.ndarray, steepest: np.ndarray) -> LinearPlan | None:
    """The best plan in which contacts can be parted; None where options are too many or HiGHS finds none. What a minimum lacks costs `steepest` (yuan, by
    constraint), so that there always is a plan."""
    if not 0 < len(worth) <= MOST_OPTIONS or not len(layout.high):
        return None
    option = np.arange(len(worth))
    column, constraint, weight = weights_of(layout, option)
    usage = csr_matrix((weight, (constraint, column)), shape=(len(layout.high), len(worth)))
    capped, wanted = np.flatnonzero(np.isfinite(layout.high)), np.flatnonzero(layout.low > 0)
    own, _, most = as_matrix([*of_customers(layout, option)], len(worth))
    lacking = csr_matrix((np.ones(len(wanted)), (np.arange(len(wanted)), np.arange(len(wanted)))), shape=(len(wanted), len(wanted)))
    rows = vstack([own, usage[capped], -usage[wanted]])
    short = vstack([csr_matrix((own.shape[0] + len(capped), len(wanted))), -lacking])
    cost = np.concatenate([-worth / MICRO, steepest[wanted]])
    bounds = np.vstack([np.tile([0.0, 1.0], (len(worth), 1)), np.tile([0.0, np.inf], (len(wanted), 1))])
    limits = np.concatenate([most, layout.high[capped], -layout.low[wanted]])
    found = linprog(cost, A_ub=hstack([rows, short]).tocsr(), b_ub=limits, bounds=bounds, method="highs-ds")
    if not found.success:
        return None
    yuan = np.zeros(len(layout.high))
    dual = -found.ineqlin.marginals[own.shape[0] :]
    yuan[capped] += dual[: len(capped)]
    yuan[wanted] -= dual[len(capped) :]
    return LinearPlan(yuan, found.x[: len(worth)])
