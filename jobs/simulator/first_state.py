"""The world on the evening before the first dump: who holds what, on which plan, with which balance."""

import numpy as np
from scipy.special import expit, logit

from jobs.simulator.behaviour import minds_of
from jobs.simulator.billing import ORDER_CHANNELS
from jobs.simulator.draws import Draws, Floats, Integers
from jobs.simulator.handsets import first_handsets
from jobs.simulator.market import ITEMS, Market
from jobs.simulator.population import People
from jobs.simulator.state import ACTIVE, Rows, State
from jobs.simulator.world import World

_MEAN_TENURE_DAYS = 1500
_OWN_WAYS = ("hall", "agent", "palm_hall", "hotline", "web")


def no_rows(*names: str) -> Rows:
    return {name: np.zeros(0, dtype=np.int64) for name in names}


def no_answers() -> Rows:
    return no_rows("customer", "product", "channel", "moment", "received", "rank") | {"contact_id": np.zeros(0, dtype="S32"), "place": np.zeros(0, dtype="S32")}


def no_reports() -> Rows:
    return no_rows("customer", "channel", "outcome", "moment", "received", "rank") | {"contact_id": np.zeros(0, dtype="S32"), "place": np.zeros(0, dtype="S32")}


def lines(draws: Draws, world: World, market: Market, people: People, who: Integers, joined: Integers, day: int) -> State:
    """Fresh lines `who` as of a day: a plan that fits about, nothing bought yet, nothing used."""
    count, products = len(who), len(market.products)
    handset, before, since, changes = first_handsets(draws, people, who, day)
    zeros = np.zeros(count, dtype=np.int64)
    per_product = np.zeros((count, products), dtype=np.int64)
    ways = np.array([ORDER_CHANNELS.index(name) for name in _OWN_WAYS])
    use = expected_use(people, who)
    plan = chosen_plan(draws, world, market, people, who, use)
    return State(
        joined=joined,
        closed_on=zeros.copy(),
        status=np.full(count, ACTIVE, dtype=np.int64),
        status_changed=zeros.copy(),
        plan=plan,
        plan_since=joined.copy(),
        plan_channel=ways[draws.below(len(ways), "plan channel", who)],
        holds_since=per_product.copy(),
        holds_channel=per_product.copy(),
        considered=per_product.copy(),
        refused=per_product.copy(),
        contacted=per_product.copy(),
        fatigue=np.zeros((count, len(market.channels))),
        cash=np.floor(np.exp(0.7 * draws.normal("cash", who)) * (2000 + 0.5 * market.plan_fee_fen[plan])).astype(np.int64),
        reserve=zeros.copy(),
        cash_first=np.full(count, -1),
        reserve_first=np.full(count, -1),
        arrears=zeros.copy(),
        arrears_last_month=zeros.copy(),
        arrears_since=zeros.copy(),
        points=zeros.copy(),
        month_use=np.zeros((count, 4), dtype=np.int64),
        outside_bytes=zeros.copy(),
        month_charge=np.zeros((count, len(ITEMS)), dtype=np.int64),
        month_over=np.zeros((count, len(ITEMS)), dtype=np.int64),
        last_use=np.floor(use).astype(np.int64),
        last_total=zeros.copy(),
        intent_on=zeros.copy(),
        leave_on=zeros.copy(),
        handset=handset,
        previous_handset=before,
        handset_since=np.maximum(since, joined),
        handset_changes=changes,
        vip=zeros.copy(),
        vip_last_month=np.full(count, -1),
        ended=no_rows("customer", "product", "plan", "since", "until", "channel"),
        bans=no_rows("customer", "level", "product", "channel", "reason", "start", "end"),
        answers=no_answers(),
        reports=no_reports(),
    )


def expected_use(people: People, who: Integers) -> Floats:
    """customers x (plan seconds, roaming seconds, bytes, messages) of a usual month."""
    seconds = people.minutes[who] * 60
    return np.stack([seconds * (1 - people.roams[who]), seconds * people.roams[who], people.bytes[who], people.messages[who] * 0.45], axis=1)


