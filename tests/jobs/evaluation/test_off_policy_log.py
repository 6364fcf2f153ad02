"""off_policy_log: rows in the order of their content, with their customers and where they stood."""

import numpy as np
import pytest

from jobs.evaluation.off_policy_log import checked_log

pytestmark = pytest.mark.core

REWARD, ACTION, PROPENSITY, TARGET = [1.0, 0.0, 0.5], [0, 1, 1], [0.5, 0.25, 0.5], [[1.0, 0.0], [0.5, 0.5], [0.25, 0.75]]


def test_position_leads_back_to_the_row():
    log = checked_log(REWARD, ACTION, PROPENSITY, TARGET, ["ann", "bo", "ann"], None)
    assert np.array(REWARD)[log.position].tolist() == log.reward.tolist()
    assert np.array(TARGET)[log.position].tolist() == log.target.tolist()
    assert dict(zip(log.position.tolist(), log.of_logged.tolist(), strict=True)) == {0: 1.0, 1: 0.5, 2: 0.75}
    of_row = dict(zip(log.position.tolist(), log.cluster.tolist(), strict=True))
    assert of_row[0] == of_row[2] != of_row[1]


def test_without_customers_each_row_stands_alone():
    log = checked_log(REWARD, ACTION, PROPENSITY, [1.0, 0.5, 0.75], None, None)
    assert log.target is None
    assert log.cluster.tolist() == [0, 1, 2]


def test_the_order_is_that_of_the_content():
    log, turned = (checked_log(REWARD[::step], ACTION[::step], PROPENSITY[::step], TARGET[::step], None, None) for step in (1, -1))
    assert log.reward.tolist() == turned.reward.tolist()
    assert (2 - turned.position).tolist() == log.position.tolist()
