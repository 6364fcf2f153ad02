"""The last hundredths of a percent where customers are few: with tens of prices and a few thousand customers, single contacts and the money that
no contact fits any more weigh. All customers, or those nearest to a tie, are solved together once more, as one small integer programme.

HiGHS stops at a number of nodes, not of seconds, so that the answer is the same on every machine. A night of a million customers never comes here.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from jobs.contact.linear_rows import Rows, as_matrix, of_customers, weights_of
from jobs.contact.problem_layout import MICRO, Layout
from jobs.contact.taken import Taken

CUSTOMERS, CUSTOMERS_A_PRICE = 150, 16
MOST_TOGETHER = 15_000  # options that are all solved together: of some 2,000 customers, ten seconds
NODES = 60
SLACK = 1e-5  # of a unit: HiGHS keeps a bound to a millionth only; whole weights are safe through rounding


def polish(taken: Taken, worth: np.ndarray, reduced: np.ndarray, nearest: np.ndarray, gap: float) -> None:
    """Choose anew, for all customers where they have few options, else for those in front of `nearest`, where that makes the plan lack less to a minimum or be
    worth more. An option that loses more than the gap (yuan) is in no better plan."""
    layout = taken.layout
    option = np.flatnonzero(taken.chosen | (reduced > -gap * MICRO))
    if len(option) > MOST_TOGETHER:
        inside = np.zeros(len(layout.max_contacts), dtype=bool)
        inside[nearest[: neighbours(layout)]] = True
        option = option[inside[layout.customer[option]]]
    before = option[taken.chosen[option]]
    used = np.array(taken.used)
    others, met = used - layout.usage(before), np.minimum(layout.low, used)
    for low in [layout.low, met] if (met < layout.low).any() else [met]:
        after = option[_solved(layout, option, worth, others, low)]
        if _is_better(layout, after, before, others + layout.usage(after), np.array(taken.high), used):
            for one in np.setdiff1d(before, after).tolist():
                taken.release(one)
            for one in np.setdiff1d(after, before).tolist():
                taken.take(one)
            return


def _is_better(layout: Layout, after: np.ndarray, before: np.ndarray, usage: np.ndarray, high: np.ndarray, used: np.ndarray) -> bool:
    """Whether it fits, no minimum loses, and it lacks less, or as little and is worth more."""
    if (usage > high).any() or (usage < np.minimum(layout.low, used)).any():
        return False
    lacking = [float(np.maximum(layout.low - one, 0.0).sum()) for one in (usage, used)]
    return lacking[0] < lacking[1] or (lacking[0] == lacking[1] and layout.value[after].sum() > layout.value[before].sum())


def neighbours(layout: Layout) -> int:
    """How many customers are solved together."""
    return CUSTOMERS + CUSTOMERS_A_PRICE * len(layout.high)


def _solved(layout: Layout, option: np.ndarray, worth: np.ndarray, others: np.ndarray, low: np.ndarray) -> np.ndarray:
    """Places in `option` of the best choice that HiGHS finds beside what the others use."""
    matrix, lows, highs = as_matrix([*of_customers(layout, option), _of_constraints(layout, option, others, low)], len(option))
    rows = LinearConstraint(matrix, lows, highs)
    options = {"node_limit": NODES, "mip_rel_gap": 1e-4}
    found = milp(-worth[option] / MICRO, integrality=np.ones(len(option)), bounds=Bounds(0, 1), constraints=rows, options=options)
    return np.flatnonzero(found.x > 0.5) if found.x is not None else np.empty(0, dtype=np.int64)


def _of_constraints(layout: Layout, option: np.ndarray, others: np.ndarray, low: np.ndarray) -> Rows:
    """What the others leave of each constraint. Whole weights are safe through rounding, others keep a hair below the maximum."""
    column, constraint, weight = weights_of(layout, option)
    left = layout.high - others
    slack = np.where(np.bincount(layout.kinds.constraint, weights=layout.kinds.weight % 1, minlength=len(left)) > 0, SLACK, -0.5)
    whole = np.where(slack < 0, np.floor(left + 1e-9), left - slack)
    return Rows(column, constraint, weight, low - others - 1e-9, np.maximum(whole, low - others))
