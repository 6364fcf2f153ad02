"""Checks of the customer view: its keys, its rows against customers and yesterday, and every rule that its fields declare.

The view is wide, so it is profiled in chunks of columns: one aggregation over all of them costs five times as much, since its generated code
grows too long (guide/stack.md section 6). Only what a check needs is measured.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.catalogue.view import Check, ViewField
from jobs.quality.measured import Measured, no_rows
from jobs.quality.rules import QualityRules

TABLE = "customer_view"
FIELDS_OF_A_CHUNK = 25
CHUNKS_AT_A_TIME = 2
CLOSED = "closed"

Profile = dict[str, float | None]


def view_checks(view: DataFrame, previous: DataFrame, customer: DataFrame, fields: list[ViewField], rules: QualityRules) -> list[Measured]:
    return [*key_checks(view, customer), *row_checks(view, previous, rules), *field_checks(fields, profile(view, fields))]


def key_checks(view: DataFrame, customer: DataFrame) -> list[Measured]:
    """One row a customer who is not closed: none twice, none missing, none too many."""
    in_view = view.groupBy("customer_id").agg(F.count("*").alias("times"))
    is_open = customer.where(F.col("status") != CLOSED).select(F.col("customer_id").alias("open_id"))
    met = in_view.join(is_open, in_view["customer_id"].eqNullSafe(is_open["open_id"]), how="full_outer")
    found = met.agg(
        F.coalesce(F.sum("times"), F.lit(0)).alias("rows"),
        F.count_if(F.col("customer_id").isNull() & F.col("times").isNotNull()).alias("nulls"),
        F.coalesce(F.sum(F.when(F.col("times") > 1, F.col("times") - 1)), F.lit(0)).alias("repeated"),
        F.count_if(F.col("times").isNull()).alias("missing"),
        F.count_if(F.col("open_id").isNull() & F.col("customer_id").isNotNull()).alias("strangers"),
    ).collect()[0]
    return [
        no_rows(TABLE, "customer_id: not null", "stop", found["nulls"], "rows without key"),
        no_rows(TABLE, "customer_id: unique", "stop", found["repeated"], "rows too many"),
        no_rows(TABLE, "a row for every customer who is not closed", "stop", found["missing"], "customers without a row"),
        no_rows(TABLE, "no row of anybody else", "stop", found["strangers"], "rows of others"),
        Measured(TABLE, "has rows", "stop", (float(found["rows"]),), 1, None, f"{found['rows']} rows", "at least 1 row"),
    ]


def row_checks(view: DataFrame, previous: DataFrame, rules: QualityRules) -> list[Measured]:
    """Rows against the night before; nothing on the first night."""
    before, limit = previous.count(), rules.row_change
    if before == 0:
        return []
    now = view.count()
    change = now / before - 1
    expected = f"a change of at most {limit.at_most:.0%}"
    return [
        Measured(
            TABLE, "rows against the night before", limit.on_fail, (change,), -limit.at_most, limit.at_most, f"{now} after {before}: {change:+.1%}", expected
        )
    ]


def field_checks(fields: list[ViewField], found: Profile) -> list[Measured]:
    """Every declared check of every field, and not null where the field says so."""
    return [_measured(field, check, found) for field in fields for check in _checks(field)]


def _checks(field: ViewField) -> Iterator[Check]:
    if not field.nullable and not any(check.not_null for check in field.checks):
        yield Check(not_null=True, on_fail="stop")
    yield from field.checks


def _measured(field: ViewField, check: Check, found: Profile) -> Measured:
    name = f"{field.name}: {check.rule}"
    if check.between is None:
        return no_rows(TABLE, name, check.on_fail, int(found[_measure(field, check)] or 0))
    low, high = found[f"{field.name} min"], found[f"{field.name} max"]
    observed = "no values" if low is None else f"{low:.15g} to {high:.15g}"
    return Measured(TABLE, name, check.on_fail, (low, high), *check.between, observed, check.rule)


def _measure(field: ViewField, check: Check) -> str:
    return f"{field.name} {check.rule}"


def profile(view: DataFrame, fields: list[ViewField]) -> Profile:
    """What the checks of the fields need, in chunks of fields. Bounded: a few numbers a field."""
    chunks = [fields[start : start + FIELDS_OF_A_CHUNK] for start in range(0, len(fields), FIELDS_OF_A_CHUNK)]
    with ThreadPoolExecutor(CHUNKS_AT_A_TIME) as pool:
        parts = pool.map(lambda chunk: _profile(view, chunk), chunks)
        return {name: value for part in parts for name, value in part.items()}


def _profile(view: DataFrame, fields: list[ViewField]) -> Profile:
    measures = {name: text for field in fields for check in _checks(field) for name, text in _measures(field, check).items()}
    if not measures:
        return {}
    row = view.selectExpr(*[f"{text} as `m{number}`" for number, text in enumerate(measures.values())]).collect()[0]
    return {name: None if row[number] is None else float(row[number]) for number, name in enumerate(measures)}


def _measures(field: ViewField, check: Check) -> dict[str, str]:
    """Aggregates in Spark SQL by the name of what they measure. A null value breaks no rule but not null."""
    value = f"`{field.name}`"
    if check.between is not None:
        return {f"{field.name} min": f"min({value})", f"{field.name} max": f"max({value})"}
    if check.in_ is not None:
        codes = ", ".join(f"'{code}'" for code in check.in_)
        return {_measure(field, check): f"count_if({value} not in ({codes}))"}
    if check.not_null:
        return {_measure(field, check): f"count_if({value} is null)"}
    return {_measure(field, check): f"count_if({value} < `{check.not_below}`)"}
