"""The pick of a night: trials of a few offers drawn by hash, the rest of the eligible candidates as one allocation problem, and for each that is
not chosen what stood in its way.

Driver-sized: the eligible candidates come as one Arrow table (about 150 bytes a row; 20 million rows are the bound, 3 GB) and are
sorted by their key, so that the order in which Spark delivers them changes nothing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.campaign.campaign import Campaign
from jobs.conf import Cap, Conf, ContactRules, Exploration, MinimumDays
from jobs.contact.allocation import Allowance, Constraint, Plan, Problem, allocate
from jobs.contact.baselines import greedy_by_priority, greedy_by_value
from jobs.contact.exploration import Explored, explore, without
from jobs.contact.standing_in_the_way import in_the_way

KEYS = ["customer_id", "campaign", "product", "channel", "wave"]
RESULT = pa.schema(
    [
        *[(key, pa.int32() if key == "wave" else pa.string()) for key in KEYS],
        ("picked", pa.string()),
        ("picked_rule", pa.string()),
        ("mechanism", pa.string()),
        ("propensity", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Spent:
    """What a campaign has used up in its period before tonight's pick."""

    contacts: int = 0
    cost_fen: int = 0


@dataclass(frozen=True)
class Picked:
    """What was picked, and the bound, limits, prices and baselines that the night's certificate tells."""

    rows: pa.Table
    facts: dict[str, Any]


def pick(eligible: pa.Table, campaigns: list[Campaign], spent: dict[str, Spent], conf: Conf, contact_date: pd.Timestamp) -> Picked:
    """`rows`: keys of every eligible candidate with `picked` (issued, or the reason why not), `picked_rule`, and of the issued `mechanism` and `propensity`:
    that of the trial, or that the customer was not drawn for one. `eligible` has the keys, expected_value, cost_fen, place, campaign_type,
    issued_before, contacts_tonight and left_<cap> of every cap."""
    options = eligible.to_pandas().sort_values(KEYS, kind="stable", ignore_index=True)
    problem = night_problem(options, campaigns, spent, conf, contact_date)
    explored = _explored(options, problem, conf.contact_rules.exploration, contact_date)
    left, kept = without(problem, explored)
    plan = allocate(left, salt=conf.contact_rules.tie_salt)
    both = _both(problem, explored, plan, kept)
    reason, rule = in_the_way(problem, both)
    beside_a_trial = explored.customers(problem)[problem.customer] & ~explored.chosen
    reason[beside_a_trial], rule[beside_a_trial] = "lower_value", "exploration"
    drawn = np.bincount(problem.customer, weights=explored.propensity, minlength=len(problem.max_contacts))
    result = options[KEYS].assign(
        picked=reason,
        picked_rule=rule,
        mechanism=pd.Series(np.where(explored.chosen, "exploration", "optimised")).where(both.chosen),
        propensity=np.where(explored.chosen, explored.propensity, np.where(both.chosen, 1.0 - drawn[problem.customer], np.nan)),
    )
    rows = pa.Table.from_pandas(result, schema=RESULT, preserve_index=False)
    tried = math.fsum(problem.value[explored.chosen].tolist())
    return Picked(rows, _facts(problem, left, plan, tried, conf.contact_rules.tie_salt))


def _explored(options: pd.DataFrame, problem: Problem, exploration: Exploration, contact_date: pd.Timestamp) -> Explored:
    customers = np.unique(options["customer_id"].to_numpy(dtype=object))
    identity = pd.util.hash_array(customers.astype(object), categorize=False) if len(customers) else np.empty(0, dtype=np.uint64)
    may_be_tried = options["campaign_type"].isin(exploration.types).to_numpy()
    return explore(problem, may_be_tried, identity, exploration.share, f"{exploration.salt}:{contact_date.date()}")


def _both(problem: Problem, explored: Explored, plan: Plan, kept: np.ndarray) -> Plan:
    """The plan with the trials in it, as a plan of the whole problem."""
    chosen = explored.chosen.copy()
    chosen[kept[plan.chosen]] = True
    usage = {one.name: float(np.sum(one.weight[chosen[one.options]])) for one in problem.constraints}
    return replace(plan, chosen=chosen, usage=usage)


def _facts(problem: Problem, left: Problem, plan: Plan, tried: float, salt: str) -> dict[str, Any]:
    """The pick's side of the certificate. A maximum that is none is null. What was drawn for trials (yuan) is part of any plan."""
    baselines = {"greedy_by_priority": greedy_by_priority, "greedy_by_value": greedy_by_value}
    return {
        "options": len(problem.value),
        "salt": salt,
        "bound": plan.bound + tried,
        "constraints": [
            {
                "name": one.name,
                "low": one.low,
                "high": float(one.high) if np.isfinite(one.high) else None,
                "price": plan.prices[one.name],
                "heaviest": float(one.weight.max(initial=0.0)),
            }
            for one in problem.constraints
        ],
        "baselines": {name: tried + math.fsum(left.value[greedy(left, salt)].tolist()) for name, greedy in baselines.items()},
    }


