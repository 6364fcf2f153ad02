"""For every option that a plan did not choose: what stood in its way, as reason and rule of `decision`.

| reason | rule | when |
| --- | --- | --- |
| lower_value | cap:<cap>, min_interval:<rule> | a better option took the allowance that both share tonight |
| lower_value | exclusive_with | a better option of an exclusive campaign goes to the customer |
| lower_value | one_channel_a_campaign, contacts_a_night | better options fill what the customer may get |
| out_of_budget | money:<campaign>, contacts:<campaign> | the campaign's money or contacts are used up |
| lower_value | exploration | the customer was drawn to try another option, and gets nothing else tonight |
| no_capacity | channel:<channel>, place:<channel>:<place> | the channel or the place is full |

"Better" is worth at least as much: an option that lost its channel to others is not called lower than the poorer one its customer got instead.
Made from the plan alone, so that it holds for any way of picking.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jobs.contact.allocation import Plan, Problem

Blocks = tuple[str, str, np.ndarray, np.ndarray]  # reason, rule, options blocked, value of what blocks them


@dataclass(frozen=True)
class Way:
    """Reason and rule of each option, as codes into `names`."""

    reason: np.ndarray
    rule: np.ndarray
    names: list[str]


def in_the_way(problem: Problem, plan: Plan, beside_a_trial: np.ndarray) -> Way:
    """Chosen options are issued, with an empty rule. `beside_a_trial` are options of customers who were drawn to try another."""
    names = {"issued": 0, "": 1}
    reason, rule = np.zeros(len(problem.value), dtype=np.int32), np.ones(len(problem.value), dtype=np.int32)
    open_ = ~plan.chosen

    def note(why: str, name: str, found: np.ndarray) -> None:
        reason[found], rule[found] = names.setdefault(why, len(names)), names.setdefault(name, len(names))
        open_[found] = False

    note("lower_value", "exploration", np.flatnonzero(beside_a_trial))
    local = list(_local(problem, plan))
    stages = [
        [(why, name, blocked[problem.value[blocked] <= value]) for why, name, blocked, value in local],
        list(_global(problem, plan)),
        [(why, name, blocked) for why, name, blocked, _ in local],
    ]
    for why, name, blocked in (one for stage in stages for one in stage):
        note(why, name, blocked[open_[blocked]])
    note("lower_value", "plan", np.flatnonzero(open_))
    return Way(reason, rule, list(names))


def _local(problem: Problem, plan: Plan) -> Iterator[Blocks]:
    """Rules of one customer under which chosen options block others, with the least value among the chosen that block."""
    everyone = np.arange(len(problem.value))
    campaigns = int(problem.campaign.max(initial=0)) + 1
    pair = problem.customer.astype(np.int64) * campaigns + problem.campaign
    _, group = np.unique(pair, return_inverse=True)
    yield _full(problem, plan, "lower_value", "one_channel_a_campaign", everyone, group, np.ones(int(group.max(initial=-1)) + 1))
    for allowance in problem.allowances:
        yield _full(problem, plan, "lower_value", allowance.name, np.asarray(allowance.options), np.asarray(allowance.group), np.asarray(allowance.limit))
    for one, other in problem.exclusions:
        for blocking, blocked in ((one, other), (other, one)):
            yield _excluded(problem, plan, blocking, blocked)
    yield _full(problem, plan, "lower_value", "contacts_a_night", everyone, problem.customer, problem.max_contacts)


def _full(problem: Problem, plan: Plan, reason: str, rule: str, options: np.ndarray, group: np.ndarray, limit: np.ndarray) -> Blocks:
    """Options of groups in which as many are chosen as may be."""
    chosen = plan.chosen[options]
    taken = np.bincount(group[chosen], minlength=len(limit))
    least = np.full(len(limit), np.inf)
    np.minimum.at(least, group[chosen], problem.value[options[chosen]])
    blocked = ~chosen & (taken >= limit)[group] if len(options) else chosen
    return reason, rule, options[blocked], least[group[blocked]]


def _excluded(problem: Problem, plan: Plan, blocking: int, blocked: int) -> Blocks:
    has = np.full(len(problem.max_contacts), -np.inf)
    chosen = plan.chosen & (problem.campaign == blocking)
    has[problem.customer[chosen]] = problem.value[chosen]
    found = np.flatnonzero((problem.campaign == blocked) & ~plan.chosen & np.isfinite(has[problem.customer]))
    return "lower_value", "exclusive_with", found, has[problem.customer[found]]


def _global(problem: Problem, plan: Plan) -> Iterator[tuple[str, str, np.ndarray]]:
    """Options that no longer fit a capacity or a budget."""
    for constraint in problem.constraints:
        reason = "no_capacity" if constraint.name.startswith(("channel:", "place:")) else "out_of_budget"
        too_much = plan.usage[constraint.name] + constraint.weight > constraint.high
        yield reason, constraint.name, constraint.options[too_much]
