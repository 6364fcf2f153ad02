"""Exploration: every night a small share of what channels can do goes to offers drawn by hash, so that what is learned does not hang on what was believed.

Of each customer's options that may be tried one is drawn, each as likely as any other. It is tried with the chance

    share x least of (1, maximum / what all drawn options together are expected to use), over the constraints that it weighs in

so that about `share` of the customers, and of no channel, place or budget more than `share`, is expected to go to trials. Its propensity is that chance
over the number of the customer's options: exact, since neither part depends on what is believed of the customer. Who is drawn gets nothing else that night.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from jobs.contact.allocation import Allowance, Constraint, Problem, tie_hash


@dataclass(frozen=True)
class Explored:
    """By option: whether it is tried tonight, and the propensity with which it would be (0 where it may not be)."""

    chosen: np.ndarray
    propensity: np.ndarray

    def customers(self, problem: Problem) -> np.ndarray:
        """By customer: whether an option of theirs is tried."""
        drawn = np.zeros(len(problem.max_contacts), dtype=bool)
        drawn[problem.customer[self.chosen]] = True
        return drawn


def explore(problem: Problem, may_be_tried: np.ndarray, identity: np.ndarray, share: float, salt: str) -> Explored:
    """`may_be_tried` by option. `identity`: uint64 of each customer, the same whoever else is there: the draws depend on it and the salt alone. Options
    of one customer are drawn by their order."""
    tried = np.flatnonzero(may_be_tried & _possible(problem))
    owner = problem.customer[tried]
    count = np.bincount(owner, minlength=len(problem.max_contacts))
    likely = np.zeros(len(problem.value))
    likely[tried] = 1.0 / count[owner]
    chance = share * _least_room(problem.constraints, likely)
    nth = np.arange(len(tried)) - (np.cumsum(count) - count)[owner]
    drawn = tried[nth == np.floor(_uniform(f"{salt}:option", identity) * count).astype(np.int64)[owner]]
    luck = _uniform(f"{salt}:customer", identity)[problem.customer[drawn]]
    lucky = luck < chance[drawn]
    chosen = np.zeros(len(problem.value), dtype=bool)
    chosen[_that_fit(problem.constraints, drawn[lucky], luck[lucky])] = True
    return Explored(chosen, chance * likely)


def standing_trials(problem: Problem, tried: np.ndarray) -> Explored:
    """The trials of an earlier revision that could still go out. Their propensity is the one that they went out with, and not known here."""
    before = np.flatnonzero(tried & _possible(problem))
    chosen = np.zeros(len(problem.value), dtype=bool)
    chosen[_that_fit(problem.constraints, before, np.arange(len(before), dtype=np.float64))] = True
    return Explored(chosen, np.zeros(len(problem.value)))


def without(problem: Problem, explored: Explored) -> tuple[Problem, np.ndarray]:
    """The problem that trials leave: without the customers who are drawn, and with what their trials use taken off every limit. With it, its options as
    places in the problem."""
    if not explored.chosen.any():
        return problem, np.arange(len(problem.value))
    kept = np.flatnonzero(~explored.customers(problem)[problem.customer])
    place = np.full(len(problem.value), -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    left = replace(
        problem,
        **{name: getattr(problem, name)[kept] for name in ("customer", "campaign", "product", "channel", "value")},
        constraints=[_left(one, explored.chosen, place) for one in problem.constraints],
        allowances=[_of_the_kept(one, place) for one in problem.allowances],
    )
    return left, kept


def _possible(problem: Problem) -> np.ndarray:
    """Options that could go out if they were the only one."""
    possible = problem.max_contacts[problem.customer] > 0
    for constraint in problem.constraints:
        possible[constraint.options[constraint.weight > constraint.high]] = False
    for allowance in problem.allowances:
        possible[allowance.options[allowance.limit[allowance.group] < 1]] = False
    return possible


def _least_room(constraints: Sequence[Constraint], likely: np.ndarray) -> np.ndarray:
    """By option: of its constraints, the least maximum as a share of what drawn options are expected to use; 1 where all fit."""
    room = np.ones(len(likely))
    for one in constraints:
        expected = float(np.sum(one.weight * likely[one.options]))
        if expected > one.high:
            room[one.options] = np.minimum(room[one.options], np.where(one.weight > 0, one.high / expected, 1.0))
    return room


def _that_fit(constraints: Sequence[Constraint], chosen: np.ndarray, luck: np.ndarray) -> np.ndarray:
    """The chosen options without those that a full capacity leaves out, the unluckiest first. So few are expected that it hardly ever happens."""
    order = np.full(max((int(one.options.max(initial=-1)) + 1 for one in constraints), default=0), -1, dtype=np.int64)
    chosen = chosen[np.argsort(luck, kind="stable")]
    inside = chosen[chosen < len(order)]
    order[inside] = np.flatnonzero(chosen < len(order))
    fits = np.ones(len(chosen), dtype=bool)
    for one in constraints:
        rank = order[one.options]
        here = np.flatnonzero(rank >= 0)
        here = here[np.argsort(rank[here], kind="stable")]
        here = here[fits[rank[here]]]
        fits[rank[here][np.cumsum(one.weight[here]) > one.high]] = False
    return np.sort(chosen[fits])


def _left(constraint: Constraint, chosen: np.ndarray, place: np.ndarray) -> Constraint:
    used = float(np.sum(constraint.weight[chosen[constraint.options]]))
    kept = place[constraint.options] >= 0
    low, high = max(constraint.low - used, 0.0), constraint.high - used
    return Constraint(constraint.name, place[constraint.options[kept]], constraint.weight[kept], low, high)


def _of_the_kept(allowance: Allowance, place: np.ndarray) -> Allowance:
    kept = place[allowance.options] >= 0
    return Allowance(allowance.name, place[allowance.options[kept]], allowance.group[kept], allowance.limit)


def _uniform(salt: str, identity: np.ndarray) -> np.ndarray:
    """Numbers in [0, 1) by hash."""
    return (tie_hash(salt, identity.view(np.int64)) >> np.uint64(11)).astype(np.float64) / 2**53
