"""What customers order, cancel and let expire, and what they hold afterwards."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from jobs.simulator.behaviour import Minds, plan_costs, spontaneous_probability, unasked_luck
from jobs.simulator.billing import ORDER_CHANNELS
from jobs.simulator.calendar import months_later
from jobs.simulator.columns import Table, days, flags, integers, moments, nulls, stacked, texts, words
from jobs.simulator.draws import Draws, Integers
from jobs.simulator.market import ITEMS, PASSIVE, Market
from jobs.simulator.population import People
from jobs.simulator.state import Rows, State, joined_rows, picked
from jobs.simulator.world import World

ACTIONS = ("subscribe", "cancel", "change", "renew")
ENDED_STAY_DAYS = 90
_ADVICE_STAYS_DAYS = 90
_CONTRACT_TYPES = ("agreement", "fine_number", "group", "zero_down", "handset", "broadband")
_OWN_WAY = ("palm_hall", "hall", "web", "hotline", "sms_hall", "self_service", "agent")
_OWN_WAY_SHARE = (0.42, 0.17, 0.12, 0.10, 0.07, 0.03, 0.09)


@dataclass(frozen=True)
class Purchases:
    """Acceptances and purchases without contact. `moment` is seconds of the wall clock since 1970; `contact_id` empty for those nobody asked."""

    who: Integers
    product: Integers
    channel: Integers  # position in ORDER_CHANNELS
    moment: Integers
    contact_id: np.ndarray

    def __len__(self) -> int:
        return len(self.who)


def purchases_together(*parts: Purchases) -> Purchases:
    """All purchases of a day, each customer and product once, by a contact rather than unasked, the earliest; in order of customer and product."""
    who, product, channel, moment = (np.concatenate([getattr(part, name) for part in parts]) for name in ("who", "product", "channel", "moment"))
    contact = np.concatenate([part.contact_id.astype("S32") for part in parts])
    order = np.lexsort((contact, moment, contact == b"", product, who))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(who[order]) != 0) | (np.diff(product[order]) != 0)
    kept = order[first]
    return Purchases(who[kept], product[kept], channel[kept], moment[kept], contact[kept])


def spontaneous(draws: Draws, world: World, market: Market, people: People, state: State, minds: Minds) -> Purchases:
    chance = spontaneous_probability(world, market, people, state, minds)
    numbers = np.arange(chance.shape[1])[None, :]
    who, product = np.nonzero(unasked_luck(draws, np.arange(len(state))[:, None], numbers, minds.day) < chance)
    ways = np.array([ORDER_CHANNELS.index(name) for name in _OWN_WAY])
    channel = ways[draws.choice(_OWN_WAY_SHARE, "own way", who, product, minds.day)]
    return Purchases(who, product, channel, moment_of(draws, who, product, minds.day), np.full(len(who), b"", dtype="S32"))


def moment_of(draws: Draws, who: Integers, product: Integers, day: object) -> Integers:
    return np.asarray(day) * 86_400 + 8 * 3600 + draws.below(14 * 3600, "order time", who, product, day)


def take_up(draws: Draws, world: World, market: Market, state: State, bought: Purchases, day: int) -> tuple[Integers, Integers]:
    """Books purchases: what is held, deposits, plan changes, wishes to leave that go away. Returns the charges (customers x ITEMS) and who changed plan."""
    state.holds_since[bought.who, bought.product] = day
    state.holds_channel[bought.who, bought.product] = bought.channel
    state.considered[bought.who, bought.product] = 0
    charges = np.zeros((len(state), len(ITEMS)), dtype=np.int64)
    np.add.at(charges, (bought.who, market.item[bought.product]), market.monthly_fen[bought.product])
    np.add.at(state.reserve, bought.who, market.once_fen[bought.product])
    binds = market.term_months[bought.product] > 0
    kept = binds & (state.intent_on[bought.who] > 0) & draws.happens(world.behaviour.kept_by_retention, "kept", bought.who, bought.product, day)
    state.intent_on[bought.who[kept]] = 0
    state.leave_on[bought.who[kept]] = 0
    return charges, _change_plans(market, state, bought, day)


def _change_plans(market: Market, state: State, bought: Purchases, day: int) -> Integers:
    """plan_upgrade goes to the cheapest upgrade plan that costs no less than today's; plan_advice to the cheapest for last month's use."""
    upgrade = bought.product == market.product("plan_upgrade")
    advice = bought.product == market.product("plan_advice")
    who = np.unique(bought.who[upgrade | advice])
    upgrades = np.isin(who, bought.who[upgrade])
    fees = market.plan_fee_fen[market.upgrade_plans]
    better = market.upgrade_plans[np.minimum(np.searchsorted(fees, market.plan_fee_fen[state.plan[who]]), len(fees) - 1)]
    target = np.where(upgrades, better, plan_costs(market, state.last_use[who]).argmin(axis=1))
    changes = (target != state.plan[who]) & (state.plan_since[who] < day)
    who, target = who[changes], target[changes]
    end_rows(state, who, np.full(len(who), -1), state.plan[who], state.plan_since[who], day - 1, state.plan_channel[who])
    state.plan[who], state.plan_since[who] = target, day
    by_who = np.zeros(len(state), dtype=np.int64)
    by_who[bought.who] = bought.channel
    state.plan_channel[who] = by_who[who]
    return who


def end_rows(state: State, who: Integers, product: Integers, plan: Integers, since: Integers, until: int, channel: Integers) -> None:
    new: Rows = {"customer": who, "product": product, "plan": plan, "since": since, "until": np.maximum(np.full(len(who), until), since), "channel": channel}
    state.ended = joined_rows(state.ended, {name: column.astype(np.int64) for name, column in new.items()})


def cancellations(draws: Draws, world: World, market: Market, state: State, minds: Minds) -> tuple[Integers, Integers]:
    """Customers and products given up today by wish; bound ones cannot go."""
    who, product = np.nonzero(state.holds_since)
    since = state.holds_since[who, product]
    rates = np.array([world.products[code].cancelled for code in market.products]) / 30
    chance = rates[product] * np.exp(-0.4 * np.clip(minds.liking[who, product], -3, 3))
    free = (since < minds.day) & (months_later(since, market.term_months[product]) <= minds.day) & (state.status[who] == 0)
    gone = free & draws.happens(chance, "cancels", who, product, minds.day)
    return who[gone], product[gone]


def expiries(market: Market, state: State, day: int) -> tuple[Integers, Integers]:
    """Customers and products whose term is over today; services run on, contracts and gifts end."""
    who, product = np.nonzero(state.holds_since)
    since, term = state.holds_since[who, product], market.term_months[product]
    ends = np.where(term > 0, months_later(since, term), since + _ADVICE_STAYS_DAYS)
    over = (market.monthly_fen[product] == 0) & (ends <= day)
    return who[over], product[over]


def give_up(state: State, who: Integers, product: Integers, day: int) -> None:
    end_rows(state, who, product, np.full(len(who), -1), state.holds_since[who, product], day, state.holds_channel[who, product])
    state.holds_since[who, product] = 0


def order_rows(
    people: People,
    day: Integers,
    first_number: int,
    who: Integers,
    names: pa.Array,
    action: Integers,
    channel: Integers,
    moment: Integers,
    amount: Integers,
    mandatory: np.ndarray,
) -> Table:
    """`names` are product or plan codes; amount -1 means none."""
    numbers = first_number + np.arange(len(who)) + 1_000_000
    return {
        "order_id": texts("O{}-{}", day, numbers),
        "customer_id": words(people.ids, who),
        "product": names,
        "action": words(ACTIONS, action),
        "channel": words(ORDER_CHANNELS, channel),
        "ordered_at": moments(moment),
        "amount_fen": integers(amount, none=-1),
        "mandatory": flags(mandatory),
    }


def orders_of_day(
    draws: Draws,
    market: Market,
    people: People,
    state: State,
    day: int,
    bought: Purchases,
    changed: Integers,
    cancelled: tuple[Integers, Integers],
    expired: tuple[Integers, Integers],
) -> Table:
    """All order events of a day: purchases, the plan changes they bring, cancellations, and renewals and ends by the system."""
    own_way = np.array([ORDER_CHANNELS.index(name) for name in PASSIVE])
    parts, start = [], 0
    once = market.once_fen[bought.product]
    plan_moment = np.full(len(state), day * 86_400 + 12 * 3600, dtype=np.int64)
    plan_moment[bought.who] = bought.moment + 60
    pieces = [
        (bought.who, words(market.products, bought.product), 0, bought.channel, bought.moment, np.where(once > 0, once, -1), False),
        (changed, words(market.plans, state.plan[changed]), 2, state.plan_channel[changed], plan_moment[changed], np.full(len(changed), -1), False),
    ]
    for who, product, what, mandatory in ((*cancelled, "cancel", False), (*expired, "expire", True)):
        channel = own_way[draws.choice([0.25, 0.25, 0.1, 0.25, 0.1, 0.05], f"{what} channel", who, product, day)]
        pieces.append((who, words(market.products, product), 1, channel, moment_of(draws, who, product, day), np.full(len(who), -1), mandatory))
    for who, names, action, channel, moment, amount, mandatory in pieces:
        count = len(who)
        parts.append(order_rows(people, np.full(count, day), start, who, names, np.full(count, action), channel, moment, amount, np.full(count, mandatory)))
        start += count
    return stacked(*parts)


def subscription_rows(draws: Draws, market: Market, people: People, state: State, day: int) -> Table:
    """Main plans of living lines, what is held, and what ended within 90 days; in order of customer."""
    recent = picked(state.ended, state.ended["until"] >= day - ENDED_STAY_DAYS)
    state.ended = recent
    alive = np.flatnonzero(state.alive)
    who, product = np.nonzero(state.holds_since)
    minus, count = np.full(len(alive), -1), len(alive) + len(who)
    number = np.concatenate([alive, who, recent["customer"]])
    products = np.concatenate([minus, product, recent["product"]])
    plans = np.concatenate([state.plan[alive], np.full(len(who), -1), recent["plan"]])
    since = np.concatenate([state.plan_since[alive], state.holds_since[who, product], recent["since"]])
    until = np.concatenate([np.zeros(count, dtype=np.int64), recent["until"]])
    channel = np.concatenate([state.plan_channel[alive], state.holds_channel[who, product], recent["channel"]])
    order = np.lexsort((until, since, products, number))
    number, products, plans, since, until, channel = (column[order] for column in (number, products, plans, since, until, channel))
    is_plan = products < 0
    codes = words((*market.products, *market.plans), np.where(is_plan, len(market.products) + plans, products))
    roles = ("main_plan", *market.kinds)
    bound_until, bound_type = _bindings(draws, market, number, products, since, until, day)
    return {
        "customer_id": words(people.ids, number),
        "product": codes,
        "role": words(roles, np.where(is_plan, 0, products + 1)),
        "started_on": days(since),
        "ended_on": days(until),
        "contract_until": days(bound_until),
        "contract_type": words(_CONTRACT_TYPES, bound_type) if len(number) else nulls(0),
        "monthly_fee_fen": integers(np.where(is_plan, market.plan_fee_fen[plans], market.monthly_fen[products])),
        "ordered_by": words(ORDER_CHANNELS, channel),
    }


def _bindings(draws: Draws, market: Market, number: Integers, products: Integers, since: Integers, until: Integers, day: int) -> tuple[Integers, Integers]:
    """End and kind of the binding of each row; 0 and -1 where it does not bind."""
    term = np.where(products < 0, 0, market.term_months[products])
    kind = np.full(len(market.products), _CONTRACT_TYPES.index("agreement"))
    kind[market.product("contract_handset")] = _CONTRACT_TYPES.index("handset")
    kind[market.product("broadband_bundle")] = _CONTRACT_TYPES.index("broadband")
    # A few main plans cannot be changed: special numbers, group tariffs, lines that came with nothing down.
    fixed_until = months_later(since, 36)
    fixed = (products < 0) & (until == 0) & (fixed_until > day) & draws.happens(0.12, "plan fixed", number)
    fixed_kind = draws.choice([0.35, 0.25, 0.25, 0.15], "plan fixed by", number)
    binds = term > 0
    end = np.where(fixed, fixed_until, np.where(binds, months_later(since, term), 0))
    return end, np.where(fixed, fixed_kind, np.where(binds, kind[products], -1))
