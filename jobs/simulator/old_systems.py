"""Marketing before this system: lists by priority and at random, over the same hidden people. What came of it is the evidence of the first night."""

from dataclasses import dataclass, replace

import numpy as np

from jobs.simulator.behaviour import ACCEPTED, CONSIDERING, OPTED_OUT, OUTCOMES, REFUSED, Minds, accept_probability, reach_probability, react
from jobs.simulator.billing import ORDER_CHANNELS
from jobs.simulator.columns import Table, days, words
from jobs.simulator.draws import Draws, Integers
from jobs.simulator.market import Market
from jobs.simulator.population import People
from jobs.simulator.state import Rows, State, joined_rows
from jobs.simulator.world import World


@dataclass(frozen=True)
class OldContacts:
    """One entry a contact of the old lists, in order of day and customer."""

    who: Integers
    product: Integers
    channel: Integers
    day: Integers
    outcome: Integers
    answered: Integers  # day of the outcome


def old_contacts(draws: Draws, world: World, market: Market, people: People, state: State, minds: Minds, first: int, last: int) -> OldContacts:
    """Contacts of the days first .. last. What they sold is already held in `state` afterwards."""
    who, product, channel, day = _old_lists(draws, world, market, state, first, last)
    fits = market.carries[channel, product] & (state.joined[who] < day) & ((state.holds_since[who, product] == 0) | (state.holds_since[who, product] > day))
    who, product, channel, day = (column[fits] for column in (who, product, channel, day))
    rates = people.visits[who, np.maximum(_passive_position(market)[channel], 0)]
    came = 1 - np.exp(-rates * world.old_systems.passive_days)
    reached = draws.uniform("reached", who, product, channel, day) < reach_probability(world, market, people, who, channel, came)
    then = replace(minds, day=day, season=0.0)
    before = replace(state, holds_since=np.zeros_like(state.holds_since), considered=np.zeros_like(state.considered), refused=np.zeros_like(state.refused))
    chance = accept_probability(world, market, people, before, then, who, product, channel)
    outcome = react(draws, world, market, people, before, then, (who, product, channel), reached, chance)
    waits = np.minimum(draws.below(3, "old answer", who, product, channel, day) * (outcome == ACCEPTED), last - day)
    kept = _until_accepted(who, product, day, outcome)
    return OldContacts(who[kept], product[kept], channel[kept], day[kept], outcome[kept], (day + waits)[kept])


def _old_lists(draws: Draws, world: World, market: Market, state: State, first: int, last: int) -> tuple[Integers, Integers, Integers, Integers]:
    numbers = np.arange(len(state))
    old = world.old_systems
    favourite = np.exp(old.favourites * draws.normal("favourite", numbers) - old.favourites**2 / 2)
    counts = draws.poisson(old.contacts_per_month * (last - first + 1) / 30 * favourite, "old contacts", numbers)
    who = np.repeat(numbers, counts)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(counts) - counts, counts)
    weights = np.where(market.sellable, [old.priority.get(code, 1.0) for code in market.products], 0.0)
    weights[market.product(world.change.launch.product)] = 0.0
    product = draws.choice(weights, "old product", who, nth)
    channel = draws.choice([old.channels.get(code, 0.0) for code in market.channels], "old channel", who, nth)
    day = first + draws.below(last - first + 1, "old day", who, nth)
    order = np.lexsort((channel, product, who, day))
    who, product, channel, day = who[order], product[order], channel[order], day[order]
    fresh = np.ones(len(who), dtype=bool)
    fresh[1:] = (np.diff(who) != 0) | (np.diff(product) != 0) | (np.diff(channel) != 0) | (np.diff(day) != 0)
    return who[fresh], product[fresh], channel[fresh], day[fresh]


def _passive_position(market: Market) -> Integers:
    """Of each channel its position among the passive ones; -1 for the others."""
    position = np.full(len(market.channels), -1)
    position[market.passive] = np.arange(len(market.passive))
    return position


def _until_accepted(who: Integers, product: Integers, day: Integers, outcome: Integers) -> np.ndarray:
    """Contacts up to the first acceptance of the customer for the product, that one included; the rows come in order of day."""
    key = who * 64 + product
    accepted = np.flatnonzero(outcome == ACCEPTED)
    first = np.full(key.max(initial=0) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, key[accepted], accepted)
    return np.arange(len(who)) <= first[key]


def remember(world: World, market: Market, state: State, contacts: OldContacts, last: int) -> None:
    """Leaves the traces of the old contacts in the state, what they sold included."""
    who, product, channel, day = contacts.who, contacts.product, contacts.channel, contacts.day
    half_life = np.array([world.channels[code].recovery_days for code in market.channels])
    np.add.at(state.fatigue, (who, channel), 0.5 ** ((last - day) / half_life[channel]))
    for outcome, memory in ((CONSIDERING, state.considered), (REFUSED, state.refused)):
        chosen = contacts.outcome == outcome
        np.maximum.at(memory, (who[chosen], product[chosen]), day[chosen])
    np.maximum.at(state.contacted, (who, product), day)
    accepted = np.flatnonzero(contacts.outcome == ACCEPTED)
    who, product, answered = who[accepted], product[accepted], contacts.answered[accepted]
    via = np.array([ORDER_CHANNELS.index(code) for code in market.channels])[channel[accepted]]
    state.holds_since[who, product] = answered
    state.holds_channel[who, product] = via
    state.bans = joined_rows(state.bans, asked_bans(contacts.who, contacts.product, contacts.channel, contacts.day + 3, contacts.outcome == OPTED_OUT, last))


def asked_bans(who: Integers, product: Integers, channel: Integers, start: Integers, opted_out: np.ndarray, last: int) -> Rows:
    """Opt-outs as the register holds them: the product on the channel."""
    chosen = np.flatnonzero(opted_out & (start <= last))
    keys = np.stack([who[chosen], product[chosen], channel[chosen]], axis=1)
    _, first = np.unique(keys, axis=0, return_index=True)
    chosen = chosen[first]
    count = len(chosen)
    return {
        "customer": who[chosen],
        "level": np.full(count, 3),
        "product": product[chosen],
        "channel": channel[chosen],
        "reason": np.zeros(count, dtype=np.int64),
        "start": start[chosen],
        "end": np.zeros(count, dtype=np.int64),
    }


def history_rows(market: Market, people: People, contacts: OldContacts) -> Table:
    return {
        "customer_id": words(people.ids, contacts.who),
        "contacted_on": days(contacts.day),
        "product": words(market.products, contacts.product),
        "channel": words(market.channels, contacts.channel),
        "outcome": words(OUTCOMES, contacts.outcome),
        "occurred_on": days(contacts.answered),
    }
