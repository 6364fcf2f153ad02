"""quality_result: the real catalogue on a view that lacks everything, so that checks of every origin are there and the right ones fail."""

import inspect
from datetime import date

import pyarrow as pa
import pytest

from jobs.catalogue.view import fields
from jobs.quality.field_profile import profiles
from jobs.quality.quality_result import quality_result
from tests.relations import relation

# Great Expectations imports pyspark: not for the core tests.
pytestmark = pytest.mark.spark

TABLES = {
    "customer_view": "business_date | customer_id\n2026-11-05 | C1",
    "previous_customer_view": "business_date | customer_id\n2026-11-04 | C1\n2026-11-04 | C2",
    "customer": "customer_id | status\nC1 | active",
    "payment": "payment_id | customer_id | amount_fen\nP1 | C1 | 5000",
    "voice_usage": "customer_id | usage_date\nC1 | 2026-11-04",
    "reconciliation": """
        business_date | source | file | rows_in | rows_kept | rows_quarantined | rows_repeated | case
        2026-11-05    | charge | a    | 10      | 9         | 0                | 0             | one row is lost
        2026-11-04    | charge | b    | 10      | 0         | 0                | 0             | another night: not judged again
    """,
    "source_status": "business_date | source | complete | used_date | reason\n2026-11-05 | terminal | false | 2026-11-04 | cut",
    "past_field_profile": """
        business_date | field | type   | rows | nulls | bins       | case
        2026-11-02    | city  | string | 1    | 0     | {anzhou=1} | three nights with a city
        2026-11-03    | city  | string | 1    | 0     | {anzhou=1} |
        2026-11-04    | city  | string | 1    | 0     | {anzhou=1} |
    """,
}


def results(connection, run):
    """Rows of the night by table and check."""
    names = [name for name in inspect.signature(quality_result).parameters if name not in ("run", "field_profile")]
    tables = {name: relation(connection, name.removeprefix("previous_").removeprefix("past_"), TABLES.get(name, "business_date")) for name in names}
    profile = profiles(tables["customer_view"], tables["past_field_profile"].filter("false"), fields(), run)
    rows = [{"business_date": run.business_date} | row for row in profile]
    run.lake.append(pa.Table.from_pylist(rows, run.lake.dataset("field_profile").schema), "field_profile")
    table = quality_result(**tables, field_profile=run.lake.relation("field_profile", run.business_date, connection), run=run)
    assert table.column_names == run.columns("quality_result")
    return {(row["table"], row["check"]): row for row in table.to_pylist()}


def test_checks_of_every_origin_are_judged_together(connection, run_on):
    found = results(connection, run_on("2026-11-05"))
    assert {row["business_date"] for row in found.values()} == {date(2026, 11, 5)}
    assert found["customer_view", "customer_id: unique"]["passed"]
    fallen = found["customer_view", "rows against the night before"]
    assert (fallen["passed"], fallen["on_fail"], fallen["observed"]) == (False, "stop", "1 after 2: -50.0%")
    lost = found["reconciliation", "rows in = kept + quarantined + repeated"]
    assert (lost["passed"], lost["on_fail"], lost["observed"]) == (False, "stop", "1 files do not add up")
    assert not found["terminal", "delivered whole"]["passed"] and found["terminal", "stand-in is fresh"]["passed"]
    unpaid = found["customer_day", "payments in fen of the night"]
    assert (unpaid["passed"], unpaid["on_fail"], unpaid["observed"]) == (False, "stop", "5000 came, 0 stand: -5000")
    assert not found["voice_usage", "brings events of the night"]["passed"]
    assert not found["customer_view", "city: share of nulls"]["passed"]
    must = {f"{field.name}: not null" for field in fields() if not field.nullable}
    failed = {check for (table, check), row in found.items() if table == "customer_view" and check.endswith(": not null") and not row["passed"]}
    assert must <= failed, "a view of nulls breaks every field that must have a value"
