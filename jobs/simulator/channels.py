"""The channels: they work the published lists of the day, meet the customers or miss them, and report later.

Lists are read as a channel system would: only with `_SUCCESS`, the highest revision, without the rows that were revoked.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.simulator.behaviour import (
    ACCEPTED,
    CONSIDERING,
    DELIVERED,
    OPTED_OUT,
    OUTCOMES,
    REFUSED,
    Minds,
    accept_luck,
    accept_probability,
    reach_probability,
    react,
    spontaneous_probability,
    unasked_luck,
)
from jobs.simulator.billing import ORDER_CHANNELS
from jobs.simulator.calendar import date_of
from jobs.simulator.columns import Table, integers, moments, words
from jobs.simulator.draws import Draws, Integers
from jobs.simulator.market import Market
from jobs.simulator.old_systems import asked_bans
from jobs.simulator.orders import Purchases
from jobs.simulator.population import People
from jobs.simulator.state import Rows, State, joined_rows, picked
from jobs.simulator.world import World

_OTHER_WAYS = ("palm_hall", "hall", "web", "hotline")


@dataclass(frozen=True)
class Lists:
    """The rows that the channels work today, in order of channel and rank."""

    contact_id: np.ndarray
    who: Integers
    product: Integers
    channel: Integers
    place: np.ndarray
    rank: Integers
    campaign: np.ndarray

    def __len__(self) -> int:
        return len(self.who)


@dataclass(frozen=True)
class Worked:
    """What a day of contacts did: purchases of today, complaints (customers, products, channels), who pays up, and the truth about each row."""

    purchases: Purchases
    complaints: tuple[Integers, Integers, Integers]
    reminded: Integers
    truth: Table


def read_lists(home: Path, market: Market, people: People, day: int) -> Lists:
    tables = [_channel_list(home / "lists" / f"channel={code}" / f"contact_date={date_of(day)}") for code in market.channels]
    columns: dict[str, list[np.ndarray]] = {name: [] for name in ("contact_id", "who", "product", "channel", "place", "rank", "campaign")}
    for position, table in enumerate(tables):
        if table is None:
            continue
        who = pc.index_in(table["customer_id"], value_set=people.ids).fill_null(-1).to_numpy()
        product = pc.index_in(table["product"], value_set=pa.array(market.products)).fill_null(-1).to_numpy()
        known = np.flatnonzero((who >= 0) & (product >= 0))
        rank = table["rank"].to_numpy()
        known = known[np.argsort(rank[known], kind="stable")]
        for name, column in (("who", who), ("product", product), ("rank", rank)):
            columns[name].append(column[known].astype(np.int64))
        columns["channel"].append(np.full(len(known), position))
        for name in ("contact_id", "place", "campaign"):
            text = pc.fill_null(table[name].cast(pa.string()), "").to_numpy(zero_copy_only=False)
            columns[name].append(np.array([one.encode() for one in text[known]], dtype="S64" if name != "contact_id" else "S32"))
    texts = {"contact_id": "S32", "place": "S64", "campaign": "S64"}
    return Lists(**{name: np.concatenate(parts) if parts else np.zeros(0, dtype=texts.get(name, np.int64)) for name, parts in columns.items()})


def _channel_list(folder: Path) -> pa.Table | None:
    revisions = [int(path.parent.name.removeprefix("revision=")) for path in folder.glob("revision=*/_SUCCESS")]
    if not revisions:
        return None
    parts = sorted((folder / f"revision={max(revisions)}").glob("part-*.parquet"))
    wanted = ["contact_id", "customer_id", "product", "place", "rank", "campaign"]
    if not parts:
        return None
    table = pa.concat_tables([pq.ParquetFile(part).read(columns=wanted) for part in parts])
    revoked = [part for done in sorted((folder / "revocations").glob("seq=*/_SUCCESS")) for part in sorted(done.parent.glob("part-*.parquet"))]
    if not revoked:
        return table
    gone = pa.concat_tables([pq.ParquetFile(part).read(columns=["contact_id"]) for part in revoked])["contact_id"].combine_chunks()
    return table.filter(pc.invert(pc.is_in(table["contact_id"], value_set=gone)))


def work(draws: Draws, world: World, market: Market, people: People, state: State, minds: Minds, lists: Lists, came: np.ndarray) -> Worked:
    """Carries out the day's lists against the hidden behaviour and books what they leave in the customers' minds."""
    day, who, product, channel = minds.day, lists.who, lists.product, lists.channel
    passive = np.full(len(market.channels), 0)
    passive[market.passive] = np.arange(len(market.passive))
    chance_reached = reach_probability(world, market, people, who, channel, came[who, passive[channel]])
    reached = draws.uniform("reached", who, product, channel, day) < chance_reached
    chance = accept_probability(world, market, people, state, minds, who, product, channel)
    unasked = spontaneous_probability(world, market, people, state, minds)[who, product]
    outcome = react(draws, world, market, people, state, minds, (who, product, channel), reached, chance)
    moment = _moments(draws, market, lists, day)
    outcome = _sold_once(who, product, moment, outcome)
    lucks = accept_luck(draws, who, product, channel, day), unasked_luck(draws, who, product, day)
    truth = _truth(market, people, lists, reached, chance_reached, chance, unasked, lucks, outcome)
    complaints = _complaints(draws, world, market, people, state, lists, reached & (outcome != ACCEPTED), day)
    purchases = _report(draws, world, market, state, lists, outcome, moment, day)
    _remember(draws, state, lists, reached, outcome, day)
    reminder = market.product("balance_reminder")
    return Worked(purchases, complaints, np.unique(who[(product == reminder) & (outcome == ACCEPTED)]), truth)


def _moments(draws: Draws, market: Market, lists: Lists, day: int) -> Integers:
    hours = market.hours[lists.channel]
    luck = draws.uniform("contact time", lists.who, lists.product, lists.channel, day)
    return day * 86_400 + hours[:, 0] + np.floor(luck * (hours[:, 1] - hours[:, 0])).astype(np.int64)


def _sold_once(who: Integers, product: Integers, moment: Integers, outcome: Integers) -> Integers:
    """Of several acceptances of one product by one customer on one day only the earliest is one; later offers find it sold."""
    accepted = np.flatnonzero(outcome == ACCEPTED)
    order = accepted[np.lexsort((accepted, moment[accepted], product[accepted], who[accepted]))]
    again = np.zeros(len(order), dtype=bool)
    again[1:] = (np.diff(who[order]) == 0) & (np.diff(product[order]) == 0)
    outcome = outcome.copy()
    outcome[order[again]] = DELIVERED
    return outcome


def _report(draws: Draws, world: World, market: Market, state: State, lists: Lists, outcome: Integers, moment: Integers, day: int) -> Purchases:
    """Puts what each channel will say into the state, and returns what was bought today. Some accept on a later day, some on another channel."""
    keys = (lists.who, lists.product, lists.channel, day)
    traits = [world.channels[code] for code in market.channels]
    width = max(len(trait.answer_days) for trait in traits)
    waits = draws.choice(_padded([trait.answer_days for trait in traits], width)[lists.channel], "answer days", *keys)
    width = max(len(trait.feedback_days) for trait in traits)
    lag = draws.choice(_padded([trait.feedback_days for trait in traits], width)[lists.channel], "feedback days", *keys)
    lost = draws.uniform("lost", *keys) < np.array([trait.lost for trait in traits])[lists.channel]
    accepted = outcome == ACCEPTED
    # Reminders are acted on at once; nothing is bought.
    cares = ~market.sellable[lists.product]
    later = accepted & (waits > 0) & ~cares
    elsewhere = accepted & ~cares & draws.happens(world.behaviour.other_channel, "other channel", *keys)
    own = np.array([ORDER_CHANNELS.index(code) for code in market.channels])[lists.channel]
    ways = np.array([ORDER_CHANNELS.index(name) for name in _OTHER_WAYS])[draws.below(len(_OTHER_WAYS), "which other channel", *keys)]
    via = np.where(elsewhere, np.where(ways == own, ORDER_CHANNELS.index("agent"), ways), own)
    # A channel that did not take the order saw interest at best.
    seen = np.where(elsewhere, np.where(np.isin(np.array(market.channels)[lists.channel], ("call", "hall", "hotline")), CONSIDERING, DELIVERED), outcome)
    now = np.flatnonzero(~later & ~lost)
    base: Rows = {
        "customer": lists.who,
        "channel": lists.channel,
        "moment": moment,
        "rank": lists.rank,
        "contact_id": lists.contact_id,
        "place": lists.place.astype("S32"),
    }
    report = picked(base | {"outcome": seen, "received": day + lag}, now)
    state.reports = joined_rows(state.reports, report)
    waiting = picked(
        base
        | {"product": lists.product, "channel": via * 100 + lists.channel, "received": np.where(lost | elsewhere, -1, lag), "moment": moment + waits * 86_400},
        np.flatnonzero(later),
    )
    state.answers = joined_rows(state.answers, waiting)
    bought = np.flatnonzero(accepted & ~later & ~cares)
    return Purchases(lists.who[bought], lists.product[bought], via[bought], moment[bought], lists.contact_id[bought])


def due_answers(state: State, day: int, accepted: Purchases) -> Purchases:
    """Acceptances of earlier contacts that fall on today; a customer who took the product meanwhile, or left, answers nothing."""
    due = state.answers["moment"] // 86_400 <= day
    rows = picked(state.answers, due)
    state.answers = picked(state.answers, ~due)
    can = (state.status[rows["customer"]] == 0) & (state.holds_since[rows["customer"], rows["product"]] == 0)
    can &= ~np.isin(rows["customer"] * len(state.holds_since[0]) + rows["product"], accepted.who * len(state.holds_since[0]) + accepted.product)
    outcome = np.where(can, ACCEPTED, DELIVERED)
    told = np.flatnonzero(rows["received"] >= 0)
    names = ("customer", "moment", "rank", "contact_id", "place")
    report = {name: rows[name] for name in names} | {"channel": rows["channel"] % 100, "outcome": outcome, "received": day + rows["received"]}
    state.reports = joined_rows(state.reports, picked(report, told))
    bought = np.flatnonzero(can)
    return Purchases(rows["customer"][bought], rows["product"][bought], rows["channel"][bought] // 100, rows["moment"][bought], rows["contact_id"][bought])


def _padded(shares: list[list[float]], width: int) -> np.ndarray:
    return np.array([row + [0.0] * (width - len(row)) for row in shares])


def _complaints(
    draws: Draws, world: World, market: Market, people: People, state: State, lists: Lists, disturbed: np.ndarray, day: int
) -> tuple[Integers, Integers, Integers]:
    hazard = np.array([world.channels[code].complaint for code in market.channels])[lists.channel]
    tired = people.sensitivity[lists.who] * state.fatigue[lists.who].sum(axis=1)
    hazard = np.minimum(hazard * np.exp(world.behaviour.opt_out_by_fatigue * np.minimum(tired, 5)), 0.3)
    angry = np.flatnonzero(disturbed & draws.happens(hazard, "complains", lists.who, lists.product, lists.channel, day))
    return lists.who[angry], lists.product[angry], lists.channel[angry]


def _remember(draws: Draws, state: State, lists: Lists, reached: np.ndarray, outcome: Integers, day: int) -> None:
    met = np.flatnonzero(reached)
    np.add.at(state.fatigue, (lists.who[met], lists.channel[met]), 1.0)
    state.contacted[lists.who[met], lists.product[met]] = day
    for said, memory in ((CONSIDERING, state.considered), (REFUSED, state.refused)):
        chosen = outcome == said
        memory[lists.who[chosen], lists.product[chosen]] = day
    start = day + 1 + draws.below(4, "register days", lists.who, lists.product, lists.channel, day)
    bans = asked_bans(lists.who, lists.product, lists.channel, start, outcome == OPTED_OUT, day + 10)
    known = state.bans["customer"] * 1_000_000 + state.bans["level"] * 100_000 + state.bans["product"] * 100 + state.bans["channel"]
    fresh = ~np.isin(bans["customer"] * 1_000_000 + bans["level"] * 100_000 + bans["product"] * 100 + bans["channel"], known)
    state.bans = joined_rows(state.bans, picked(bans, fresh))


def recover(world: World, market: Market, state: State) -> None:
    """A night's sleep: recent contacts weigh less."""
    state.fatigue = state.fatigue * 0.5 ** (1 / np.array([world.channels[code].recovery_days for code in market.channels]))


