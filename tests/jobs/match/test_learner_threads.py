"""The learner: the same sums whether linear algebra has one thread or two. A busy machine gave a night other last digits than an idle one."""

from threading import Event, Thread

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from jobs.match.learner import Rows, _loss, _shift_to_rate
from jobs.match.one_thread import one_thread

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


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_a_fit_keeps_its_one_thread_while_another_ends_beside_it():
    """Two tables at a time: the first fit that ended gave the second one two threads."""
    second_is_in, first_is_out = Event(), Event()
    seen = []

    @one_thread
    def first() -> None:
        second_is_in.wait(10)

    @one_thread
    def second() -> None:
        second_is_in.set()
        first_is_out.wait(10)
        seen.append(blas_threads())

    with threadpool_limits(limits=2, user_api="blas"):
        both = [Thread(target=first), Thread(target=second)]
        for one in both:
            one.start()
        both[0].join()
        first_is_out.set()
        both[1].join()
    assert seen == [{1}]