def night_problem(options: pd.DataFrame, campaigns: list[Campaign], spent: dict[str, Spent], conf: Conf, contact_date: pd.Timestamp) -> Problem:
    """The allocation problem of the night. Values count in whole ten-thousandths of a yuan, as they stand in the ledger."""
    rules = conf.contact_rules
    customer, _ = pd.factorize(options["customer_id"], sort=True)
    number = {one.campaign: place for place, one in enumerate(campaigns)}
    codes = {name: pd.factorize(options[name], sort=True)[0].astype(np.int32) for name in ("product", "channel")}
    pairs = {(min(pair), max(pair)) for one in campaigns for other in one.exclusive_with if other in number for pair in [(number[one.campaign], number[other])]}
    return Problem(
        customer=customer.astype(np.int64),
        campaign=options["campaign"].map(number).to_numpy(dtype=np.int32),
        product=codes["product"],
        channel=codes["channel"],
        value=options["expected_value"].to_numpy(dtype=np.float64),
        max_contacts=np.full(int(customer.max(initial=-1)) + 1, rules.contacts_a_night, dtype=np.int32),
        exclusions=sorted(pairs),
        constraints=[*_capacities(options, conf), *_budgets(options, campaigns, spent, contact_date)],
        allowances=list(_allowances(options, customer, rules)),
    )


def _capacities(options: pd.DataFrame, conf: Conf) -> Iterator[Constraint]:
    """Rows that a channel, and each of its places, can work on the contact date."""
    for channel, rows in sorted(options.groupby("channel").indices.items()):
        capacity = conf.channels[channel].capacity
        yield _counted(f"channel:{channel}", rows, high=capacity.day)
        if capacity.place:
            for place, inside in sorted(options.iloc[rows].groupby("place").indices.items()):
                yield _counted(f"place:{channel}:{place}", rows[inside], high=capacity.place.but.get(place, capacity.place.day))


def _budgets(options: pd.DataFrame, campaigns: list[Campaign], spent: dict[str, Spent], contact_date: pd.Timestamp) -> Iterator[Constraint]:
    """What is left of each campaign's money and contacts. Its minimum is spread evenly over the nights that are left. Rows
    that an earlier revision of tonight issued are paid for already."""
    new = ~options["issued_before"].to_numpy(dtype=bool)
    rows_of = options.groupby("campaign").indices
    cost = options["cost_fen"].to_numpy(dtype=np.float64)
    for campaign in campaigns:
        rows, used, budget = rows_of.get(campaign.campaign), spent.get(campaign.campaign, Spent()), campaign.budget
        if rows is None:
            continue
        rows = rows[new[rows]]
        if budget.money is not None:
            yield Constraint(f"money:{campaign.campaign}", rows, cost[rows], 0.0, max(round(budget.money * 100) - used.cost_fen, 0))
        nights = (campaign.period.end - contact_date.date()).days + 1
        low = -(-max(budget.contacts_min - used.contacts, 0) // nights)
        high = np.inf if budget.contacts_max is None else max(budget.contacts_max - used.contacts, 0)
        if low or high < len(rows):
            yield _counted(f"contacts:{campaign.campaign}", rows, min(low, high), high)


def _allowances(options: pd.DataFrame, customer: np.ndarray, rules: ContactRules) -> Iterator[Allowance]:
    """What two options of one customer share tonight: what a cap has left, minimum days, and the night's contacts of a new revision."""
    issued_before = options["issued_before"].to_numpy(dtype=bool)
    for cap in rules.caps:
        if cap.enabled:
            left = options[f"left_{cap.name}"]
            rows = np.flatnonzero(left.notna())
            yield _shared(f"cap:{cap.name}", options, rows, [*_key_columns(cap), "issued_before"], left.to_numpy(dtype=np.float64))
    for rule in rules.minimum_days:
        rows = np.flatnonzero(_covered(options, rule))
        yield _shared(f"min_interval:{rule.name}", options, rows, ["customer_id", *[key for key in rule.counts if key != "customer"]], np.ones(len(options)))
    left_tonight = rules.contacts_a_night - options["contacts_tonight"].to_numpy(dtype=np.float64)
    revised = np.flatnonzero(~issued_before & (left_tonight < rules.contacts_a_night))
    yield _shared("contacts_a_night", options, revised, ["customer_id"], np.maximum(left_tonight, 0))


def _shared(name: str, options: pd.DataFrame, rows: np.ndarray, keys: list[str], left: np.ndarray) -> Allowance:
    """Options with the same keys share the least that is left to any of them."""
    group = options.iloc[rows].groupby(keys, sort=False).ngroup().to_numpy(dtype=np.int64) if len(rows) else np.empty(0, dtype=np.int64)
    limit = np.full(int(group.max(initial=-1)) + 1, np.inf)
    np.minimum.at(limit, group, left[rows])
    return Allowance(name, rows, group, limit.astype(np.int64))


def _key_columns(cap: Cap) -> list[str]:
    return ["customer_id", *cap.keys, *([] if cap.across_types else ["campaign_type"])]


def _covered(options: pd.DataFrame, rule: MinimumDays) -> np.ndarray:
    of_its_types = options["campaign_type"].isin(rule.types).to_numpy()
    return of_its_types & options["channel"].isin(rule.channels).to_numpy() if rule.channels else of_its_types


def _counted(name: str, rows: np.ndarray, low: float = 0.0, high: float = np.inf) -> Constraint:
    return Constraint(name, rows, np.ones(len(rows)), float(low), float(high))
