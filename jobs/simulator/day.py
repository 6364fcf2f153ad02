"""One day of the simulated operator: people visit, are contacted, buy, use, pay, complain and leave; the tables that its systems would dump."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from jobs.simulator import billing, channels, handsets, orders, service, snapshots, usage, usage_dumps
from jobs.simulator.behaviour import Minds, minds_of
from jobs.simulator.billing import ORDER_CHANNELS
from jobs.simulator.calendar import date_of, month_before
from jobs.simulator.columns import Table, integers, moments, stacked, words
from jobs.simulator.draws import Draws, Integers
from jobs.simulator.first_state import lines
from jobs.simulator.market import Market
from jobs.simulator.population import People
from jobs.simulator.state import ACTIVE, BYTES, CLOSED, ONE_WAY_STOP, Rows, State, extended
from jobs.simulator.world import World

_HANDSET_CHANGE = 1 / 950


@dataclass(frozen=True)
class Place:
    """The world of a home: what stays the same from day to day."""

    draws: Draws
    world: World
    market: Market
    first_day: int


@dataclass
class Dumped:
    """What a day leaves: tables of the sources, reports of the channels, tables of the truth."""

    tables: dict[str, Table] = field(default_factory=dict)
    reports: Rows = field(default_factory=dict)
    truth: dict[str, Table] = field(default_factory=dict)


def joiners_of(place: Place, state: State, day: int) -> int:
    daily = place.world.behaviour.joiners / 30
    return int(place.draws.poisson(daily * int(state.alive.sum()), "joiners", day)[0])


def with_joiners(place: Place, people: People, state: State, day: int) -> State:
    """`people` holds the joiners already; they start today."""
    new = np.arange(len(state), len(people))
    if not len(new):
        return state
    return extended(state, lines(place.draws, place.world, place.market, people, new, np.full(len(new), day), day))


def live(place: Place, people: People, state: State, day: int, lists: channels.Lists) -> Dumped:
    """Moves the state through the day and returns the day's tables."""
    draws, world, market = place.draws, place.world, place.market
    dumped = Dumped()
    joined = state.joined == day
    if date_of(day).day == 1:
        _close_month(place, people, state, day, dumped)
    channels.recover(world, market, state)
    _leave(place, people, state, day)
    minds = minds_of(world, market, people, state, day, place.first_day)
    visits = service.visits_of(draws, world, people, np.isin(state.status, (ACTIVE, ONE_WAY_STOP)), day, 1)
    worked = channels.work(draws, world, market, people, state, minds, lists, service.visited(visits, len(state)))
    due = channels.due_answers(state, day, worked.purchases)
    charges, bought = _trade(place, people, state, minds, worked.purchases, due, dumped)
    _use(place, people, state, day, charges, joined, dumped)
    _pay(place, people, state, day, worked.reminded, bought, dumped)
    dumped.tables["channel_visit"] = service.visit_rows(draws, world, people, visits, 0)
    desk = service.desk_rows(draws, market, people, visits, 0)
    annoyed = service.complaint_rows(draws, market, people, *worked.complaints, day, 4_000_000)
    dumped.tables["service_contact"] = stacked(desk, annoyed)
    _change_handsets(place, people, state, day)
    dumped.reports = channels.reports_due(state, day)
    dumped.truth["contact"] = worked.truth
    dumped.tables |= snapshots_of(place, people, state, day)
    return dumped


def snapshots_of(place: Place, people: People, state: State, day: int) -> dict[str, Table]:
    draws, world, market = place.draws, place.world, place.market
    return {
        "customer": snapshots.customer_rows(draws, world, market, people, state, snapshots.network_of(market, draws, people, state)),
        "identity": snapshots.identity_rows(draws, world, people),
        "subscription": orders.subscription_rows(draws, market, people, state, day),
        "balance": snapshots.balance_rows(people, state),
        "terminal": snapshots.terminal_rows(draws, people, state),
        "terminal_library": handsets.library_rows(draws.seed),
        "do_not_disturb_register": snapshots.ban_rows(market, people, state, day),
        "special_list": snapshots.special_rows(draws, world, people, state, place.first_day),
        "product_catalogue": snapshots.product_rows(world, market, place.first_day),
        "plan_catalogue": snapshots.plan_rows(market),
    }


def _close_month(place: Place, people: People, state: State, day: int, dumped: Dumped) -> None:
    month = month_before(day)
    who = np.flatnonzero((state.month_charge.sum(axis=1) > 0) | (state.alive & (state.joined < day)))
    use, amount, over = state.month_use, state.month_charge, state.month_over
    total = billing.close_month(place.world, people, state, month)
    dumped.tables["bill"] = billing.bill_rows(place.world, people, month, who, amount[who], over[who])
    dumped.tables["cost_settlement"] = billing.settlement_rows(place.draws, people, month, who, use[who], total[who])


def _leave(place: Place, people: People, state: State, day: int) -> None:
    """Lines whose wish to leave has ripened are closed; on others the wish begins, sooner where contacts were many, later where a contract binds."""
    behaviour, market = place.world.behaviour, place.market
    leaves = np.flatnonzero(state.alive & (state.leave_on > 0) & (state.leave_on <= day))
    gone, product = np.nonzero((state.holds_since > 0) & np.isin(np.arange(len(state)), leaves)[:, None])
    orders.give_up(state, gone, product, day)
    orders.end_rows(state, leaves, np.full(len(leaves), -1), state.plan[leaves], state.plan_since[leaves], day, state.plan_channel[leaves])
    state.status[leaves] = CLOSED
    state.status_changed[leaves] = state.closed_on[leaves] = day
    bound = ((state.holds_since > 0) & (market.term_months > 0)[None, :]).any(axis=1)
    tired = people.sensitivity * state.fatigue.sum(axis=1)
    hazard = people.churn * np.exp(behaviour.churn_by_fatigue * np.minimum(tired, 10)) * np.where(bound, behaviour.contract_protects, 1.0)
    wishes = (
        (state.status != CLOSED)
        & (state.intent_on == 0)
        & (state.joined < day - 15)
        & place.draws.happens(hazard, "wants to leave", np.arange(len(state)), day)
    )
    who = np.flatnonzero(wishes)
    state.intent_on[who] = day
    state.leave_on[who] = day + 10 + place.draws.below(2 * (behaviour.intent_days - 10), "leaves in", who, day)


