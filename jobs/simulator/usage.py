"""Use of the network: calls, data and messages of some days, in the cells that the dumps sum by."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from jobs.simulator.draws import Draws, Floats, Integers
from jobs.simulator.population import APP_CLASSES, People

DIRECTIONS, DISTANCES, NETS, BANDS = ("out", "in"), ("local", "long", "roaming"), ("on_net", "competitor", "fixed"), ("busy", "idle")
KINDS, MESSAGE_NETS, NETWORKS = ("sms", "mms"), ("on_net", "competitor"), ("2g", "3g", "4g", "5g")
VOICE_CELLS = np.array(list(product(range(2), range(3), range(3), range(2))))
DATA_CELLS = np.array(list(product(range(len(APP_CLASSES)), range(2))))
MESSAGE_CELLS = np.array(list(product(range(2), range(2), range(2))))

_NET_SHARE = np.array([0.66, 0.29, 0.05])
_BAND_SHARE = np.array([0.72, 0.28])
_DATA_BAND_SHARE = np.array([0.62, 0.38])
_SECONDS_A_CALL = 96.0
_DAY = 86_400
JOURNEY_DAYS = 4
USE_AWAY = 0.6  # of data, against a day at home


@dataclass(frozen=True)
class Span:
    """Days that are drawn at once: `key` names them in the hash, `use` is how active each customer is (0 for a stopped line)."""

    key: int
    days: int
    season: float
    use: Floats
    single: bool  # one day of rows, in contrast to the sum of a month


@dataclass(frozen=True)
class Voice:
    calls: Integers  # customers x VOICE_CELLS
    seconds: Integers
    competitor_service: Integers  # customers: among local calls out in busy hours
    forwarded: Integers  # customers: among local calls in to competitors


@dataclass(frozen=True)
class Data:
    bytes: Integers  # customers x DATA_CELLS
    network: Integers  # customers x DATA_CELLS
    away: Floats  # customers: share of the span spent away


def travels(draws: Draws, people: People, span: Span) -> Floats:
    """Share of the span spent away from the province. A journey lasts some days: the same luck for each stretch of four."""
    who = np.arange(len(people))
    stretch, days = np.unique(np.arange(span.key, span.key + span.days) // JOURNEY_DAYS, return_counts=True)
    return draws.happens(people.roams[:, None], "travels", who[:, None], stretch[None, :]) @ days / span.days


def voice(draws: Draws, people: People, span: Span, away: Floats, wants_to_leave: np.ndarray) -> Voice:
    who = np.arange(len(people))
    rhythm = _rhythm(draws, "voice rhythm", 0.45 if span.single else 0.12, who, span)
    calls_out = people.minutes / 30 * 60 / _SECONDS_A_CALL * span.days * span.season * span.use * rhythm
    roaming = np.clip(away * (0.85 if span.single else 1.0), 0, 0.9)
    distance = np.stack([(1 - people.long_share) * (1 - roaming), people.long_share * (1 - roaming), roaming], axis=1)
    direction = np.stack([calls_out, 1.06 * calls_out], axis=1)
    cells = VOICE_CELLS
    mean = direction[:, cells[:, 0]] * distance[:, cells[:, 1]] * (_NET_SHARE[cells[:, 2]] * _BAND_SHARE[cells[:, 3]])[None, :]
    calls = draws.poisson(mean, "calls", who[:, None], span.key, np.arange(len(cells))[None, :])
    active = np.flatnonzero(calls)
    seconds = np.zeros_like(calls)
    numbers = calls.reshape(-1)[active]
    length = _SECONDS_A_CALL * np.exp(0.7 / np.sqrt(numbers) * draws.normal("call length", active // len(cells), span.key, active % len(cells)))
    seconds.reshape(-1)[active] = np.clip(np.floor(numbers * length), 1, _DAY // 4 if span.single else 10**9).astype(np.int64)
    service_rate = np.where(wants_to_leave, 0.12, 0.002) * span.days
    to_competitors = calls[:, _voice_cell(0, 0, 1, 0)]
    from_competitors = calls[:, _voice_cell(1, 0, 1, 0)]
    return Voice(
        calls=np.minimum(calls, 2000) if span.single else calls,
        seconds=seconds,
        competitor_service=np.minimum(draws.poisson(service_rate, "competitor service", who, span.key), to_competitors),
        forwarded=np.minimum(draws.poisson(np.where(wants_to_leave, 0.25, 0.003) * span.days, "forwarded", who, span.key), from_competitors),
    )


def _rhythm(draws: Draws, what: str, spread: float, who: Integers, span: Span) -> Floats:
    """How busy the span is for each customer, 1 on average, so that days add up to months."""
    return np.exp(spread * draws.normal(what, who, span.key) - spread * spread / 2)


def _voice_cell(direction: int, distance: int, net: int, band: int) -> int:
    return ((direction * 3 + distance) * 3 + net) * 2 + band


COMPETITOR_SERVICE_CELL, FORWARDED_CELL = _voice_cell(0, 0, 1, 0), _voice_cell(1, 0, 1, 0)


def data(draws: Draws, people: People, span: Span, away: Floats, network: Integers, left: Integers, throttle: float) -> Data:
    """`left` is what the allowance still holds: customers go easy on data once it is used up."""
    who = np.arange(len(people))
    rhythm = _rhythm(draws, "data rhythm", 0.6 if span.single else 0.15, who, span)
    wanted = people.bytes / 30 * span.days * span.season * span.use * rhythm * np.where(away > 0.5, USE_AWAY, 1.0)
    total = np.where(wanted > left, left + (wanted - left) * throttle, wanted) if not span.single else np.where(left > 0, wanted, wanted * throttle)
    cells = DATA_CELLS
    weight = people.apps[:, cells[:, 0]] * _DATA_BAND_SHARE[cells[:, 1]][None, :]
    numbers = np.arange(len(cells))[None, :]
    if span.single:
        luck = draws.uniform("app used", who[:, None], span.key, numbers)
        weight = weight * (luck < 1 - np.exp(-7.0 * weight)) * (0.4 + 1.2 * draws.uniform("app share", who[:, None], span.key, numbers))
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    older = draws.uniform("fallback", who[:, None], span.key if span.single else 0, numbers) < 0.12
    return Data(
        bytes=np.floor(share * total[:, None]).astype(np.int64),
        network=np.maximum(network[:, None] - older, 0),
        away=away,
    )


def messages(draws: Draws, people: People, span: Span) -> Integers:
    """customers x MESSAGE_CELLS."""
    who = np.arange(len(people))
    kind, direction, net = np.array([0.93, 0.07]), np.array([0.45, 0.55]), np.array([0.7, 0.3])
    cells = MESSAGE_CELLS
    share = kind[cells[:, 0]] * direction[cells[:, 1]] * net[cells[:, 2]]
    mean = (people.messages / 30 * span.days * span.season * span.use)[:, None] * share[None, :]
    return draws.poisson(mean, "messages", who[:, None], span.key, np.arange(len(cells))[None, :])


def plan_use(calls: Voice, traffic: Data, texts: Integers) -> Integers:
    """customers x (plan seconds, roaming seconds, bytes, messages): what the tariff counts."""
    cells = VOICE_CELLS
    out = cells[:, 0] == 0
    return np.stack(
        [
            calls.seconds[:, out & (cells[:, 1] < 2)].sum(axis=1),
            calls.seconds[:, out & (cells[:, 1] == 2)].sum(axis=1),
            traffic.bytes.sum(axis=1),
            texts[:, MESSAGE_CELLS[:, 1] == 0].sum(axis=1),
        ],
        axis=1,
    )
