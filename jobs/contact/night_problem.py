"""The night's options as one allocation problem: capacities by channel and place, budgets over the period, and what one customer's options share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from jobs.campaign.campaign import Campaign
from jobs.conf import Conf
from jobs.contact.allocation import Allowance, Constraint, Problem
from jobs.contact.night_options import NightOptions, Text
from jobs.contact_rules import Cap, ContactRules, MinimumDays


@dataclass(frozen=True)
class Spent:
    """What a campaign has used up in its period before tonight's pick; `tonight` are those contacts of it that an earlier revision of tonight issued."""

    contacts: int = 0
    cost_fen: int = 0
    tonight: int = 0


def night_problem(options: NightOptions, campaigns: list[Campaign], spent: dict[str, Spent], conf: Conf, contact_date: date) -> Problem:
    """Values count in whole ten-thousandths of a yuan, as they stand in the ledger. Customers are numbered by their ids, campaigns as they are given."""
    rules = conf.contact_rules
    number = {one.campaign: place for place, one in enumerate(campaigns)}
    pairs = {(min(pair), max(pair)) for one in campaigns for other in one.exclusive_with if other in number for pair in [(number[one.campaign], number[other])]}
    return Problem(
        customer=options.codes("customer_id").astype(np.int64),
        campaign=_numbered(options.text["campaign"], number),
        product=_numbered(options.text["product"], {name: place for place, name in enumerate(sorted(conf.products))}),
        channel=_numbered(options.text["channel"], {name: place for place, name in enumerate(sorted(conf.channels))}),
        value=options.number["expected_value"].astype(np.float64),
        max_contacts=np.full(len(options.text["customer_id"].names), rules.contacts_a_night, dtype=np.int32),
        exclusions=sorted(pairs),
        constraints=[*_capacities(options, conf), *_budgets(options, campaigns, spent, contact_date)],
        allowances=list(_allowances(options, rules)),
    )


def _numbered(text: Text, number: dict[str, int]) -> np.ndarray:
    """Numbers that do not depend on which names tonight's options have, since ties fall by them."""
    return np.array([*(number[name] for name in text.names), -1], dtype=np.int32)[text.codes]


def _capacities(options: NightOptions, conf: Conf) -> Iterator[Constraint]:
    """Rows that a channel, and each of its places, can work on the contact date."""
    places = options.text["place"]
    for code, channel in enumerate(options.text["channel"].names):
        rows = np.flatnonzero(options.codes("channel") == code)
        if not len(rows):
            continue
        capacity = conf.channels[channel].capacity
        yield _counted(f"channel:{channel}", rows, high=capacity.day)
        if capacity.place:
            for place, inside in _parted(places.codes[rows]):
                name = places.names[place]
                yield _counted(f"place:{channel}:{name}", rows[inside], high=capacity.place.but.get(name, capacity.place.day))


def _budgets(options: NightOptions, campaigns: list[Campaign], spent: dict[str, Spent], contact_date: date) -> Iterator[Constraint]:
    """What is left of each campaign's money and contacts. Its minimum is spread evenly over the nights that are left. Rows
    that an earlier revision of tonight issued are paid for already."""
    new = ~options.number["issued_before"].astype(bool)
    names = options.text["campaign"].names
    cost = options.number["cost_fen"].astype(np.float64)
    for campaign in campaigns:
        used, budget = spent.get(campaign.campaign, Spent()), campaign.budget
        of_campaign = options.codes("campaign") == names.index(campaign.campaign) if campaign.campaign in names else np.zeros(1, dtype=bool)
        if not of_campaign.any():
            continue
        rows = np.flatnonzero(of_campaign & new)
        if budget.money is not None:
            yield Constraint(f"money:{campaign.campaign}", rows, cost[rows], 0.0, max(round(budget.money * 100) - used.cost_fen, 0))
        nights = (campaign.period.end - contact_date).days + 1
        low = max(-(-max(budget.contacts_min - used.contacts + used.tonight, 0) // nights) - used.tonight, 0)
        high = np.inf if budget.contacts_max is None else max(budget.contacts_max - used.contacts, 0)
        if low or high < len(rows):
            yield _counted(f"contacts:{campaign.campaign}", rows, min(low, high), high)


def _allowances(options: NightOptions, rules: ContactRules) -> Iterator[Allowance]:
    """What two options of one customer share tonight: what a cap has left, minimum days, and the night's contacts of a new revision. What leaves a customer
    as much as the whole night brings binds nobody and is no allowance."""
    most = rules.contacts_a_night
    for cap in rules.caps:
        if cap.enabled:
            left = options.number[f"left_{cap.name}"].astype(np.float64)
            yield _shared(f"cap:{cap.name}", options, np.flatnonzero(left < most), [*_key_columns(cap), "issued_before"], left)
    for rule in rules.minimum_days:
        columns = ["customer_id", *[key for key in rule.counts if key != "customer"]]
        yield _shared(f"min_interval:{rule.name}", options, np.flatnonzero(_covered(options, rule)), columns, np.ones(len(options.row)))
    left_tonight = most - options.number["contacts_tonight"].astype(np.float64)
    revised = np.flatnonzero(~options.number["issued_before"].astype(bool) & (left_tonight < most))
    yield _shared("contacts_a_night", options, revised, ["customer_id"], np.maximum(left_tonight, 0))


def _shared(name: str, options: NightOptions, rows: np.ndarray, columns: list[str], left: np.ndarray) -> Allowance:
    """Options with the same keys share the least that is left to any of them."""
    _, group = np.unique(options.within(columns, rows), return_inverse=True)
    limit = np.full(int(group.max(initial=-1)) + 1, np.inf)
    np.minimum.at(limit, group, left[rows])
    return Allowance(name, rows, group.astype(np.int64), limit.astype(np.int64))


def _key_columns(cap: Cap) -> list[str]:
    return ["customer_id", *cap.keys, *([] if cap.across_types else ["campaign_type"])]


def _covered(options: NightOptions, rule: MinimumDays) -> np.ndarray:
    return has(options, "campaign_type", rule.types) & (has(options, "channel", rule.channels) if rule.channels else True)


def has(options: NightOptions, column: str, values: Sequence[str]) -> np.ndarray:
    """Whether each option has one of the values."""
    column_values = options.text[column]
    wanted = np.array([name in values for name in column_values.names], dtype=bool)
    return wanted[column_values.codes] if len(wanted) else np.zeros(len(options.row), dtype=bool)


def _parted(codes: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Places of each code in ascending order, those of null left out."""
    order = np.argsort(codes, kind="stable")
    values, start = np.unique(codes[order], return_index=True)
    for value, begin, end in zip(values.tolist(), start, [*start[1:], len(codes)], strict=True):
        if value >= 0:
            yield value, order[begin:end]


def _counted(name: str, rows: np.ndarray, low: float = 0.0, high: float = np.inf) -> Constraint:
    return Constraint(name, rows, np.ones(len(rows)), float(low), float(high))
