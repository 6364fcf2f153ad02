"""Bands of a breakdown: few, round, the same for the same customers; few values and null stay what they are."""

from datetime import date, timedelta

import duckdb
import pytest

from jobs.campaign.preview_bands import bands_of, breakdown, known_fields, rounded
from jobs.errors import UserError

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("value", "whole", "edge"),
    [
        (0, True, "0"),
        (7, True, "6"),
        (9, True, "8"),
        (24, True, "25"),
        (36, True, "40"),
        (1_234, True, "1000"),
        (96, True, "100"),
        (-37, True, "-40"),
        (0.0234, False, "0.025"),
    ],
)
def test_an_edge_is_the_nearest_round_number(value, whole, edge):
    assert str(rounded(value, whole)) in (edge, f"{edge}.0") or rounded(value, whole) == pytest.approx(float(edge))


def test_whole_numbers_have_bands_without_gaps():
    names = [name for name, _ in bands_of(14, 90, False, [22, 27, 33, 38, 44, 52, 61], whole=True)]
    assert names == ["below 20", "20 to 24", "25 to 29", "30 to 39", "40 to 49", "50 to 59", "60 and more"]


def test_nought_is_a_band_of_its_own_where_it_is_frequent():
    bands = bands_of(0, 9_000, True, [90, 210, 390, 640, 900, 1_600, 3_100], whole=True)
    assert [name for name, _ in bands][:3] == ["0", "1 to 79", "80 to 199"]
    assert bands[-1][0] == "3,000 and more"
    assert [name for name, _ in bands_of(0.0, 1.0, True, [0.1, 0.5], whole=False)] == ["0", "above 0, below 0.1", "0.1 to below 0.5", "0.5 and more"]


def test_where_nearly_all_have_the_same_value_the_largest_cuts():
    assert [name for name, _ in bands_of(3, 50, False, [3] * 7, whole=True)] == ["below 50", "50 and more"]


def told(values: list, kind: str) -> dict:
    """Customers by value or band of one field, in the order in which they are told."""
    with duckdb.connect() as connection:
        connection.execute(f"create table matched (by_0 {kind.replace('string', 'varchar')})")
        connection.executemany("insert into matched values (?)", [[value] for value in values])
        return {row["field"]: row["matched"] for row in breakdown(connection, {"field": kind})}


def test_few_values_stay_and_null_comes_last():
    assert list(told([2, None, 0, 2, None, 1], "int").items()) == [(0, 1), (1, 1), (2, 2), (None, 2)]
    assert told(["b", "a", "b"], "string") == {"a": 1, "b": 2}
    assert told([True, None], "boolean") == {True: 1, None: 1}


def test_many_numbers_become_bands_that_hold_everyone():
    # 0 to 79, each once, and twenty noughts more: nought is more than an eighth. Eighths of 1 to 79: 10, 20, 30, 40, 50, 60, 70.
    found = told([*range(80), *[0] * 20, None], "bigint")
    assert found == {"0": 21, "1 to 9": 9, "10 to 19": 10, "20 to 29": 10, "30 to 39": 10, "40 to 49": 10, "50 to 59": 10, "60 and more": 20, None: 1}


def test_many_days_become_months_or_years():
    days = [date(2026, 1, 31) + timedelta(days=number) for number in range(20)]
    assert told(days, "date") == {"2026-01": 1, "2026-02": 19}
    assert told([date(year, 7, 1) for year in range(2001, 2021)], "date") == {str(year): 1 for year in range(2001, 2021)}
    assert told(days[:2], "date") == {days[0]: 1, days[1]: 1}


def test_a_field_must_be_one_of_the_view_that_customers_share():
    assert known_fields(["age", "city"]) == {"age": "int", "city": "string"}
    with pytest.raises(UserError, match=r"--by: unknown field 'citi' \(did you mean 'city'\?\)"):
        known_fields(["citi"])
    with pytest.raises(UserError, match="customer_id is another one for every customer"):
        known_fields(["customer_id"])
