"""The rules of an allocation as rows of a linear programme over some of its options: what HiGHS is given."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix

from jobs.contact.problem_layout import Layout


@dataclass(frozen=True)
class Rows:
    """Entry e: the option at place `column[e]` weighs `weight[e]` in row `row[e]`. By row the lowest and highest sum."""

    column: np.ndarray
    row: np.ndarray
    weight: np.ndarray
    low: np.ndarray
    high: np.ndarray


def as_matrix(groups: Sequence[Rows], columns: int) -> tuple[csr_matrix, np.ndarray, np.ndarray]:
    """All rows below each other, with their lowest and highest sums."""
    offset = np.cumsum([0, *(len(one.high) for one in groups)])
    row = np.concatenate([one.row + begin for one, begin in zip(groups, offset[:-1], strict=True)])
    weight, column = np.concatenate([one.weight for one in groups]), np.concatenate([one.column for one in groups])
    matrix = coo_matrix((weight, (row, column)), shape=(offset[-1], columns)).tocsr()
    return matrix, np.concatenate([one.low for one in groups]), np.concatenate([one.high for one in groups])


def of_customers(layout: Layout, option: np.ndarray) -> Iterator[Rows]:
    """What one customer may get: contacts, one channel a campaign, exclusions, allowances."""
    everyone, customer, campaign = np.arange(len(option)), layout.customer[option], layout.campaign[option]
    owners, owner = np.unique(customer, return_inverse=True)
    yield _at_most(everyone, owner, layout.max_contacts[owners])
    yield _at_most(everyone, *_one_of(customer * (int(campaign.max(initial=0)) + 1) + campaign))
    for one, other in zip(*np.nonzero(np.triu(layout.excluded)), strict=True):
        both = np.flatnonzero((campaign == one) | (campaign == other))
        yield _at_most(both, *_one_of(customer[both]))
    for column in layout.shared:
        sharing = np.flatnonzero(column[option] >= 0)
        groups, group = np.unique(column[option[sharing]], return_inverse=True)
        yield _at_most(sharing, group, layout.group_limit[groups])


def weights_of(layout: Layout, option: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place of an option, constraint and weight, an entry for each constraint that an option weighs in."""
    kinds = layout.kinds
    order = np.argsort(layout.kind[option], kind="stable")
    begin, end = (np.searchsorted(kinds.owner, layout.kind[option[order]], side=side) for side in ("left", "right"))
    count = end - begin
    entry = np.repeat(begin - np.cumsum(count) + count, count) + np.arange(count.sum())
    return np.repeat(order, count), kinds.constraint[entry], kinds.weight[entry]


def _one_of(key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    keys, row = np.unique(key, return_inverse=True)
    return row, np.ones(len(keys))


def _at_most(options: np.ndarray, row: np.ndarray, most: np.ndarray) -> Rows:
    return Rows(options, row, np.ones(len(options)), np.full(len(most), -np.inf), most.astype(np.float64))