def _trade(
    place: Place, people: People, state: State, minds: Minds, accepted: orders.Purchases, due: orders.Purchases, dumped: Dumped
) -> tuple[Integers, orders.Purchases]:
    draws, world, market, day = place.draws, place.world, place.market, minds.day
    cancelled = orders.cancellations(draws, world, market, state, minds)
    expired = orders.expiries(market, state, day)
    unasked = orders.spontaneous(draws, world, market, people, state, minds)
    bought = orders.purchases_together(accepted, due, unasked)
    orders.give_up(state, *cancelled, day)
    orders.give_up(state, *expired, day)
    charges, changed = orders.take_up(draws, world, market, state, bought, day)
    dumped.tables["order_event"] = orders.orders_of_day(draws, market, people, state, day, bought, changed, cancelled, expired)
    dumped.truth["purchase"] = {
        "customer_id": words(people.ids, bought.who),
        "product": words(market.products, bought.product),
        "channel": words(ORDER_CHANNELS, bought.channel),
        "ordered_at": moments(bought.moment),
        "contact_id": pa.array([one.decode() or None for one in bought.contact_id], type=pa.string()),
    }
    return charges, bought


def _use(place: Place, people: People, state: State, day: int, bought: Integers, joined: np.ndarray, dumped: Dumped) -> None:
    draws, world, market = place.draws, place.world, place.market
    leaving = (state.intent_on > 0) & (state.status != CLOSED)
    decline = np.where(leaving, np.exp(-(day - state.intent_on) / 25.0), 1.0)
    activity = np.where(state.status == ACTIVE, 1.0, np.where(state.status == ONE_WAY_STOP, 0.25, 0.0)) * decline
    span = usage.Span(key=day, days=1, season=world.season.weekday_usage[(day + 3) % 7], use=activity, single=True)
    away = usage.travels(draws, people, span)
    left = billing.allowance_of(market, state)[:, 1] - state.month_use[:, BYTES]
    calls = usage.voice(draws, people, span, away, leaving)
    traffic = usage.data(draws, people, span, away, snapshots.network_of(market, draws, people, state), left, world.billing.throttle_outside_plan)
    texts = usage.messages(draws, people, span)
    amount, over, outside = billing.charge_day(world, market, people, state, day, usage.plan_use(calls, traffic, texts), bought, joined)
    charged = np.flatnonzero(amount.sum(axis=1))
    dumped.tables |= {
        "voice_usage": usage_dumps.voice_rows(people, day, calls),
        "data_usage": usage_dumps.data_rows(people, day, traffic, outside),
        "message_usage": usage_dumps.message_rows(people, day, texts),
        "place_usage": usage_dumps.place_rows(draws, world, people, day, calls, traffic),
        "value_added_usage": usage_dumps.value_added_rows(draws, world, market, people, state, day, activity),
        "charge": billing.charge_rows(people, np.full(len(charged), day), charged, amount[charged], over[charged]),
    }


def _pay(place: Place, people: People, state: State, day: int, reminded: Integers, bought: orders.Purchases, dumped: Dumped) -> None:
    payer, amount = billing.payments_of(place.draws, place.world, people, state, day)
    nudged = np.setdiff1d(reminded, payer)
    payer, amount = np.concatenate([payer, nudged]), np.concatenate([amount, np.maximum(state.arrears[nudged], 3000)])
    owed = state.arrears[payer] > 0
    billing.book_payments(state, payer, amount, day)
    billing.stop_debtors(place.draws, place.world, state, day)
    once = place.market.once_fen[bought.product]
    deposits = np.flatnonzero(once > 0)
    who = np.concatenate([payer, bought.who[deposits]])
    kind = np.concatenate([np.where(owed, 0, 1), np.full(len(deposits), 2)])
    total = np.concatenate([amount, once[deposits]])
    dumped.tables["payment"] = billing.payment_rows(place.draws, people, np.full(len(who), day), who, total, kind, np.arange(len(who)))


def _change_handsets(place: Place, people: People, state: State, day: int) -> None:
    who = np.flatnonzero((state.status == ACTIVE) & place.draws.happens(_HANDSET_CHANGE, "new handset", np.arange(len(state)), day))
    new = handsets.changed_handsets(place.draws, people, who, day)
    differs = new != state.handset[who]
    who, new = who[differs], new[differs]
    state.previous_handset[who], state.handset[who] = state.handset[who], new
    state.handset_since[who] = day
    state.handset_changes[who] += 1


def customer_truth(people: People, world: World, who: Integers) -> Table:
    """What customers are, hidden: segment, tastes, luck with marketing."""
    tastes = {f"taste_{name}": pa.array(people.tastes[who, position]) for position, name in enumerate(world.tastes)}
    return {
        "customer_id": people.ids.take(pa.array(who)),
        "number": integers(who),
        "segment": words([one.segment for one in world.segments], people.segment[who]),
        "sleeping_dog": pa.array(people.sleeping_dog[who]),
        "wrong_number": pa.array(people.wrong_number[who]),
        "sensitivity": pa.array(people.sensitivity[who]),
        **tastes,
    }
