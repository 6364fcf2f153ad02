"""The allocation problem in one canonical order, as flat arrays: what both the prices and the greedy pick work on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jobs.contact.allocation import Constraint, Problem


@dataclass(frozen=True)
class Layout:
    """Options in the order (customer, campaign, channel, product, value); `position` is where each stood in the problem.

    Entries say that option `entry_option` weighs `entry_weight` in constraint `entry_constraint`, sorted by option and constraint.
    Members say that option `member_option` belongs to the allowance group `member_group`, of which `group_limit` may be chosen.
    `possible` is false for what no plan can choose: more than a whole capacity, or an allowance that is used up.
    """

    position: np.ndarray
    customer: np.ndarray
    campaign: np.ndarray
    product: np.ndarray
    channel: np.ndarray
    value: np.ndarray
    possible: np.ndarray
    max_contacts: np.ndarray
    exclusions: list[tuple[int, int]]
    low: np.ndarray
    high: np.ndarray
    entry_option: np.ndarray
    entry_constraint: np.ndarray
    entry_weight: np.ndarray
    member_option: np.ndarray
    member_group: np.ndarray
    group_limit: np.ndarray

    def usage(self, chosen: np.ndarray) -> np.ndarray:
        """Weighted count of the chosen options (a mask or indices) in each constraint."""
        mask = np.zeros(len(self.value), dtype=bool)
        mask[chosen] = True
        taken = mask[self.entry_option]
        return np.bincount(self.entry_constraint[taken], weights=self.entry_weight[taken], minlength=len(self.high))


def lay_out(problem: "Problem") -> Layout:
    """Raises ValueError in one line for arrays that do not belong together, unknown customers or options, and constraints that say nothing sound."""
    options = len(problem.value)
    keys = {name: np.asarray(getattr(problem, name), dtype=np.int64) for name in ("customer", "campaign", "product", "channel")}
    value = np.asarray(problem.value, dtype=np.float64)
    _check(problem, keys, value)
    position = np.lexsort((value, keys["product"], keys["channel"], keys["campaign"], keys["customer"]))
    place_of = np.empty(options, dtype=np.int64)
    place_of[position] = np.arange(options)
    entry_option, entry_constraint, entry_weight = _entries(problem, place_of)
    member_option, member_group, group_limit = _members(problem, place_of)
    low = np.array([one.low for one in problem.constraints], dtype=np.float64)
    high = np.array([one.high for one in problem.constraints], dtype=np.float64)
    possible = np.ones(options, dtype=bool)
    possible[entry_option[entry_weight > high[entry_constraint]]] = False
    possible[member_option[group_limit[member_group] <= 0]] = False
    return Layout(
        position=position,
        value=value[position],
        possible=possible,
        max_contacts=np.asarray(problem.max_contacts, dtype=np.int64),
        exclusions=[(int(one), int(other)) for one, other in problem.exclusions],
        low=low,
        high=high,
        entry_option=entry_option,
        entry_constraint=entry_constraint,
        entry_weight=entry_weight,
        member_option=member_option,
        member_group=member_group,
        group_limit=group_limit,
        **{name: array[position] for name, array in keys.items()},
    )


def _check(problem: "Problem", keys: dict[str, np.ndarray], value: np.ndarray) -> None:
    for name, array in keys.items():
        if len(array) != len(value):
            raise ValueError(f"Problem.{name}: {len(array)} entries for {len(value)} values")
    if not np.isfinite(value).all():
        raise ValueError("Problem.value: every value must be a finite number")
    customers = len(problem.max_contacts)
    unknown = keys["customer"][(keys["customer"] < 0) | (keys["customer"] >= customers)]
    if len(unknown):
        raise ValueError(f"Problem.customer: customer {unknown[0]} is unknown; max_contacts has {customers} customers")
    if customers and np.min(problem.max_contacts) < 0:
        raise ValueError("Problem.max_contacts: must not be negative")
    names = [one.name for one in problem.constraints]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"Constraint {name}: the name stands twice")
    for one in problem.constraints:
        _check_constraint(one, len(value))
    for allowance in problem.allowances:
        _check_options(f"Allowance {allowance.name}", allowance.options, len(value))


def _check_constraint(one: "Constraint", options: int) -> None:
    if len(one.options) != len(one.weight):
        raise ValueError(f"Constraint {one.name}: {len(one.options)} options and {len(one.weight)} weights")
    if not np.isfinite(np.asarray(one.weight, dtype=np.float64)).all():
        raise ValueError(f"Constraint {one.name}: every weight must be a finite number")
    if len(one.weight) and np.min(one.weight) < 0:
        raise ValueError(f"Constraint {one.name}: weights must not be negative")
    if np.isnan(one.low) or np.isnan(one.high) or one.low == np.inf:
        raise ValueError(f"Constraint {one.name}: low {one.low} and high {one.high} must be numbers, low a finite one")
    if one.low > one.high:
        raise ValueError(f"Constraint {one.name}: low {one.low} is above high {one.high}")
    _check_options(f"Constraint {one.name}", one.options, options)


def _check_options(owner: str, chosen: np.ndarray, options: int) -> None:
    indices = np.asarray(chosen)
    if len(indices) and indices.dtype.kind not in "iu":
        raise ValueError(f"{owner}: options must be the indices of options, not {indices.dtype}")
    unknown = indices[(indices < 0) | (indices >= options)]
    if len(unknown):
        raise ValueError(f"{owner}: option {unknown[0]} is unknown; there are {options} options")


def _entries(problem: "Problem", place_of: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    counts = [len(one.options) for one in problem.constraints]
    option = place_of[_joined([one.options for one in problem.constraints])]
    constraint = np.repeat(np.arange(len(counts)), counts)
    weight = np.concatenate([np.asarray(one.weight, dtype=np.float64) for one in problem.constraints] or [np.empty(0)])
    order = np.lexsort((constraint, option))
    return option[order], constraint[order], weight[order]


def _members(problem: "Problem", place_of: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Members of all allowances, their groups numbered through. Groups that no choice can overfill are left out."""
    offsets = np.cumsum([0, *(len(one.limit) for one in problem.allowances)])
    option = place_of[_joined([one.options for one in problem.allowances])]
    group = _joined([np.asarray(one.group) + offset for one, offset in zip(problem.allowances, offsets[:-1], strict=True)])
    limit = _joined([one.limit for one in problem.allowances])
    size = np.bincount(group, minlength=len(limit))
    binding = size[group] > limit[group] if len(group) else np.empty(0, dtype=bool)
    option, group = option[binding], group[binding]
    order = np.lexsort((group, option))
    return option[order], group[order], limit


def _joined(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.asarray(one, dtype=np.int64) for one in arrays] or [np.empty(0, dtype=np.int64)])
