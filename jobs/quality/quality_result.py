"""quality_result: whether the night's data may be built on.

One row is a check of a table: keys and rows of the customer view, every rule that a field of the view declares, how far fields have moved,
what the dumps brought, and whether it all arrived. A failed check with on_fail `stop` ends the night (jobs/quality/gate.py). Read by
another engine than the one that made the tables; driver-sized: a few numbers a field, a file and a source.
"""

from datetime import date

import pyarrow as pa
from duckdb import DuckDBPyRelation

from jobs.catalogue.schema import sources
from jobs.catalogue.view import fields
from jobs.context import RunContext
from jobs.quality.drift import drift_checks, drifts
from jobs.quality.field_profile import DAYS_BACK
from jobs.quality.measured import judge
from jobs.quality.relations import rows_of, since
from jobs.quality.rules import quality_rules
from jobs.quality.source_checks import USUAL_NIGHTS, source_checks
from jobs.quality.sum_checks import sum_checks
from jobs.quality.view_checks import TABLE, field_checks, key_checks, row_checks


def quality_result(
    customer_view: DuckDBPyRelation,
    previous_customer_view: DuckDBPyRelation,
    field_profile: DuckDBPyRelation,
    past_field_profile: DuckDBPyRelation,
    customer: DuckDBPyRelation,
    balance: DuckDBPyRelation,
    bill: DuckDBPyRelation,
    past_bill: DuckDBPyRelation,
    charge: DuckDBPyRelation,
    payment: DuckDBPyRelation,
    voice_usage: DuckDBPyRelation,
    data_usage: DuckDBPyRelation,
    usage_month: DuckDBPyRelation,
    customer_day: DuckDBPyRelation,
    customer_month: DuckDBPyRelation,
    previous_customer_month: DuckDBPyRelation,
    reconciliation: DuckDBPyRelation,
    source_status: DuckDBPyRelation,
    run: RunContext,
) -> pa.Table:
    rules, day = quality_rules(run.conf.folder), run.business_date
    tonight, past = rows_of(field_profile), rows_of(since(past_field_profile, day, DAYS_BACK))
    events = {"charge": charge, "data_usage": data_usage, "voice_usage": voice_usage}
    others = {"customer": customer, "balance": balance, "bill": bill, "past_bill": past_bill, "payment": payment, "usage_month": usage_month}
    made = {"customer_view": customer_view, "customer_day": customer_day, "customer_month": customer_month, "previous_customer_month": previous_customer_month}
    measured = [
        *key_checks(customer_view, customer),
        *row_checks(_count(customer_view), _count(previous_customer_view), rules),
        *field_checks(fields(), {row["field"]: row for row in tonight}),
        *sum_checks(others | events | made, rules.sums, run),
        *drift_checks(TABLE, drifts(tonight, past, day, rules.drift), rules.drift),
        *source_checks(
            rows_of(since(reconciliation, day, USUAL_NIGHTS)),
            rows_of(source_status.order("source")),
            {source: _newest_event(source, rows) for source, rows in events.items()},
            day,
            rules,
        ),
    ]
    rows = [
        {"business_date": day, "table": one.table, "check": one.check, "on_fail": one.on_fail, "passed": passed}
        | {"observed": one.observed, "expected": one.expected}
        for one, passed in zip(measured, judge(measured), strict=True)
    ]
    return pa.Table.from_pylist(rows, run.lake.dataset("quality_result").schema)


def _count(relation: DuckDBPyRelation) -> int:
    return relation.aggregate("count(*)").fetchall()[0][0]


def _newest_event(source: str, rows: DuckDBPyRelation) -> date | None:
    return rows.aggregate(f"max({sources()[source].event_date})").fetchall()[0][0]
