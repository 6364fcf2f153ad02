"""The history that the first dump of a new home carries: six months of use, bills and settlement, orders, payments, visits, service and contacts."""

from dataclasses import dataclass

import numpy as np

from jobs.simulator import usage
from jobs.simulator.behaviour import allowance_of, minds_of
from jobs.simulator.billing import ORDER_CHANNELS, bill_rows, bill_totals, charge_rows, fees, overage, payment_rows, settlement_rows
from jobs.simulator.calendar import month_before, month_start
from jobs.simulator.columns import Table, stacked, words
from jobs.simulator.draws import Draws, Floats, Integers
from jobs.simulator.first_state import settled
from jobs.simulator.market import Market
from jobs.simulator.old_systems import OldContacts, history_rows, old_contacts, remember
from jobs.simulator.orders import ENDED_STAY_DAYS, end_rows, moment_of, order_rows
from jobs.simulator.population import People
from jobs.simulator.service import Visits, complaint_rows, desk_rows, visit_rows, visits_of
from jobs.simulator.snapshots import network_of
from jobs.simulator.state import BYTES, CLOSED, ONE_WAY_STOP, State
from jobs.simulator.usage_dumps import month_rows
from jobs.simulator.world import World

_CHARGE_PIECES = 5
_HISTORY_NUMBERS = 5_000_000


@dataclass(frozen=True)
class Past:
    """The state on the evening before the first dump, the tables of history, and their first day."""

    state: State
    tables: dict[str, Table]
    first: int


def past_of(draws: Draws, world: World, market: Market, people: People, first_day: int) -> Past:
    last = first_day - 1
    # On the 1st the month that ended yesterday is still open: the first day itself closes it.
    closed = world.history_months - (month_start(first_day) != month_start(last))
    months = [month_before(last, back) for back in range(closed, -1, -1)]
    state = settled(draws, world, market, people, last)
    minds = minds_of(world, market, people, state, last, first_day)
    contacts = old_contacts(draws, world, market, people, state, minds, months[0], last)
    tables = {"contact_history": history_rows(market, people, contacts)}
    remember(world, market, state, contacts, last)
    tables["order_event"] = _orders(draws, world, market, people, state, months[0], last)
    tables |= _months(draws, world, market, people, state, months, first_day)
    visits = since_joining(visits_of(draws, world, people, state.alive, months[0], last - months[0] + 1), state)
    tables["channel_visit"] = visit_rows(draws, world, people, visits, _HISTORY_NUMBERS)
    desk = desk_rows(draws, market, people, visits, _HISTORY_NUMBERS)
    tables["service_contact"] = stacked(desk, _old_complaints(draws, world, market, people, contacts, last))
    # People who pay in time keep enough to cover what the month has cost so far.
    covered = np.where(_in_time(draws, people), state.month_charge.sum(axis=1), 0)
    state.cash = state.cash // 2 + covered
    tables["payment"] = _payments(draws, people, state, months[0], last, month_start(last))
    _leave_and_owe(draws, state, people, months[-1], last)
    return Past(state, tables, months[0])


def since_joining(visits: Visits, state: State) -> Visits:
    """Without the visits of lines that were not there yet."""
    there = visits.day >= state.joined[visits.who]
    return Visits(*(column[there] for column in (visits.who, visits.channel, visits.day, visits.nth, visits.kind, visits.moment)))


def _orders(draws: Draws, world: World, market: Market, people: People, state: State, first: int, last: int) -> Table:
    """Orders of what is held since the window began, and of what was given up within it."""
    who, product = np.nonzero(state.holds_since >= first)
    since, channel = state.holds_since[who, product], state.holds_channel[who, product]
    once = market.once_fen[product]
    # Some of what was ordered long ago was given up in the window.
    quits = draws.happens(0.012, "gave up", np.arange(len(state))[:, None], np.arange(len(market.products))[None, :])
    on_sale = (market.monthly_fen > 0) & ([code != world.change.launch.product for code in market.products])
    gone_who, gone_product = np.nonzero(quits & (state.holds_since == 0) & on_sale[None, :] & (state.joined < first)[:, None])
    until = first + draws.below(last - first, "gave up on", gone_who, gone_product)
    way = np.array([ORDER_CHANNELS.index(name) for name in ("hall", "hotline", "palm_hall", "sms_hall")])[draws.below(4, "gave up by", gone_who, gone_product)]
    recent = until >= last - ENDED_STAY_DAYS
    end_rows_at(state, gone_who[recent], gone_product[recent], until[recent], way[recent], first)
    day = np.concatenate([since, until])
    action = np.concatenate([np.zeros(len(who), dtype=np.int64), np.ones(len(gone_who), dtype=np.int64)])
    buyer, bought = np.concatenate([who, gone_who]), np.concatenate([product, gone_product])
    moment = moment_of(draws, buyer, bought, day)
    amount = np.concatenate([np.where(once > 0, once, -1), np.full(len(gone_who), -1)])
    order = np.lexsort((bought, buyer, day))
    channel = np.concatenate([channel, way])
    return order_rows(
        people,
        day[order],
        _HISTORY_NUMBERS,
        buyer[order],
        words(market.products, bought[order]),
        action[order],
        channel[order],
        moment[order],
        amount[order],
        np.zeros(len(order), dtype=bool),
    )


