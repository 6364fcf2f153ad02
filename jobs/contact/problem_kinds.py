"""Kinds of options: all options that weigh the same in the same constraints. A night of 11 million options has a few thousand kinds, so that prices are
applied, and usage counted, once a kind instead of once an option and constraint."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jobs.contact.allocation import Constraint

MICRO = 1_000_000


@dataclass(frozen=True)
class Kinds:
    """Entry e says that options of kind `owner[e]` weigh `weight[e]` in constraint `constraint[e]`; sorted by kind, then constraint."""

    count: int
    constraints: int
    owner: np.ndarray
    constraint: np.ndarray
    weight: np.ndarray

    def usage(self, options: np.ndarray) -> np.ndarray:
        """Usage of each constraint by so many options of each kind."""
        return np.bincount(self.constraint, weights=self.weight * options[self.owner], minlength=self.constraints)

    def charge(self, yuan: np.ndarray) -> np.ndarray:
        """Prices of what an option of each kind uses, in whole micro-yuan, rounded down."""
        charge = np.bincount(self.owner, weights=self.weight * yuan[self.constraint] * MICRO, minlength=self.count)
        return np.floor(charge + 1e-6).astype(np.int64)

    def overweight(self, room: np.ndarray) -> np.ndarray:
        """Kinds of which not even one option fits the room that each constraint has."""
        return np.bincount(self.owner, weights=self.weight > room[self.constraint], minlength=self.count) > 0

    def lists(self) -> list[list[tuple[int, float]]]:
        """(constraint, weight) pairs of each kind, for loops over single options."""
        pairs = list(zip(self.constraint.tolist(), self.weight.tolist(), strict=True))
        start = np.searchsorted(self.owner, np.arange(self.count + 1)).tolist()
        return [pairs[begin:end] for begin, end in pairwise(start)]


def kinds_of_options(constraints: Sequence["Constraint"], options: int) -> tuple[np.ndarray, Kinds, np.ndarray]:
    """Kind of each option, the kinds, and a signature of each option (uint64): equal where the constraints and weights are."""
    signature = np.zeros(options, dtype=np.uint64)
    for number, chosen, weight in _entries(constraints):
        signature[chosen] += mixed(mixed(weight.view(np.uint64)) + np.uint64(number + 1))
    distinct, example, kind = np.unique(signature, return_index=True, return_inverse=True)
    kind_of_example = np.full(options, -1, dtype=np.int64)
    kind_of_example[example] = np.arange(len(distinct))
    found = [(kind_of_example[chosen], number, weight) for number, chosen, weight in _entries(constraints)]
    owner = np.concatenate([of[of >= 0] for of, _, _ in found] or [np.empty(0, dtype=np.int64)])
    constraint = np.concatenate([np.full((of >= 0).sum(), number) for of, number, _ in found] or [np.empty(0, dtype=np.int64)])
    weight = np.concatenate([weight[of >= 0] for of, _, weight in found] or [np.empty(0)])
    order = np.lexsort((constraint, owner))
    return kind.astype(np.int32), Kinds(len(distinct), len(constraints), owner[order], constraint[order], weight[order]), signature


def _entries(constraints: Sequence["Constraint"]) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Number, options (ascending, each once) and weights (none is 0) of each constraint."""
    for number, one in enumerate(constraints):
        options, weight = np.asarray(one.options, dtype=np.int64), np.asarray(one.weight, dtype=np.float64)
        if not (np.diff(options) > 0).all():
            weight = weight[np.lexsort((weight, options))]
            options, place = np.unique(options, return_inverse=True)
            weight = np.add.reduceat(weight, np.searchsorted(np.sort(place), np.arange(len(options))))
        yield number, options[weight > 0], weight[weight > 0]


def mixed(word: np.ndarray) -> np.ndarray:
    """The finish of splitmix64: uint64 in, well spread uint64 out."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))
