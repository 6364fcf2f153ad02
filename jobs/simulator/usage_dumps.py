"""The dumps of use: voice, data, messages, places and value-added services of one day, and the months of the old warehouse."""

import numpy as np
import pyarrow as pa

from jobs.simulator.columns import Table, days, integers, words
from jobs.simulator.draws import Draws, Floats, Integers
from jobs.simulator.market import Market
from jobs.simulator.population import APP_CLASSES, People
from jobs.simulator.state import State
from jobs.simulator.usage import (
    BANDS,
    COMPETITOR_SERVICE_CELL,
    DATA_CELLS,
    DIRECTIONS,
    DISTANCES,
    FORWARDED_CELL,
    KINDS,
    MESSAGE_CELLS,
    MESSAGE_NETS,
    NETS,
    NETWORKS,
    USE_AWAY,
    VOICE_CELLS,
    Data,
    Voice,
)
from jobs.simulator.world import World

SERVICES = (
    *("ringback_tone", "mobile_newspaper", "mobile_reading", "music_club", "video_member", "mobile_game", "mms_plan"),
    *("mailbox_139", "fetion", "mobile_securities", "secretary_service", "call_back", "cloud_storage"),
)
ACTIONS, CONTENTS = ("use", "forward", "download", "gift"), ("sport", "finance", "music", "news", "comic", "life", "none")
# The tastes that make a customer ask for each class of content; the last class is for services without content.
_CONTENT_TASTE = ("games", "finance", "music", "reading", "video", "thrift")
_PLACE_BANDS = ("night", "morning", "afternoon", "evening")
_QUARTERS = np.array([28, 20, 24, 24])
_VOICE_IN_BAND = np.array([0.04, 0.30, 0.36, 0.30])
_BYTES_IN_BAND = np.array([0.12, 0.22, 0.28, 0.38])


def voice_rows(people: People, day: int, calls: Voice) -> Table:
    who, cell = np.nonzero(calls.calls)
    kinds = VOICE_CELLS[cell]
    return {
        "customer_id": people.ids.take(pa.array(who)),
        "usage_date": days(np.full(len(who), day)),
        "direction": words(DIRECTIONS, kinds[:, 0]),
        "distance": words(DISTANCES, kinds[:, 1]),
        "net": words(NETS, kinds[:, 2]),
        "band": words(BANDS, kinds[:, 3]),
        "calls": integers(calls.calls[who, cell]),
        "seconds": integers(calls.seconds[who, cell]),
        "competitor_service_calls": integers(np.where(cell == COMPETITOR_SERVICE_CELL, calls.competitor_service[who], 0)),
        "forwarded_to_competitor": integers(np.where(cell == FORWARDED_CELL, calls.forwarded[who], 0)),
    }


def data_rows(people: People, day: int, traffic: Data, outside: Integers) -> Table:
    """`outside` is what each customer used beyond the allowance; it is spread over the rows of the day in their order."""
    who, cell = np.nonzero(traffic.bytes)
    amount = traffic.bytes[who, cell]
    before = (np.cumsum(traffic.bytes, axis=1) - traffic.bytes)[who, cell]
    inside = (traffic.bytes.sum(axis=1) - outside)[who]
    return {
        "customer_id": people.ids.take(pa.array(who)),
        "usage_date": days(np.full(len(who), day)),
        "app_class": words(APP_CLASSES, DATA_CELLS[cell, 0]),
        "network": words(NETWORKS, traffic.network[who, cell]),
        "band": words(BANDS, DATA_CELLS[cell, 1]),
        "bytes": integers(amount),
        "outside_plan_bytes": integers(np.clip(before + amount - inside, 0, amount)),
        "roaming_bytes": integers(np.where(traffic.away[who] > 0.5, amount, 0)),
    }


def message_rows(people: People, day: int, texts: Integers) -> Table:
    who, cell = np.nonzero(texts)
    return {
        "customer_id": people.ids.take(pa.array(who)),
        "usage_date": days(np.full(len(who), day)),
        "kind": words(KINDS, MESSAGE_CELLS[cell, 0]),
        "direction": words(("out", "in"), MESSAGE_CELLS[cell, 1]),
        "net": words(MESSAGE_NETS, MESSAGE_CELLS[cell, 2]),
        "messages": integers(texts[who, cell]),
    }


def place_rows(draws: Draws, world: World, people: People, day: int, calls: Voice, traffic: Data) -> Table:
    """Home at night, work by day on weekdays, now and then elsewhere; `roaming` while away."""
    numbers = np.arange(len(people))
    seconds, amount = calls.seconds.sum(axis=1), traffic.bytes.sum(axis=1)
    weekday = (day + 3) % 7 < 5
    parts = []
    for band in range(4):
        at_work = weekday & (band in (1, 2)) & draws.happens(0.8, "at work", numbers, day, band)
        elsewhere = draws.happens(0.12, "elsewhere", numbers, day, band)
        area = np.where(at_work, people.work_area, people.home_area)
        other = draws.below(world.areas_per_city, "area", numbers, day, band) + 1
        area = np.where(elsewhere, other, area)
        area = np.where(traffic.away > 0.5, 0, area)
        seen = _QUARTERS[band] - draws.below(6, "seen", numbers, day, band)
        parts.append((numbers, np.full(len(numbers), band), area, seen, np.floor(seconds * _VOICE_IN_BAND[band]), np.floor(amount * _BYTES_IN_BAND[band])))
    who, band_of, area_of, seen_of, voice_of, bytes_of = (np.concatenate(column) for column in zip(*parts, strict=True))
    used = np.flatnonzero((seconds + amount)[who] > 0)
    order = used[np.lexsort((band_of[used], who[used]))]
    cities = list(world.cities)
    codes = ["roaming"] + [f"{city}_a{area}" for city in cities for area in range(1, world.areas_per_city + 1)]
    position = np.where(area_of == 0, 0, people.city[who] * world.areas_per_city + area_of)
    return {
        "customer_id": people.ids.take(pa.array(who[order])),
        "usage_date": days(np.full(len(order), day)),
        "band": words(_PLACE_BANDS, band_of[order]),
        "area": words(codes, position[order]),
        "seen": integers(seen_of[order]),
        "voice_seconds": integers(np.minimum(voice_of, 86_400)[order]),
        "bytes": integers(bytes_of[order]),
    }


