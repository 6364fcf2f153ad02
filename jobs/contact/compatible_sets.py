"""Which campaigns of one customer may go together, where exclusions forbid some pairs: every allowed set of at most three.

Only campaigns that are excluded by another one offered to the same customer need listing; to any such set the best of the customer's other
campaigns can be added freely. The sets of a customer grow with the third power of such campaigns, of which a night has few.
"""

from dataclasses import dataclass

import numpy as np

LARGEST = 3  # members of a set; a customer who may get more contacts than this is treated as if nothing were excluded


@dataclass(frozen=True)
class CompatibleSets:
    """Offers are (customer, campaign) pairs in that order. `bound` marks offers that another offer of the customer excludes.

    A set is a row of `members`: offers, filled up with the number of offers; the empty set is one of them. Sets stand by customer (`customers`, whose
    sets begin at `start`), smaller ones first, so that of equal values the smaller is found first.
    """

    bound: np.ndarray
    members: np.ndarray
    size: np.ndarray
    owner: np.ndarray
    customers: np.ndarray
    start: np.ndarray


def compatible_sets(owner: np.ndarray, campaign: np.ndarray, exclusions: list[tuple[int, int]], most: np.ndarray) -> CompatibleSets:
    """`owner` numbers the customer of each offer from 0, `most` is how many contacts each customer may get."""
    offers = len(owner)
    edges = _edges(owner, campaign, exclusions)
    edges = edges[most[owner[edges[:, 0]]] <= LARGEST]
    bound = np.zeros(offers, dtype=bool)
    bound[edges.ravel()] = True
    single = np.flatnonzero(bound)[:, None]
    customers = np.unique(owner[single])
    forbidden = np.unique(edges.min(axis=1) * offers + edges.max(axis=1)) if len(edges) else np.empty(0, dtype=np.int64)
    by_size = [np.empty((len(customers), 0), dtype=np.int64), single]
    for _ in range(LARGEST - 1):
        by_size.append(_grown(by_size[-1], single[:, 0], owner, forbidden, offers))
    owners = np.concatenate([customers, *(owner[sets[:, 0]] for sets in by_size[1:])])
    size = np.repeat(np.arange(LARGEST + 1), [len(sets) for sets in by_size])
    members = np.concatenate([np.pad(sets, ((0, 0), (0, LARGEST - sets.shape[1])), constant_values=offers) for sets in by_size])
    kept = np.flatnonzero(size <= most[owners])
    kept = kept[np.argsort(owners[kept], kind="stable")]
    return CompatibleSets(bound, members[kept], size[kept], owners[kept], customers, np.searchsorted(owners[kept], customers))


def _edges(owner: np.ndarray, campaign: np.ndarray, exclusions: list[tuple[int, int]]) -> np.ndarray:
    """Pairs of offers to one customer that exclude each other."""
    found = [np.empty((0, 2), dtype=np.int64)]
    for one, other in {(min(pair), max(pair)) for pair in exclusions if pair[0] != pair[1]}:
        of_one, of_other = np.flatnonzero(campaign == one), np.flatnonzero(campaign == other)
        _, left, right = np.intersect1d(owner[of_one], owner[of_other], assume_unique=True, return_indices=True)
        found.append(np.column_stack([of_one[left], of_other[right]]))
    return np.concatenate(found)


def _grown(sets: np.ndarray, single: np.ndarray, owner: np.ndarray, forbidden: np.ndarray, offers: int) -> np.ndarray:
    """Every set with one more offer of its customer, behind its last one, that excludes none of its members."""
    if not len(sets):
        return np.empty((0, sets.shape[1] + 1), dtype=np.int64)
    first = np.searchsorted(single, sets[:, -1]) + 1
    end = np.searchsorted(owner[single], owner[sets[:, -1]], side="right")
    count = end - first
    parent = np.repeat(np.arange(len(sets)), count)
    step = np.arange(len(parent)) - np.repeat(np.cumsum(count) - count, count)
    grown = np.column_stack([sets[parent], single[first[parent] + step]])
    allowed = ~np.isin(grown[:, :-1] * offers + grown[:, -1:], forbidden).any(axis=1)
    return grown[allowed]
