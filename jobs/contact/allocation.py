"""allocate: choose tonight's contacts under the customers' rules and the capacities of channels, places and budgets.

Pure numpy and scipy; no Spark, no clock, no random number. The plan is always feasible, and every answer carries an upper bound
on what any plan could earn. Two orders of one greedy pick compete, by value and by value less the prices of scarce
capacities (jobs/contact/prices.py); the better plan stands. Rows are first brought into one canonical order, so that the
plan does not depend on theirs.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from jobs.contact.greedy import Greedy
from jobs.contact.prices import Prices, best_prices
from jobs.contact.problem_layout import Layout, lay_out


@dataclass(frozen=True)
class Constraint:
    """A bound on the weighted count of chosen options: a capacity, a budget, an audience. Weights are not negative."""

    name: str
    options: np.ndarray
    weight: np.ndarray
    low: float = 0.0
    high: float = np.inf


@dataclass(frozen=True)
class Allowance:
    """What options of one customer share: at most `limit[g]` of the `options` whose `group` is g may be chosen."""

    name: str
    options: np.ndarray
    group: np.ndarray
    limit: np.ndarray


@dataclass(frozen=True)
class Problem:
    """Options sorted by customer. At most one channel a campaign and max_contacts options for a customer; a pair of `exclusions`
    (campaign codes) never both for one. `allowances` are the shares that caps have left for this night."""

    customer: np.ndarray
    campaign: np.ndarray
    product: np.ndarray
    channel: np.ndarray
    value: np.ndarray
    max_contacts: np.ndarray
    exclusions: Sequence[tuple[int, int]] = ()
    constraints: Sequence[Constraint] = ()
    allowances: Sequence[Allowance] = field(default=())


@dataclass(frozen=True)
class Plan:
    """`value` is what the chosen options are worth, `bound` what no feasible plan exceeds, both in yuan; `gap_bp` their distance in
    1/100 of a percent of the bound. `shortfall` is what a constraint lacks to its minimum; where minima are missed, the bound is one without minima."""

    chosen: np.ndarray
    value: float
    bound: float
    gap_bp: float
    prices: dict[str, float]
    usage: dict[str, float]
    shortfall: dict[str, float]


def allocate(problem: Problem, *, salt: str, previous_prices: dict[str, float] | None = None) -> Plan:
    """The plan of the night. Ties fall by a hash of (salt, customer, campaign, channel, product), never by row order."""
    layout = lay_out(problem)
    ties = tie_hash(salt, layout.customer, layout.campaign, layout.channel, layout.product)
    start = np.array([(previous_prices or {}).get(one.name, 0.0) for one in problem.constraints])
    prices = best_prices(layout, start)
    greedy = Greedy(layout)
    orders = [np.lexsort((ties, -layout.value, -worth)) for worth in (layout.value, prices.reduced)]
    plans = [greedy.pick(order) for order in orders]
    chosen, lacking = min(plans, key=lambda plan: (plan[1], -layout.value[plan[0]].sum()))
    return _plan(problem, layout, prices, chosen, lacking)


def _plan(problem: Problem, layout: Layout, prices: Prices, chosen: np.ndarray, lacking: float) -> Plan:
    names = [one.name for one in problem.constraints]
    usage = layout.usage(chosen)
    shortfall = np.maximum(layout.low - usage, 0.0)
    value = float(layout.value[chosen].sum())
    # A plan that misses a minimum is no plan of the problem with minima, and may earn more than any that is.
    bound = max(prices.bound_without_minima if lacking > 0 else prices.bound, value)
    back = np.zeros(len(layout.value), dtype=bool)
    back[layout.position[chosen]] = True
    return Plan(
        chosen=back,
        value=value,
        bound=bound,
        gap_bp=1e4 * (bound - value) / bound if bound > 0 else 0.0,
        prices=dict(zip(names, prices.yuan.tolist(), strict=True)),
        usage=dict(zip(names, usage.tolist(), strict=True)),
        shortfall=dict(zip(names, shortfall.tolist(), strict=True)),
    )


def tie_hash(salt: str, *keys: np.ndarray) -> np.ndarray:
    """uint64 of the salt and the keys: splitmix64, folded key by key."""
    state = np.full(len(keys[0]), int.from_bytes(hashlib.sha256(salt.encode()).digest()[:8], "big"), dtype=np.uint64)
    for key in keys:
        state = _mix(state ^ _mix(key.astype(np.int64).view(np.uint64) + np.uint64(0x9E3779B97F4A7C15)))
    return state


def _mix(word: np.ndarray) -> np.ndarray:
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))
