"""customer_half_year: which months it holds. How months close and are corrected stands with the nights in test_customer_month.py."""

from datetime import date

import pytest

pytestmark = pytest.mark.core


def test_six_closed_months_newest_first_over_the_turn_of_the_year(run_on):
    from jobs.customer_view.customer_half_year import closed_months

    expected = [date(2026, 2, 1), date(2026, 1, 1), date(2025, 12, 1), date(2025, 11, 1), date(2025, 10, 1), date(2025, 9, 1)]
    assert closed_months(run_on("2026-03-31")) == expected
    assert closed_months(run_on("2026-03-01")) == expected
