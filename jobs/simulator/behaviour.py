"""What customers want and how they react: appetite by taste and need, channel, affinity, fatigue, season. All of it is hidden from the pipeline."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from jobs.simulator.calendar import date_of
from jobs.simulator.draws import Draws, Floats, Integers
from jobs.simulator.market import Market, affinity_matrix
from jobs.simulator.population import People
from jobs.simulator.state import ACTIVE, BYTES, MESSAGES, PLAN_SECONDS, ROAMING_SECONDS, State
from jobs.simulator.world import World

# The strongest first, as a channel would report it.
OUTCOMES = ("opted_out", "accepted", "refused", "considering", "not_reached", "not_shown", "failed", "delivered")
OPTED_OUT, ACCEPTED, REFUSED, CONSIDERING, NOT_REACHED, NOT_SHOWN, FAILED, DELIVERED = range(8)
NOT_ON_SALE = -30.0
_REFUSAL_DAYS = 90


@dataclass(frozen=True)
class Minds:
    """How customers think on one day. `appetite` is log-odds, `liking` its part that differs between customers."""

    day: int
    first_day: int
    liking: Floats  # customers x products
    base: Floats  # products
    season: float
    affinity: Floats  # products x channels

    @property
    def appetite(self) -> Floats:
        return self.liking + self.base


def minds_of(world: World, market: Market, people: People, state: State, day: int, first_day: int) -> Minds:
    months = (day - first_day) / 30.0
    traits = [world.products[code] for code in market.products]
    tastes = people.tastes + world.change.taste_drift * months * people.wander
    weights = np.array([[trait.tastes.get(name, 0.0) for name in world.tastes] for trait in traits])
    liking = tastes @ weights.T + people.own_mind
    for position, trait in enumerate(traits):
        if trait.bump:
            distance = (tastes[:, world.tastes.index(trait.bump.taste)] - trait.bump.at) / 0.5
            liking[:, position] += trait.bump.height * (np.exp(-distance * distance) - 0.5)
        if trait.need:
            liking[:, position] += trait.need_weight * need_of(trait.need, market, state)
    liking += np.where(market.needs_smartphone[None, :] & ~people.smartphone[:, None], world.behaviour.no_smartphone, 0.0)
    base = np.array([trait.appetite for trait in traits])
    base[market.product(world.change.decay.product)] -= world.change.decay.per_month * max(months, 0.0)
    if day - first_day < world.change.launch.day:
        base[market.product(world.change.launch.product)] = NOT_ON_SALE
    return Minds(day, first_day, liking, base, _season(world, day, first_day), affinity_matrix(market, world))


def need_of(kind: str, market: Market, state: State) -> Floats:
    """How far last month's use outgrew what the customer holds, around 0 and at most 2 either way."""
    held = allowance_of(market, state)
    use = state.last_use
    if kind == "data":
        return np.clip(np.log((use[:, BYTES] + 1e6) / (held[:, 1] + 1e8)) + 0.6, -2, 2)
    if kind == "voice":
        return np.clip(np.log((use[:, PLAN_SECONDS] + 600) / (held[:, 0] + 1800)) + 0.6, -2, 2)
    if kind == "messages":
        return np.clip(np.log((use[:, MESSAGES] + 2) / (held[:, 2] + 10)) + 0.8, -2, 2)
    if kind == "roaming":
        return np.clip(np.log((use[:, ROAMING_SECONDS] + 60) / 600), -2, 2)
    costs = plan_costs(market, use)
    return np.clip((costs[np.arange(len(state)), state.plan] - costs.min(axis=1)) / 1500 - 0.6, -0.6, 2)


def allowance_of(market: Market, state: State) -> Integers:
    """customers x (seconds, bytes, messages) of the plan and of what was bought on top."""
    return market.plan_allowance[state.plan] + (state.holds_since > 0).astype(np.int64) @ market.adds


def plan_costs(market: Market, use: Integers) -> Floats:
    """customers x plans: what this use would have cost in fen, without extras."""
    units = np.stack([use[:, PLAN_SECONDS] / 60, use[:, BYTES] / 2**20, use[:, MESSAGES]], axis=1)
    over = np.maximum(units[:, None, :] - market.plan_included[None, :, :], 0)
    return market.plan_fee_fen[None, :] + (over * market.plan_rate_fen[None, :, :]).sum(axis=2)


