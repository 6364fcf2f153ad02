"""The learner: the same sums whether linear algebra has one thread or two. A busy machine gave a night other last digits than an idle one."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from jobs.match.learner import Rows, _loss, _shift_to_rate

pytestmark = pytest.mark.core


def test_sums_do_not_depend_on_the_threads_of_linear_algebra():
    rows, places = 60_000, np.arange(60_000)
    label = (places * 2_654_435_761 % 97 < 9).astype(float)
    weight, offset = 1.0 + np.sin(places) / 3, np.cos(places * 0.7) - 2.0
    training = Rows(np.zeros((rows, 1)), label, weight, offset)
    margins, top = np.column_stack([np.sin(places * 0.3), np.cos(places * 0.1)]), np.array([0.1, 0.5, 0.25])
    told = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads, user_api="blas"):
            told.append((training.base_rate, _shift_to_rate(training), _loss(margins, top, training)))
    assert told[0] == told[1]
