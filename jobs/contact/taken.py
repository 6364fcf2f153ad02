"""What a plan has taken so far, option by option: every rule of a customer and every capacity is looked up before an option is taken."""

from collections.abc import Iterable

import numpy as np

from jobs.contact.problem_layout import Layout

FIRST_ROUND = 50_000  # options looked at before those that no longer fit are sorted out
FEWEST_TOGETHER = 2_000  # options that are no longer looked at all at once


class Taken:
    """A growing plan that always keeps all rules and maxima."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.chosen = np.zeros(len(layout.value), dtype=bool)
        self.count = np.zeros(len(layout.max_contacts), dtype=np.int64)
        self.weighs = layout.kinds.lists()
        self.high = _safe_high(layout)
        self.used = [0.0] * len(layout.high)
        self.start = np.searchsorted(layout.customer, np.arange(len(layout.max_contacts) + 1))
        self.excluded = [set(np.flatnonzero(row).tolist()) | {number} for number, row in enumerate(layout.excluded)]
        self.held: dict[int, list[int]] = {}

    def take_together(self, options: np.ndarray) -> None:
        """Options that are known to fit together."""
        self.chosen[options] = True
        self.count += np.bincount(self.layout.customer[options], minlength=len(self.count))
        self.used = (np.array(self.used) + self.layout.usage(options)).tolist()
        self.held.clear()

    def take(self, option: int) -> None:
        customer = int(self.layout.customer[option])
        self.of(customer).append(option)
        self.chosen[option] = True
        self.count[customer] += 1
        for constraint, weight in self.weighs[self.layout.kind[option]]:
            self.used[constraint] += weight

    def release(self, option: int) -> None:
        customer = int(self.layout.customer[option])
        self.of(customer).remove(option)
        self.chosen[option] = False
        self.count[customer] -= 1
        for constraint, weight in self.weighs[self.layout.kind[option]]:
            self.used[constraint] -= weight

    def of(self, customer: int) -> list[int]:
        """Options that the customer has; the list itself."""
        if customer not in self.held:
            start, end = self.start[customer], self.start[customer + 1]
            self.held[customer] = (start + np.flatnonzero(self.chosen[start:end])).tolist()
        return self.held[customer]

    def clashes(self, option: int, held: Iterable[int]) -> list[int]:
        """Which of the options held by its customer forbid this one: those of its campaign, of an excluded one, of a full allowance."""
        layout, held = self.layout, list(held)
        forbidden = self.excluded[layout.campaign[option]]
        found = [other for other in held if int(layout.campaign[other]) in forbidden]
        for column in layout.shared:
            group = column[option]
            if group >= 0 and held:
                sharing = [other for other in held if column[other] == group]
                found += sharing[: max(len(sharing) - int(layout.group_limit[group]) + 1, 0)]
        return found

    def fits(self, option: int) -> bool:
        """Whether every capacity and budget has room for it."""
        return not self.over(option)

    def over(self, option: int) -> list[int]:
        """Constraints that have no room for it."""
        return [constraint for constraint, weight in self.weighs[self.layout.kind[option]] if self.used[constraint] + weight > self.high[constraint]]

    def room(self) -> np.ndarray:
        return np.array(self.high) - np.array(self.used)

    def take_in_order(self, order: np.ndarray) -> None:
        """Take options one after the other, each where it still fits. What no longer can fit is sorted out in rounds."""
        while len(order):
            size = max(FIRST_ROUND, len(order) // 8)
            self._take_round(order[:size])
            order = self.still_possible(order[size:])

    def _take_round(self, order: np.ndarray) -> None:
        """Many at a time as long as they would all fit together: then only the options of one customer stand in each other's way."""
        begin, size = 0, len(order)
        while begin < len(order):
            some = order[begin : begin + size]
            if self._take_apart(some):
                begin, size = begin + len(some), size * 2
            elif size > FEWEST_TOGETHER:
                size = max(size // 4, 1)
            else:
                self._take_one_by_one(some)
                begin += len(some)

    def _take_one_by_one(self, order: np.ndarray) -> None:
        layout = self.layout
        for option in order.tolist():
            customer = int(layout.customer[option])
            if self.count[customer] < layout.max_contacts[customer] and self.fits(option) and not self.clashes(option, self.of(customer)):
                self.take(option)

    def _take_apart(self, order: np.ndarray) -> bool:
        """The same for all of them at once, or nothing where some constraint may be too full for all."""
        order = self.still_possible(order)
        if (self.layout.usage(order) > self.room()).any():
            return False
        customer = self.layout.customer[order]
        by_customer = np.argsort(customer, kind="stable")
        first = np.flatnonzero(np.diff(customer[by_customer], prepend=-1))
        nth = np.empty(len(order), dtype=np.int64)
        nth[by_customer] = np.arange(len(order)) - np.repeat(first, np.diff(first, append=len(order)))
        for turn in range(int(nth.max(initial=-1)) + 1):
            mine = order[nth == turn]
            open_ = mine[(self.count < self.layout.max_contacts)[self.layout.customer[mine]]]
            self.take_together(open_[~self._clashing(open_)])
        return True

    def _clashing(self, options: np.ndarray) -> np.ndarray:
        """Of options of different customers: which of them what their customer holds forbids."""
        layout, customer = self.layout, self.layout.customer[options]
        holding = np.flatnonzero(self.count[customer] > 0)
        start, size = self.start[customer[holding]], self.start[customer[holding] + 1] - self.start[customer[holding]]
        asking = np.repeat(holding, size)
        other = np.repeat(start - np.cumsum(size) + size, size) + np.arange(len(asking))
        asking, other = asking[self.chosen[other]], other[self.chosen[other]]
        one, held = layout.campaign[options[asking]], layout.campaign[other]
        clashing = np.zeros(len(options), dtype=bool)
        clashing[asking[layout.excluded[one, held] | (one == held)]] = True
        for column in layout.shared:
            group = column[options]
            shares = (group[asking] >= 0) & (column[other] == group[asking])
            having = np.bincount(asking[shares], minlength=len(options))
            clashing |= (group >= 0) & (having > 0) & (having >= layout.group_limit[group])
        return clashing

    def still_possible(self, order: np.ndarray) -> np.ndarray:
        """Options whose customer has a contact left and whose constraints have room."""
        layout = self.layout
        full = layout.kinds.overweight(self.room())
        open_ = (self.count < layout.max_contacts)[layout.customer[order]]
        return order[open_ & ~full[layout.kind[order]] & ~self.chosen[order]]


def _safe_high(layout: Layout) -> list[float]:
    """Maxima; where weights are not whole numbers a hair less, so that a sum in another order stays below."""
    broken = np.zeros(len(layout.high), dtype=bool)
    broken[layout.kinds.constraint[layout.kinds.weight != np.round(layout.kinds.weight)]] = True
    return np.where(broken, layout.high * (1 - 1e-12), layout.high).tolist()
