"""The plan of a month: which campaign contacts how many customers on which channel and day, so that no channel is over its capacity on any day.

A demand is what a campaign of the month wants: as many contacts as it has customers and contacts for each, within what is left of its contacts_max and its money. What
flows from a demand through the days of its campaign to the channels of those days is a network: every limit is whole, so the best flow is, and HiGHS finds it at
once. (The optimiser of the nights did the same with demands cut into blocks and days as places: 160 to 350 s for 33 campaigns instead of a second.) What a contact is
worth: (probability of the product on the channel x value - cost) x policy x progress x holiday.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from jobs.campaign.campaign import Campaign, load_campaigns
from jobs.campaign.planning import Planning, load_planning
from jobs.campaign.preview_tables import newest_view
from jobs.context import RunContext
from jobs.errors import UserError
from jobs.lists.query import connect


@dataclass(frozen=True)
class Demand:
    """`weight` is policy times progress. `contacts` are wanted in the month, `matched` customers meet the filter today; `accepted` of `goal` so far."""

    campaign: str
    weight: float
    matched: int
    contacts: int
    accepted: int
    goal: int | None


@dataclass(frozen=True)
class MonthPlan:
    """`demands` by rank with `planned` contacts and `unmet` ones; `days` {day, campaign, channel, contacts}; `load` by channel and day, {contacts, capacity, price}:
    price is what room for one more contact would be worth, weighed yuan."""

    month: str
    judged_on: date
    demands: list[dict[str, Any]]
    days: list[dict[str, Any]]
    load: list[dict[str, Any]]


def plan_month(month: str, run: RunContext) -> MonthPlan:
    """The plan of a month, YYYY-MM, judged on the newest view and matches. Raises UserError where the home has no view or the month no campaign."""
    first, last = _bounds(month)
    newest_view(run.lake)
    planning = load_planning(run.conf)
    campaigns = [one for one in load_campaigns(run.conf) if one.period.start <= last and one.period.end >= first]
    if not campaigns:
        raise UserError(f"--month: no campaign of conf/campaigns has a day in {month}")
    with connect(run, "customer_view", "contact", "outcome", "product_channel_score") as connection:
        demands = [_demand(connection, one, (first, last), planning, run) for one in campaigns]
        chances = _chances(connection, run)
    lanes = _lanes(campaigns, demands, chances, (first, last), planning, run)
    if lanes.empty:
        raise UserError(f"--month: no contact of {month} is worth more than it costs")
    contacts, limits = _flow(lanes, demands, planning, run)
    return _told(month, demands, lanes.assign(contacts=contacts), limits, run)


def _bounds(month: str) -> tuple[date, date]:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise UserError(f"--month: '{month}' is no month; write 2026-12") from None
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def _demand(connection: duckdb.DuckDBPyConnection, campaign: Campaign, month: tuple[date, date], planning: Planning, run: RunContext) -> Demand:
    night = run.business_date
    (matched,) = connection.execute(
        f"select count(*) from customer_view where business_date = ? and status <> 'closed' and {campaign.condition.duckdb_sql}", [night]
    ).fetchone() or (0,)
    states = "select contact_id, outcome from outcome where business_date = (select max(business_date) from outcome where business_date <= $night)"
    made, cost, accepted = connection.execute(
        f"""
        select count(*), coalesce(sum(cost_fen), 0)::bigint, count(*) filter (outcome = 'accepted')
        from contact left join ({states}) using (contact_id)
        where campaign = $campaign and contact_date >= $since and contact.business_date <= $night
        """,
        {"campaign": campaign.campaign, "since": campaign.period.start, "night": night},
    ).fetchone() or (0, 0, 0)
    wanted = matched * (campaign.delivery.max_contacts or 1)
    budget = campaign.budget
    if budget.contacts_max is not None:
        wanted = min(wanted, max(budget.contacts_max - made, 0))
    if budget.money is not None:
        cheapest = min(run.conf.channels[one].unit_cost_fen for one in campaign.channels)
        wanted = min(wanted, max(round(budget.money * 100) - cost, 0) // max(cheapest, 1))
    days, ahead = (campaign.period.end - max(campaign.period.start, night)).days + 1, _days(campaign, month)
    wanted = -(-wanted * len(ahead) // max(days, len(ahead), 1))  # the month's share of what is left of its period
    return Demand(
        campaign.campaign, _policy(campaign, planning) * _progress(campaign, accepted, night, planning), matched, wanted, accepted, campaign.goal.accepted
    )


def _policy(campaign: Campaign, planning: Planning) -> float:
    return planning.policy.get(campaign.scene.partition(".")[0], 1.0)


def _progress(campaign: Campaign, accepted: int, night: date, planning: Planning) -> float:
    """1 for a campaign on its way, more for one behind: by the share of its goal that is missing at this time of its period."""
    if not campaign.goal.accepted:
        return 1.0
    period = (campaign.period.end - campaign.period.start).days + 1
    over = min(max((night - campaign.period.start).days + 1, 0) / period, 1.0)
    return 1.0 + planning.behind_goal * max(over - accepted / campaign.goal.accepted, 0.0)


def _days(campaign: Campaign, month: tuple[date, date]) -> list[date]:
    first, last = max(campaign.period.start, month[0]), min(campaign.period.end, month[1])
    return [first + timedelta(days=one) for one in range((last - first).days + 1)]


def _chances(connection: duckdb.DuckDBPyConnection, run: RunContext) -> dict[tuple[str, str], float]:
    """Probability of each product on each channel, by the newest matches; before any, conf's prior."""
    newest = "business_date = (select max(business_date) from product_channel_score where business_date <= ?)"
    found = connection.execute(f"select product, channel, probability from product_channel_score where {newest}", [run.business_date]).fetchall()
    priors = {(product, channel): one.prior for product, one in run.conf.products.items() for channel in run.conf.channels}
    return priors | {(product, channel): probability for product, channel, probability in found}


