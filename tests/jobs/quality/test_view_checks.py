"""view_checks: each kind of check, broken by a view made for it."""

import pytest

from jobs.errors import Refusal
from jobs.paths import ROOT
from jobs.quality.field_profile import profiles
from jobs.quality.rules import quality_rules
from jobs.quality.view_checks import field_checks, key_checks, row_checks
from tests.jobs.quality.judged import broken
from tests.jobs.quality.small_catalogue import BROKEN, DAY, FIELDS, GOOD, SUM_BROKEN, changed
from tests.relations import made

pytestmark = pytest.mark.core


@pytest.fixture
def customers(rows_of_table):
    return rows_of_table("customer", "customer_id | status\nC1 | active\nC2 | two_way_stop\nC3 | closed")


@pytest.fixture
def checks_of(rows_of_table, run_on):
    def checks(view, fields=FIELDS):
        found = profiles(view, rows_of_table("field_profile", "business_date | field"), fields, run_on("2026-11-05"))
        return field_checks(fields, {row["field"]: row for row in found})

    return checks


def test_an_ordinary_view_breaks_nothing(view_of, customers, checks_of):
    measured = [*key_checks(view_of(GOOD), customers), *row_checks(2, 2, quality_rules(ROOT / "conf")), *checks_of(view_of(GOOD))]
    assert broken(measured) == set()
    assert {"types are those declared", "city: not null", *(f"{field}: {rule}" for field, rule, _, _ in BROKEN)} < {one.check for one in measured}


def test_keys_are_neither_null_nor_twice_nor_missing_nor_of_others(view_of, customers):
    view = view_of([(DAY, key, "anzhou", 1, 1, 0, None, None) for key in ("C1", "C1", "C3", None)])
    assert broken(key_checks(view, customers)) == {
        ("customer_id: not null", "stop", "1 rows without key"),
        ("customer_id: unique", "stop", "1 rows too many"),
        ("a row for every customer who is not closed", "stop", "1 customers without a row"),
        ("no row of anybody else", "stop", "1 rows of others"),
    }


def test_an_empty_view_stops_the_night(view_of, customers):
    assert ("has rows", "stop", "0 rows") in broken(key_checks(view_of([]), customers))


def test_rows_may_not_change_by_more_than_a_fifth_in_a_night():
    rules = quality_rules(ROOT / "conf")
    assert row_checks(2, 0, rules) == []
    assert broken(row_checks(2, 1, rules)) == {("rows against the night before", "stop", "2 after 1: +100.0%")}
    assert broken(row_checks(1, 2, rules)) == {("rows against the night before", "stop", "1 after 2: -50.0%")}


def test_a_profile_of_other_checks_is_refused_by_name(view_of, checks_of, rows_of_table, run_on):
    found = profiles(view_of(GOOD), rows_of_table("field_profile", "business_date | field"), FIELDS, run_on("2026-11-05"))
    profile = {row["field"]: row for row in found}
    field = next(one for one in FIELDS if one.checks and one.checks[0].in_)
    changed_since = field.model_copy(update={"checks": [field.checks[0].model_copy(update={"in_": ["atlantis"]})]})
    with pytest.raises(Refusal, match=f"knows nothing of 'one of atlantis' of {field.name}, which is declared since"):
        field_checks([changed_since], profile)
    with pytest.raises(Refusal, match=r"knows nothing of the field newcomer"):
        field_checks([field.model_copy(update={"name": "newcomer"})], profile)


@pytest.mark.parametrize(("field", "rule", "on_fail", "changes"), BROKEN)
def test_a_row_made_for_it_breaks_the_rule_and_no_other(view_of, checks_of, field, rule, on_fail, changes):
    assert {(check, of) for check, of, _ in broken(checks_of(view_of(changed(changes))))} == {(f"{field}: {rule}", on_fail)}


def test_parts_that_do_not_make_up_their_total_are_found_from_both_sides(view_of, checks_of):
    assert broken(checks_of(view_of(changed(SUM_BROKEN)))) == {
        ("calls: equal to calls_out + calls_in", "stop", "1 rows break it"),
        ("calls_in: equal to calls - calls_out", "warn", "1 rows break it"),
    }


def test_the_lowest_value_breaks_a_range_as_the_highest_does(view_of, checks_of):
    view = view_of(changed({"calls": -1, "calls_out": -1, "calls_in": 0}))
    assert broken(checks_of(view)) == {("calls: between 0 and 100", "warn", "-1 to -1")}


def test_a_column_of_another_type_stops_the_night(connection, checks_of):
    view = made(connection, "business_date date, customer_id varchar, points varchar", [(DAY, "C1", "7")])
    assert broken(checks_of(view, [FIELDS[4]])) == {("types are those declared", "stop", "points is string")}
