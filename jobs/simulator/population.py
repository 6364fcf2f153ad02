"""The people: what never changes about a customer, as a function of the seed and the customer's number. Nothing here is stored."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from jobs.simulator.draws import Draws, Floats, Integers
from jobs.simulator.market import PASSIVE, Market
from jobs.simulator.world import Segment, World

APP_CLASSES = ("video", "music", "social", "game", "reading", "finance", "shopping", "web", "other")
PAY_WAYS = ("cash", "bank_collection", "online", "card", "agent")
BUSINESS_TYPES = ("personal", "family", "enterprise", "machine")
# What of the traffic of an average customer goes to each class, and the taste that moves it.
_APP_SHARE = (0.38, 0.08, 0.18, 0.08, 0.05, 0.02, 0.06, 0.11, 0.04)
_APP_TASTE = ("video", "music", "talk", "games", "reading", "finance", "thrift", "data", "")


@dataclass(frozen=True)
class People:
    """One entry a customer, in order of number. Rates are per day, needs per month."""

    ids: pa.Array
    segment: Integers
    city: Integers
    county: Integers
    branch: Integers
    home_area: Integers
    work_area: Integers
    birth_day: Integers
    gender: Integers
    business: Integers
    pay_way: Integers
    tastes: Floats
    wander: Floats  # where each taste drifts to
    own_mind: Floats  # customers x products
    reach: Floats  # customers x channels: attention on the channel
    answers: Floats  # log-odds of answering a call
    visits: Floats  # customers x PASSIVE
    minutes: Floats
    bytes: Floats
    messages: Floats
    long_share: Floats
    roams: Floats  # share of days on the road
    apps: Floats  # customers x APP_CLASSES
    smartphone: np.ndarray
    email: np.ndarray
    wrong_number: np.ndarray
    spare: np.ndarray  # lines in a drawer
    sleeping_dog: np.ndarray
    late_payer: np.ndarray
    discount: np.ndarray
    vip: Integers
    churn: Floats
    sensitivity: Floats  # how much recent contacts weigh
    brand: Floats  # customers x (gotone, m_zone, easy): liking

    def __len__(self) -> int:
        return len(self.segment)


def customer_ids(numbers: Integers) -> pa.Array:
    """`C` and 9 digits; a bijection of the number, so that neighbours by number are no neighbours by key."""
    keys = (numbers * 387_420_489 + 123_456_789) % 1_000_000_000
    digits = ((keys[:, None] // 10 ** np.arange(8, -1, -1)) % 10 + ord("0")).astype(np.uint8)
    letters = np.concatenate([np.full((len(keys), 1), ord("C"), dtype=np.uint8), digits], axis=1)
    return pa.array(np.ascontiguousarray(letters).view("S10").ravel()).cast(pa.string())


def people(draws: Draws, world: World, market: Market, count: int, first_day: int) -> People:
    """The first `count` customers."""
    who = np.arange(count)
    segment = draws.choice([one.share for one in world.segments], "segment", who)
    city = draws.choice(list(world.cities.values()), "city", who)
    tastes = _of(segment, [[one.tastes.get(name, 0.0) for name in world.tastes] for one in world.segments])
    tastes = tastes + world.taste_spread * _grid(draws, "taste", who, len(world.tastes))
    age = _ages(draws, world.segments, segment, who)
    smartphone = draws.uniform("smartphone", who) < _of(segment, [one.smartphone for one in world.segments])
    spare = draws.happens(world.behaviour.spare_lines, "spare line", who)
    spread = np.array([world.channels[code].reach_spread for code in market.channels])
    answers = _of(segment, [one.answers for one in world.segments])
    return People(
        ids=customer_ids(who),
        segment=segment,
        city=city,
        county=draws.below(world.counties_per_city, "county", who) + 1,
        branch=draws.below(world.branches_per_city, "branch", who) + 1,
        home_area=draws.below(world.areas_per_city, "home", who) + 1,
        work_area=draws.below(world.areas_per_city, "work", who) + 1,
        birth_day=first_day - np.floor(age * 365.25).astype(np.int64),
        gender=draws.choice([0.47, 0.53], "gender", who),
        business=_row_choice(draws, world, "business", BUSINESS_TYPES, segment, who),
        pay_way=_row_choice(draws, world, "pay", PAY_WAYS, segment, who),
        tastes=tastes,
        wander=_grid(draws, "wander", who, len(world.tastes)),
        own_mind=world.own_mind * _grid(draws, "own mind", who, len(market.products)),
        reach=spread * _grid(draws, "reach", who, len(market.channels)),
        answers=np.log(answers / (1 - answers)) + 0.9 * draws.normal("answers", who),
        visits=_visit_rates(draws, world, segment, smartphone, who),
        minutes=np.where(spare, 0.0, _need(draws, world, "minutes", segment, 0.55, who)),
        bytes=np.where(spare, 0.0, _need(draws, world, "megabytes", segment, 0.8, who) * 2**20 * np.where(smartphone, 1.0, 0.04)),
        messages=np.where(spare, 0.0, _need(draws, world, "messages", segment, 0.7, who)),
        long_share=np.clip(0.14 * np.exp(0.8 * draws.normal("long", who)) * np.where(_is(world, segment, "migrant"), 2.5, 1.0), 0, 0.7),
        roams=np.clip(0.006 * np.exp(1.2 * draws.normal("roams", who)) * np.where(_is(world, segment, "business"), 4.0, 1.0), 0, 0.5),
        apps=_app_shares(draws, world, tastes, who),
        smartphone=smartphone,
        email=draws.uniform("email", who) < _of(segment, [one.email for one in world.segments]),
        wrong_number=draws.happens(world.behaviour.wrong_numbers, "wrong number", who),
        spare=spare,
        sleeping_dog=draws.happens(world.behaviour.sleeping_dogs, "sleeping dog", who),
        late_payer=draws.happens(world.billing.late_payers, "late payer", who),
        discount=draws.happens(world.billing.discount_share, "discount", who),
        vip=np.where(draws.uniform("vip", who) < _of(segment, [one.vip for one in world.segments]), 1 + draws.choice([0.6, 0.3, 0.1], "vip level", who), 0),
        churn=1 - (1 - _of(segment, [one.churn for one in world.segments]) * np.exp(0.5 * draws.normal("churn", who) - 0.125)) ** (1 / 30),
        sensitivity=np.exp(0.5 * draws.normal("sensitivity", who)),
        brand=_of(segment, [[one.brand.get(name, 0.0) for name in ("gotone", "m_zone", "easy")] for one in world.segments])
        + 0.3 * _grid(draws, "brand", who, 3),
    )


def _of(segment: Integers, by_segment: list) -> Floats:
    """A value of the segment for each customer."""
    return np.asarray(by_segment, dtype=np.float64)[segment]


def _is(world: World, segment: Integers, name: str) -> np.ndarray:
    return np.array([one.segment == name for one in world.segments])[segment]


def _grid(draws: Draws, what: str, who: Integers, width: int) -> Floats:
    return draws.normal(what, who[:, None], np.arange(width)[None, :])


def _ages(draws: Draws, segments: list[Segment], segment: Integers, who: Integers) -> Floats:
    table = _of(segment, [[one.age.mean, one.age.deviation, one.age.low, one.age.high] for one in segments])
    return np.clip(table[:, 0] + table[:, 1] * draws.normal("age", who), table[:, 2], table[:, 3]) + draws.uniform("birthday", who)


def _need(draws: Draws, world: World, field: str, segment: Integers, spread: float, who: Integers) -> Floats:
    return _of(segment, [getattr(one, field) for one in world.segments]) * np.exp(spread * draws.normal(field, who))


def _row_choice(draws: Draws, world: World, field: str, names: tuple[str, ...], segment: Integers, who: Integers) -> Integers:
    return draws.choice(_of(segment, [[getattr(one, field).get(name, 0.0) for name in names] for one in world.segments]), field, who)


def _visit_rates(draws: Draws, world: World, segment: Integers, smartphone: np.ndarray, who: Integers) -> Floats:
    """Visits a day. Few customers make most visits: a wide spread that each channel has for itself."""
    monthly = _of(segment, [[one.visits.get(name, 0.0) for name in PASSIVE] for one in world.segments])
    spread = np.exp(0.9 * _grid(draws, "visits", who, len(PASSIVE)) - 0.405)
    with_phone = np.where(np.array(PASSIVE)[None, :] == "palm_hall", smartphone[:, None], True)
    return monthly * spread * with_phone / 30.0


def _app_shares(draws: Draws, world: World, tastes: Floats, who: Integers) -> Floats:
    weights = np.log(np.array(_APP_SHARE))[None, :] + 0.35 * _grid(draws, "apps", who, len(APP_CLASSES))
    for position, taste in enumerate(_APP_TASTE):
        if taste in world.tastes:
            weights[:, position] += 0.55 * tastes[:, world.tastes.index(taste)]
    shares = np.exp(weights)
    return shares / shares.sum(axis=1, keepdims=True)
