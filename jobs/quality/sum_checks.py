"""Sums of what the dumps brought against what the tables made of it: whole numbers, equal to the last one. conf/quality.yaml declares them."""

from collections.abc import Mapping
from datetime import date, timedelta

import duckdb
from duckdb import DuckDBPyRelation

from jobs.context import RunContext
from jobs.errors import UserError
from jobs.quality.measured import Measured
from jobs.quality.relations import ask_seen, see
from jobs.quality.rules import Sum


def sum_checks(tables: Mapping[str, DuckDBPyRelation], sums: list[Sum], run: RunContext) -> list[Measured]:
    """Raises UserError for a query that cannot run over the tables."""
    see(tables)
    return [_check(one, tables, run) for one in sums]


def _check(one: Sum, tables: Mapping[str, DuckDBPyRelation], run: RunContext) -> Measured:
    came, stands = (_number(one, side, tables, run) for side in ("came", "stands"))
    observed = f"{came} came, {stands} stand" + (f": {stands - came:+d}" if came != stands else "")
    return Measured(one.table, one.check, one.on_fail, (float(stands - came),), 0, 0, observed, "equal")


def _number(one: Sum, side: str, tables: Mapping[str, DuckDBPyRelation], run: RunContext) -> int:
    query = getattr(one, side)
    for name, day in _dates(run).items():
        query = query.replace(f":{name}", f"date '{day}'")
    try:
        found = ask_seen(tables, query)
    except duckdb.Error as error:
        raise UserError(f"conf/quality.yaml: sums: {one.check}: {side}: {str(error).splitlines()[0]}; known tables are {', '.join(tables)}") from None
    return int(found[0][0] or 0)


def _dates(run: RunContext) -> dict[str, date]:
    last_month = (run.month_start - timedelta(days=1)).replace(day=1)
    oldest_event = run.business_date - timedelta(days=run.conf.base.late_days)
    return {"business_date": run.business_date, "last_month": last_month, "open_from": oldest_event.replace(day=1)}
