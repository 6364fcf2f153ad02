"""off_policy: estimates by hand, intervals against a known truth, gates that each can fail, and no dependence on the order of the rows."""

import numpy as np
import pandas as pd
import pytest

from bench.logged_decisions import decisions, true_value
from jobs.evaluation.off_policy import estimate_policy_value
from tests.jobs.evaluation.draws import uniform

pytestmark = pytest.mark.core

# Four decisions between two actions; weights 1/.5 = 2, .5/.25 = 2, 0/.5 = 0, .5/.5 = 1.
REWARD, ACTION, PROPENSITY = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0, 1, 0, 1]), np.array([0.5, 0.25, 0.5, 0.5])
TARGET = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.5, 0.5]])


def test_four_rows_by_hand():
    found = estimate_policy_value(REWARD, ACTION, PROPENSITY, TARGET, model=np.full((4, 2), 0.5))
    assert found.estimators["ips"] == pytest.approx(2 / 4)
    assert found.estimators["snips"] == pytest.approx(2 / 5)
    assert found.estimators["dm"] == pytest.approx(0.5)
    # 0.5 + (2 x 0.5 + 2 x -0.5 + 0 + 1 x -0.5) / 4
    assert found.value == found.estimators["dr"] == pytest.approx(0.375)
    assert found.effective_sample == pytest.approx(25 / 9)
    assert found.mean_weight == pytest.approx(5 / 4)


def test_the_result_unpacks_as_the_contract_says():
    value, low, high, effective_sample, estimators = estimate_policy_value(REWARD, ACTION, PROPENSITY, TARGET)
    assert low <= value <= high
    assert effective_sample == pytest.approx(25 / 9)
    assert set(estimators) == {"ips", "snips", "snips_clipped", "dm", "dr"}


def test_with_the_logged_action_alone_nothing_is_modelled():
    found = estimate_policy_value(REWARD, ACTION, PROPENSITY, np.array([1.0, 0.5, 0.0, 0.5]))
    assert set(found.estimators) == {"ips", "snips", "snips_clipped"}
    assert found.value == pytest.approx(2 / 5)


def test_a_huge_weight_is_cut_and_said():
    found = estimate_policy_value([1.0, 0.0], [0, 0], [0.01, 1.0], [1.0, 1.0])  # weights 100 and 1
    assert found.clipped_mass == pytest.approx(50 / 101)
    assert found.value == pytest.approx(50 / 51)
    assert found.estimators["ips"] == pytest.approx(50.0)


def test_action_means_are_learned_from_other_customers_alone():
    always_paid = {"reward": np.ones(80), "action": np.zeros(80), "logged_propensity": np.ones(80), "target_probability": np.ones((80, 1))}
    assert estimate_policy_value(**always_paid).estimators["dm"] == pytest.approx(1.0)
    of_one_customer = estimate_policy_value(**always_paid, cluster=["a"] * 80)
    assert of_one_customer.estimators["dm"] == 0.0
    assert of_one_customer.value == pytest.approx(1.0)


def world(log: int) -> dict[str, np.ndarray]:
    """600 decisions of 200 customers; the target policy picks each action alike, the logging policy prefers those that earn more."""
    return decisions(log, lean=0.0, customers=200)


def test_the_interval_holds_the_known_truth_as_often_as_it_says():
    expected, found = true_value(0.0), [estimate_policy_value(**world(log)) for log in range(40)]
    held = sum(one.low <= expected <= one.high for one in found)
    assert held >= 35  # of 40 at 95 %: fewer once in 70 times
    assert np.mean([one.value for one in found]) == pytest.approx(expected, abs=0.012)  # of one estimate the standard error is 0.02


def test_rows_in_another_order_and_a_second_run_give_the_same_bytes():
    log = world(7)
    order = np.argsort(uniform(99, (len(log["reward"]),)))
    shuffled = {name: values[order] for name, values in log.items()}
    assert estimate_policy_value(**shuffled) == estimate_policy_value(**log)
    without = {name: values for name, values in log.items() if name != "cluster"}
    assert estimate_policy_value(**{name: values[order] for name, values in without.items()}) == estimate_policy_value(**without)


def test_decisions_of_one_customer_are_no_independent_evidence():
    once = world(3)
    without = {name: values for name, values in once.items() if name != "cluster"}
    tenfold = {name: np.concatenate([values] * 10) for name, values in once.items()}
    alone, again = estimate_policy_value(**once), estimate_policy_value(**tenfold)
    assert again.high - again.low == pytest.approx(alone.high - alone.low, rel=0.1)
    independent = estimate_policy_value(**{name: np.concatenate([values] * 10) for name, values in without.items()})
    assert independent.high - independent.low < 0.5 * (again.high - again.low)


