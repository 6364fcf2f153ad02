"""Handset models and who uses which."""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa

from jobs.simulator.calendar import number_of
from jobs.simulator.columns import Table, days, flags, integers, words
from jobs.simulator.draws import Draws, Integers
from jobs.simulator.population import People

SYSTEMS, GENERATIONS = ("android", "ios", "harmony", "feature"), ("2g", "3g", "4g", "5g")
_BRANDS = ("Huaxing", "Lanmei", "Pomelo", "Zhonglian", "Tianyu", "Redrice", "Bluestar", "Silver")
_MODELS = 160
_FIRST_RELEASE_YEAR, _YEARS = 2014, 12


@dataclass(frozen=True)
class Models:
    """The terminal library, one entry a model, from the oldest to the newest."""

    tac: pa.Array
    brand: Integers
    system: Integers
    generation: Integers
    smartphone: np.ndarray
    dual_sim: np.ndarray
    screen: Integers
    released: Integers
    price: Integers


@cache
def models(seed: int) -> Models:
    draws, number = Draws(seed), np.arange(_MODELS)
    feature = number % 6 == 0
    year = number * _YEARS // _MODELS
    released = number_of_year(_FIRST_RELEASE_YEAR) + number * _YEARS * 365 // _MODELS
    brand = np.where(feature, 7 - number % 2, draws.below(6, "model brand", number))
    generation = np.where(feature, np.where(year > 6, 2, 0), np.where(year < 2, 1, np.where((year >= 6) & draws.happens(0.85, "5g model", number), 3, 2)))
    system = np.where(feature, 3, np.where(brand == 2, 1, np.where((brand == 0) & (year >= 7), 2, 0)))
    price = np.floor(np.where(feature, 18_000, 80_000 * np.exp(0.75 * draws.normal("model price", number) + 0.5 + (brand == 2) * 0.9))).astype(np.int64)
    return Models(
        tac=pa.array([f"{86_000_000 + 31_337 * int(one)}"[:8] for one in number]),
        brand=brand,
        system=system,
        generation=generation,
        smartphone=~feature,
        dual_sim=draws.happens(0.7, "dual sim", number),
        screen=np.where(feature, 24, 47 + year * 2 + draws.below(6, "screen", number)),
        released=released,
        price=np.minimum(price, 1_200_000),
    )


def number_of_year(year: int) -> int:

    return number_of(date(year, 1, 1))


def first_handsets(draws: Draws, people: People, who: Integers, day: int) -> tuple[Integers, Integers, Integers, Integers]:
    """Handset, handset before (-1), first seen on, changes in twelve months."""
    library = models(draws.seed)
    age = np.minimum(np.floor(-700 * np.log(draws.uniform("handset age", who))), 3000).astype(np.int64)
    now = _chosen(draws, library, people, who, day - age, 0)
    before = np.where(draws.happens(0.55, "handset before", who), _chosen(draws, library, people, who, day - age - 900, 1), -1)
    changes = (age < 365).astype(np.int64) + draws.poisson(0.08, "handset changes", who)
    return now, np.where(before == now, -1, before), day - age, changes


def changed_handsets(draws: Draws, people: People, who: Integers, day: int) -> Integers:
    """The new handset of customers who change today."""
    return _chosen(draws, models(draws.seed), people, who, np.full(len(who), day), 2)


def _chosen(draws: Draws, library: Models, people: People, who: Integers, day: Integers, key: object) -> Integers:
    """A model released before the day and not too old, of the kind that the customer uses."""
    smart, feature = np.flatnonzero(library.smartphone), np.flatnonzero(~library.smartphone)
    luck = draws.uniform("handset", who, key, day)
    chosen = np.zeros(len(who), dtype=np.int64)
    for group, mask in ((smart, people.smartphone[who]), (feature, ~people.smartphone[who])):
        known = np.maximum(np.searchsorted(library.released[group], day[mask], side="right"), 1)
        back = np.floor(luck[mask] ** 1.5 * np.minimum(known, max(len(group) // 3, 1))).astype(np.int64)
        chosen[mask] = group[known - 1 - back]
    return chosen


def library_rows(seed: int) -> Table:
    library = models(seed)
    number = np.arange(_MODELS)
    return {
        "tac": library.tac,
        "brand": words(_BRANDS, library.brand),
        "model": pa.array([f"{_BRANDS[brand][:2].upper()}-{100 + int(one)}" for one, brand in zip(number, library.brand, strict=True)]),
        "operating_system": words(SYSTEMS, library.system),
        "smartphone": flags(library.smartphone),
        "screen_tenths_inch": integers(library.screen),
        "generation": words(GENERATIONS, library.generation),
        "dual_sim": flags(library.dual_sim),
        "released_on": days(library.released),
        "price_fen": integers(library.price),
    }
