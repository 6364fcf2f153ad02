"""gate: each question of it is failed by a record made for it, by figures worked out by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from jobs.match.gate import Record, index_of_scores, normalised_entropy, reason_to_keep, record

pytestmark = pytest.mark.core

CHAMPION = Record(entropy=0.9, observed_to_expected=1.0, deviations=0.1, cells={"tone on sms": 0.5, "tone on call": -1.0})
GOOD = replace(CHAMPION, entropy=0.89)


def test_a_model_that_says_the_base_rate_has_entropy_one_and_a_better_one_less():
    accepted = np.array([1.0, 0, 0, 0])
    assert normalised_entropy(np.full(4, 0.25), accepted) == pytest.approx(1.0)
    # -(ln 0.5 + 3 ln 0.9) / 4 = 0.25231; of the base rate 0.56234
    assert normalised_entropy(np.array([0.5, 0.1, 0.1, 0.1]), accepted) == pytest.approx(0.25231 / 0.56234, abs=1e-4)


def test_a_record_counts_accepts_against_those_expected_in_all_and_by_cell():
    cell = pd.Series(["tone on sms", "tone on sms", "tone on call", "tone on call"])
    made = record(np.array([0.5, 0.5, 0.2, 0.2]), np.array([True, False, True, False]), cell)
    assert made.observed_to_expected == pytest.approx(2 / 1.4)
    assert made.deviations == pytest.approx(0.6 / np.sqrt(0.82))
    assert made.cells == {"tone on sms": 0.0, "tone on call": pytest.approx(0.6 / np.sqrt(0.32))}
    assert made.farthest == "tone on call"


def test_scores_that_did_not_move_have_no_index_and_moved_ones_the_sum_by_hand():
    before = np.repeat([0.1, 0.2], [50, 50])
    assert index_of_scores(before, before) == 0.0
    # edges at 0.1, 0.15 and 0.2 make an empty bin below, 50 of 100, an empty one, 50; then 90 and 10; half a score in each of the four
    assert index_of_scores(before, np.repeat([0.1, 0.2], [90, 10])) == pytest.approx(40 / 102 * np.log(90.5 / 50.5) + 40 / 102 * np.log(50.5 / 10.5))


@pytest.mark.parametrize(
    ("challenger", "index", "reason"),
    [
        (GOOD, 0.1, None),
        (replace(GOOD, entropy=0.9008), 0.1, None),
        (replace(GOOD, entropy=0.9010), 0.1, "normalised entropy 0.9010 against 0.9000"),
        (replace(GOOD, observed_to_expected=1.3, deviations=2.5), 0.1, "observed of expected 1.30, outside 0.9 to 1.1"),
        (replace(GOOD, observed_to_expected=1.3, deviations=1.9), 0.1, None),  # chance
        (replace(GOOD, cells={"tone on sms": 5.5, "tone on call": -1.0}), 0.1, "tone on sms is +5.5 standard deviations off"),
        (GOOD, 0.3, "stability index of the scores 0.30 above 0.25"),
    ],
)
def test_each_question_can_keep_the_champion(conf, challenger, index, reason):
    assert reason_to_keep(CHAMPION, challenger, index, conf.match.gate) == reason


def test_a_champion_that_is_further_off_is_no_reason_to_keep_it(conf):
    champion = replace(CHAMPION, observed_to_expected=1.5, deviations=4.0, cells={"tone on sms": 7.0, "tone on call": -1.0})
    challenger = replace(GOOD, observed_to_expected=1.3, deviations=2.5, cells={"tone on sms": 5.5, "tone on call": -1.0})
    assert reason_to_keep(champion, challenger, 0.1, conf.match.gate) is None
