"""allocate against HiGHS' linear programme on many small nights at once: minima that bind, tied values, little money, places, exclusions, 0 to 3 contacts.

    cpc bench allocation_instances --customers 2000

Each plan is recounted from the problem; its bound may not lie below the linear optimum, and it should lie at most 10 basis points below it. Where contacts
are few and dear, no whole plan may come so near.
"""

from pathlib import Path
from typing import Any

import numpy as np

from bench.allocation import linear_optimum, timed, violations
from jobs.contact.allocation import Constraint, Problem, allocate, tie_hash

INSTANCES, CAMPAIGNS = 30, 12
COSTS = np.array([5.0, 20.0, 1.0, 300.0, 100.0, 150.0])  # fen a contact, as the night counts money
VALUES = ("skewed", "tenths", "tied")
NEAR_BP = 10.0


def run(customers: int, folder: Path) -> dict[str, Any]:
    """Nothing is kept in the folder."""
    rows, broken = [], []
    for seed in range(INSTANCES):
        values = VALUES[seed % 3]
        problem = short_of_money(seed, customers, values)
        plan, seconds, _ = timed(lambda problem=problem: allocate(problem, salt="bench"))
        try:
            best = linear_optimum(problem)
        except RuntimeError:  # minima that nobody can meet: the shortfall is the answer
            best = None
        wrong = violations(problem, plan)
        if best is not None and max(plan.shortfall.values()) > 0:
            wrong.append("a minimum that can be met is short")
        if best is not None and plan.bound < best * (1 - 1e-7):
            wrong.append("the bound lies below the linear programme")
        broken += [f"instance {seed}: {what}" for what in wrong]
        rows.append(
            {
                "instance": seed,
                "values": values,
                "options": len(problem.value),
                "value": round(plan.value, 2),
                "below the linear programme, bp": None if best is None else round(1e4 * (best - plan.value) / best, 1),
                "bound above it, bp": None if best is None else round(1e4 * (plan.bound - best) / best, 2),
                "seconds": round(seconds, 1),
            }
        )
    apart = [one["below the linear programme, bp"] for one in rows if one["below the linear programme, bp"] is not None]
    return {
        "instances": rows,
        f"within {NEAR_BP:g} bp of the linear programme": f"{sum(one <= NEAR_BP for one in apart)} of {len(apart)} whose minima can be met",
        "farthest, bp": max(apart),
        "broken": broken or "none",
        "ratio": round(float(np.median(apart)), 2),
        "ok": not broken,
    }


def short_of_money(seed: int, customers: int, values: str) -> Problem:
    """Twelve campaigns with little money and minima, six channels of very different cost, places: what a search for prices ends early on."""

    def draw(name: str, count: int, modulus: int) -> np.ndarray:
        return (tie_hash(f"money-{seed}-{name}", np.arange(count)) % np.uint64(modulus)).astype(np.int64)

    everyone = customers * CAMPAIGNS * len(COSTS)
    customer, campaign, channel = (part.ravel() for part in np.indices((customers, CAMPAIGNS, len(COSTS))))
    offered = (draw("offered", everyone, 100) < 40) & (np.repeat(draw("campaigns", customers * CAMPAIGNS, 100) < 20, len(COSTS)))
    customer, campaign, channel = customer[offered], campaign[offered], channel[offered]
    options, place = np.arange(len(customer)), draw("place", everyone, 8)[offered]
    skewed = 0.4 / (1.0 - draw("value", everyone, 10_000)[offered] / 10_001) ** 0.6
    value = {"skewed": skewed, "tenths": np.round(skewed, 1), "tied": np.array([1.0, 2.0, 5.0])[draw("value", everyone, 3)[offered]]}[values]

    def of(name: str, chosen: np.ndarray, low: float, high: float, weight: np.ndarray | None = None) -> Constraint:
        return Constraint(name, options[chosen], np.ones(int(chosen.sum())) if weight is None else weight[chosen], low, high)

    constraints = [of(f"channel_{one}", channel == one, 0.0, float(customers // (10, 50, 3)[one % 3])) for one in range(len(COSTS))]
    constraints += [of(f"place_{one}", (channel == 0) & (place == one), 0.0, float(customers // 50)) for one in range(8)]
    for one in range(CAMPAIGNS):
        constraints.append(of(f"money_{one}", campaign == one, 0.0, float(customers * int(draw("money", CAMPAIGNS, 100)[one]) // 20), COSTS[channel]))
        low = float(int(customers * (0.0, 0.005, 0.02, 0.05)[draw("least", CAMPAIGNS, 4)[one]]))
        constraints.append(of(f"audience_{one}", campaign == one, low, np.inf))
    exclusions = [(0, 1), (2, 3), (4, 7), (1, 5)]
    return Problem(customer, campaign, campaign % 4, channel, value, draw("slots", customers, 4).astype(np.int32), exclusions, constraints)
