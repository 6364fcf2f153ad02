"""reach: the interval of a share, against scipy's, and how many observations stand behind it."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from jobs.match.reach import observations, reach_interval

pytestmark = pytest.mark.core


def test_the_interval_is_that_of_a_share_of_so_many_observations():
    for reached, observed in ((0, 5), (1, 5), (9, 20), (1, 165), (165, 165)):
        low, high = reach_interval(np.array([reached / observed]), np.array([float(observed)]))
        expected = binomtest(reached, observed).proportion_ci(confidence_level=0.9, method="wilson")
        assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_rare_visit_is_known_to_be_rare():
    """A probability of 0.0018 in the hall said 4e-11 to 0.99999 while it was taken for a share of five contacts."""
    low, high = reach_interval(np.array([0.0018, 0.0018]), np.array([165.0, 165.0 + 50]))
    assert 0 < low[0] < 0.0018 < high[0] < 0.025
    assert high[1] - low[1] < high[0] - low[0], "more contacts, a narrower interval"


def test_passive_channels_are_observed_every_day_and_the_others_at_each_contact(conf):
    kind_of = {channel: one.kind for channel, one in conf.channels.items()}
    rows = pd.DataFrame({"channel": ["hall", "hall", "call", "call"], "contacts_before": [0, 3, 0, 3]})
    # 90 days, the last 30 of them twice, and 45 days of the channel's mean customer; 5 pseudo contacts
    assert observations(rows, kind_of, conf.match.customer_channel).tolist() == [165, 168, 5, 8]
