"""What simpler ways would reach on the same night: options one after the other, each taken where every rule and every capacity still allows it."""

import numpy as np

from jobs.contact.allocation import Problem, tie_hash
from jobs.contact.problem_layout import Layout, lay_out
from jobs.contact.taken import Taken


def greedy_by_value(problem: Problem, salt: str) -> np.ndarray:
    """Which options are chosen, the one of most value first."""
    layout = lay_out(problem)
    return _taken(problem, layout, np.lexsort((_ties(layout, salt), -layout.micro)))


def greedy_by_priority(problem: Problem, salt: str) -> np.ndarray:
    """Which options are chosen, campaign by campaign in the order of their mean value, as campaign after campaign draws its own list."""
    layout = lay_out(problem)
    total = np.bincount(layout.campaign, weights=layout.value, minlength=len(layout.excluded))
    mean = total / np.maximum(np.bincount(layout.campaign, minlength=len(layout.excluded)), 1)
    return _taken(problem, layout, np.lexsort((_ties(layout, salt), -layout.micro, -mean[layout.campaign])))


def _ties(layout: Layout, salt: str) -> np.ndarray:
    return tie_hash(salt, layout.customer, layout.campaign, layout.channel, layout.product)


def _taken(problem: Problem, layout: Layout, order: np.ndarray) -> np.ndarray:
    taken = Taken(layout)
    taken.take_in_order(order[layout.micro[order] > 0])
    chosen = np.zeros(len(problem.value), dtype=bool)
    chosen[layout.position[taken.chosen]] = True
    return chosen
