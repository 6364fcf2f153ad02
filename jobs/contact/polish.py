"""The last hundredths of a percent where customers are few: with tens of prices and a few thousand customers, single contacts and the money that
no contact fits any more weigh. The customers nearest to a tie are solved together once more, as one small integer programme.

HiGHS stops at a number of nodes, not of seconds, so that the answer is the same on every machine. A night of a million customers never comes here.
"""

from collections.abc import Iterator

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix

from jobs.contact.problem_layout import MICRO, Layout
from jobs.contact.taken import Taken

CUSTOMERS, CUSTOMERS_A_PRICE = 150, 8
NODES = 60
SLACK = 1e-5  # of a unit: HiGHS keeps a bound to a millionth only; whole weights are safe through rounding
Group = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # options, row, weight, and by row low and high


def polish(taken: Taken, worth: np.ndarray, reduced: np.ndarray, nearest: np.ndarray, gap: float) -> None:
    """Choose anew for the customers in front of `nearest`, where that makes the plan worth more. An option that loses more than the gap (yuan) is in no better
    plan."""
    layout = taken.layout
    inside = np.zeros(len(layout.max_contacts), dtype=bool)
    inside[nearest[: CUSTOMERS + CUSTOMERS_A_PRICE * len(layout.high)]] = True
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


def _solved(layout: Layout, option: np.ndarray, worth: np.ndarray, others: np.ndarray, low: np.ndarray) -> np.ndarray:
    """Places in `option` of the best choice that HiGHS finds beside what the others use."""
    groups = [*_of_customers(layout, option), _of_constraints(layout, option, others, low)]
    offset = np.cumsum([0, *(len(high) for *_, high in groups)])
    row = np.concatenate([row + begin for (_, row, *_), begin in zip(groups, offset[:-1], strict=True)])
    weight, column = np.concatenate([one[2] for one in groups]), np.concatenate([one[0] for one in groups])
    matrix = coo_matrix((weight, (row, column)), shape=(offset[-1], len(option))).tocsr()
    rows = LinearConstraint(matrix, np.concatenate([one[3] for one in groups]), np.concatenate([one[4] for one in groups]))
    options = {"node_limit": NODES, "mip_rel_gap": 1e-5}
    found = milp(-worth[option] / MICRO, integrality=np.ones(len(option)), bounds=Bounds(0, 1), constraints=rows, options=options)
    return np.flatnonzero(found.x > 0.5) if found.x is not None else np.empty(0, dtype=np.int64)


def _of_customers(layout: Layout, option: np.ndarray) -> Iterator[Group]:
    """What one customer may get: contacts, one channel a campaign, exclusions, allowances."""
    everyone, customer, campaign = np.arange(len(option)), layout.customer[option], layout.campaign[option]
    owners, owner = np.unique(customer, return_inverse=True)
    yield _at_most(everyone, owner, layout.max_contacts[owners])
    yield _at_most(everyone, *_one_of(customer * (int(campaign.max(initial=0)) + 1) + campaign))
    for one, other in zip(*np.nonzero(np.triu(layout.excluded)), strict=True):
        both = np.flatnonzero((campaign == one) | (campaign == other))
        yield _at_most(both, *_one_of(customer[both]))
    for column in layout.shared:
        sharing = np.flatnonzero(column[option] >= 0)
        groups, group = np.unique(column[option[sharing]], return_inverse=True)
        yield _at_most(sharing, group, layout.group_limit[groups])


def _of_constraints(layout: Layout, option: np.ndarray, others: np.ndarray, low: np.ndarray) -> Group:
    kinds = layout.kinds
    order = np.argsort(layout.kind[option], kind="stable")
    begin, end = (np.searchsorted(kinds.owner, layout.kind[option[order]], side=side) for side in ("left", "right"))
    count = end - begin
    entry = np.repeat(begin - np.cumsum(count) + count, count) + np.arange(count.sum())
    left = layout.high - others
    slack = np.where(np.bincount(kinds.constraint, weights=kinds.weight % 1, minlength=len(left)) > 0, SLACK, -0.5)
    whole = np.where(slack < 0, np.floor(left + 1e-9), left - slack)
    return np.repeat(order, count), kinds.constraint[entry], kinds.weight[entry], low - others - 1e-9, np.maximum(whole, low - others)


def _one_of(key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    keys, row = np.unique(key, return_inverse=True)
    return row, np.ones(len(keys))


def _at_most(options: np.ndarray, row: np.ndarray, most: np.ndarray) -> Group:
    return options, row, np.ones(len(options)), np.full(len(most), -np.inf), most.astype(np.float64)
