"""quality_result: the real catalogue on a view that lacks everything, so that checks of every origin are there and the right ones fail."""

from datetime import date

import pytest

from jobs.quality.quality_result import quality_result
from tests.frames import rows

pytestmark = pytest.mark.spark


def test_checks_of_view_and_dumps_are_judged_together(spark, spark_run_on):
    run = spark_run_on("2026-11-05")
    view = rows(spark, "customer_view", "business_date | customer_id\n2026-11-05 | C1")
    customer = rows(spark, "customer", "customer_id | status\nC1 | active")
    reconciliation = rows(
        spark,
        "reconciliation",
        """
        business_date | source | file | rows_in | rows_kept | rows_quarantined | rows_repeated | case
        2026-11-05    | charge | a    | 10      | 9         | 0                | 0             | one row is lost
        2026-11-04    | charge | b    | 10      | 0         | 0                | 0             | another night: not judged again
        """,
    )
    source_status = rows(spark, "source_status", "business_date | source | complete | used_date | reason\n2026-11-05 | terminal | false | 2026-11-04 | cut")
    result = quality_result(view, view.limit(0), customer, reconciliation, source_status, run)
    assert result.columns == run.columns("quality_result")
    found = {(row["table"], row["check"]): row for row in result.collect()}
    assert {row["business_date"] for row in found.values()} == {date(2026, 11, 5)}
    assert found["customer_view", "customer_id: unique"]["passed"]
    lost = found["reconciliation", "rows in = kept + quarantined + repeated"]
    assert (lost["passed"], lost["on_fail"], lost["observed"]) == (False, "stop", "1 files do not add up")
    assert not found["terminal", "delivered whole"]["passed"] and found["terminal", "stand-in is fresh"]["passed"]
    not_null = [row for (table, check), row in found.items() if table == "customer_view" and check.endswith(": not null") and check != "customer_id: not null"]
    assert not_null and not any(row["passed"] for row in not_null), "a view of nulls breaks every field that must have a value"
