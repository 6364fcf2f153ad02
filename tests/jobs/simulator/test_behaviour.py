"""Hidden behaviour: purchases without contact follow appetite, the channel turns products around, contacts tire."""

from dataclasses import dataclass

import numpy as np
import pytest

from jobs.paths import ROOT
from jobs.simulator.behaviour import Minds, accept_probability, minds_of, reach_probability
from jobs.simulator.draws import Draws
from jobs.simulator.first_state import settled
from jobs.simulator.market import Market, load_market
from jobs.simulator.orders import spontaneous
from jobs.simulator.population import People, people
from jobs.simulator.state import State
from jobs.simulator.world import World, load_world
from tests.jobs.simulator.operator import WORLD

pytestmark = pytest.mark.core

DAY = 20_700


@dataclass
class Town:
    draws: Draws
    world: World
    market: Market
    people: People
    state: State
    minds: Minds

    def accept(self, product: str, channel: str, who: np.ndarray | None = None) -> np.ndarray:
        who = np.arange(len(self.people)) if who is None else who
        chosen = np.full(len(who), self.market.product(product)), np.full(len(who), self.market.channel(channel))
        return accept_probability(self.world, self.market, self.people, self.state, self.minds, who, *chosen)


@pytest.fixture(scope="module")
def town() -> Town:
    world, draws = load_world(WORLD), Draws(1)
    market = load_market(ROOT / "conf", world)
    folk = people(draws, world, market, 6000, DAY)
    state = settled(draws, world, market, folk, DAY)
    return Town(draws, world, market, folk, state, minds_of(world, market, folk, state, DAY, DAY - 5))


def test_people_buy_without_being_asked_and_rather_what_they_like(town: Town) -> None:
    bought = spontaneous(town.draws, town.world, town.market, town.people, town.state, town.minds)
    assert len(bought) > 20
    assert set(bought.contact_id.tolist()) == {b""}
    others = town.minds.liking[:, bought.product].mean(axis=0)
    assert (town.minds.liking[bought.who, bought.product] - others).mean() > 0.4


def test_what_sells_on_a_call_fails_by_text_and_the_reverse(town: Town) -> None:
    def odds(product: str, channel: str) -> float:
        rate = town.accept(product, channel)[town.state.holds_since[:, town.market.product(product)] == 0].mean()
        return float(np.log(rate / (1 - rate)))

    secretary = odds("secretary_service", "call") - odds("secretary_service", "sms")
    newspaper = odds("mobile_newspaper", "call") - odds("mobile_newspaper", "sms")
    assert secretary - newspaper > 2


def test_rates_lie_where_the_field_found_them(town: Town) -> None:
    assert 0.30 < town.accept("secretary_service", "call").mean() < 0.60
    assert 0.002 < town.accept("secretary_service", "sms").mean() < 0.012
    assert 0.005 < town.accept("data_pack_10g", "sms").mean() < 0.03
    assert 0.25 < town.accept("music_club", "hall").mean() < 0.50


def test_of_a_hundred_texts_one_to_three_sell(town: Town) -> None:
    """Domain section 12: SMS 1% and 3%, 0.54%, 1.65%, 1.56%. A list picks those who are likelier to accept, so it lies above a text to anybody."""
    sms = town.market.channel("sms")
    offers = [
        product
        for product, kind in zip(town.market.products, town.market.kinds, strict=True)
        if kind != "care" and town.market.carries[sms, town.market.product(product)]
    ]
    rates = [np.sort(town.accept(product, "sms")) for product in offers]
    anybody = np.mean([rate.mean() for rate in rates])
    likeliest_quarter = np.mean([rate[-len(rate) // 4 :].mean() for rate in rates])
    assert 0.005 < anybody < 0.015
    assert 0.01 < likeliest_quarter < 0.03


def test_recent_contacts_tire_on_the_channel_and_spill_over(town: Town) -> None:
    rested = town.accept("ringback_tone", "sms")
    town.state.fatigue[:, town.market.channel("sms")] += 3
    same = town.accept("ringback_tone", "sms")
    town.state.fatigue[:, town.market.channel("sms")] -= 3
    town.state.fatigue[:, town.market.channel("call")] += 3
    spilled = town.accept("ringback_tone", "sms")
    town.state.fatigue[:, town.market.channel("call")] -= 3
    open_ = rested > 0
    assert (same[open_] < spilled[open_]).all() and (spilled[open_] < rested[open_]).all()


def test_nobody_accepts_what_is_held_or_not_yet_on_sale(town: Town) -> None:
    holders = np.flatnonzero(town.state.holds_since[:, town.market.product("ringback_tone")])
    assert len(holders) and (town.accept("ringback_tone", "call", holders) == 0).all()
    assert town.accept(town.world.change.launch.product, "palm_hall").max() < 1e-9


def test_channels_reach_whom_they_can(town: Town) -> None:
    who = np.arange(len(town.people))

    def reach(channel: str, came: bool = False) -> np.ndarray:
        return reach_probability(town.world, town.market, town.people, who, np.full(len(who), town.market.channel(channel)), np.full(len(who), float(came)))

    assert (reach("sms")[town.people.wrong_number] == 0).all() and (reach("call")[town.people.wrong_number] == 0).all()
    assert (reach("email")[~town.people.email] == 0).all() and (reach("email")[town.people.email] > 0).all()
    assert (reach("hall") == 0).all() and (reach("hall", came=True) > 0.5).all()
    assert 0.3 < reach("call").mean() < 0.6
