"""From prices to a plan that keeps every rule: step 3 to 5 of the guide of the allocation.

Customers whose best set is far better than any other are certain, and take it. The rest, those close to a tie, get prices of their own for what is left,
and commit in the order of their regret, each to the best set that still fits. Free places are filled, minima that are still short are forced.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from jobs.contact.customer_sets import CustomerSets
from jobs.contact.minima import force_minima
from jobs.contact.polish import polish
from jobs.contact.prices import Dual, descend, limits_of
from jobs.contact.problem_layout import Layout
from jobs.contact.taken import Taken

SHARES = (0.0, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
FEWEST_A_PRICE = 20  # customers close to a tie, for each price
PASSES = 200
POLISH_ABOVE = 1e-4  # of the bound
WHOLE = 1e-6  # HiGHS' shares are whole to so much


def settle(layout: Layout, worth: np.ndarray, yuan: np.ndarray, sets: CustomerSets, bound: float) -> np.ndarray:
    """Options (indices, ascending) of a plan. Depends on nothing but the layout, the worth of options, the prices and the bound that they give."""
    reduced = layout.reduced(worth, yuan)
    best = sets.solve(reduced)
    options = sets.options_of(best.items, reduced)
    order = np.argsort(-sets.regret(best, reduced), kind="stable")
    certain = order[: _certain(layout, options[order], sets.exact[order], len(yuan))]
    taken = Taken(layout)
    taken.take_together(options[certain][options[certain] >= 0])
    unsettled = np.ones(len(sets.customer), dtype=bool)
    unsettled[certain] = False
    is_unsettled = np.zeros(len(layout.max_contacts), dtype=bool)
    is_unsettled[sets.customer[unsettled]] = True
    close = CustomerSets(layout, sets.option[is_unsettled[layout.customer[sets.option]]])
    used = np.array(taken.used)
    left = replace(limits_of(layout), low=np.maximum(layout.low - used, 0.0), high=layout.high - used)
    left = replace(left, lowest=np.where(left.low > 0, left.lowest, 0.0))
    prices = descend(Dual(layout, close, worth, left), yuan, PASSES) if len(yuan) and len(close.customer) else yuan
    again = layout.reduced(worth, prices)
    _commit(taken, close, again)
    return _finished(taken, worth, again, reduced, sets.customer[order[::-1]], bound)


def settle_linear(layout: Layout, worth: np.ndarray, yuan: np.ndarray, sets: CustomerSets, bound: float, share: np.ndarray) -> np.ndarray:
    """The same for a small night, from the `share` of each option in the best linear plan: whole ones are taken, and customers with a part of a contact, few
    as they are, come first where the last are solved together."""
    reduced = layout.reduced(worth, yuan)
    regret = sets.regret(sets.solve(reduced), reduced)
    parted = np.zeros(len(layout.max_contacts), dtype=bool)
    parted[layout.customer[np.abs(share - np.round(share)) > WHOLE]] = True
    whole = np.flatnonzero((share > 0.5) & ~parted[layout.customer])
    taken = Taken(layout)
    taken.take_in_order(whole)
    nearest = np.lexsort((regret, ~parted[sets.customer]))
    return _finished(taken, worth, reduced, reduced, sets.customer[nearest], bound)


def _finished(taken: Taken, worth: np.ndarray, left: np.ndarray, reduced: np.ndarray, nearest: np.ndarray, bound: float) -> np.ndarray:
    """Free places filled by the worth under the prices of what was `left`, minima forced, the last hundredths of a percent won back around the `nearest`
    customers."""
    fill(taken, left)
    if force_minima(taken, left):
        fill(taken, left)
    gap = bound - float(taken.layout.value[taken.chosen].sum())
    if gap > POLISH_ABOVE * bound:
        polish(taken, worth, reduced, nearest, gap)
        fill(taken, left)
    return np.flatnonzero(taken.chosen)


def _certain(layout: Layout, options: np.ndarray, exact: np.ndarray, prices: int) -> int:
    """How many customers, in the order given, take their best set unseen: the unsettled are twice as many as it takes for the others to fit."""
    customers = len(options)
    edges = [int(customers * (1 - share)) for share in reversed(SHARES)]
    usage, fitting = np.zeros(len(layout.high)), 0
    for begin, end in pairwise(edges):
        some = options[begin:end]
        usage = usage + layout.usage(some[some >= 0])
        if (usage > layout.high).any():
            break
        fitting = end
    unsettled = max(2 * (customers - fitting), FEWEST_A_PRICE * prices)
    return int(min(max(customers - unsettled, 0), exact.sum()))


def _commit(taken: Taken, close: CustomerSets, reduced: np.ndarray) -> None:
    """Who would lose most chooses first: the best set of each customer that still fits."""
    best = close.solve(reduced)
    options = close.options_of(best.items, reduced)
    order = np.argsort(-close.regret(best, reduced), kind="stable")
    for place in order.tolist():
        wanted = options[place][options[place] >= 0].tolist()
        customer = int(close.customer[place])
        if not (close.exact[place] and _take_all(taken, wanted)):
            for option in best_that_fits(taken, customer, reduced):
                taken.take(option)


def _take_all(taken: Taken, options: list[int]) -> bool:
    """Take all of them, or none where they do not fit together."""
    for place, option in enumerate(options):
        if not taken.fits(option):
            for other in options[:place]:
                taken.release(other)
            return False
        taken.take(option)
    return True


def best_that_fits(taken: Taken, customer: int, reduced: np.ndarray) -> list[int]:
    """The set of most reduced worth that a customer who has nothing yet may get and that fits what is left."""
    start, end = int(taken.start[customer]), int(taken.start[customer + 1])
    worth = reduced[start:end]
    order = np.argsort(-worth, kind="stable")
    options = [start + one for one in order[: int((worth > 0).sum())].tolist() if taken.fits(start + one)]
    values = reduced[options].tolist() if options else []
    best: tuple[int, list[int]] = (0, [])

    def search(place: int, total: int, have: list[int]) -> None:
        nonlocal best
        if total > best[0]:
            best = (total, list(have))
        slots = int(taken.layout.max_contacts[customer]) - len(have)
        for one in range(place, len(options)):
            if slots <= 0 or total + slots * values[one] <= best[0]:
                return
            option = options[one]
            if not taken.clashes(option, have) and taken.fits(option):
                taken.take(option)
                search(one + 1, total + values[one], [*have, option])
                taken.release(option)

    search(0, 0, [])
    return best[1]


def fill(taken: Taken, reduced: np.ndarray) -> None:
    """Free places, to options that are worth something, the best under the prices first."""
    layout = taken.layout
    open_ = taken.still_possible(np.flatnonzero(layout.micro > 0))
    taken.take_in_order(open_[np.argsort(-reduced[open_], kind="stable")])
