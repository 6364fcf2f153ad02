"""The greedy pick: options in a given order, each taken where every rule and every capacity still allows it.

A plain loop over Python lists: at most a microsecond or two an option, which is minutes at the bound of a night (20M options).
"""

import numpy as np

from jobs.contact.problem_layout import Layout


class Greedy:
    """The layout as Python lists, for picks in several orders."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.customer = layout.customer.tolist()
        # Exclusions may name campaigns that nobody is offered tonight.
        self.stride = max([int(layout.campaign.max(initial=0)), *(code for pair in layout.exclusions for code in pair)]) + 1
        # One number for (customer, campaign): what "this customer already has that campaign" is looked up by.
        self.pair = (layout.customer * self.stride + layout.campaign).tolist()
        self.excluded_by = _excluded_by(layout)
        self.excluding = [self.excluded_by.get(campaign) for campaign in range(self.stride)]
        self.entry_start = np.searchsorted(layout.entry_option, np.arange(len(self.customer) + 1)).tolist()
        self.entry_constraint = layout.entry_constraint.tolist()
        self.entry_weight = layout.entry_weight.tolist()
        self.member_start = np.searchsorted(layout.member_option, np.arange(len(self.customer) + 1)).tolist()
        self.member_group = layout.member_group.tolist()
        self.high = layout.high.tolist()

    def pick(self, order: np.ndarray) -> tuple[np.ndarray, float]:
        """Indices chosen and how much of the minima is missing. Minima are served first, in the order given; then all else that is worth something."""
        layout = self.layout
        state = _State(layout)
        order = order[layout.possible[order]]
        if (layout.low > 0).any():
            self._fill_minima(state, order)
        self._take(state, order[layout.value[order] > 0].tolist())
        chosen = np.array(sorted(state.chosen), dtype=np.int64)
        return chosen, float(np.maximum(layout.low - layout.usage(chosen), 0.0).sum())

    def _fill_minima(self, state: "_State", order: np.ndarray) -> None:
        layout = self.layout
        wanted = np.zeros(len(layout.value), dtype=bool)
        wanted[layout.entry_option[(layout.low[layout.entry_constraint] > 0) & (layout.entry_weight > 0)]] = True
        low = layout.low.tolist()
        for option in order[wanted[order]].tolist():
            entries = range(self.entry_start[option], self.entry_start[option + 1])
            if any(state.used[self.entry_constraint[entry]] < low[self.entry_constraint[entry]] for entry in entries):
                self._take(state, [option])

    def _take(self, state: "_State", options: list[int]) -> None:
        """Take each option that fits what was taken before."""
        customer, pair, stride = self.customer, self.pair, self.stride
        slots, has, left, used, chosen = state.slots, state.has, state.left, state.used, state.chosen
        entry_start, entry_constraint, entry_weight = self.entry_start, self.entry_constraint, self.entry_weight
        member_start, member_group, high = self.member_start, self.member_group, self.high
        for option in options:
            person = customer[option]
            if slots[person] <= 0 or pair[option] in has:
                continue
            others = self.excluding[pair[option] - person * stride]
            if others and any(person * stride + other in has for other in others):
                continue
            groups = member_group[member_start[option] : member_start[option + 1]]
            if groups and any(left[group] <= 0 for group in groups):
                continue
            entries = range(entry_start[option], entry_start[option + 1])
            if any(used[entry_constraint[entry]] + entry_weight[entry] > high[entry_constraint[entry]] for entry in entries):
                continue
            slots[person] -= 1
            has.add(pair[option])
            chosen.append(option)
            for group in groups:
                left[group] -= 1
            for entry in entries:
                used[entry_constraint[entry]] += entry_weight[entry]


class _State:
    """What has been taken so far."""

    def __init__(self, layout: Layout) -> None:
        self.slots: list[int] = layout.max_contacts.tolist()
        self.has: set[int] = set()
        self.left: list[int] = layout.group_limit.tolist()
        self.used: list[float] = [0.0] * len(layout.high)
        self.chosen: list[int] = []


def _excluded_by(layout: Layout) -> dict[int, list[int]]:
    excluded: dict[int, list[int]] = {}
    for one, other in layout.exclusions:
        excluded.setdefault(one, []).append(other)
        excluded.setdefault(other, []).append(one)
    return excluded
