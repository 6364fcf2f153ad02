"""The pick of a night: trials of a few offers drawn by hash, the rest of the eligible candidates as one allocation problem, and for each that is
not chosen what stood in its way.

Driver-sized: the eligible candidates come as one Arrow table (about 50 bytes a row where text comes as dictionaries).
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.campaign.campaign import Campaign
from jobs.conf import Conf
from jobs.contact.allocation import Plan, Problem, plan_of
from jobs.contact.baselines import greedy
from jobs.contact.exploration import Explored, explore, standing_trials, without
from jobs.contact.night_options import NightOptions
from jobs.contact.night_problem import Spent, has, night_problem
from jobs.contact.problem_layout import lay_out
from jobs.contact.standing_in_the_way import in_the_way
from jobs.contact_rules import Exploration

MECHANISMS = ["optimised", "exploration"]


@dataclass(frozen=True)
class Picked:
    """`rows`, in the order in which the eligible candidates came: `picked` (issued, or the reason why not), `picked_rule`, and of the issued `mechanism` and `propensity`: that of
    the trial, or that the customer was not drawn for one. `facts`: the bound, limits, prices and baselines that the night's certificate tells."""

    rows: pa.Table
    facts: dict[str, Any]


def pick(options: NightOptions, campaigns: list[Campaign], spent: dict[str, Spent], conf: Conf, contact_date: date) -> Picked:
    """`options` have the keys of candidates, expected_value, cost_fen, place, campaign_type, issued_before, tried_before, contacts_tonight and
    left_<cap> of every cap. A new revision draws nobody anew: the trials that went out stand, as far as the limits still allow."""
    problem = night_problem(options, campaigns, spent, conf, contact_date)
    explored = _explored(options, problem, conf.contact_rules.exploration, contact_date)
    left, kept = without(problem, explored)
    layout, salt = lay_out(left), conf.contact_rules.tie_salt
    with ThreadPoolExecutor(max_workers=1) as beside:  # numpy sorts and gathers without holding Python: the second core plays the simpler ways
        simpler = beside.submit(greedy, layout, salt)
        plan, baselines = plan_of(left, layout, salt, {}), simpler.result()
    both = _both(problem, explored, plan, kept)
    way = in_the_way(problem, both, beside_a_trial=explored.customers(problem)[problem.customer] & ~explored.chosen)
    drawn = np.bincount(problem.customer, weights=explored.propensity, minlength=len(problem.max_contacts))
    made = {
        "picked": _told(way.reason, way.names),
        "picked_rule": _told(way.rule, way.names),
        "mechanism": _told(np.where(both.chosen, explored.chosen, -1), MECHANISMS),
        "propensity": pa.array(np.where(explored.chosen, explored.propensity, 1.0 - drawn[problem.customer]), mask=~both.chosen),
    }
    back = np.empty(len(options.row), dtype=np.int64)
    back[options.row] = np.arange(len(back))
    tried = _worth(problem, explored.chosen)
    facts = {
        "options": len(problem.value),
        "salt": salt,
        "bound": plan.bound + tried,
        "constraints": _limits(problem, plan),
        "baselines": {name: tried + _worth(left, chosen) for name, chosen in baselines.items()},
    }
    return Picked(pa.table({name: column.take(pa.array(back)) for name, column in made.items()}), facts)


def _worth(problem: Problem, chosen: np.ndarray) -> float:
    """Yuan. What was drawn for trials is part of any plan, the baselines too."""
    return math.fsum(problem.value[chosen].tolist())


def _told(codes: np.ndarray, names: list[str]) -> pa.DictionaryArray:
    """Text by its codes; -1 is null."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=codes < 0), pa.array(names, pa.string()))


def _explored(options: NightOptions, problem: Problem, exploration: Exploration, contact_date: date) -> Explored:
    if options.number["issued_before"].any():
        return standing_trials(problem, options.number["tried_before"].astype(bool))
    customers = np.array(options.text["customer_id"].names, dtype=object)
    identity = pd.util.hash_array(customers, categorize=False) if len(customers) else np.empty(0, dtype=np.uint64)
    may_be_tried = has(options, "campaign_type", list(exploration.types))
    return explore(problem, may_be_tried, identity, exploration.share, f"{exploration.salt}:{contact_date}")


def _both(problem: Problem, explored: Explored, plan: Plan, kept: np.ndarray) -> Plan:
    """The plan with the trials in it, as a plan of the whole problem."""
    chosen = explored.chosen.copy()
    chosen[kept[plan.chosen]] = True
    usage = {one.name: float(np.sum(one.weight[chosen[one.options]])) for one in problem.constraints}
    return replace(plan, chosen=chosen, usage=usage)


def _limits(problem: Problem, plan: Plan) -> list[dict[str, Any]]:
    """The constraints with their prices, as the certificate tells them. A maximum that is none is null."""
    return [
        {
            "name": one.name,
            "low": one.low,
            "high": float(one.high) if np.isfinite(one.high) else None,
            "price": plan.prices[one.name],
            "heaviest": float(one.weight.max(initial=0.0)),
        }
        for one in problem.constraints
    ]
