"""Figures as pages write them."""

import pytest

from jobs.evaluation.declared import indicator_files
from jobs.reports.formats import BY_UNIT, chance, count, decimal, figure, points, share, yuan

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (count(1234567.0), "1,234,567"),
        (count(None), "–"),
        (share(0.0), "0%"),
        (share(0.00123), "0.12%"),
        (share(0.1234), "12.3%"),
        (share(1.0), "100%"),
        (share(None), "–"),
        (yuan(0.054), "¥0.05"),
        (yuan(12345.6), "¥12,346"),
        (yuan(-99.5), "−¥99.50"),
        (decimal(-1.234), "−1.23"),
        (points(0.0123), "+1.23"),
        (points(-0.005), "−0.50"),
        (chance(0.00001), "< 0.001"),
        (chance(0.0431), "0.043"),
        (figure(2579.84, "contact"), "2,579.8"),
        (figure(2579.0, "contact"), "2,579"),
    ],
)
def test_figures_are_written(written, expected):
    assert written == expected


def test_every_unit_has_a_form():
    assert {one.unit for file in indicator_files() for one in file.indicators} <= set(BY_UNIT)
