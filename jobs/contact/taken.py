"""What a plan has taken so far, option by option: every rule of a customer and every capacity is looked up before an option is taken."""

from collections.abc import Iterable

import numpy as np

from jobs.contact.problem_layout import Layout

FIRST_ROUND = 50_000  # options looked at before those that no longer fit are sorted out


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
        layout, size = self.layout, FIRST_ROUND
        while len(order):
            for option in order[:size].tolist():
                customer = int(layout.customer[option])
                if self.count[customer] < layout.max_contacts[customer] and self.fits(option) and not self.clashes(option, self.of(customer)):
                    self.take(option)
            order = self.still_possible(order[size:])
            size = max(FIRST_ROUND, len(order) // 8)

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
