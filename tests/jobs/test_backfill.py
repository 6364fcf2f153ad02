"""backfill: which dates and tables it rebuilds, and that what is known now touches the view alone. The rebuilding itself stands in
tests/jobs/customer_view/test_known_now.py."""

from datetime import date

import pyarrow as pa
import pytest

from jobs import backfill
from jobs.errors import UserError

pytestmark = pytest.mark.core
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 5)


@pytest.fixture
def run(run_on):
    """A home where the nights of the 2nd and the 4th have taken in customers."""
    run = run_on("2026-11-05")
    row = {"customer_id": "C000000001", "city": "anzhou", "county": "anzhou_1", "home_branch": "anzhou_b1"}
    nights = [row | {"business_date": date(2026, 11, day)} for day in (2, 4)]
    run.lake.append(pa.Table.from_pylist(nights, run.lake.dataset("customer").schema), "customer")
    return run


def planned(run, table, known="then"):
    return [(day.day, [path.split(".")[-1] for path in paths]) for day, paths in backfill.plan(table, FIRST, LAST, run, known)]


def test_only_dates_that_were_ingested_are_rebuilt_oldest_first(run):
    assert planned(run, "customer_month") == [(2, ["customer_month"]), (4, ["customer_month"])]


def test_an_evaluation_is_rebuilt_of_days_without_dumps_too(run):
    row = dict.fromkeys(run.lake.dataset("indicator").schema.names) | {"business_date": date(2026, 11, 5), "indicator": "contacts"}
    run.lake.append(pa.Table.from_pylist([row], run.lake.dataset("indicator").schema), "indicator")
    assert [day for day, _ in planned(run, "evaluation")] == [2, 4, 5]
    assert [day for day, _ in planned(run, "indicator")] == [2, 4, 5]


def test_what_was_known_then_rebuilds_the_accumulators_too_what_is_known_now_the_view_alone(run):
    assert planned(run, "customer_view")[0] == (
        2,
        ["customer_day", "customer_month", "customer_half_year", "plan_advice", "customer_view", "field_profile", "quality_result"],
    )
    assert planned(run, "customer_view", "now") == [(day, ["customer_view", "field_profile", "quality_result"]) for day in (2, 4)]


@pytest.mark.parametrize("table", ["customer_month", "match", "evaluation", "plan_advice"])
def test_nothing_but_the_view_is_rebuilt_as_known_now(run, table):
    with pytest.raises(UserError, match=f"^backfill: --known: now rebuilds customer_view alone, and {table} "):
        planned(run, table, "now")