def reports_due(state: State, day: int) -> Rows:
    """The reports that reach the operator today, in order of channel, time and contact; they leave the state."""
    due = state.reports["received"] <= day
    rows = picked(state.reports, due)
    state.reports = picked(state.reports, ~due)
    return picked(rows, np.lexsort((rows["contact_id"], rows["moment"], rows["channel"])))


def report_rows(people: People, reports: Rows) -> Table:
    """Lines of a feedback file."""
    place = pa.array([one.decode() or None for one in reports["place"]], type=pa.string())
    return {
        "contact_id": pa.array([one.decode() for one in reports["contact_id"]], type=pa.string()),
        "customer_id": words(people.ids, reports["customer"]),
        "outcome": words(OUTCOMES, reports["outcome"]),
        "occurred_at": moments(reports["moment"]),
        "place": place,
        "detail": pa.nulls(len(place), pa.string()),
    }


def _truth(
    market: Market,
    people: People,
    lists: Lists,
    reached: np.ndarray,
    chance_reached: np.ndarray,
    chance: np.ndarray,
    unasked: np.ndarray,
    lucks: tuple[np.ndarray, np.ndarray],
    outcome: Integers,
) -> Table:
    """One row a contact worked: both potential outcomes of the day, with the contact if it reaches and without it, and what happened."""
    return {
        "contact_id": pa.array([one.decode() for one in lists.contact_id], type=pa.string()),
        "customer_id": words(people.ids, lists.who),
        "campaign": pa.array([one.decode() for one in lists.campaign], type=pa.string()),
        "product": words(market.products, lists.product),
        "channel": words(market.channels, lists.channel),
        "rank": integers(lists.rank),
        "reach_probability": pa.array(chance_reached),
        "reached": pa.array(reached),
        "accept_probability": pa.array(chance),
        "accept_luck": pa.array(lucks[0]),
        "accepts_if_reached": pa.array(lucks[0] < chance),
        "unasked_probability": pa.array(unasked),
        "buys_unasked": pa.array(lucks[1] < unasked),
        "outcome": words(OUTCOMES, outcome),
    }
