"""The allocation problem in one canonical order, as flat arrays and whole numbers: what prices, sets and the settling all work on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jobs.contact.problem_kinds import Kinds, kinds_of_options
from jobs.contact.problem_soundness import refuse_unsound

if TYPE_CHECKING:
    from jobs.contact.allocation import Problem

MICRO = 1_000_000  # worth counts in whole millionths of a yuan
SURELY_ROUNDING = 1e-3  # of a micro-yuan: what lies above a whole number by less is how the number is stored


@dataclass(frozen=True)
class Layout:
    """Options that some plan can choose, in the order (customer, campaign, channel, product); `position` is where each stood among the `options` of the problem.

    `micro` is the value in micro-yuan, rounded up so that a bound on it bounds the value. Codes of campaigns count from 0; `excluded[a, b]` says that a and b
    never go to one customer. `kind` says which constraints an option weighs in, and how much. A column of `shared` is an allowance: the
    group of each option, or -1; of a group, `group_limit` may be chosen.
    """

    options: int
    position: np.ndarray
    customer: np.ndarray
    campaign: np.ndarray
    channel: np.ndarray
    product: np.ndarray
    value: np.ndarray
    micro: np.ndarray
    kind: np.ndarray
    kinds: Kinds
    max_contacts: np.ndarray
    excluded: np.ndarray
    low: np.ndarray
    high: np.ndarray
    shared: list[np.ndarray]
    group_limit: np.ndarray

    def usage(self, chosen: np.ndarray) -> np.ndarray:
        """Weighted count of the chosen options (indices) in each constraint."""
        return self.kinds.usage(np.bincount(self.kind[chosen], minlength=self.kinds.count))

    def in_problem(self, chosen: np.ndarray) -> np.ndarray:
        """Which options of the problem are chosen, of which of these are."""
        back = np.zeros(self.options, dtype=bool)
        back[self.position[chosen]] = True
        return back

    def reduced(self, worth: np.ndarray, yuan: np.ndarray) -> np.ndarray:
        """Worth of each option in micro-yuan less the prices of what it uses, rounded up."""
        return worth - self.kinds.charge(yuan)[self.kind]


def lay_out(problem: "Problem") -> Layout:
    """Raises ValueError in one line for arrays that do not belong together, unknown customers or options, and constraints that say nothing sound."""
    keys = {name: np.asarray(getattr(problem, name), dtype=np.int64) for name in ("customer", "campaign", "channel", "product")}
    value = np.asarray(problem.value, dtype=np.float64)
    most = np.asarray(problem.max_contacts, dtype=np.int64)
    refuse_unsound(problem, keys, value)
    low = np.array([one.low for one in problem.constraints], dtype=np.float64)
    high = np.array([one.high for one in problem.constraints], dtype=np.float64)
    kind, kinds, signature = kinds_of_options(problem.constraints, len(value))
    columns, limit = _allowances(problem, keys["customer"])
    possible = ~kinds.overweight(high)[kind] & (most[keys["customer"]] > 0)
    for column in columns:
        possible &= (column < 0) | (np.append(limit, 1)[column] > 0)
    position = _canonical_order(list(keys.values()), value, signature)
    position = position[possible[position]]
    codes, campaign = np.unique(keys["campaign"], return_inverse=True)
    return Layout(
        options=len(value),
        position=position,
        customer=keys["customer"][position],
        campaign=campaign[position],
        channel=keys["channel"][position],
        product=keys["product"][position],
        value=value[position],
        micro=np.ceil(value[position] * MICRO - SURELY_ROUNDING).astype(np.int64),
        kind=kind[position],
        kinds=kinds,
        max_contacts=most,
        excluded=_excluded(codes, problem),
        low=low,
        high=high,
        shared=_binding([column[position] for column in columns], limit),
        group_limit=limit,
    )


def _canonical_order(keys: list[np.ndarray], value: np.ndarray, signature: np.ndarray) -> np.ndarray:
    """Positions by the keys; options equal in all of them by value and by the constraints they weigh in."""
    key = np.zeros(len(value), dtype=np.int64)
    for one in keys:
        key = key * (int(one.max(initial=0)) - int(one.min(initial=0)) + 1) + (one - one.min(initial=0))
    if (key[1:] > key[:-1]).all():
        return np.arange(len(key))
    position = np.argsort(key, kind="stable")
    if (np.diff(key[position]) > 0).all():
        return position
    return np.lexsort((signature, value, key))


def _excluded(codes: np.ndarray, problem: "Problem") -> np.ndarray:
    excluded = np.zeros((len(codes), len(codes)), dtype=bool)
    number = {int(code): place for place, code in enumerate(codes)}
    for one, other in problem.exclusions:
        if one != other and one in number and other in number:
            excluded[number[one], number[other]] = excluded[number[other], number[one]] = True
    return excluded


def _allowances(problem: "Problem", customer: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """A column of groups for each allowance, groups numbered through; where an option stands in several of its groups, more columns."""
    columns: list[np.ndarray] = []
    limits = [np.asarray(one.limit, dtype=np.int64) for one in problem.allowances]
    offset = 0
    for allowance, limit in zip(problem.allowances, limits, strict=True):
        options, group = np.asarray(allowance.options, dtype=np.int64), np.asarray(allowance.group, dtype=np.int64)
        order = np.lexsort((group, options))
        options, group = options[order], group[order]
        new = (np.diff(options, prepend=-1) != 0) | (np.diff(group, prepend=-1) != 0)
        options, group = options[new], group[new]
        first = np.full(len(limit), -1)
        first[group] = customer[options]
        if (first[group] != customer[options]).any():
            raise ValueError(f"Allowance {allowance.name}: a group holds options of two customers")
        nth = np.arange(len(options)) - np.searchsorted(options, options)
        for place in range(int(nth.max(initial=-1)) + 1):
            column = np.full(len(customer), -1, dtype=np.int32)
            column[options[nth == place]] = group[nth == place] + offset
            columns.append(column)
        offset += len(limit)
    return columns, np.concatenate(limits or [np.empty(0, dtype=np.int64)])


def _binding(columns: list[np.ndarray], limit: np.ndarray) -> list[np.ndarray]:
    """The columns without groups that no choice can overfill."""
    size = np.zeros(len(limit), dtype=np.int64)
    for column in columns:
        size += np.bincount(column[column >= 0], minlength=len(limit))
    overfull = np.append(size > limit, False)
    kept = [np.where(overfull[column], column, -1) for column in columns]
    return [column for column in kept if (column >= 0).any()]
