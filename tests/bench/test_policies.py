"""policies: what an offer is worth, and a ceiling that knows no customer by heart."""

import numpy as np
import pandas as pd
import pytest

from bench.policies import TERMS, ceiling_of, contacts_and_worth, value_of
from jobs.contact.night_options import KEYS

pytestmark = pytest.mark.core

OFFERS = pd.DataFrame({"value": [10.0, 10.0], "cost_fen": [50, 50], "passive": [False, True]})


def test_a_passive_channel_costs_only_for_those_who_come():
    assert value_of(OFFERS, np.array([0.1, 0.1]), np.array([1.0, 0.2])).tolist() == [0.5, 0.9]


def test_a_pick_is_worth_the_sum_of_what_it_chose():
    assert contacts_and_worth(np.array([True, False, True]), np.array([1.5, 9.0, -0.5])) == (2, 1.0)


def test_the_ceiling_learns_what_features_tell_and_no_more():
    number = 4_000
    luck = (pd.util.hash_array(np.arange(2 * number, dtype=np.uint64)) >> np.uint64(11)) / 2**53
    offers = pd.DataFrame({"customer_id": [f"C{row:09}" for row in range(number)], "age": np.floor(80 * luck[:number]), "probability": 0.1})
    offers = offers.assign(**{key: "x" for key in KEYS if key != "customer_id"}, **dict.fromkeys(TERMS, 0.0), value=1.0, cost_fen=0, passive=False)
    told = np.where(offers["age"] < 40, 0.3, 0.02)
    hidden = np.where(luck[number:] < 0.5, 1.5, 0.5)  # of the customer alone: no feature tells of it
    found = ceiling_of(offers, told * hidden)
    young = (offers["age"] < 40).to_numpy()
    assert found[young].mean() == pytest.approx(0.3, rel=0.05) and found[~young].mean() == pytest.approx(0.02, rel=0.15)
    assert abs(np.corrcoef(found[young], hidden[young])[0, 1]) < 0.1