def end_rows_at(state: State, who: Integers, product: Integers, until: Integers, channel: Integers, first: int) -> None:
    """Ended subscriptions whose last days differ; they began a year before the window, or with the line."""
    since = np.maximum(first - 365, state.joined[who])
    end_rows(state, who, product, np.full(len(who), -1), since, 0, channel)
    if len(who):
        state.ended["until"][-len(who) :] = until


def _months(draws: Draws, world: World, market: Market, people: People, state: State, months: list[int], first_day: int) -> dict[str, Table]:
    """Use, bills and settlement month by month; the last one runs on into the state."""
    network = network_of(market, draws, people, state)
    allowance = allowance_of(market, state)
    parts: dict[str, list[Table]] = {"usage_month": [], "bill": [], "cost_settlement": []}
    for month in months:
        end = min(month_before(month, -1), first_day)
        there = np.flatnonzero(state.joined < end)
        use_days = np.clip(end - np.maximum(state.joined, month), 0, None)
        calls, traffic, texts = _month_use(draws, world, people, allowance, network, state, month, end - month, use_days / max(end - month, 1))
        use = usage.plan_use(calls, traffic, texts)
        outside = np.maximum(use[:, BYTES] - allowance[:, 1], 0)
        over = overage(market, state.plan, allowance, use, people.long_share, world)
        fee = fees(market, state.plan, (state.holds_since > 0) & (state.holds_since < end)) * (state.joined < end)[:, None]
        parts["usage_month"].append(month_rows(people, there, month, end - month, calls, traffic, texts, outside))
        if month == months[-1]:
            state.month_use, state.outside_bytes, state.month_over, state.month_charge = use, outside, over, over + fee
            if month == month_start(first_day):
                parts["charge"] = [_charges(market, people, state, fee, over, month, first_day)]
            continue
        amount = over + fee
        total = bill_totals(world, people, amount)
        parts["bill"].append(bill_rows(world, people, month, there, amount[there], over[there]))
        parts["cost_settlement"].append(settlement_rows(draws, people, month, there, use[there], total[there]))
        state.last_use, state.last_total = np.where((use_days > 20)[:, None], use, state.last_use), np.where(use_days > 0, total, 0)
        state.points = state.points + total // 100
    state.points = state.points + np.floor(np.exp(draws.normal("points", np.arange(len(state)))) * 300).astype(np.int64) * (months[0] > state.joined)
    return {name: stacked(*tables) for name, tables in parts.items()}


def _month_use(draws: Draws, world: World, people: People, allowance: Integers, network: Integers, state: State, month: int, days: int, use: Floats) -> tuple:
    leaving = (state.intent_on > 0) & (month + days > state.intent_on - 10)
    span = usage.Span(key=month, days=days, season=1.0, use=use * np.where(leaving, 0.8, 1.0), single=False)
    away = usage.travels(draws, people, span)
    calls = usage.voice(draws, people, span, away, leaving)
    traffic = usage.data(draws, people, span, away, network, allowance[:, 1].astype(np.float64), world.billing.throttle_outside_plan)
    return calls, traffic, usage.messages(draws, people, span)


