"""Prices of scarce capacities, and the bound that any prices give (Lagrangian duality: guide of the allocation).

D(prices) = sum of price x limit + what every customer would earn under these prices. D of ANY prices is at least the value of every feasible plan, so
the smallest D seen is the bound. Worth counts in whole micro-yuan and prices in whole steps, so that D and usage are the same in any order of rows.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from jobs.contact.customer_sets import CustomerSets
from jobs.contact.problem_layout import MICRO, Layout

STEP = 1e-4  # yuan: prices are whole steps of this much for the heaviest option of a constraint
SAMPLE_A_PRICE = 1000  # customers for each price in the sample from which the search starts
PASSES_SMALL, PASSES_SAMPLE, PASSES_FULL = 250, 150, 30
SMALL = 200_000  # customers up to which the search runs over all of them from the start
ENOUGH = 1e-6  # of D: a search that gains less than this is the last
STEEPEST = 4.0  # a unit that is missing to a minimum counts as much as this many of the best option


@dataclass(frozen=True)
class Limits:
    """Bounds of each constraint, the lowest and highest price it may have, and the step in which its price counts."""

    low: np.ndarray
    high: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    step: np.ndarray


def limits_of(layout: Layout) -> Limits:
    """Of the whole problem. A minimum costs at most STEEPEST a unit: one that nobody can meet does not make D fall without end."""
    heaviest, lightest = np.zeros(len(layout.high)), np.full(len(layout.high), np.inf)
    np.maximum.at(heaviest, layout.kinds.constraint, layout.kinds.weight)
    np.minimum.at(lightest, layout.kinds.constraint, layout.kinds.weight)
    best = float(layout.micro.max(initial=0)) / MICRO + 1.0
    step = STEP / 10.0 ** np.ceil(np.log10(np.maximum(heaviest, 1.0)))
    steepest = np.round(STEEPEST * best / np.minimum(lightest, 1.0e9) / step) * step
    return Limits(layout.low, layout.high, np.where(layout.low > 0, -steepest, 0.0), np.where(np.isfinite(layout.high), np.inf, 0.0), step)


class Dual:
    """D and its slope at given prices, for the customers of `sets` under `limits`."""

    def __init__(self, layout: Layout, sets: CustomerSets, worth: np.ndarray, limits: Limits) -> None:
        self.layout, self.sets, self.limits = layout, sets, limits
        self.kind: np.ndarray = layout.kind if sets.whole else layout.kind[sets.option]
        self.worth: np.ndarray = worth if sets.whole else worth[sets.option]
        # Of a sample, only its own options are looked at: the rest of `reduced` stays what it was and is never read.
        self.reduced = np.empty(0, dtype=np.int64) if sets.whole else np.zeros(len(worth), dtype=np.int64)

    def value(self, yuan: np.ndarray) -> tuple[float, np.ndarray]:
        """D in yuan, and the room that the limits leave at these prices."""
        reduced = self.worth - self.layout.kinds.charge(yuan)[self.kind]
        if not self.sets.whole:
            self.reduced[self.sets.option] = reduced
            reduced = self.reduced
        best = self.sets.solve(reduced)
        chosen = self.sets.options_of(best.items[best.items >= 0], reduced)
        usage = self.layout.usage(chosen)
        low, high = self.limits.low, self.limits.high
        limit = np.where(yuan > 0, high, np.where(yuan < 0, low, np.clip(usage, low, high)))
        rent = math.fsum((np.where(yuan != 0, limit, 0.0) * yuan).tolist())
        return rent + int(best.worth.sum()) / MICRO, limit - usage


def best_prices(layout: Layout, worth: np.ndarray, order: np.ndarray, sets: CustomerSets, start: np.ndarray) -> np.ndarray:
    """Prices that make D small, from `start`. Many customers: first over a sample by `order`, a hash of each customer."""
    limits = limits_of(layout)
    if not len(start):
        return start
    everyone = Dual(layout, sets, worth, limits)
    customers = len(sets.customer)
    if customers <= SMALL:
        return descend(everyone, start, PASSES_SMALL)
    every = max(customers // max(SAMPLE_A_PRICE * len(start), 1), 1)
    some = order % np.uint64(every) == 0
    share = some.sum() / customers
    option = np.flatnonzero(np.repeat(some, np.bincount(layout.customer)[sets.customer]))
    sample = Dual(layout, CustomerSets(layout, option), worth, replace(limits, low=limits.low * share, high=limits.high * share))
    return descend(everyone, descend(sample, start, PASSES_SAMPLE), PASSES_FULL)


def descend(dual: Dual, start: np.ndarray, passes: int) -> np.ndarray:
    """The best prices seen, by L-BFGS-B. Searched as yuan per 100 % of a limit, which makes one step fit all constraints."""
    limits = dual.limits
    scale = np.maximum(np.where(np.isfinite(limits.high), limits.high, limits.low), 1.0)
    seen: list[tuple[float, np.ndarray]] = []

    def objective(yuan_per_limit: np.ndarray) -> tuple[float, np.ndarray]:
        yuan = in_steps(yuan_per_limit / scale, limits)
        bound, slope = dual.value(yuan)
        seen.append((bound, yuan))
        return bound, slope / scale

    bounds = list(zip(limits.lowest * scale, limits.highest * scale, strict=True))
    best, left = in_steps(start, limits), passes
    # Where customers are few D has edges, on which a search ends early: it goes on from the best prices, with its memory of the slope emptied.
    while left > 0:
        before = len(seen)
        options = {"maxfun": left, "maxiter": left, "ftol": 1e-9, "maxcor": 20}
        minimize(objective, best * scale, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        left -= len(seen) - before
        found, best = min(seen, key=lambda one: one[0])
        if found > min([one[0] for one in seen[:before]], default=np.inf) * (1 - ENOUGH):
            break
    return best


def in_steps(yuan: np.ndarray, limits: Limits) -> np.ndarray:
    return np.clip(np.round(yuan / limits.step) * limits.step, limits.lowest, limits.highest)
