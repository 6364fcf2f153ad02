"""known_now: accumulators begin with nothing, and what the night before left to be shown is shown as it was."""

from dataclasses import dataclass

import pytest

from jobs.customer_view.known_now import _read

pytestmark = pytest.mark.core


class Lake:
    def empty(self, table):
        return "nothing", table

    def read_parameter(self, name, _day):
        return "as it was", name


@dataclass
class Run:
    lake = Lake()
    business_date = "2026-11-06"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("previous_customer_day", "nothing"),
        ("previous_customer_month", "nothing"),
        ("previous_customer_half_year", "nothing"),
        ("previous_customer_product_score", "as it was"),
        ("churn_score", "as it was"),
        ("previous_churn_score", "as it was"),
        ("past_contact", "as it was"),
        ("outcome", "as it was"),
    ],
)
def test_only_what_this_pass_makes_itself_begins_with_nothing(name, read):
    assert _read(name, {}, Run())[0] == read
