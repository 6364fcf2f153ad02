"""Visits to halls and e-channels, and what the service desks hear."""

from dataclasses import dataclass

import numpy as np

from jobs.simulator.columns import Table, flags, integers, moments, stacked, texts, words
from jobs.simulator.draws import Draws, Integers
from jobs.simulator.market import PASSIVE, Market
from jobs.simulator.population import People
from jobs.simulator.world import World

BUSINESS_KINDS = ("pay", "order", "cancel", "change_plan", "query_bill", "query_balance", "points", "complain", "sim", "browse")
# What is done on each passive channel, in the order of PASSIVE and BUSINESS_KINDS.
_KIND_SHARE = np.array(
    [
        [0.30, 0.10, 0.05, 0.09, 0.12, 0.06, 0.06, 0.03, 0.13, 0.06],
        [0.02, 0.09, 0.07, 0.06, 0.26, 0.22, 0.05, 0.12, 0.03, 0.08],
        [0.22, 0.08, 0.04, 0.05, 0.22, 0.14, 0.08, 0.01, 0.00, 0.16],
        [0.24, 0.06, 0.03, 0.03, 0.17, 0.22, 0.07, 0.01, 0.00, 0.17],
        [0.08, 0.10, 0.05, 0.02, 0.25, 0.42, 0.06, 0.00, 0.00, 0.02],
        [0.58, 0.03, 0.01, 0.01, 0.22, 0.12, 0.03, 0.00, 0.00, 0.00],
    ]
)
_DONE = np.array([0.96, 0.90, 0.92, 0.94, 0.90, 0.93])
_OPEN_FROM = np.array([8.5, 7.0, 7.0, 6.5, 8.0, 7.0]) * 3600
_OPEN_TO = np.array([18.0, 23.0, 23.5, 23.8, 22.0, 22.5]) * 3600
KINDS = ("inquiry", "handling", "complaint", "satisfaction")
TOPICS = ("bill", "balance", "plan", "data", "network", "value_added", "marketing_disturbance", "terminal", "other")
_TOPIC_OF_KIND = {
    "pay": "balance",
    "order": "value_added",
    "cancel": "value_added",
    "change_plan": "plan",
    "query_bill": "bill",
    "query_balance": "balance",
    "points": "other",
    "sim": "terminal",
    "browse": "data",
}
_TALKS = np.array([0.55, 0.80, 0.03, 0.02, 0.0, 0.0])
_INQUIRY, _HANDLING, _COMPLAINT, _SATISFACTION = range(4)


@dataclass(frozen=True)
class Visits:
    """One entry a visit, in order of day, customer and channel."""

    who: Integers
    channel: Integers  # position in PASSIVE
    day: Integers
    nth: Integers  # which of the customer's visits of that day on that channel
    kind: Integers
    moment: Integers  # seconds of the wall clock since 1970


def visits_of(draws: Draws, world: World, people: People, able: np.ndarray, first: int, days: int) -> Visits:
    """Visits of `days` days from `first` on. One day at a time is drawn by its weekday, a stretch of history all at once."""
    season = world.season.weekday_visits[(first + 3) % 7] if days == 1 else 1.0
    counts = draws.poisson(
        people.visits * able[:, None] * days * season, "visits", np.arange(len(people))[:, None], first, days, np.arange(len(PASSIVE))[None, :]
    )
    who, channel = np.nonzero(counts)
    times = counts[who, channel]
    who, channel = np.repeat(who, times), np.repeat(channel, times)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(times) - times, times)
    day = first + (draws.below(days, "visit day", who, channel, nth, first) if days > 1 else np.zeros(len(who), dtype=np.int64))
    order = np.lexsort((nth, channel, who, day))
    who, channel, nth, day = who[order], channel[order], nth[order], day[order]
    kind = draws.choice(_KIND_SHARE[channel], "business", who, channel, nth, day)
    second = (_OPEN_FROM[channel] + draws.uniform("visit time", who, channel, nth, day) * (_OPEN_TO - _OPEN_FROM)[channel]).astype(np.int64)
    return Visits(who, channel, day, nth, kind, day * 86_400 + second)


def visited(visits: Visits, count: int) -> np.ndarray:
    """customers x PASSIVE: who came today."""
    came = np.zeros((count, len(PASSIVE)), dtype=bool)
    came[visits.who, visits.channel] = True
    return came


def branch_codes(world: World) -> list[str]:
    return [f"{city}_b{branch}" for city in world.cities for branch in range(1, world.branches_per_city + 1)]


def branch_of(world: World, people: People, who: Integers) -> Integers:
    """Position in branch_codes of each customer's home branch."""
    return people.city[who] * world.branches_per_city + people.branch[who] - 1


def visit_rows(draws: Draws, world: World, people: People, visits: Visits, first_number: int) -> Table:
    who, channel = visits.who, visits.channel
    elsewhere = draws.happens(0.15, "other branch", who, visits.day, visits.nth)
    other = people.city[who] * world.branches_per_city + draws.below(world.branches_per_city, "branch visited", who, visits.day, visits.nth)
    branch = np.where(elsewhere, other, branch_of(world, people, who))
    at_branch = np.isin(channel, (PASSIVE.index("hall"), PASSIVE.index("self_service")))
    return {
        "visit_id": texts("V{}-{}", visits.day, first_number + np.arange(len(who)) + 1_000_000),
        "customer_id": words(people.ids, who),
        "visited_at": moments(visits.moment),
        "channel": words(PASSIVE, channel),
        "business_kind": words(BUSINESS_KINDS, visits.kind),
        "place": words(branch_codes(world), np.where(at_branch, branch, -1)),
        "done": flags(draws.happens(_DONE[channel], "done", who, visits.day, visits.nth, channel)),
    }