def _charges(market: Market, people: People, state: State, fee: Integers, over: Integers, month: int, first_day: int) -> Table:
    """The running month's charges: fees on the 1st or the day they began, overage in up to five equal pieces until yesterday."""
    start = np.maximum(month, state.joined)
    who = np.flatnonzero(fee.sum(axis=1))
    parts = [(start[who], who, fee[who], np.zeros_like(fee[who]))]
    days = first_day - month
    pieces = min(_CHARGE_PIECES, days)
    offsets = [days - 1 - step * (days // pieces) for step in range(pieces)]
    debtors = np.flatnonzero(over.sum(axis=1))
    each = over[debtors] // pieces
    for step, offset in enumerate(offsets):
        # The first piece takes what the division leaves; joiners of the month are charged on their last days alone.
        amount = over[debtors] - each * (pieces - 1) if step == 0 else each
        parts.append((np.maximum(month + offset, start[debtors]), debtors, amount, amount))
    day, number, amount, outside = (np.concatenate([part[position] for part in parts]) for position in range(4))
    return charge_rows(people, *_summed(day, number, amount, outside))


def _summed(day: Integers, who: Integers, amount: Integers, outside: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    """One entry a day and customer, in that order."""
    keys, place = np.unique(day * 10_000_000 + who, return_inverse=True)
    total, beyond = np.zeros((len(keys), amount.shape[1]), dtype=np.int64), np.zeros((len(keys), amount.shape[1]), dtype=np.int64)
    np.add.at(total, place, amount)
    np.add.at(beyond, place, outside)
    return keys // 10_000_000, keys % 10_000_000, total, beyond


def _old_complaints(draws: Draws, world: World, market: Market, people: People, contacts: OldContacts, last: int) -> Table:
    hazard = np.array([world.channels[code].complaint for code in market.channels])[contacts.channel]
    annoyed = draws.happens(hazard * 1.5, "old complaint", contacts.who, contacts.product, contacts.channel, contacts.day) & (contacts.day < last)
    who, product, channel, day = contacts.who[annoyed], contacts.product[annoyed], contacts.channel[annoyed], contacts.day[annoyed] + 1
    return complaint_rows(draws, market, people, who, product, channel, day, _HISTORY_NUMBERS + 4_000_000)


def _in_time(draws: Draws, people: People) -> np.ndarray:
    return ~people.late_payer & draws.happens(0.97, "covers the month", np.arange(len(people)))


def _payments(draws: Draws, people: People, state: State, first: int, last: int, running: int) -> Table:
    numbers = np.arange(len(state))
    days = last - first + 1
    counts = draws.poisson(np.where(state.joined < first, 1.15 * days / 30, 0.0), "old payments", numbers)
    who = np.repeat(numbers, counts)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(counts) - counts, counts)
    day = first + draws.below(days, "old payment day", who, nth)
    tops = np.array([1000, 2000, 3000, 5000, 10000, 20000, 30000, 50000])
    wanted = np.maximum(state.last_total[who], 1500) * np.exp(0.4 * draws.normal("old payment", who, nth))
    amount = tops[np.minimum(np.searchsorted(tops, wanted), len(tops) - 1)]
    order = np.lexsort((nth, who, day))
    who, day, amount = who[order], day[order], amount[order]
    since_first = np.zeros(len(state), dtype=np.int64)
    np.add.at(since_first, who[day >= running], amount[day >= running])
    state.cash_first = np.where(state.joined < running, np.maximum(state.cash - since_first, 0), -1)
    state.reserve_first = np.where(state.joined < running, state.reserve, -1)
    return payment_rows(draws, people, day, who, amount, np.ones(len(who), dtype=np.int64), _HISTORY_NUMBERS + np.arange(len(who)))


def _leave_and_owe(draws: Draws, state: State, people: People, month: int, last: int) -> None:
    """Arrears of late payers, stopped lines, and lines that were closed lately."""
    who = np.arange(len(state))
    owes = draws.happens(np.where(people.late_payer, 0.4, 0.015), "owes", who) & (state.joined < month - 31)
    state.arrears_last_month = np.where(owes, state.last_total, 0)
    state.arrears = np.where(owes, state.last_total * (1 + draws.below(2, "owes more", who)), 0)
    state.arrears_since = np.where(state.arrears > state.arrears_last_month, month_before(month, 2), np.where(owes, month_before(month), 0))
    stopped = owes & draws.happens(0.35, "stopped", who, 0)
    state.status = np.where(stopped, ONE_WAY_STOP, state.status)
    state.status_changed = np.where(stopped, last - draws.below(12, "stopped on", who), state.status_changed)
    closed = draws.happens(0.012, "closed", who) & (state.joined < month - 60)
    left = last - draws.below(40, "closed on", who)
    state.status = np.where(closed, CLOSED, state.status)
    state.status_changed = np.where(closed, left, state.status_changed)
    state.closed_on = np.where(closed, left, 0)
    gone, product = np.nonzero((state.holds_since > 0) & closed[:, None])
    end_rows(state, gone, product, np.full(len(gone), -1), state.holds_since[gone, product], last - 40, state.holds_channel[gone, product])
    state.holds_since[gone, product] = 0
