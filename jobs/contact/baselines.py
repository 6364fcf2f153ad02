"""What simpler ways would reach on the same night: options one after the other, each taken where every rule and every capacity still allows it."""

import numpy as np

from jobs.contact.allocation import tie_hash
from jobs.contact.problem_layout import Layout
from jobs.contact.taken import Taken


def greedy(layout: Layout, salt: str) -> dict[str, np.ndarray]:
    """Which options of the problem are chosen: `greedy_by_value`, the one of most value first; `greedy_by_priority`, campaign by campaign in the order of
    their mean value, as campaign after campaign draws its own list."""
    ties = tie_hash(salt, layout.customer, layout.campaign, layout.channel, layout.product)
    by_value = np.lexsort((ties, -layout.micro))
    by_value = by_value[layout.micro[by_value] > 0]
    by_priority = by_value[np.argsort(_priority(layout)[layout.campaign[by_value]], kind="stable")]
    return {"greedy_by_priority": _taken(layout, by_priority), "greedy_by_value": _taken(layout, by_value)}


def _priority(layout: Layout) -> np.ndarray:
    """By campaign: 0 where the mean value of its options is the highest, and so on; the same for equal means."""
    total = np.bincount(layout.campaign, weights=layout.value, minlength=len(layout.excluded))
    mean = total / np.maximum(np.bincount(layout.campaign, minlength=len(layout.excluded)), 1)
    return np.unique(-mean, return_inverse=True)[1].astype(np.int16)


def _taken(layout: Layout, order: np.ndarray) -> np.ndarray:
    taken = Taken(layout)
    taken.take_in_order(order)
    return layout.in_problem(taken.chosen)
