"""view_checks: each kind of check, broken by a view made for it. The fields are a small catalogue written here."""

import pytest

from jobs.catalogue.schema import Label
from jobs.catalogue.view import Check, ViewField
from jobs.paths import ROOT
from jobs.quality.rules import quality_rules
from jobs.quality.view_checks import key_checks, profile, row_checks, view_checks

pytestmark = pytest.mark.spark


def field(name, kind, *checks, nullable=True):
    label = Label(en=name, zh=name)
    return ViewField(name=name, type=kind, unit="none", label=label, expr="x.y", nullable=nullable, doc="Made for this test.", checks=list(checks))


FIELDS = [
    field("city", "string", Check(in_=["anzhou", "beihe"], on_fail="stop"), nullable=False),
    field("calls", "bigint", Check(between=(0, 100), on_fail="warn"), Check(not_below="calls_out", on_fail="warn")),
    field("calls_out", "bigint", Check(not_null=True, on_fail="warn")),
    field("points", "bigint"),
]
GOOD = [("C1", "anzhou", 5, 5, None), ("C2", "beihe", None, 0, None)]
OPEN = [("C1", "active"), ("C2", "two_way_stop"), ("C3", "closed")]


@pytest.fixture
def view_of(spark):
    return lambda rows: spark.createDataFrame(rows, "customer_id string, city string, calls bigint, calls_out bigint, points bigint")


@pytest.fixture
def customers(spark):
    return spark.createDataFrame(OPEN, "customer_id string, status string")


def broken(measured):
    def holds(one):
        low, high = one.low if one.low is not None else float("-inf"), one.high if one.high is not None else float("inf")
        return all(value is None or low <= value <= high for value in one.values)

    return {(one.check, one.on_fail, one.observed) for one in measured if not holds(one)}


def test_an_ordinary_view_breaks_nothing(view_of, customers):
    view = view_of(GOOD)
    measured = view_checks(view, view, customers, FIELDS, quality_rules(ROOT / "conf"))
    assert broken(measured) == set()
    assert {"city: not null", "city: one of anzhou, beihe", "calls: between 0 and 100", "calls: not below calls_out", "calls_out: not null"} < {
        one.check for one in measured
    }


def test_keys_are_neither_null_nor_twice_nor_missing_nor_of_others(view_of, customers):
    view = view_of([GOOD[0], GOOD[0], ("C3", "anzhou", 1, 1, None), (None, "anzhou", 1, 1, None)])
    assert broken(key_checks(view, customers)) == {
        ("customer_id: not null", "stop", "1 rows without key"),
        ("customer_id: unique", "stop", "1 rows too many"),
        ("a row for every customer who is not closed", "stop", "1 customers without a row"),
        ("no row of anybody else", "stop", "1 rows of others"),
    }


def test_an_empty_view_stops_the_night(view_of, customers):
    assert ("has rows", "stop", "0 rows") in broken(key_checks(view_of([]), customers))


def test_rows_may_not_change_by_more_than_a_fifth_in_a_night(view_of):
    rules = quality_rules(ROOT / "conf")
    assert row_checks(view_of(GOOD), view_of([]), rules) == []
    assert broken(row_checks(view_of(GOOD), view_of(GOOD[:1]), rules)) == {("rows against the night before", "stop", "2 after 1: +100.0%")}
    assert broken(row_checks(view_of(GOOD[:1]), view_of(GOOD), rules)) == {("rows against the night before", "stop", "1 after 2: -50.0%")}


def test_every_kind_of_rule_finds_the_rows_that_break_it(view_of, customers):
    view = view_of([("C1", "atlantis", 101, 102, None), ("C2", None, -1, None, None)])
    found = broken(view_checks(view, view, customers, FIELDS, quality_rules(ROOT / "conf")))
    assert found == {
        ("city: one of anzhou, beihe", "stop", "1 rows break it"),
        ("city: not null", "stop", "1 rows break it"),
        ("calls: between 0 and 100", "warn", "-1 to 101"),
        ("calls: not below calls_out", "warn", "1 rows break it"),
        ("calls_out: not null", "warn", "1 rows break it"),
    }


def test_the_profile_of_many_fields_is_that_of_each_chunk(view_of):
    many = [FIELDS[1].model_copy(update={"name": "calls", "checks": [Check(between=(0, high), on_fail="warn")]}) for high in range(1, 60)]
    assert profile(view_of(GOOD), many) == {"calls min": 5.0, "calls max": 5.0}
