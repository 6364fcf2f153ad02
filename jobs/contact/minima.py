"""Minima that a plan does not reach yet are forced, the cheapest swap first: a contact of the constraint comes in, what stands in its way goes out.

What goes out never pushes another constraint under its own minimum; of the constraint itself a contact goes only for one that leaves more room
where it is full: calls that have used up the money of a campaign make way for as many texts, and for more. Where nothing can be swapped any more,
the rest is the shortfall.
"""

import numpy as np

from jobs.contact.taken import Taken


def force_minima(taken: Taken, reduced: np.ndarray) -> int:
    """How many contacts were brought in."""
    forced = 0
    for constraint in np.flatnonzero(taken.layout.low > 0).tolist():
        if taken.used[constraint] < taken.layout.low[constraint]:
            forced += _Forcing(taken, reduced, constraint).run()
    return forced


class _Forcing:
    """Swaps in favour of one constraint."""

    def __init__(self, taken: Taken, reduced: np.ndarray, constraint: int) -> None:
        self.taken, self.reduced, self.constraint = taken, reduced, constraint
        self.low = taken.layout.low.tolist()
        self.cheapest: dict[int, list[int]] = {}

    def run(self) -> int:
        taken, layout, forced = self.taken, self.taken.layout, 0
        options = self._options_in(self.constraint)
        options = options[~taken.chosen[options]]
        cost = -self.reduced[options] + self._least_held()[layout.customer[options]]
        for option in options[np.argsort(cost, kind="stable")].tolist():
            if taken.used[self.constraint] >= layout.low[self.constraint]:
                break
            forced += self._swap_in(option)
        return forced

    def _options_in(self, constraint: int) -> np.ndarray:
        """Options that weigh in a constraint."""
        kinds = self.taken.layout.kinds
        weighs = np.zeros(kinds.count, dtype=bool)
        weighs[kinds.owner[kinds.constraint == constraint]] = True
        return np.flatnonzero(weighs[self.taken.layout.kind])

    def _least_held(self) -> np.ndarray:
        """What a customer without a free contact would lose with the poorest option, by customer."""
        layout, taken = self.taken.layout, self.taken
        chosen = np.flatnonzero(taken.chosen)
        least = np.full(len(layout.max_contacts), np.iinfo(np.int64).max)
        np.minimum.at(least, layout.customer[chosen], self.reduced[chosen])
        return np.where(taken.count >= layout.max_contacts, least, 0)

    def _swap_in(self, option: int) -> bool:
        """Take it, after releasing what stands in its way; or leave all as it was."""
        taken, layout = self.taken, self.taken.layout
        customer = int(layout.customer[option])
        held = list(taken.of(customer))
        out = set(taken.clashes(option, held))
        stay = sorted((one for one in held if one not in out), key=lambda one: (self.reduced[one], one))
        free = int(layout.max_contacts[customer]) - 1
        out.update(stay[: max(len(stay) - free, 0)])
        released: list[int] = []
        if self._release(sorted(out), released) and self._make_room(option, customer, released):
            taken.take(option)
            return True
        for one in reversed(released):
            taken.take(one)
        return False

    def _release(self, options: list[int], released: list[int]) -> bool:
        for one in options:
            if self._weight(one, self.constraint) or not self._can_spare(one):
                return False
            self.taken.release(one)
            released.append(one)
        return True

    def _can_spare(self, option: int) -> bool:
        """Whether every minimum but the forced one that is met stays met without it."""
        taken = self.taken
        return all(
            constraint == self.constraint or self.low[constraint] <= 0 or taken.used[constraint] - weight >= self.low[constraint]
            for constraint, weight in taken.weighs[taken.layout.kind[option]]
        )

    def _weight(self, option: int, constraint: int) -> float:
        return next((weight for one, weight in self.taken.weighs[self.taken.layout.kind[option]] if one == constraint), 0.0)

    def _make_room(self, option: int, customer: int, released: list[int]) -> bool:
        """Release the cheapest options of others in each constraint that is full."""
        taken = self.taken
        while over := taken.over(option):
            other = next((one for one in self._cheapest_in(over[0]) if self._can_go(one, customer) and self._is_worth_it(one, option, over[0], released)), None)
            if other is None:
                return False
            taken.release(other)
            released.append(other)
        return True

    def _can_go(self, option: int, customer: int) -> bool:
        return bool(self.taken.chosen[option]) and self.taken.layout.customer[option] != customer and self._can_spare(option)

    def _is_worth_it(self, other: int, option: int, full: int, released: list[int]) -> bool:
        """Whether the forced constraint keeps what it has when `other` goes for `option`; one of its own leaves more room in the full one, or stays."""
        loses = self._weight(other, self.constraint)
        if not loses:
            return True
        lost = sum(self._weight(one, self.constraint) for one in released)
        return lost + loses <= self._weight(option, self.constraint) and self._weight(other, full) > self._weight(option, full)

    def _cheapest_in(self, constraint: int) -> list[int]:
        """Options chosen in a constraint when it was first asked for, the poorest first."""
        if constraint not in self.cheapest:
            options = self._options_in(constraint)
            options = options[self.taken.chosen[options]]
            self.cheapest[constraint] = options[np.argsort(self.reduced[options], kind="stable")].tolist()
        return self.cheapest[constraint]
