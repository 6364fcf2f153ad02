"""The world file: what it must hold, and how it refuses what it does not know."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from jobs.errors import UserError
from jobs.paths import ROOT
from jobs.simulator.market import affinity_matrix, load_market
from jobs.simulator.world import load_world
from tests.jobs.simulator.operator import WORLD

pytestmark = pytest.mark.core


def test_the_province_has_the_hidden_structure_that_the_loop_must_learn() -> None:
    world = load_world(WORLD)
    assert 6 <= len(world.segments) <= 12 and abs(sum(one.share for one in world.segments) - 1) < 1e-9
    assert 4 <= len(world.tastes) <= 8
    effects = affinity_matrix(load_market(ROOT / "conf", world), world)
    flips = [
        (first, second)
        for first, second in combinations(range(len(effects)), 2)
        for one, other in combinations(range(effects.shape[1]), 2)
        if np.sign(effects[first, one]) == -np.sign(effects[first, other]) != 0
        and np.sign(effects[second, one]) == -np.sign(effects[second, other]) == -np.sign(effects[first, one])
    ]
    assert len(set(flips)) >= 2
    assert world.change.launch.day > 0 and world.change.decay.per_month > 0


@pytest.mark.parametrize(
    ("written", "instead", "says"),
    [
        ("sleeping_dogs: 0.05", "sleeping_dog: 0.05", "behaviour.sleeping_dog: unknown key 'sleeping_dog' (did you mean 'sleeping_dogs'?)"),
        ("taste_spread: 0.75", "taste_spread: wide", "taste_spread: "),
        ("ringback_tone: {call: 0.7", "ringback_ton: {call: 0.7", "affinity: unknown name 'ringback_ton' (did you mean 'ringback_tone'?)"),
        (
            "mobile_game: {appetite: -0.5, tastes: {games:",
            "mobile_game: {appetite: -0.5, tastes: {game:",
            "products.mobile_game.tastes: unknown name 'game' (did you mean 'games'?)",
        ),
        ("own_mind: 0.45", "own_mind: 0.45\nown_mind: 0.5", "key 'own_mind' stands twice"),
        ("world: province", "world: [province", "not valid YAML"),
    ],
)
def test_what_the_world_does_not_know_is_one_line(tmp_path: Path, written: str, instead: str, says: str) -> None:
    text = WORLD.read_text(encoding="utf-8")
    assert written in text
    other = tmp_path / "world.yaml"
    other.write_text(text.replace(written, instead), encoding="utf-8")
    with pytest.raises(UserError, match=re.escape(says)) as error:
        load_world(other)
    assert "\n" not in str(error.value) and str(other) in str(error.value)


def test_a_product_of_conf_that_the_world_does_not_know_is_named(tmp_path: Path) -> None:
    text = (
        WORLD.read_text(encoding="utf-8")
        .replace("  call_back: {appetite: 0.3", "  call_bakc: {appetite: 0.3")
        .replace("  call_back: {sms_hall", "  call_bakc: {sms_hall")
    )
    other = tmp_path / "world.yaml"
    other.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=re.escape("'call_back' of")):
        load_market(ROOT / "conf", load_world(other))