def _lanes(
    campaigns: list[Campaign], demands: list[Demand], chances: dict[tuple[str, str], float], month: tuple[date, date], planning: Planning, run: RunContext
) -> pd.DataFrame:
    """A row is a way for a demand's contacts, a channel on a day: campaign, channel, day, worth of a contact. Those that are worth nothing are left out."""
    rows = [
        (campaign.campaign, channel, day, _worth(campaign, channel, chances, run) * demand.weight * planning.weight_of(day, channel))
        for campaign, demand in zip(campaigns, demands, strict=True)
        for channel in campaign.channels
        for day in _days(campaign, month)
    ]
    lanes = pd.DataFrame(rows, columns=["campaign", "channel", "day", "worth"])
    return lanes[lanes["worth"] > 0].sort_values(["campaign", "day", "channel"], ignore_index=True)


def _worth(campaign: Campaign, channel: str, chances: dict[tuple[str, str], float], run: RunContext) -> float:
    """Yuan of a contact; a contact of care is worth being made."""
    return chances[campaign.product, channel] * max(campaign.value or 0.0, 0.01) - run.conf.channels[channel].unit_cost_fen / 100


def _flow(lanes: pd.DataFrame, demands: list[Demand], planning: Planning, run: RunContext) -> tuple[np.ndarray, pd.DataFrame]:
    """Contacts of each lane, and the limits with `price`: group, key, limit."""
    wanted = {one.campaign: one.contacts for one in demands}
    days = lanes.groupby("campaign")["day"].nunique().to_dict()
    limit: dict[str, Callable[[tuple], int]] = {
        "channel": lambda key: run.conf.channels[key[0]].capacity.day,
        "campaign": lambda key: wanted[key[0]],
        "campaign_day": lambda key: -(-round(planning.busiest_day * wanted[key[0]]) // days[key[0]]),
    }
    keys = {"channel": ["channel", "day"], "campaign": ["campaign"], "campaign_day": ["campaign", "day"]}
    rows: list[tuple[int, int]] = []
    limits: list[tuple[str, tuple, int]] = []
    for kind, columns in keys.items():
        for key, places in sorted(lanes.groupby(columns).indices.items()):
            key = key if isinstance(key, tuple) else (key,)
            rows += [(len(limits), place) for place in places]
            limits.append((kind, key, limit[kind](key)))
    table = pd.DataFrame(limits, columns=["kind", "key", "limit"])
    row, column = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    matrix = coo_matrix((np.ones(len(row)), (row, column)), shape=(len(table), len(lanes))).tocsr()
    found = linprog(-lanes["worth"], A_ub=matrix, b_ub=table["limit"].astype(float), bounds=(0, None), method="highs-ds")
    return np.rint(found.x).astype(np.int64), table.assign(used=np.rint(matrix @ found.x).astype(np.int64), price=-found.ineqlin.marginals)


def _told(month: str, demands: list[Demand], lanes: pd.DataFrame, limits: pd.DataFrame, run: RunContext) -> MonthPlan:
    planned = lanes.groupby("campaign")["contacts"].sum().to_dict()
    of_channels = limits[limits["kind"] == "channel"]
    return MonthPlan(
        month,
        run.business_date,
        [
            {**vars(one), "planned": int(planned.get(one.campaign, 0)), "unmet": one.contacts - int(planned.get(one.campaign, 0))}
            for one in sorted(demands, key=lambda one: (-one.weight, one.campaign))
        ],
        lanes.loc[lanes["contacts"] > 0, ["day", "campaign", "channel", "contacts"]].sort_values(["day", "campaign", "channel"]).to_dict("records"),
        [
            {"channel": key[0], "day": key[1], "contacts": used, "capacity": limit, "price": round(price, 4)}
            for key, limit, used, price in of_channels[["key", "limit", "used", "price"]].itertuples(index=False)
        ],
    )
