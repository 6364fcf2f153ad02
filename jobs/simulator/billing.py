"""Money: the charges of a day, the bill of a month, payments, balance and arrears. Amounts are whole fen throughout."""

import numpy as np

from jobs.simulator.behaviour import allowance_of
from jobs.simulator.calendar import date_of, month_start
from jobs.simulator.columns import Table, days, integers, moments, texts, words
from jobs.simulator.draws import Draws, Floats, Integers
from jobs.simulator.market import ITEMS, Market
from jobs.simulator.population import PAY_WAYS, People
from jobs.simulator.state import ACTIVE, BYTES, CLOSED, MESSAGES, ONE_WAY_STOP, PLAN_SECONDS, ROAMING_SECONDS, TWO_WAY_STOP, State
from jobs.simulator.world import World

ORDER_CHANNELS = ("sms", "mms", "email", "call", "hall", "hotline", "web", "palm_hall", "sms_hall", "self_service", "agent", "bank")
_RENTAL, _LOCAL, _LONG, _ROAMING, _DATA, _MESSAGE = range(6)
_TOP_UPS = np.array([1000, 2000, 3000, 5000, 10000, 20000, 30000, 50000])
_PAY_CHANNELS = {
    "cash": ("hall", "self_service"),
    "bank_collection": ("bank", "bank"),
    "online": ("palm_hall", "web"),
    "card": ("sms_hall", "hotline"),
    "agent": ("agent", "agent"),
}


def overage(market: Market, plan: Integers, allowance: Integers, use: Integers, long_share: Floats, world: World) -> Integers:
    """customers x ITEMS: what this much use of a month costs beyond the plan."""
    rate = market.plan_rate_fen[plan]
    charges = np.zeros((len(plan), len(ITEMS)), dtype=np.int64)
    voice = np.maximum(use[:, PLAN_SECONDS] - allowance[:, 0], 0) * rate[:, 0] // 60
    charges[:, _LONG] = np.floor(voice * np.clip(long_share, 0, 1))
    charges[:, _LOCAL] = voice - charges[:, _LONG]
    charges[:, _ROAMING] = use[:, ROAMING_SECONDS] * world.billing.roaming_surcharge_fen // 60
    charges[:, _DATA] = (np.maximum(use[:, BYTES] - allowance[:, 1], 0) >> 10) * rate[:, 1] >> 10
    charges[:, _MESSAGE] = np.maximum(use[:, MESSAGES] - allowance[:, 2], 0) * rate[:, 2]
    return charges


def fees(market: Market, plan: Integers, holds: np.ndarray) -> Integers:
    """customers x ITEMS: what the first of a month charges for the plan and for every monthly product."""
    charges = np.zeros((len(plan), len(ITEMS)), dtype=np.int64)
    charges[:, _RENTAL] = market.plan_fee_fen[plan]
    for position, item in enumerate(market.item):
        charges[:, item] += np.where(holds[:, position], market.monthly_fen[position], 0)
    return charges


def charge_day(
    world: World, market: Market, people: People, state: State, day: int, use: Integers, bought: Integers, joined: np.ndarray
) -> tuple[Integers, Integers, Integers]:
    """Books the use and the fees of the day. Returns the day's charges, their part outside the plan, and the bytes outside it."""
    state.month_use += use
    allowance = allowance_of(market, state)
    due = overage(market, state.plan, allowance, state.month_use, people.long_share, world)
    outside_now = np.maximum(due - state.month_over, 0)
    outside_bytes = np.clip(np.maximum(state.month_use[:, BYTES] - allowance[:, 1], 0) - state.outside_bytes, 0, use[:, BYTES])
    amount = outside_now + bought
    first = date_of(day).day == 1
    served = state.alive & (state.status != TWO_WAY_STOP) if first else joined
    held = state.holds_since > 0
    # What was bought today was charged with its order.
    before = held & (state.holds_since < day)
    amount += np.where(served[:, None], fees(market, state.plan, before if first else np.zeros_like(held)), 0)
    state.month_charge += amount
    state.month_over += outside_now
    state.outside_bytes += outside_bytes
    return amount, outside_now, outside_bytes


def charge_rows(people: People, day: Integers, who: Integers, amount: Integers, over: Integers) -> Table:
    """`amount` and `over` are customers x ITEMS for the customers `who`, each with its day."""
    row, item = np.nonzero(amount)
    return {
        "customer_id": words(people.ids, who[row]),
        "charge_date": days(day[row]),
        "item": words(ITEMS, item),
        "amount_fen": integers(amount[row, item]),
        "overage_fen": integers(over[row, item]),
    }


def bill_rows(world: World, people: People, month: int, who: Integers, amount: Integers, over: Integers) -> Table:
    row, item = np.nonzero(amount)
    discount = np.where(people.discount[who[row]] & (item == _RENTAL), np.floor(amount[row, item] * world.billing.discount), 0)
    return {
        "customer_id": words(people.ids, who[row]),
        "bill_month": days(np.full(len(row), month)),
        "item": words(ITEMS, item),
        "amount_fen": integers(amount[row, item]),
        "discount_fen": integers(discount),
        "overage_fen": integers(over[row, item]),
    }


def bill_totals(world: World, people: People, amount: Integers) -> Integers:
    discount = np.where(people.discount, np.floor(amount[:, _RENTAL] * world.billing.discount), 0).astype(np.int64)
    return amount.sum(axis=1) - discount


