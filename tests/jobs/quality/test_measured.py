"""measured: Great Expectations judges each check by all of its values; nothing measured breaks nothing."""

import pytest

from jobs.quality.measured import Measured, judge, no_rows

# Great Expectations imports pyspark: not for the core tests.
pytestmark = pytest.mark.spark


def check(values, low, high):
    return Measured("customer_view", "age: between 0 and 120", "stop", values, low, high, "", "")


def test_every_check_is_judged_by_its_own_bounds():
    cases = [
        (check((0.0, 120.0), 0, 120), True),
        (check((-1.0, 120.0), 0, 120), False),  # the lowest is too low
        (check((0.0, 121.0), 0, 120), False),  # the highest is too high
        (check((None, None), 0, 120), True),  # a column of nulls
        (check((5.0,), 1, None), True),  # open above
        (check((0.0,), 1, None), False),
        (no_rows("customer_view", "key", "stop", 0), True),
        (no_rows("customer_view", "key", "stop", 1), False),
    ]
    assert judge([one for one, _ in cases]) == [holds for _, holds in cases]
    assert judge([]) == []
