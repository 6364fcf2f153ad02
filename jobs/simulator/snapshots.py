"""The snapshot dumps: customers, identities, balances, terminals, registers and catalogues as of the end of a day."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.simulator.columns import Table, days, flags, integers, texts, words
from jobs.simulator.draws import Draws, Integers
from jobs.simulator.handsets import GENERATIONS, models
from jobs.simulator.market import Market
from jobs.simulator.population import BUSINESS_TYPES, PAY_WAYS, People
from jobs.simulator.service import branch_codes, branch_of
from jobs.simulator.state import STATUSES, State
from jobs.simulator.world import World

BRANDS = ("gotone", "m_zone", "easy")
LISTS = ("staff", "test", "complaint_specialist", "key_customer", "red", "black")
LEVELS, BAN_REASONS = ("system", "product", "channel", "product_channel"), ("asked", "complaint", "regulator", "key_customer")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文建国玉兰红梅春晓雪云海山林凤飞鹏宇晨佳欣怡子涵浩然思雨"
_STREETS = ("解放路", "人民路", "中山路", "建设街", "新华路", "滨江大道", "学府路", "和平街", "长青路", "工业园路")
_MAIL = ("139.example", "mail.example", "post.example")


def network_of(market: Market, draws: Draws, people: People, state: State) -> Integers:
    """Newest network generation each line uses: what the handset can do, and 5G only with a 5G plan or curiosity. Some cards of old
    handsets also go into a newer one."""
    can = models(draws.seed).generation[state.handset]
    can = np.where((can < 2) & draws.happens(0.2, "moves the card", np.arange(len(people))), 2, can)
    has_plan = np.isin(state.plan, market.upgrade_plans)
    curious = draws.happens(0.35, "tries 5g", np.arange(len(people)))
    return np.where((can == 3) & ~has_plan & ~curious, 2, can)


def customer_rows(draws: Draws, world: World, market: Market, people: People, state: State, network: Integers) -> Table:
    who = np.arange(len(people))
    cities, names = list(world.cities), [f"{city}_{county}" for city in world.cities for county in range(1, world.counties_per_city + 1)]
    grouped = (people.business == BUSINESS_TYPES.index("enterprise")) | draws.happens(0.04, "in a group", who)
    group = np.where(grouped, draws.below(max(len(who) // 120, 3), "group", who) + 1000, -1)
    managed = (state.vip >= 2) | (grouped & draws.happens(0.3, "managed", who))
    codes = texts("G{}", np.arange(0, 1000 + max(len(who) // 120, 3)))
    managers = texts("AM{}", np.arange(100, 160))
    return {
        "customer_id": people.ids,
        "city": words(cities, people.city),
        "county": words(names, people.city * world.counties_per_city + people.county - 1),
        "brand": words(BRANDS, np.array([BRANDS.index(brand) for brand in market.plan_brands])[state.plan]),
        "business_type": words(BUSINESS_TYPES, people.business),
        "status": words(STATUSES, state.status),
        "status_changed_on": days(state.status_changed),
        "joined_on": days(state.joined),
        "birth_date": days(np.where(draws.happens(0.015, "birthday unknown", who), 0, people.birth_day)),
        "gender": words(("f", "m"), np.where(draws.happens(0.02, "gender unknown", who), -1, people.gender)),
        "network_type": words(GENERATIONS, network),
        "vip_level": integers(state.vip),
        "vip_level_last_month": integers(state.vip_last_month, none=-1),
        "points": integers(state.points),
        "points_expiring": integers(state.points // 3),
        "account_manager": words(managers, np.where(managed, draws.below(60, "manager", who), -1)),
        "group_id": words(codes, group),
        "group_role": words(("member", "key_person", "contact"), np.where(grouped, draws.choice([0.9, 0.06, 0.04], "group role", who), -1)),
        "prints_invoice": flags(draws.happens(np.where(grouped, 0.4, 0.08), "invoice", who)),
        "pay_way": words(PAY_WAYS, people.pay_way),
        "credit_level": integers(np.clip(3 + people.vip // 2 + draws.below(3, "credit", who) - 1 - 2 * people.late_payer, 1, 5)),
        "real_name_checked": flags(draws.happens(np.where(people.spare, 0.4, 0.97), "checked", who)),
        "language": words(("zh", "en"), draws.choice([0.985, 0.015], "language", who)),
        "home_branch": words(branch_codes(world), branch_of(world, people, who)),
    }


def identity_rows(draws: Draws, world: World, people: People) -> Table:
    who = np.arange(len(people))
    surname = words(tuple(_SURNAMES), draws.below(len(_SURNAMES), "surname", who))
    given = words(tuple(_GIVEN), draws.below(len(_GIVEN), "given", who))
    second = words((*_GIVEN, ""), draws.below(len(_GIVEN) + 20, "second given", who).clip(max=len(_GIVEN)))
    # A bijection of the number, so that no two lines share a phone number.
    phone = 13_000_000_000 + (who * 271_828_183 + 141_421_356) % 1_000_000_000
    mail = texts("u{}@{}", phone % 100_000_000, words(_MAIL, draws.choice([0.6, 0.3, 0.1], "mail", who)))
    street = words(_STREETS, draws.below(len(_STREETS), "street", who))
    address = texts("{}市{}{}号", words(list(world.cities), people.city), street, draws.below(400, "house", who) + 1)
    serial = draws.below(9000, "certificate", who) + 1000
    born = np.datetime_as_string(people.birth_day.astype("datetime64[D]"), unit="D")
    certificate = texts(
        "35{}{}{}", people.city * 10 + people.county + 1000, pa.array([one.replace("-", "") for one in born.tolist()], type=pa.string()), serial
    )
    has_mail = pa.array(people.email)
    return {
        "customer_id": people.ids,
        "name": texts("{}{}{}", surname, given, second),
        "number": pa.array(phone).cast(pa.string()),
        "email": pc.if_else(has_mail, mail, pa.scalar(None, pa.string())),
        "postal_address": address,
        "certificate_number": certificate,
    }


def balance_rows(people: People, state: State) -> Table:
    return {
        "customer_id": people.ids,
        "cash_fen": integers(state.cash),
        "reserve_fen": integers(state.reserve),
        "cash_first_of_month_fen": integers(state.cash_first, none=-1),
        "reserve_first_of_month_fen": integers(state.reserve_first, none=-1),
        "arrears_fen": integers(state.arrears),
        "arrears_last_month_fen": integers(state.arrears_last_month),
        "arrears_since": days(state.arrears_since),
    }


def terminal_rows(draws: Draws, people: People, state: State) -> Table:
    tac = models(draws.seed).tac
    return {
        "customer_id": people.ids,
        "tac": words(tac, state.handset),
        "first_seen_on": days(state.handset_since),
        "previous_tac": words(tac, state.previous_handset),
        "changes_12_months": integers(state.handset_changes),
    }


def ban_rows(market: Market, people: People, state: State, day: int) -> Table:
    known = state.bans["start"] <= day
    bans = {name: column[known] for name, column in state.bans.items()}
    order = np.lexsort((bans["channel"], bans["product"], bans["level"], bans["customer"]))
    bans = {name: column[order] for name, column in bans.items()}
    return {
        "customer_id": words(people.ids, bans["customer"]),
        "level": words(LEVELS, bans["level"]),
        "product": words(market.products, bans["product"]),
        "channel": words(market.channels, bans["channel"]),
        "reason": words(BAN_REASONS, bans["reason"]),
        "start_date": days(bans["start"]),
        "end_date": days(bans["end"]),
    }


def special_rows(draws: Draws, world: World, people: People, state: State, first_day: int) -> Table:
    shares = [getattr(world.lists, name) for name in LISTS]
    listed = draws.happens(np.array(shares)[None, :], "special list", np.arange(len(people))[:, None], np.arange(len(LISTS))[None, :])
    who, which = np.nonzero(listed)
    since = np.maximum(first_day - 1 - draws.below(900, "listed since", who, which), state.joined[who])
    return {"customer_id": words(people.ids, who), "list": words(LISTS, which), "since": days(since)}


def product_rows(world: World, market: Market, first_day: int) -> Table:
    launch = world.change.launch
    opened = np.array([0 if code != launch.product else first_day + launch.day for code in market.products])
    return {
        "product": pa.array(market.products),
        "family": pa.array(market.families),
        "kind": pa.array(market.kinds),
        "price_fen": integers(market.price_fen),
        "sale_from": days(opened),
        "sale_to": days(np.zeros(len(market.products), dtype=np.int64)),
    }


def plan_rows(market: Market) -> Table:
    return {
        "plan": pa.array(market.plans),
        "brand": pa.array(market.plan_brands),
        "fee_fen": integers(market.plan_fee_fen),
        "minutes": integers(market.plan_included[:, 0]),
        "megabytes": integers(market.plan_included[:, 1]),
        "messages": integers(market.plan_included[:, 2]),
    }
