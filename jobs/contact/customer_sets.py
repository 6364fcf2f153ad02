"""The customer problem: for each customer the best set of options under the customer's own rules, exactly, whatever the prices are.

Every allowed set of at most three is tried, for many customers at once. What one customer shares (allowances) and campaigns that exclude each
other are pairs, or triples, that may not stand together. Where a customer has no allowance to share, the best channel of each campaign is found
first and sets are tried over campaigns. Who may get more than three contacts, or has more offers than can be tried, gets the sum of the best
campaigns without regard to such pairs: more than the exact worth, so that a bound stays one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from jobs.contact.problem_layout import Layout

LARGEST_SET = 3
MOST_TRIED = {1: 1_000_000, 2: 64, 3: 24}  # items of a customer up to which sets of that size are tried
BLOCK = 100_000  # sets of customers at a time: their worth stays in the processor's cache
NEVER = -(2**60)


@dataclass(frozen=True)
class Shape:
    """Customers (places in the list of customers) with the same number of items and of contacts; their items stand together from `first` on.

    A row of `sets` is the members of a set, -1 where it has no more; the empty one comes first, then by size. `forbidden[s]` says for whom set s is none.
    Without `sets` they are too many to be tried.
    """

    place: np.ndarray
    first: np.ndarray
    items: int
    most: int
    sets: np.ndarray
    forbidden: np.ndarray


@dataclass(frozen=True)
class BestSets:
    """Of each customer: worth of the best set (0 for the empty one), of the second best over other items, and the items of the best, -1 for none."""

    worth: np.ndarray
    second: np.ndarray
    items: np.ndarray


class CustomerSets:
    """The sets of some customers of a layout; `option` are their options, ascending, an item is a run of them of which one may be chosen. `whole`: they are all
    that the layout has, so that nothing need be looked up."""

    def __init__(self, layout: Layout, option: np.ndarray) -> None:
        self.layout, self.option, self.whole = layout, option, len(option) == len(layout.value)
        owner, campaign = layout.customer[option], layout.campaign[option]
        new_customer = np.diff(owner, prepend=-1) != 0
        start = np.flatnonzero(new_customer)
        self.customer = owner[start]
        place = np.cumsum(new_customer) - 1
        options = np.diff(start, append=len(option))
        most = np.minimum(layout.max_contacts[self.customer], options)
        shares = np.zeros(len(option), dtype=bool)
        for column in layout.shared:
            shares |= column[option] >= 0
        by_option = np.logical_or.reduceat(shares, start) if len(option) else np.empty(0, dtype=bool)
        by_option &= _can_be_tried(options, most)
        self.item_start = np.flatnonzero(new_customer | (np.diff(campaign, prepend=-1) != 0) | by_option[place])
        self.item_size = np.diff(self.item_start, append=len(option))
        item_place = place[self.item_start]
        items = np.bincount(item_place, minlength=len(self.customer))
        # Beyond the sets tried, the items are campaigns: `shares` of their options stay unregarded.
        self.exact = _can_be_tried(items, np.minimum(most, items)) & ~(~by_option & np.logical_or.reduceat(shares, start)) if len(option) else by_option
        self.shapes = list(self._shapes(items, np.minimum(most, items), np.searchsorted(item_place, np.arange(len(self.customer))), by_option))

    def _shapes(self, items: np.ndarray, most: np.ndarray, first: np.ndarray, by_option: np.ndarray) -> Iterator[Shape]:
        tried = _can_be_tried(items, most)
        code = (items * (int(most.max(initial=0)) + 1) + most) * 4 + by_option * 2 + tried
        for one in np.unique(code):
            place = np.flatnonzero(code == one)
            count, size = int(items[place[0]]), int(most[place[0]])
            sets = _set_members(count, size) if tried[place[0]] else np.empty((0, size), dtype=np.int64)
            yield Shape(place, first[place], count, size, sets, self._forbidden_sets(first[place], sets, bool(by_option[place[0]])))

    def _forbidden_sets(self, first: np.ndarray, sets: np.ndarray, by_option: bool) -> np.ndarray:
        """For whom each set holds a pair or a triple that may not stand together."""
        forbidden = np.zeros((len(sets), len(first)), dtype=bool)
        number = {tuple(one for one in members if one >= 0): place for place, members in enumerate(sets.tolist())}
        for members, place in number.items():
            if len(members) == 2:
                forbidden[place] = self._forbidden(first, members, by_option, limit=1)
            if len(members) == 3:
                forbidden[place] = self._forbidden(first, members, by_option, limit=2)
                for pair in combinations(members, 2):
                    forbidden[place] |= forbidden[number[pair]]
        return forbidden

    def _forbidden(self, first: np.ndarray, members: tuple[int, ...], by_option: bool, limit: int) -> np.ndarray:
        """For whom these members may not all stand together, by rules of as many members as these alone."""
        layout = self.layout
        option = [self.option[self.item_start[first + one]] for one in members]
        forbidden = np.zeros(len(first), dtype=bool)
        if limit == 1:
            one, other = layout.campaign[option[0]], layout.campaign[option[1]]
            forbidden = layout.excluded[one, other] | (one == other)
        if by_option:
            for column in layout.shared:
                group = column[option[0]]
                same = (group >= 0) & (layout.group_limit[group] == limit)
                for other in option[1:]:
                    same &= column[other] == group
                forbidden |= same
        return forbidden

    def solve(self, reduced: np.ndarray) -> BestSets:
        """Best sets at the reduced worth (micro-yuan) of each option of the layout."""
        of_item = np.maximum.reduceat(reduced if self.whole else reduced[self.option], self.item_start) if len(self.option) else reduced[:0]
        customers = len(self.customer)
        widest = max((shape.most for shape in self.shapes), default=0)
        best = BestSets(np.zeros(customers, dtype=np.int64), np.zeros(customers, dtype=np.int64), np.full((customers, widest), -1, dtype=np.int64))
        for shape in self.shapes:
            block = max(BLOCK // max(len(shape.sets), shape.items), 1)
            for begin in range(0, len(shape.place), block):
                part = slice(begin, begin + block)
                first, place = shape.first[part], shape.place[part]
                worth = of_item[first + np.arange(shape.items)[:, None]]
                if len(shape.sets):
                    best.worth[place], best.second[place], chosen = _try_all(worth, shape.sets, shape.forbidden[:, part])
                    best.items[place, : shape.most] = np.where(chosen >= 0, chosen + first[:, None], -1)
                else:
                    order = np.argsort(-worth, axis=0, kind="stable")[: shape.most]
                    top = np.take_along_axis(worth, order, axis=0)
                    best.worth[place] = best.second[place] = np.maximum(top, 0).sum(axis=0)
                    best.items[place, : shape.most] = np.where(top > 0, order + first, -1).T
        return best

    def options_of(self, items: np.ndarray, reduced: np.ndarray) -> np.ndarray:
        """The best option of each item; of equals the first. -1 for -1."""
        chosen = np.flatnonzero(items.ravel() >= 0)
        item = items.ravel()[chosen]
        found = self.item_start[item]
        size, best = self.item_size[item], reduced[self.option[found]]
        for step in range(1, int(size.max(initial=1))):
            left = np.flatnonzero(size > step)
            candidate = self.item_start[item[left]] + step
            worth = reduced[self.option[candidate]]
            better = worth > best[left]
            found[left[better]], best[left[better]] = candidate[better], worth[better]
        options = np.full(items.size, -1, dtype=np.int64)
        options[chosen] = self.option[found]
        return options.reshape(items.shape)

    def regret(self, best: BestSets, reduced: np.ndarray) -> np.ndarray:
        """Micro-yuan that each customer's best set is worth more than any other set; -1 where the sets were not all tried."""
        other = best.worth - best.second
        row, column = np.nonzero(best.items >= 0)
        several = self.item_size[best.items[row, column]] > 1
        row, item = row[several], best.items[row, column][several]
        top = self.options_of(item, reduced)
        runner_up = np.full(len(item), NEVER)
        for step in range(int(self.item_size[item].max(initial=0))):
            candidate = self.option[np.minimum(self.item_start[item] + step, len(self.option) - 1)]
            allowed = (self.item_size[item] > step) & (candidate != top)
            runner_up = np.maximum(runner_up, np.where(allowed, reduced[candidate], NEVER))
        np.minimum.at(other, row, reduced[top] - runner_up)
        return np.where(self.exact, other, -1)


