"""field_profile: every number by hand on two rows, bins that stay from night to night, and a row for every field of the real catalogue."""

from datetime import date

import pytest

from jobs.catalogue.schema import fields_of
from jobs.catalogue.view import fields
from jobs.quality import field_profile as module
from jobs.quality.field_profile import field_profile, profiles
from tests.jobs.quality.small_catalogue import DAY, FIELDS, GOOD, changed
from tests.relations import made

pytestmark = pytest.mark.home
NO_PAST = "business_date | field"


@pytest.fixture
def profile_of(view_of, rows_of_table, run_on):
    def profile(rows, past=NO_PAST):
        found = profiles(view_of(rows), rows_of_table("field_profile", past), FIELDS, run_on("2026-11-05"))
        return {row["field"]: row | {"bins": dict(row["bins"]), "broken": dict(row["broken"])} for row in found}

    return profile


def test_numbers_dates_and_codes_in_a_few_numbers(profile_of):
    found = profile_of(GOOD)
    assert found["calls_out"] == {
        "field": "calls_out",
        "type": "bigint",
        "rows": 2,
        "nulls": 0,
        "lowest": 0.0,
        "highest": 2.0,
        "mean": 1.0,
        "edges": [0.0, 2.0],
        "bins": {"0": 1, "2": 1, "more": 0},
        "broken": {},
    }
    # 11 January 1970 is 10 days after the first of it.
    assert (found["joined_on"]["lowest"], found["joined_on"]["highest"], found["joined_on"]["mean"]) == (10.0, 20.0, 15.0)
    assert (found["city"]["bins"], found["city"]["edges"], found["city"]["lowest"]) == ({"anzhou": 1, "beihe": 1}, None, None)
    assert (found["points"]["nulls"], found["points"]["lowest"], found["points"]["edges"], found["points"]["bins"]) == (2, None, None, {})


def test_rows_that_break_a_rule_over_codes_or_other_fields_are_counted(profile_of):
    found = profile_of(changed({"city": "atlantis", "calls": 5, "calls_out": 6, "calls_in": 4}))
    assert found["city"]["broken"] == {"one of anzhou, beihe": 1}
    assert found["calls"]["broken"] == {"not below calls_out": 1, "equal to calls_out + calls_in": 1}
    assert found["calls_in"]["broken"] == {"equal to calls - calls_out": 1}
    assert not any(rows for row in profile_of(GOOD).values() for rows in row["broken"].values())


def test_bins_keep_the_edges_of_the_night_before(profile_of):
    past = "business_date | field | edges\n2026-11-03 | calls_out | [7, 9]\n2026-11-04 | calls_out | [0, 1]"
    found = profile_of(GOOD, past)["calls_out"]
    assert (found["edges"], found["bins"]) == ([0.0, 1.0], {"0": 1, "1": 0, "more": 1})


def test_of_many_codes_the_rare_ones_count_together(profile_of, monkeypatch):
    monkeypatch.setattr(module, "FREQUENT_CODES", 2)
    rows = [(DAY, f"C{number}", city, 0, 0, 0, None, None) for number, city in enumerate(["b", "b", "a", "a", "c", "d"])]
    assert profile_of(rows)["city"]["bins"] == {"a": 2, "b": 2, "*": 2}


def test_the_spread_is_counted_on_a_sample_and_all_else_on_all_rows(profile_of, monkeypatch):
    monkeypatch.setattr(module, "SAMPLED_CUSTOMERS", 100)
    rows = [(DAY, f"C{number}", "anzhou", 1, 1, 0, None, None) for number in range(1000)]
    found = profile_of(rows)["calls"]
    assert (found["rows"], found["highest"]) == (1000, 1.0)
    assert 50 < sum(found["bins"].values()) < 200


def test_every_field_of_the_catalogue_has_its_row(connection, rows_of_table, run_on):
    view = rows_of_table("customer_view", "business_date | customer_id | age\n2026-11-05 | C1 | 30")
    table = field_profile(view, rows_of_table("field_profile", NO_PAST), run_on("2026-11-05"))
    assert table.column_names == [column.name for column in fields_of("field_profile")]
    rows = {row["field"]: row for row in table.to_pylist()}
    assert list(rows) == [one.name for one in fields()]
    assert {row["business_date"] for row in rows.values()} == {date(2026, 11, 5)}
    assert {name for name, row in rows.items() if not row["nulls"]} == {"age"}


def test_a_column_of_another_type_is_named_by_the_type_that_it_has(connection, rows_of_table, run_on):
    view = made(connection, "business_date date, customer_id varchar, points varchar", [(DAY, "C1", "7")])
    found = profiles(view, rows_of_table("field_profile", NO_PAST), [FIELDS[4]], run_on("2026-11-05"))
    assert [(row["field"], row["type"], row["bins"]) for row in found] == [("points", "string", [("7", 1)])]