def accept_probability(world: World, market: Market, people: People, state: State, minds: Minds, who: Integers, product: Integers, channel: Integers) -> Floats:
    """Of a customer who is reached with the product on the channel on the day of `minds`."""
    traits = [world.channels[code] for code in market.channels]
    accept, own, spill = (np.array([getattr(trait, name) for trait in traits]) for name in ("accept", "own", "spill"))
    fatigue, here = state.fatigue[who].sum(axis=1), state.fatigue[who, channel]
    tired = people.sensitivity[who] * (own[channel] * here + spill[channel] * (fatigue - here))
    thinking = _within(state.considered[who, product], minds.day, world.behaviour.considering_days)
    refused = _within(state.refused[who, product], minds.day, _REFUSAL_DAYS)
    logit = minds.liking[who, product] + minds.base[product] + accept[channel] + minds.affinity[product, channel] + 0.5 * people.reach[who, channel]
    logit = logit - tired + minds.season + world.behaviour.considering_bonus * thinking + world.behaviour.refusal_memory * refused
    logit = logit + world.behaviour.sleeping_dog_effect * people.sleeping_dog[who]
    can = (state.status[who] == ACTIVE) & (state.holds_since[who, product] == 0)
    return np.where(can, expit(np.maximum(logit, NOT_ON_SALE)), 0.0)


def reach_probability(world: World, market: Market, people: People, who: Integers, channel: Integers, visits: np.ndarray) -> Floats:
    """That the contact meets the customer; `visits` says for a passive channel whether the customer came (or how likely that was)."""
    reached = np.array([world.channels[code].reached for code in market.channels])[channel]
    names = np.array(market.channels)[channel]
    call = names == "call"
    passive = np.isin(channel, market.passive)
    chance = np.where(call, expit(people.answers[who]), np.where(passive, visits * reached, reached))
    needs_number = np.isin(names, ("sms", "mms", "call"))
    chance = np.where(needs_number & people.wrong_number[who], 0.0, chance)
    chance = np.where((names == "email") & ~people.email[who], 0.0, chance)
    return np.where((names == "mms") & ~people.smartphone[who], chance * 0.3, chance)


def react(
    draws: Draws,
    world: World,
    market: Market,
    people: People,
    state: State,
    minds: Minds,
    contacts: tuple[Integers, Integers, Integers],
    reached: np.ndarray,
    probability: Floats,
) -> Integers:
    """Outcome of each contact (customers, products, channels). Accepted iff the luck of customer, product, channel and day is below the probability."""
    who, product, channel = contacts
    traits = [world.channels[code] for code in market.channels]
    considering, refused, opt_out = (np.array([getattr(trait, name) for trait in traits])[channel] for name in ("considering", "refused", "opt_out"))
    luck = accept_luck(draws, who, product, channel, minds.day)
    rest = draws.uniform("reaction", who, product, channel, minds.day)
    tired = people.sensitivity[who] * state.fatigue[who].sum(axis=1)
    opt_out = np.minimum(opt_out * np.exp(world.behaviour.opt_out_by_fatigue * np.minimum(tired, 5)), 0.3)
    interest = np.clip(1 + 0.5 * (minds.liking[who, product]), 0.2, 2.5)
    ends = np.cumsum(np.stack([opt_out, considering * interest, refused], axis=1), axis=1)
    silent = np.select([rest < ends[:, 0], rest < ends[:, 1], rest < ends[:, 2]], [OPTED_OUT, CONSIDERING, REFUSED], DELIVERED)
    missed = np.where(np.isin(channel, market.passive), NOT_SHOWN, np.where(np.array(market.channels)[channel] == "call", NOT_REACHED, FAILED))
    return np.where(~reached, missed, np.where(luck < probability, ACCEPTED, silent))


def accept_luck(draws: Draws, who: Integers, product: Integers, channel: Integers, day: object) -> Floats:
    return draws.uniform("accept", who, product, channel, day)


def unasked_luck(draws: Draws, who: Integers, product: Integers, day: object) -> Floats:
    return draws.uniform("buys unasked", who, product, day)


def spontaneous_probability(world: World, market: Market, people: People, state: State, minds: Minds) -> Floats:
    """customers x products: of a purchase today without being asked, or after a contact that seemed to have no effect."""
    rates = np.array([world.products[code].spontaneous for code in market.products]) / 30.0
    strength = world.behaviour.spontaneous_by_appetite
    liking = np.clip(minds.liking, -4, 4)
    chance = rates[None, :] * np.exp(strength * liking - strength**2 / 2)
    recent = _within(state.contacted, minds.day, 14)
    lifted = np.where(people.sleeping_dog[:, None], 0.3, 1 + world.behaviour.contact_raises)
    chance = np.where(recent, chance * lifted, chance)
    chance = chance + np.where(_within(state.considered, minds.day, world.behaviour.considering_days), world.behaviour.considering_return, 0.0)
    open_ = (state.status == ACTIVE)[:, None] & (state.holds_since == 0) & market.sellable[None, :] & (minds.base > NOT_ON_SALE / 2)[None, :]
    return np.where(open_, np.minimum(chance, 0.5), 0.0)


def _within(since: Integers, day: int, days: int) -> np.ndarray:
    return (since > 0) & (day - since <= days)


def _season(world: World, day: int, first_day: int) -> float:
    season = world.season
    effect = season.weekday_accept[(day + 3) % 7]
    if date_of(day).day in season.payday.days:
        effect += season.payday.accept
    if 0 <= day - first_day - season.shock.day < season.shock.days:
        effect += season.shock.accept
    return effect
