"""Rebuilding past dates: which tables may be, and what a backfill of them runs. Never contact or publish: lists stay as issued.

What is rebuilt is what the files received up to the date give (known `then`): each night wrote what it took in under its own date. By
option the customer view is made from all that is known `now`, late events and corrected bills included.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from jobs.context import RunContext
from jobs.errors import UserError, did_you_mean
from jobs.flow import STAGES, TABLES

if TYPE_CHECKING:
    from jobs.progress import Progress

VIEW = "customer_view"
REBUILDABLE_STAGES = ("customer_view", "match", "evaluation")
# Stages first, then their tables, as `--table` takes them. No Spark import here: the DAG file reads this tuple.
REBUILDABLE = tuple(dict.fromkeys([*REBUILDABLE_STAGES, *(table for stage in REBUILDABLE_STAGES for table in STAGES[stage].table_names)]))


# An evaluation follows the feedback, on days without dumps too.
EVALUATED = ("evaluation", *STAGES["evaluation"].table_names)

Known = Literal["then", "now"]


def plan(table: str, first: date, last: date, context: RunContext, known: Known = "then") -> list[tuple[date, list[str]]]:
    """The dates and the tables of each that a backfill rebuilds, ascending: only dates that have been ingested, or evaluated. Raises UserError."""
    if table not in REBUILDABLE:
        reason = "stays as issued" if table in TABLES or table in STAGES else "is no table"
        raise UserError(f"backfill: --table: '{table}' {reason}{did_you_mean(table, set(REBUILDABLE))}; it can rebuild {', '.join(REBUILDABLE)}")
    if last < first:
        raise UserError(f"backfill: --to: {last} is before --from {first}")
    if known == "now" and table != VIEW:
        raise UserError(f"backfill: --known: now rebuilds {VIEW} alone, and {table} is made from what was received by its date; leave --known out")
    paths = STAGES[table].tables if table in STAGES else (TABLES[table],)
    if known == "now":
        paths = tuple(path for path in paths if path.split(".")[-1] in (VIEW, "field_profile", "quality_result"))
    made = {*context.lake.dates("customer"), *(context.lake.dates("indicator") if table in EVALUATED else [])}
    days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
    return [(day, list(paths)) for day in days if day in made]


def run(table: str, first: date, last: date, context: RunContext, progress: "Progress", known: Known = "then") -> dict[str, dict[str, int]]:
    """Rebuild the planned tables, oldest date first, since a date's accumulators read the date before. Rows by date and table."""
    from jobs import runner

    written: dict[str, dict[str, int]] = {}
    context = runner.with_spark(context, progress)
    for day, paths in plan(table, first, last, context, known):
        of_the_day = replace(context, business_date=day)
        with progress.stage(f"{table} of {day}", steps=len(paths)):
            tables = {path.split(".")[-1]: path for path in paths}
            written[str(day)] = {
                name: _view_known_now(of_the_day, progress) if known == "now" and name == VIEW else runner.run_table(path, of_the_day, progress)
                for name, path in tables.items()
            }
    return written


def _view_known_now(run: RunContext, progress: "Progress") -> int:
    from jobs.customer_view.known_now import customer_view_known_now

    with progress.table(f"{VIEW} as known now") as done:
        run.lake.write(customer_view_known_now(run), VIEW, run.business_date)
        run.session.catalog.clearCache()
        return done(run.lake.rows_written(VIEW, run.business_date))


def log(context: RunContext, table: str, known: Known, reason: str, by: str, at: datetime, written: dict[str, dict[str, int]]) -> None:
    """Keep who rebuilt what and why in the table `backfill`."""
    import pyarrow as pa

    rows = [
        {"business_date": date.fromisoformat(day), "table": table, "known": known, "reason": reason, "by": by, "at": at, "rows": sum(of_the_day.values())}
        for day, of_the_day in written.items()
    ]
    context.lake.append(pa.Table.from_pylist(rows), "backfill")
