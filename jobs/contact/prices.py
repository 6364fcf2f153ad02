"""Prices of scarce capacities, and the bound that any prices give (Lagrangian duality: guide of the allocation).

D(prices) = sum of price x limit + what every customer would earn under these prices. D of ANY prices is at least the value of every
feasible plan, so the smallest D seen is the bound. A customer's earning is exact under exclusions (to three contacts a customer) but
leaves allowances out: it can only be larger than the true one, so the bound stays a bound.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from jobs.contact.compatible_sets import compatible_sets
from jobs.contact.problem_layout import Layout

PASSES = 40
UNIT = 1e-6  # prices are whole millionths of a yuan, so that one price is the same number on every machine


@dataclass(frozen=True)
class Prices:
    """Yuan per unit of each constraint (> 0: its maximum is scarce; < 0: its minimum is), the value of each option less them, and the bounds."""

    yuan: np.ndarray
    reduced: np.ndarray
    bound: float
    bound_without_minima: float


def best_prices(layout: Layout, start: np.ndarray) -> Prices:
    """Prices that make D small, by L-BFGS-B from the prices of the night before."""
    dual = _Dual(layout)
    plain, bound_without_minima = _descend(dual, np.maximum(start, 0.0), subsidies=False)
    if not (layout.low > 0).any():
        return Prices(plain, dual.reduced(plain), bound_without_minima, bound_without_minima)
    yuan, bound = _descend(dual, np.where(start == 0, plain, start), subsidies=True)
    return Prices(yuan, dual.reduced(yuan), min(bound, bound_without_minima), bound_without_minima)


def _descend(dual: "_Dual", start: np.ndarray, subsidies: bool) -> tuple[np.ndarray, float]:
    """The best prices seen and their D. Searched as yuan per 100 % of a limit, which makes one step fit all constraints."""
    layout = dual.layout
    limits = np.where(np.isfinite(layout.high), layout.high, layout.low)
    scale = np.maximum(limits, 1.0)
    steepest = 2.0 * np.abs(layout.value).max(initial=0.0) + 1.0
    lowest = np.where((layout.low > 0) & subsidies, -steepest, 0.0)
    highest = np.where(np.isfinite(layout.high), np.inf, 0.0)
    start = np.clip(start, lowest, highest)
    seen = [(dual.value(np.zeros(len(scale)))[0], np.zeros(len(scale)))]

    def objective(yuan_per_limit: np.ndarray) -> tuple[float, np.ndarray]:
        yuan = np.clip(np.round(yuan_per_limit / scale / UNIT) * UNIT, lowest, highest)
        bound, slope = dual.value(yuan)
        seen.append((bound, yuan))
        return bound, slope / scale

    if len(scale):
        bounds = list(zip(lowest * scale, highest * scale, strict=True))
        minimize(objective, start * scale, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxfun": PASSES})
    bound, yuan = min(seen, key=lambda one: one[0])
    return yuan, bound


class _Dual:
    """D and its slope at given prices."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.offered = np.flatnonzero(layout.possible)
        customer, campaign = layout.customer[self.offered], layout.campaign[self.offered]
        new_customer = np.diff(customer, prepend=-1) != 0
        self.campaign_start = np.flatnonzero(new_customer | (np.diff(campaign, prepend=-1) != 0))
        self.campaign_size = np.diff(self.campaign_start, append=len(customer))
        owner = customer[self.campaign_start]
        self.customer_start = np.flatnonzero(np.diff(owner, prepend=-1) != 0)
        self.customer_size = np.diff(self.customer_start, append=len(owner))
        self.most = layout.max_contacts[owner[self.customer_start]]
        position = np.repeat(np.arange(len(self.customer_start)), self.customer_size)
        self.sets = compatible_sets(position, campaign[self.campaign_start], layout.exclusions, self.most)

    def reduced(self, yuan: np.ndarray) -> np.ndarray:
        layout = self.layout
        charge = np.bincount(layout.entry_option, weights=layout.entry_weight * yuan[layout.entry_constraint], minlength=len(layout.value))
        return layout.value - charge

    def value(self, yuan: np.ndarray) -> tuple[float, np.ndarray]:
        layout = self.layout
        earned, chosen = self._best_sets(self.reduced(yuan)[self.offered])
        usage = layout.usage(self.offered[chosen])
        limit = np.where(yuan > 0, layout.high, np.where(yuan < 0, layout.low, np.clip(usage, layout.low, layout.high)))
        rent = float((np.where(yuan != 0, limit, 0.0) * yuan).sum())
        return rent + earned, limit - usage

    def _best_sets(self, reduced: np.ndarray) -> tuple[float, np.ndarray]:
        """What each customer earns with the best channel of each of its best campaigns, summed, and the options of these sets."""
        if len(reduced) == 0:
            return 0.0, np.empty(0, dtype=np.int64)
        best = np.maximum.reduceat(reduced, self.campaign_start)
        places = self._best_free(np.where(self.sets.bound, -np.inf, best))
        excluding, slots = self._best_excluding(best, [worth for worth, _ in places])
        campaigns = [excluding, *(which[(worth > 0) & (slots > place)] for place, (worth, which) in enumerate(places))]
        earned = float(sum(best[one].sum() for one in campaigns))
        chosen = np.concatenate(campaigns)
        return earned, self._option_of(reduced, chosen, best[chosen])

    def _best_free(self, best: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Worth (0 where nothing is worth taking) and campaign run of every customer's best campaign, second best, and so on. Overwrites `best`."""
        places: list[tuple[np.ndarray, np.ndarray]] = []
        for place in range(int(self.most.max(initial=0))):
            top = np.maximum.reduceat(best, self.customer_start)
            wins = (top > 0) & (self.most > place)
            if not wins.any():
                break
            which = _first_equal(best, top, self.customer_start, self.customer_size)
            places.append((np.where(wins, top, 0.0), which))
            best[which[wins]] = -np.inf
        return places

    def _best_excluding(self, best: np.ndarray, free: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Campaigns to take of those that exclude each other, and how many contacts every customer has left beside them."""
        sets, slots = self.sets, self.most.copy()
        if not len(sets.customers):
            return np.empty(0, dtype=np.int64), slots
        beside = np.cumsum([np.zeros(len(slots)), *free], axis=0)
        left = np.minimum(slots[sets.owner] - sets.size, len(free))
        worth = np.append(best, 0.0)[sets.members].sum(axis=1) + beside[left, sets.owner]
        top = np.maximum.reduceat(worth, sets.start)
        chosen = _first_equal(worth, top, sets.start, np.diff(sets.start, append=len(worth)))
        slots[sets.customers] -= sets.size[chosen]
        members = sets.members[chosen].ravel()
        return members[members < len(best)], slots

    def _option_of(self, reduced: np.ndarray, campaigns: np.ndarray, value: np.ndarray) -> np.ndarray:
        """The first option of each campaign run that has the given value."""
        first, size = self.campaign_start[campaigns], self.campaign_size[campaigns]
        found = first.copy()
        open_ = reduced[found] != value
        while open_.any():
            found[open_] += 1
            open_ &= (found < first + size) & (reduced[np.minimum(found, len(reduced) - 1)] != value)
        return found


def _first_equal(values: np.ndarray, top: np.ndarray, start: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Index of the first entry of each run that equals the run's top."""
    equal = np.flatnonzero(values == np.repeat(top, size))
    return equal[np.searchsorted(equal, start)]