def _can_be_tried(items: np.ndarray, most: np.ndarray) -> np.ndarray:
    largest = np.array([MOST_TRIED[1], *(MOST_TRIED[size] for size in range(1, LARGEST_SET + 1))])
    return (most <= LARGEST_SET) & (items <= largest[np.minimum(most, LARGEST_SET)])


def _set_members(items: int, most: int) -> np.ndarray:
    """Members of every set in the order of trying: the empty one, then by size; -1 where it has no more."""
    sets = [members for size in range(most + 1) for members in combinations(range(items), size)]
    return np.array([[*members, *[-1] * (most - len(members))] for members in sets], dtype=np.int64).reshape(len(sets), most)


def _try_all(worth: np.ndarray, sets: np.ndarray, forbidden: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Worth of the best and of the second best set of each customer, and the members of the best. `worth` is a row an item."""
    filled = np.vstack([worth, np.zeros((1, worth.shape[1]), dtype=np.int64)])
    total = np.zeros(forbidden.shape, dtype=np.int64)
    for members in sets.T:
        total += filled[members]
    total[forbidden] = NEVER
    number, customers = total.argmax(axis=0), np.arange(worth.shape[1])
    best = total[number, customers]
    total[number, customers] = NEVER
    return best, total.max(axis=0), sets[number]
