"""Checks of the customer view: its keys and rows against customers and yesterday, and every rule that its fields declare, by its profile."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from duckdb import DuckDBPyRelation

from jobs.catalogue.view import Check, ViewField
from jobs.errors import Refusal
from jobs.quality.measured import Measured, no_rows
from jobs.quality.relations import ask
from jobs.quality.rules import QualityRules

TABLE = "customer_view"
KEYS = """
select
  coalesce(sum(times), 0) as rows,
  coalesce(sum(times) filter (where in_view.customer_id is null), 0) as nulls,
  coalesce(sum(times - 1) filter (where in_view.customer_id is not null), 0) as repeated,
  count(*) filter (where times is null) as missing,
  count(*) filter (where living.customer_id is null and in_view.customer_id is not null) as strangers
from (select customer_id, count(*) as times from customer_view group by customer_id) as in_view
full join (select customer_id from customer where status <> 'closed') as living on living.customer_id = in_view.customer_id
"""

Row = Mapping[str, Any]


def key_checks(customer_view: DuckDBPyRelation, customer: DuckDBPyRelation) -> list[Measured]:
    """One row a customer who is not closed: none twice, none missing, none too many."""
    rows, nulls, repeated, missing, strangers = ask({"customer_view": customer_view, "customer": customer}, KEYS)[0]
    return [
        no_rows(TABLE, "customer_id: not null", "stop", nulls, "rows without key"),
        no_rows(TABLE, "customer_id: unique", "stop", repeated, "rows too many"),
        no_rows(TABLE, "a row for every customer who is not closed", "stop", missing, "customers without a row"),
        no_rows(TABLE, "no row of anybody else", "stop", strangers, "rows of others"),
        Measured(TABLE, "has rows", "stop", (float(rows),), 1, None, f"{rows} rows", "at least 1 row"),
    ]


def row_checks(now: int, before: int, rules: QualityRules) -> list[Measured]:
    """Rows against the night before; nothing on the first night."""
    if before == 0:
        return []
    limit, change = rules.row_change, now / before - 1
    observed, expected = f"{now} after {before}: {change:+.1%}", f"a change of at most {limit.at_most:.0%}"
    return [Measured(TABLE, "rows against the night before", limit.on_fail, (change,), -limit.at_most, limit.at_most, observed, expected)]


def field_checks(declared: Sequence[ViewField], profile: Mapping[str, Row]) -> list[Measured]:
    """Types of all fields together; then every declared check of every field, and not null where the field says so. Raises Refusal where
    the profile was made of other fields or checks than are declared now."""
    _refuse_older_profile(declared, profile)
    other_types = [f"{field.name} is {profile[field.name]['type']}" for field in declared if profile[field.name]["type"] != field.type]
    observed = ", ".join(other_types[:5]) or "as declared"
    types = Measured(TABLE, "types are those declared", "stop", (float(len(other_types)),), None, 0, observed, "as declared")
    return [types, *(_measured(field, check, profile[field.name]) for field in declared for check in checks_of(field))]


def checks_of(field: ViewField) -> Iterator[Check]:
    if not field.nullable and not any(check.not_null for check in field.checks):
        yield Check(not_null=True, on_fail="stop")
    yield from field.checks


def _refuse_older_profile(declared: Sequence[ViewField], profile: Mapping[str, Row]) -> None:
    for field in declared:
        if field.name not in profile:
            unknown = f"the field {field.name}"
        else:
            counted = dict(profile[field.name]["broken"] or {})
            unknown = next((f"'{check.rule}' of {field.name}" for check in field.checks if _is_counted(check) and check.rule not in counted), "")
        if unknown:
            raise Refusal(f"field_profile of the night knows nothing of {unknown}, which is declared since; run `cpc run field_profile` of its date first")


def _is_counted(check: Check) -> bool:
    """Whether the profile counts the rows that break the rule; ranges are judged by the lowest and highest value, nulls by their number."""
    return check.between is None and not check.not_null


def _measured(field: ViewField, check: Check, found: Row) -> Measured:
    name = f"{field.name}: {check.rule}"
    if check.between is None:
        return no_rows(TABLE, name, check.on_fail, found["nulls"] if check.not_null else dict(found["broken"])[check.rule])
    low, high = found["lowest"], found["highest"]
    observed = "no values" if low is None else f"{low:.15g} to {high:.15g}"
    return Measured(TABLE, name, check.on_fail, (low, high), *check.between, observed, check.rule)
