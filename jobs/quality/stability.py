"""Population stability index: how far counts have moved over their bins."""

import math
from collections.abc import Mapping, Sequence

HALF = 0.5  # of a row in every bin, so that an empty one has a logarithm

Shares = dict[str, float]


def shares_of(counts: Mapping[str, int], bins: Sequence[str]) -> Shares:
    total = sum(counts.values()) + HALF * len(bins)
    return {name: (counts.get(name, 0) + HALF) / total for name in bins}


def stability_index(now: Mapping[str, float], before: Mapping[str, float]) -> float:
    """Sum over the bins of (now - before) ln (now / before), of shares above 0."""
    return sum((now[name] - before[name]) * math.log(now[name] / before[name]) for name in before)
