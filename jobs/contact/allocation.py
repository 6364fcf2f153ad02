"""allocate: choose tonight's contacts under the customers' rules and the capacities of channels, places and budgets.

Pure numpy and scipy; no Spark, no clock, no random number. Prices of scarce capacities (jobs/contact/prices.py) turn the night into one exact
problem a customer (jobs/contact/customer_sets.py); what stands close to a tie is settled by regret (jobs/contact/settling.py). The plan
is always feasible, and every answer carries an upper bound on what any plan could earn. Rows are first brought into one canonical
order and worth counts in whole micro-yuan, so that the plan does not depend on the order of rows.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from jobs.contact.customer_sets import CustomerSets
from jobs.contact.linear_plan import linear_plan, prices_of_sample
from jobs.contact.prices import Dual, best_prices, limits_of
from jobs.contact.problem_kinds import mixed
from jobs.contact.problem_layout import Layout, lay_out
from jobs.contact.settling import settle, settle_linear

JITTER = 1e-4
TOO_FAR_BP = 5.0  # below the bound: a plan that is searched for once more


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
    """`value` is what the chosen options are worth, `bound` what no feasible plan exceeds, both in yuan; `gap_bp` their distance in 1/100 of a percent of
    the bound. `prices` are yuan per unit of each constraint: > 0 where its maximum is scarce, < 0 where its minimum is. `shortfall` is what
    a constraint lacks to its minimum; the bound then holds for all plans that lack as much."""

    chosen: np.ndarray
    value: float
    bound: float
    gap_bp: float
    prices: dict[str, float]
    usage: dict[str, float]
    shortfall: dict[str, float]


def allocate(problem: Problem, *, salt: str, previous_prices: dict[str, float] | None = None) -> Plan:
    """The plan of the night. Ties fall by a hash of (salt, customer, campaign, channel, product), never by row order."""
    return plan_of(problem, lay_out(problem), salt, previous_prices or {})


def plan_of(problem: Problem, layout: Layout, salt: str, previous_prices: dict[str, float]) -> Plan:
    """The plan of a problem that is laid out already."""
    worth = layout.micro + _jitter(layout, salt)
    sets = CustomerSets(layout, np.arange(len(layout.value)))
    order, steepest = tie_hash(salt, np.arange(len(layout.max_contacts))), -limits_of(layout).lowest
    if linear := linear_plan(layout, worth, steepest):
        yuan, bound = _prices(layout, worth, order, sets, linear.yuan)
        return _plan(problem, layout, yuan, bound, settle_linear(layout, worth, yuan, sets, bound, linear.share))

    def searched(start: np.ndarray) -> Plan:
        yuan, bound = _prices(layout, worth, order, sets, start)
        return _plan(problem, layout, yuan, bound, settle(layout, worth, yuan, sets, bound))

    plan = searched(np.array([previous_prices.get(one.name, 0.0) for one in problem.constraints]))
    # Where values are tied the search ends on an edge: prices of a sample lead to another one.
    if plan.gap_bp > TOO_FAR_BP and (start := prices_of_sample(layout, worth, steepest, order)) is not None:
        plan = _better(plan, searched(start))
    return plan


def _prices(layout: Layout, worth: np.ndarray, order: np.ndarray, sets: CustomerSets, start: np.ndarray) -> tuple[np.ndarray, float]:
    """Prices, and the bound that they give on the values as they are."""
    yuan = best_prices(layout, worth, order[sets.customer], sets, start)
    return yuan, Dual(layout, sets, layout.micro, limits_of(layout)).value(yuan)[0]


def _better(one: Plan, other: Plan) -> Plan:
    """The plan that lacks less to the minima, then the one of more value; where nothing is lacking both bounds hold."""
    lacking = [sum(plan.shortfall.values()) for plan in (one, other)]
    best = other if (lacking[1], -other.value) < (lacking[0], -one.value) else one
    bound = max(min(one.bound, other.bound), best.value) if not any(lacking) else best.bound
    return replace(best, bound=bound, gap_bp=1e4 * (bound - best.value) / bound if bound > 0 else 0.0)


def _plan(problem: Problem, layout: Layout, yuan: np.ndarray, bound: float, chosen: np.ndarray) -> Plan:
    names = [one.name for one in problem.constraints]
    usage = layout.usage(chosen)
    shortfall = np.maximum(layout.low - usage, 0.0)
    value = math.fsum(layout.value[chosen].tolist())
    # With a minimum missed, no plan is compared with those that meet it: what is missing is allowed to all, at its price.
    bound = max(bound + float((np.maximum(-yuan, 0.0) * shortfall).sum()), value)
    return Plan(
        chosen=layout.in_problem(chosen),
        value=value,
        bound=bound,
        gap_bp=1e4 * (bound - value) / bound if bound > 0 else 0.0,
        prices=dict(zip(names, yuan.tolist(), strict=True)),
        usage=dict(zip(names, usage.tolist(), strict=True)),
        shortfall=dict(zip(names, shortfall.tolist(), strict=True)),
    )


def _jitter(layout: Layout, salt: str) -> np.ndarray:
    """Micro-yuan by which options of equal value differ for the search, at most half of JITTER of the value: no price can part equals."""
    share = (tie_hash(salt, layout.customer, layout.campaign, layout.channel, layout.product) >> np.uint64(11)).astype(np.float64) / 2**53
    return np.rint(layout.micro * (share - 0.5) * JITTER).astype(np.int64)


def tie_hash(salt: str, *keys: np.ndarray) -> np.ndarray:
    """uint64 of the salt and the keys: splitmix64, folded key by key."""
    state = np.full(len(keys[0]), int.from_bytes(hashlib.sha256(salt.encode()).digest()[:8], "big"), dtype=np.uint64)
    for key in keys:
        state = mixed(state ^ mixed(key.astype(np.int64).view(np.uint64) + np.uint64(0x9E3779B97F4A7C15)))
    return state