def chosen_plan(draws: Draws, world: World, market: Market, people: People, who: Integers, use: Floats) -> Integers:
    """Near the plan that would have been cheapest, with habit and brand in the way: that is what plan advice can mend."""
    units = np.stack([use[:, 0] / 60, use[:, 2] / 2**20, use[:, 3]], axis=1)
    over = np.maximum(units[:, None, :] - market.plan_included[None, :, :], 0)
    over[:, :, 1] *= world.billing.throttle_outside_plan
    cost = market.plan_fee_fen[None, :] + (over * market.plan_rate_fen[None, :, :]).sum(axis=2)
    brands = np.array([("gotone", "m_zone", "easy").index(brand) for brand in market.plan_brands])
    weight = -2.2 * np.log(cost / cost.min(axis=1, keepdims=True)) * 3 + 0.8 * people.brand[who][:, brands]
    return draws.choice(np.exp(weight - weight.max(axis=1, keepdims=True)), "plan", who)


def settled(draws: Draws, world: World, market: Market, people: People, day: int) -> State:
    """The population of the evening `day`: lines of many years with what they hold. Balances and months follow in past.py."""
    who = np.arange(len(people))
    age_days = np.maximum(day - people.birth_day - 15 * 365, 30)
    tenure = np.minimum(np.floor(-_MEAN_TENURE_DAYS * np.log(draws.uniform("tenure", who))), np.minimum(age_days, 8000)).astype(np.int64)
    state = lines(draws, world, market, people, who, day - tenure, day)
    state.plan_since = state.joined + np.floor(draws.uniform("plan since", who) ** 0.7 * tenure).astype(np.int64)
    state.vip = people.vip.copy()
    state.vip_last_month = np.where(
        draws.happens(0.01, "vip changed", who), np.clip(state.vip + draws.choice([0.4, 0.6], "vip fell", who) * 2 - 1, 0, 3), state.vip
    )
    liking = minds_of(world, market, people, state, day, day + 1).liking
    _first_holdings(draws, world, market, state, liking, day)
    intends = draws.happens(people.churn * 20, "first intent", who)
    state.intent_on = np.where(intends, day - draws.below(20, "intent since", who), 0)
    state.leave_on = np.where(intends, day + 1 + draws.below(30, "leaves", who), 0)
    _first_bans(draws, world, market, state, day)
    return state


def _first_holdings(draws: Draws, world: World, market: Market, state: State, liking: Floats, day: int) -> None:
    who = np.arange(len(state))[:, None]
    product = np.arange(len(market.products))[None, :]
    held = np.array([world.products[code].held for code in market.products])
    chance = np.where(held > 0, expit(logit(np.clip(held, 1e-6, 0.999)) + 0.9 * np.clip(liking, -4, 4) - 0.25), 0.0)
    holds = draws.happens(chance, "held", who, product)
    luck = draws.uniform("held since", who, product)
    term = np.where(market.term_months > 0, market.term_months * 29, 0)
    age = np.where((term > 0)[None, :], luck * term[None, :], -500 * np.log(luck)).astype(np.int64) + 1
    since = np.maximum(day - age, state.joined[:, None])
    state.holds_since = np.where(holds, since, 0)
    ways = np.array([ORDER_CHANNELS.index(name) for name in _OWN_WAYS])
    state.holds_channel = np.where(holds, ways[draws.below(len(ways), "held by", who, product)], 0)


def _first_bans(draws: Draws, world: World, market: Market, state: State, day: int) -> None:
    """What customers asked for before: everywhere, on one channel, for one product."""
    who = np.arange(len(state))
    parts = []
    for what, share in world.lists.bans.items():
        listed = np.flatnonzero(draws.happens(share, f"ban {what}", who))
        level = {"system": 0, "product": 1}.get(what, 2)
        none = np.full(len(listed), -1)
        sold = np.flatnonzero(market.sellable)
        product = sold[draws.below(len(sold), "ban product", listed)] if level == 1 else none
        channel = np.full(len(listed), market.channel(what)) if level == 2 else none
        start = np.maximum(day - draws.below(700, f"ban since {what}", listed), state.joined[listed])
        ends = draws.happens(0.15, f"ban ends {what}", listed)
        parts.append(
            {
                "customer": listed,
                "level": np.full(len(listed), level),
                "product": product,
                "channel": channel,
                "reason": draws.choice([0.8, 0.14, 0.04, 0.02], f"ban reason {what}", listed),
                "start": start,
                "end": np.where(ends, start + 365, 0),
            }
        )
    state.bans = {name: np.concatenate([part[name] for part in parts]).astype(np.int64) for name in parts[0]}