def uniform_log(rows: int) -> dict:
    """Two actions at even odds, of which the second earns more; the target is the logging policy itself."""
    action = (uniform(1, (rows,)) < 0.5).astype(int)
    reward = (uniform(2, (rows,)) < np.where(action == 1, 0.4, 0.2)).astype(float)
    return {"reward": reward, "action": action, "logged_propensity": np.full(rows, 0.5), "target_probability": np.full((rows, 2), 0.5)}


def failing(log: dict) -> list[str]:
    found = estimate_policy_value(**log)
    assert found.readable == (not found.reason) == all(found.gates.values())
    return [name for name, holds in found.gates.items() if not holds]


def test_each_gate_fails_for_its_own_reason():
    log = uniform_log(3_000)
    assert failing(log) == []
    assert failing(log | {"logged_propensity": np.full(3_000, 0.52)}) == ["mean_weight"]
    assert failing(uniform_log(900)) == ["effective_sample"]
    assert failing(log | {"reward": np.ones(3_000)}) == ["reward_varies"]
    contradicting = np.tile([0.9, 0.9], (3_000, 1))  # a model that is far from what was earned
    assert failing(log | {"model": contradicting}) == ["agreement"]
    never_logged = np.column_stack([np.full((3_000, 2), 0.35), np.full(3_000, 0.3)])  # a third action that the log knows nothing of
    assert failing(log | {"target_probability": never_logged}) == ["mean_weight", "overlap", "agreement"]


def test_a_model_by_folds_sees_other_rows_than_it_predicts():
    log, seen = world(1), []

    def constant(others: np.ndarray, rows: np.ndarray) -> np.ndarray:
        seen.append((set(others), set(rows)))
        assert not set(log["cluster"][others]) & set(log["cluster"][rows])
        return np.full((len(rows), 4), log["reward"][others].mean())

    found = estimate_policy_value(**log, model=constant)
    assert set().union(*(rows for _, rows in seen)) == set(range(len(log["reward"])))
    assert found.estimators["dm"] == pytest.approx(log["reward"].mean(), abs=0.02)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"reward": [1.0, np.nan, 1.0, 0.0]}, "reward: must be finite; row 1 has nan"),
        ({"reward": []}, "reward: the log has no rows"),
        ({"reward": ["a", "b", "c", "d"]}, "reward: must hold numbers"),
        ({"action": [0, 1, 0]}, "action: 3 rows, reward has 4"),
        ({"action": [0, 1, 2, 0]}, "action: must be 0 to 1, a column of target_probability; row 2 has 2"),
        ({"action": [0, 1, 0.5, 0]}, "action: must be whole numbers; row 2 has 0.5"),
        ({"logged_propensity": [0.5, 0.0, 0.5, 0.5]}, "logged_propensity: must be above 0 and at most 1; row 1 has 0"),
        ({"logged_propensity": [0.5, 1.2, 0.5, 0.5]}, "logged_propensity: must be above 0 and at most 1; row 1 has 1.2"),
        ({"target_probability": TARGET - 0.1}, r"target_probability: must lie between 0 and 1; row 0 has -0.1 \(2 such values\)"),
        ({"target_probability": TARGET * 0.9}, "target_probability: must sum to 1 in each row; row 0 has 0.9"),
        ({"target_probability": TARGET[None]}, "target_probability: must have 1 or 2 dimensions, has 3"),
        ({"target_probability": TARGET[:3]}, "target_probability: 3 rows, reward has 4"),
        ({"cluster": ["a", None, "b", "c"]}, "cluster: missing in row 1"),
        ({"cluster": ["a", "b"]}, "cluster: 2 rows, reward has 4"),
        ({"model": np.ones((4, 3))}, "model: predictions must have the shape of target_probability"),
        ({"model": lambda others, rows: np.ones(len(rows))}, "model: must predict a finite reward for"),
        ({"target_probability": [1.0, 0.5, 0.0, 0.5], "model": np.ones((4, 2))}, "model: needs target_probability of every action"),
        ({"action": pd.Series(ACTION), "cluster": pd.Series(ACTION, index=[3, 2, 1, 0])}, "the index of cluster differs from that of action"),
    ],
)
def test_what_no_log_can_hold_is_refused(changed, message):
    log = {"reward": REWARD, "action": ACTION, "logged_propensity": PROPENSITY, "target_probability": TARGET}
    with pytest.raises(ValueError, match=message):
        estimate_policy_value(**(log | changed))