def value_added_rows(draws: Draws, world: World, market: Market, people: People, state: State, day: int, use: Floats) -> Table:
    positions = np.array([market.product(service) for service in SERVICES])
    numbers = np.arange(len(people))[:, None]
    chance = 0.32 * np.exp(0.25 * people.own_mind[:, positions]) * np.minimum(use, 1)[:, None]
    active = (state.holds_since[:, positions] > 0) & draws.happens(chance, "uses service", numbers, day, np.arange(len(SERVICES))[None, :])
    who, service = np.nonzero(active)
    has_content = service < 6
    taste = np.stack([people.tastes[who, world.tastes.index(name)] if name in world.tastes else np.zeros(len(who)) for name in _CONTENT_TASTE], axis=1)
    content = np.where(has_content, draws.choice(np.exp(1.1 * taste), "content", who, day, service), 6)
    action = np.where(has_content, draws.choice([0.86, 0.05, 0.07, 0.02], "service action", who, day, service), 0)
    return {
        "customer_id": people.ids.take(pa.array(who)),
        "usage_date": days(np.full(len(who), day)),
        "service": words(SERVICES, service),
        "action": words(ACTIONS, action),
        "content": words(CONTENTS, content),
        "times": integers(1 + draws.poisson(1.4, "times", who, day, service)),
    }


def month_rows(people: People, who: Integers, month: int, span_days: int, calls: Voice, traffic: Data, texts: Integers, outside: Integers) -> Table:
    """usage_month: the cells of a month summed the ways the old warehouse kept them."""
    voice_in, voice_out = _voice(calls.calls), _voice(calls.seconds)
    seconds, cells = calls.seconds, VOICE_CELLS
    bytes_, messages = traffic.bytes, texts
    columns: dict[str, Integers] = {
        "active_days": np.where(
            seconds.sum(axis=1) + bytes_.sum(axis=1) > 0,
            np.clip(np.ceil(span_days * (1 - np.exp(-calls.calls.sum(axis=1) / 6 - bytes_.sum(axis=1) / 2e7))), 1, 31),
            0,
        ),
        "voice_calls_out": voice_in[0],
        "voice_calls_in": voice_in[1],
        "voice_seconds_out": voice_out[0],
        "voice_seconds_in": voice_out[1],
    }
    for measure, of_cells in (("calls", calls.calls), ("seconds", seconds)):
        for place, names in ((1, DISTANCES), (2, NETS), (3, BANDS)):
            columns |= {f"voice_{measure}_{name}": of_cells[:, cells[:, place] == position].sum(axis=1) for position, name in enumerate(names)}
    columns |= {"voice_competitor_service_calls": calls.competitor_service, "voice_forwarded_to_competitor": calls.forwarded, "data_bytes": bytes_.sum(axis=1)}
    columns |= {f"data_bytes_{name}": bytes_[:, DATA_CELLS[:, 0] == position].sum(axis=1) for position, name in enumerate(APP_CLASSES)}
    columns |= {f"data_bytes_{name}": np.where(traffic.network == position, bytes_, 0).sum(axis=1) for position, name in enumerate(NETWORKS)}
    columns |= {f"data_bytes_{name}": bytes_[:, DATA_CELLS[:, 1] == position].sum(axis=1) for position, name in enumerate(BANDS)}
    columns |= {"data_bytes_outside_plan": outside, "data_bytes_roaming": np.floor(bytes_.sum(axis=1) * _share_away(traffic.away))}
    for kind, kind_name in enumerate(KINDS):
        for direction, direction_name in enumerate(("out", "in")):
            columns[f"messages_{kind_name}_{direction_name}"] = messages[:, (MESSAGE_CELLS[:, 0] == kind) & (MESSAGE_CELLS[:, 1] == direction)].sum(axis=1)
    columns |= {f"messages_{name}": messages[:, MESSAGE_CELLS[:, 2] == position].sum(axis=1) for position, name in enumerate(MESSAGE_NETS)}
    table: Table = {"customer_id": people.ids.take(pa.array(who)), "month": days(np.full(len(who), month))}
    return table | {name: integers(np.asarray(column)[who]) for name, column in columns.items()}


def _share_away(days: Floats) -> Floats:
    """Share of the bytes used away, where a day away has fewer of them."""
    return USE_AWAY * days / (1 - (1 - USE_AWAY) * days)


def _voice(cells: Integers) -> tuple[Integers, Integers]:
    out = VOICE_CELLS[:, 0] == 0
    return cells[:, out].sum(axis=1), cells[:, ~out].sum(axis=1)
