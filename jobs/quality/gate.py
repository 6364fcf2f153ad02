"""The gate behind the quality checks: a failed one with on_fail `stop` ends the night before any list is made."""

from jobs.context import RunContext
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.reports.quality import write_quality_page

NAMED = 5


def stop_on_failed_checks(run: RunContext, progress: Progress) -> dict[str, int]:
    """Raises Refusal, one line, naming the failed checks that stop; says the ones that only warn. The quality page stands before that."""
    if run.overlay is None:  # a night made again beside the original leaves its page alone
        progress.say(f"report: {write_quality_page(run)}")
    rows = run.lake.scan("quality_result", day=run.business_date).to_pylist()
    failed = sorted((row for row in rows if not row["passed"]), key=lambda row: (row["table"], row["check"]))
    for row in failed:
        if row["on_fail"] == "warn":
            progress.say(f"warning: {_said(row)}")
    _refuse_stopping(run, rows)
    return {}


def refuse_unfit_data(run: RunContext) -> None:
    """Raises Refusal where the night's data have not been checked, or a failed check stops it: whoever runs a later stage by its name alone meets the same gate."""
    rows = run.lake.scan("quality_result", day=run.business_date).to_pylist()
    if not rows:
        raise Refusal(f"the data of {run.business_date} have not been checked: run `cpc run customer_view --date {run.business_date}` first")
    _refuse_stopping(run, rows)


def _refuse_stopping(run: RunContext, rows: list[dict]) -> None:
    stopping = sorted((row for row in rows if not row["passed"] and row["on_fail"] == "stop"), key=lambda row: (row["table"], row["check"]))
    if stopping:
        more = f" and {len(stopping) - NAMED} more" if len(stopping) > NAMED else ""
        raise Refusal(
            f"quality of {run.business_date}: {len(stopping)} of {len(rows)} checks stop the night: {'; '.join(map(_said, stopping[:NAMED]))}{more}; "
            f"cure the data, then run `cpc run night --date {run.business_date}` again; table quality_result holds all"
        )


def _said(row: dict) -> str:
    return f"{row['table']}: {row['check']} ({row['observed']})"