def desk_rows(draws: Draws, market: Market, people: People, visits: Visits, first_number: int) -> Table:
    """The visits that became an inquiry, a handling or a complaint at a desk, and the satisfaction replies that some give."""
    complains = visits.kind == BUSINESS_KINDS.index("complain")
    keys = (visits.who, visits.day, visits.nth, visits.channel)
    talk = np.flatnonzero(draws.happens(np.where(complains, 1.0, _TALKS[visits.channel]), "desk", *keys))
    who, day, channel, visit_kind = visits.who[talk], visits.day[talk], visits.channel[talk], visits.kind[talk]
    keys = (who, day, visits.nth[talk], channel)
    asks = np.isin(visit_kind, [BUSINESS_KINDS.index(name) for name in ("query_bill", "query_balance", "points", "browse")])
    kind = np.where(complains[talk], _COMPLAINT, np.where(asks, _INQUIRY, _HANDLING))
    topics = np.array([TOPICS.index(_TOPIC_OF_KIND.get(name, "other")) for name in BUSINESS_KINDS])
    complaint_topic = np.array([0, 4, 3, 2, 5, 8])[draws.choice([0.34, 0.30, 0.12, 0.08, 0.10, 0.06], "complaint topic", *keys)]
    topic = np.where(kind == _COMPLAINT, complaint_topic, topics[visit_kind])
    services = np.array([position for position, name in enumerate(market.kinds) if name == "service"])
    product = np.where(topic == TOPICS.index("value_added"), services[draws.below(len(services), "desk product", *keys)], -1)
    moment = visits.moment[talk]
    solved = draws.happens(np.where(kind == _COMPLAINT, 0.55, 0.92), "solved", *keys)
    replies = np.flatnonzero(draws.happens(0.11, "replies", *keys))
    mark = np.clip(np.rint(8.4 + 1.3 * draws.normal("mark", *keys) - np.where(solved, 0, 3.5)), 1, 10).astype(np.int64)
    contact = _desk_table(
        market, people, who, moment, channel, kind, topic, product, np.full(len(who), -1), np.full(len(who), -1), _times(draws, keys, channel), solved
    )
    reply_kind = np.full(len(replies), _SATISFACTION)
    none = np.full(len(replies), -1)
    reply = _desk_table(
        market, people, who[replies], moment[replies] + 1800, channel[replies], reply_kind, topic[replies], none, none, mark[replies], None, None
    )
    table = stacked(contact, reply)
    return {"contact_number": texts("S{}-{}", np.concatenate([day, day[replies]]), first_number + np.arange(len(who) + len(replies)) + 1_000_000), **table}


def _times(draws: Draws, keys: tuple, channel: Integers) -> tuple[Integers, Integers]:
    wait = np.floor(np.array([420, 60, 20, 15, 0, 0])[channel] * np.exp(0.9 * draws.normal("wait", *keys))).astype(np.int64)
    talk = np.floor(np.array([360, 210, 120, 90, 30, 30])[channel] * np.exp(0.6 * draws.normal("talk", *keys))).astype(np.int64)
    return np.minimum(wait, 7200), np.minimum(talk, 7200)


def complaint_rows(
    draws: Draws, market: Market, people: People, who: Integers, product: Integers, channel: Integers, day: int | Integers, first_number: int
) -> Table:
    """Complaints of customers whom a marketing contact disturbed, to the hotline, the day after it."""
    moment = day * 86_400 + 9 * 3600 + draws.below(10 * 3600, "complaint time", who, product, channel, day)
    count = len(who)
    hotline = np.full(count, PASSIVE.index("hotline"))
    topic = np.full(count, TOPICS.index("marketing_disturbance"))
    times = _times(draws, (who, np.full(count, day), product, channel), hotline)
    solved = draws.happens(0.6, "disturbance solved", who, product, channel, day)
    table = _desk_table(market, people, who, moment, hotline, np.full(count, _COMPLAINT), topic, product, channel, np.full(count, -1), times, solved)
    return {"contact_number": texts("S{}-{}", np.full(count, day), first_number + np.arange(count) + 1_000_000), **table}


def _desk_table(
    market: Market,
    people: People,
    who: Integers,
    moment: Integers,
    channel: Integers,
    kind: Integers,
    topic: Integers,
    product: Integers,
    about: Integers,
    mark: Integers,
    times: tuple[Integers, Integers] | None,
    solved: np.ndarray | None,
) -> Table:
    """Rows of service_contact without their numbers; -1 stands for null."""
    count = len(who)
    wait, talk = times if times is not None else (np.full(count, -1), np.full(count, -1))
    known = solved if solved is not None else np.zeros(count, dtype=bool)
    return {
        "customer_id": words(people.ids, who),
        "happened_at": moments(moment),
        "channel": words(PASSIVE, channel),
        "kind": words(KINDS, kind),
        "topic": words(TOPICS, topic),
        "product": words(market.products, product),
        "about_channel": words(market.channels, about),
        "satisfaction": integers(mark, none=-1),
        "wait_seconds": integers(wait, none=-1),
        "talk_seconds": integers(talk, none=-1),
        "solved": flags(known, unknown=np.full(count, solved is None)),
    }
