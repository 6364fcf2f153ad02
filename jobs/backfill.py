"""Rebuilding past dates: which tables may be, and what a backfill of them runs. Never contact or publish: lists stay as issued."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from jobs.context import RunContext
from jobs.errors import UserError, did_you_mean
from jobs.flow import STAGES, TABLES

REBUILDABLE_STAGES = ("customer_view", "match", "evaluation")
# Stages first, then their tables, as `--table` takes them. No Spark import here: the DAG file reads this tuple.
REBUILDABLE = tuple(dict.fromkeys([*REBUILDABLE_STAGES, *(table for stage in REBUILDABLE_STAGES for table in STAGES[stage].table_names)]))


def plan(table: str, first: date, last: date, context: RunContext) -> list[tuple[date, list[str]]]:
    """The dates and the tables of each that a backfill rebuilds, ascending: only dates that have been ingested. Raises UserError."""
    if table not in REBUILDABLE:
        reason = "stays as issued" if table in TABLES or table in STAGES else "is no table"
        raise UserError(f"backfill: --table: '{table}' {reason}{did_you_mean(table, set(REBUILDABLE))}; it can rebuild {', '.join(REBUILDABLE)}")
    if last < first:
        raise UserError(f"backfill: --to: {last} is before --from {first}")
    paths = STAGES[table].tables if table in STAGES else (TABLES[table],)
    ingested = set(context.lake.dates("customer"))
    days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
    return [(day, list(paths)) for day in days if day in ingested]


def run(table: str, first: date, last: date, context: RunContext, progress) -> dict[str, dict[str, int]]:
    """Rebuild the planned tables, oldest date first, since a date's accumulators read the date before. Rows by date and table."""
    from jobs import runner

    written: dict[str, dict[str, int]] = {}
    context = runner.with_spark(context, progress)
    for day, paths in plan(table, first, last, context):
        of_the_day = replace(context, business_date=day)
        with progress.stage(f"{table} of {day}", steps=len(paths)):
            written[str(day)] = {path.split(".")[-1]: runner.run_table(path, of_the_day, progress) for path in paths}
    return written


def log(context: RunContext, table: str, reason: str, by: str, at: datetime, written: dict[str, dict[str, int]]) -> None:
    """Keep who rebuilt what and why in the table `backfill`."""
    import pyarrow as pa

    rows = [
        {"business_date": date.fromisoformat(day), "table": table, "reason": reason, "by": by, "at": at, "rows": sum(of_the_day.values())}
        for day, of_the_day in written.items()
    ]
    context.lake.append(pa.Table.from_pylist(rows), "backfill")
