"""likeness: customers who are like the holders stand out, by what the other half of the customers taught."""

import numpy as np
import pandas as pd
import pytest

from jobs.match.likeness import half_of, learn_likeness

pytestmark = pytest.mark.core

ROWS = 2_000
NUMBERS = (pd.util.hash_array(np.arange(3 * ROWS, dtype=np.uint64)) >> np.uint64(11)) / 2**53
PEOPLE = pd.DataFrame(
    {"customer_id": [f"C{row:05}" for row in range(ROWS)], "games": NUMBERS[:ROWS], "brand": np.where(NUMBERS[2 * ROWS :] < 0.5, "easy", "gotone")}
)
PEOPLE["has_game"] = pd.Series(NUMBERS[ROWS : 2 * ROWS] < 0.02 + 0.2 * PEOPLE["games"]).astype(object).where(PEOPLE.index > 5, None)
PEOPLE["has_rare"] = PEOPLE.index < 10
HELD = {"game": "has_game", "rare": "has_rare"}


def test_those_who_play_are_like_the_holders_and_a_rare_product_says_nothing():
    likeness = learn_likeness(PEOPLE, ["games", "brand"], HELD).of(PEOPLE)
    assert np.corrcoef(likeness["game"], PEOPLE["games"])[0, 1] > 0.7
    assert abs(likeness["game"].mean()) < 0.2
    assert (likeness["rare"] == 0).all()


def test_nobody_is_like_the_holders_because_they_are_one():
    told = learn_likeness(PEOPLE, ["games"], HELD)
    half = half_of(PEOPLE["customer_id"])
    turned = PEOPLE.assign(has_game=PEOPLE["has_game"].where(half == 1, other=~PEOPLE["has_game"].eq(True)))
    again = learn_likeness(turned, ["games"], HELD)
    assert 0.4 < half.mean() < 0.6
    assert np.array_equal(again.of(PEOPLE)["game"][half == 0], told.of(PEOPLE)["game"][half == 0])
    assert not np.array_equal(again.of(PEOPLE)["game"][half == 1], told.of(PEOPLE)["game"][half == 1])


def test_neither_order_nor_company_matters():
    order = np.argsort(NUMBERS[:ROWS])
    whole = learn_likeness(PEOPLE, ["games", "brand"], HELD).of(PEOPLE)
    shuffled = learn_likeness(PEOPLE.iloc[order], ["brand", "games"], HELD)
    assert shuffled.of(PEOPLE).to_numpy().tobytes() == whole.to_numpy().tobytes()
    assert shuffled.of(PEOPLE.iloc[7:12]).to_numpy().tobytes() == whole.iloc[7:12].to_numpy().tobytes()


def test_without_features_or_products_there_is_no_likeness():
    assert (learn_likeness(PEOPLE, [], HELD).of(PEOPLE) == 0).all(axis=None)
    assert learn_likeness(PEOPLE, ["games"], {}).of(PEOPLE).shape == (ROWS, 0)
