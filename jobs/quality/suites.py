"""Great Expectations suites of a night, generated from the catalogue: one of each category of the view, one of all other checks.

They run over witnesses instead of a million rows: of a number its lowest and highest value, of codes every code met, a null where there was
one. A rule holds for the witnesses exactly when it holds for the rows they stand for, so the suites agree with quality_result.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.catalogue.view import Category, Check, ViewField
from jobs.quality.field_profile import OTHER_CODES
from jobs.quality.measured import library
from jobs.quality.view_checks import checks_of

Row = Mapping[str, Any]
SEVERITY = {"stop": "critical", "warn": "warning"}
HOLDS = "holds"


@dataclass(frozen=True)
class Suite:
    """Expectations with the columns that they run over; columns may be of different length."""

    name: str
    expectations: list[Any]
    columns: dict[str, list[Any]]


def category_suite(category: Category, profile: Mapping[str, Row]) -> Suite:
    """Every check of every field of the category, over the witnesses of its profile."""
    columns: dict[str, list[Any]] = {}
    expectations = []
    for field in category.fields:
        found = profile.get(field.name)
        if found is None:
            continue
        columns[field.name] = witnesses(field, found)
        for check in checks_of(field):
            expectations.append(_expectation(field, check))
            if check.other_fields:
                columns[_compared(field, check)] = [dict(found["broken"])[check.rule]]
    return Suite(category.category, expectations, columns)


def witnesses(field: ViewField, found: Row) -> list[Any]:
    """Values that stand for all rows of a field."""
    null = [None] if found["nulls"] else []
    if field.type in ("string", "boolean"):
        allowed = {code for check in field.checks for code in check.in_ or []}
        codes = [code for code in dict(found["bins"]) if code != OTHER_CODES]
        # Codes are counted on a sample, broken rules on all rows: a code that the sample missed still has its witness.
        missed = [OTHER_CODES] if any(dict(found["broken"]).values()) and set(codes) <= allowed else []
        return [*codes, *missed, *null]
    return [*(value for value in (found["lowest"], found["highest"]) if value is not None), *null]


def _compared(field: ViewField, check: Check) -> str:
    return f"rows with {field.name} not {check.rule}" if check.sum_of else f"rows with {field.name} below {check.not_below}"


def _expectation(field: ViewField, check: Check) -> Any:
    expect = library().expectations
    about = {"severity": SEVERITY[check.on_fail], "meta": {"on_fail": check.on_fail}}
    if check.between is not None:
        return expect.ExpectColumnValuesToBeBetween(column=field.name, min_value=check.between[0], max_value=check.between[1], **about)
    if check.in_ is not None:
        return expect.ExpectColumnValuesToBeInSet(column=field.name, value_set=check.in_, **about)
    if check.not_null:
        return expect.ExpectColumnValuesToNotBeNull(column=field.name, **about)
    return expect.ExpectColumnValuesToBeBetween(column=_compared(field, check), min_value=0, max_value=0, **about)


def tables_suite(results: Iterable[Row], fields: set[str]) -> Suite:
    """What quality_result says beside the rules of `fields`: the verdict of each check, with what was found where it failed."""
    suite, expect = Suite("tables", [], {}), library().expectations
    for row in results:
        if row["check"].partition(":")[0] in fields:
            continue
        name = f"{row['table']}: {row['check']}"
        suite.columns[name] = [HOLDS if row["passed"] else row["observed"]]
        about = {"severity": SEVERITY[row["on_fail"]], "meta": {"on_fail": row["on_fail"], "expected": row["expected"]}}
        suite.expectations.append(expect.ExpectColumnValuesToBeInSet(column=name, value_set=[HOLDS], **about))
    return suite
