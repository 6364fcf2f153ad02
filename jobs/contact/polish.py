"""The last hundredths of a percent where customers are few: with tens of prices and a few thousand customers, single contacts and the money that
no contact fits any more weigh. The customers nearest to a tie are solved together once more, as one small integer programme.

HiGHS stops at a number of nodes, not of seconds, so that the answer is the same on every machine. A night of a million customers never comes here.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from jobs.contact.linear_rows import Rows, as_matrix, of_customers, weights_of
from jobs.contact.problem_layout import MICRO, Layout
from jobs.contact.taken import Taken

CUSTOMERS, CUSTOMERS_A_PRICE = 150, 16
NODES = 60
SLACK = 1e-5  # of a unit: HiGHS keeps a bound to a millionth only; whole weights are safe through rounding


def polish(taken: Taken, worth: np.ndarray, reduced: np.ndarray, nearest: np.ndarray, gap: float) -> None:
    """Choose anew for the customers in front of `nearest`, where that makes the plan worth more. An option that loses more than the gap (yuan) is in no better
    plan."""
    layout = taken.layout
    inside = np.zeros(len(layout.max_contacts), dtype=bool)
    inside[nearest[: neighbours(layout)]] = True
    option = np.flatnonzero(inside[layout.customer] & (taken.chosen | (reduced > -gap * MICRO)))
    before = option[taken.chosen[option]]
    others = np.array(taken.used) - layout.usage(before)
    after = option[_solved(layout, option, worth, others, np.minimum(layout.low, taken.used))]
    usage = others + layout.usage(after)
    fits = (usage <= np.array(taken.high)).all() and (usage >= np.minimum(layout.low, taken.used)).all()
    if fits and layout.value[after].sum() > layout.value[before].sum():
        for one in np.setdiff1d(before, after).tolist():
            taken.release(one)
        for one in np.setdiff1d(after, before).tolist():
            taken.take(one)


def neighbours(layout: Layout) -> int:
    """How many customers are solved together."""
    return CUSTOMERS + CUSTOMERS_A_PRICE * len(layout.high)


def _solved(layout: Layout, option: np.ndarray, worth: np.ndarray, others: np.ndarray, low: np.ndarray) -> np.ndarray:
    """Places in `option` of the best choice that HiGHS finds beside what the others use."""
    matrix, lows, highs = as_matrix([*of_customers(layout, option), _of_constraints(layout, option, others, low)], len(option))
    rows = LinearConstraint(matrix, lows, highs)
    options = {"node_limit": NODES, "mip_rel_gap": 1e-5}
    found = milp(-worth[option] / MICRO, integrality=np.ones(len(option)), bounds=Bounds(0, 1), constraints=rows, options=options)
    return np.flatnonzero(found.x > 0.5) if found.x is not None else np.empty(0, dtype=np.int64)


def _of_constraints(layout: Layout, option: np.ndarray, others: np.ndarray, low: np.ndarray) -> Rows:
    """What the others leave of each constraint. Whole weights are safe through rounding, others keep a hair below the maximum."""
    column, constraint, weight = weights_of(layout, option)
    left = layout.high - others
    slack = np.where(np.bincount(layout.kinds.constraint, weights=layout.kinds.weight % 1, minlength=len(left)) > 0, SLACK, -0.5)
    whole = np.where(slack < 0, np.floor(left + 1e-9), left - slack)
    return Rows(column, constraint, weight, low - others - 1e-9, np.maximum(whole, low - others))