def settlement_rows(draws: Draws, people: People, month: int, who: Integers, use: Integers, total: Integers) -> Table:
    voice = use[:, PLAN_SECONDS] + use[:, ROAMING_SECONDS]
    noise = np.exp(0.3 * draws.normal("settlement", who, month))
    subsidised = draws.happens(0.08, "subsidised", who)
    return {
        "customer_id": words(people.ids, who),
        "month": days(np.full(len(who), month)),
        "commission_fen": integers(np.floor(total * np.where(people.pay_way[who] == 4, 0.05, 0.015))),
        "settlement_out_fen": integers(np.floor(voice / 60 * 0.3 * 6 * noise)),
        "settlement_in_fen": integers(np.floor(voice / 60 * 0.32 * 6 * noise)),
        "subsidy_fen": integers(np.where(subsidised, np.floor(total * 0.08), 0)),
    }


def close_month(world: World, people: People, state: State, month: int) -> Integers:
    """The 1st: last month's bill is taken from reserve and cash, the rest becomes arrears; the running month starts at zero. Returns the totals."""
    total = bill_totals(world, people, state.month_charge)
    from_reserve = np.minimum(np.minimum(state.reserve, total // 5), total)
    from_cash = np.minimum(np.maximum(state.cash, 0), total - from_reserve)
    unpaid = total - from_reserve - from_cash
    state.reserve = state.reserve - from_reserve
    state.cash = state.cash - from_cash
    state.arrears_since = np.where((unpaid > 0) & (state.arrears == 0), month, state.arrears_since)
    state.arrears = state.arrears + unpaid
    state.arrears_last_month = unpaid
    state.last_use, state.last_total = state.month_use, total
    state.points = state.points + total // 100
    state.month_use, state.month_charge, state.month_over = np.zeros_like(state.month_use), np.zeros_like(state.month_charge), np.zeros_like(state.month_over)
    state.outside_bytes = np.zeros_like(state.outside_bytes)
    state.cash_first, state.reserve_first = state.cash.copy(), state.reserve.copy()
    state.vip_last_month = state.vip.copy()
    return total


def payments_of(draws: Draws, world: World, people: People, state: State, day: int) -> tuple[Integers, Integers]:
    """Who pays today and how much. Arrears and thin balances make it likely; some people are late by habit."""
    who = np.arange(len(state))
    boost = world.season.payday.payments if date_of(day).day in world.season.payday.days else 1.0
    running = state.month_charge.sum(axis=1)
    thin = state.cash - running < np.maximum(state.last_total, 1500) * 3 // 10
    chance = np.where(state.arrears > 0, np.where(people.late_payer, 0.035, 0.26), np.where(thin, np.where(people.late_payer, 0.05, 0.16), 0.008)) * boost
    collected = (people.pay_way == 1) & (state.arrears > 0) & (date_of(day).day == 5)
    pays = (draws.happens(chance, "pays", who, day) | collected) & (state.status != CLOSED)
    payer = np.flatnonzero(pays)
    wanted = state.arrears[payer] + np.where(
        collected[payer], 0, np.exp(0.35 * draws.normal("top-up", payer, day)) * np.maximum(state.last_total[payer], 1500) * 0.55
    )
    rounded = _TOP_UPS[np.minimum(np.searchsorted(_TOP_UPS, wanted), len(_TOP_UPS) - 1)]
    return payer, np.where(collected[payer], state.arrears[payer], np.maximum(rounded, state.arrears[payer])).astype(np.int64)


def book_payments(state: State, payer: Integers, amount: Integers, day: int) -> None:
    """Arrears first, the rest to cash; a line that was stopped for arrears is opened again once they are paid."""
    to_arrears = np.minimum(state.arrears[payer], amount)
    state.arrears[payer] -= to_arrears
    state.arrears_last_month[payer] = np.minimum(state.arrears_last_month[payer], state.arrears[payer])
    state.cash[payer] += amount - to_arrears
    clear = state.arrears == 0
    state.arrears_since[clear] = 0
    reopened = np.isin(state.status, (ONE_WAY_STOP, TWO_WAY_STOP)) & clear & np.isin(np.arange(len(state)), payer)
    _change_status(state, reopened, ACTIVE, day)


def stop_debtors(draws: Draws, world: World, state: State, day: int) -> None:
    who = np.arange(len(state))
    overdue = (state.arrears > 500) & (day - month_start(day) >= world.billing.stop_after_days)
    _change_status(state, overdue & (state.status == ACTIVE) & draws.happens(0.25, "stopped", who, day), ONE_WAY_STOP, day)
    _change_status(state, (state.status == ONE_WAY_STOP) & (state.arrears > 0) & (day - state.status_changed > 30), TWO_WAY_STOP, day)


def _change_status(state: State, which: np.ndarray, status: int, day: int) -> None:
    state.status[which] = status
    state.status_changed[which] = day


def payment_rows(draws: Draws, people: People, day: Integers, payer: Integers, amount: Integers, kind: Integers, numbers: Integers) -> Table:
    """`numbers` are the sequence within the day; kind 0 bill, 1 top-up, 2 deposit."""
    channels = np.array([[ORDER_CHANNELS.index(name) for name in _PAY_CHANNELS[way]] for way in PAY_WAYS])
    second = draws.happens(0.25, "pay channel", payer, day).astype(np.int64)
    channel = channels[people.pay_way[payer], second]
    second_of_day = 8 * 3600 + draws.below(14 * 3600, "pay time", payer, day, kind)
    return {
        "payment_id": texts("P{}-{}", day, numbers + 1_000_000),
        "customer_id": words(people.ids, payer),
        "paid_at": moments(day * 86_400 + second_of_day),
        "amount_fen": integers(amount),
        "channel": words(ORDER_CHANNELS, channel),
        "kind": words(("bill", "top_up", "deposit"), kind),
    }
