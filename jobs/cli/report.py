"""cpc report: (re)writes a report page of a business date from the tables, without a JVM, and prints its path."""

from typing import Annotated

import typer

from jobs.cli.options import Date, Home, Json, emit, reading_context
from jobs.errors import UserError, did_you_mean

app = typer.Typer(add_completion=False)

KINDS = ("evaluation", "funnel", "model", "quality")


@app.command(epilog="Example: cpc report evaluation --date 2026-11-05")
def report(
    kind: Annotated[str, typer.Argument(help="evaluation, funnel, model or quality.")],
    date: Date,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write a report page and print its path."""
    if kind not in KINDS:
        raise UserError(f"report: unknown kind '{kind}'{did_you_mean(kind, KINDS)}; known are {', '.join(KINDS)}")
    run = reading_context(home, date)
    if kind == "evaluation":
        from jobs.reports.evaluation import rewrite_evaluation_page as write
    elif kind == "funnel":
        from jobs.reports.funnel import write_funnel_page as write
    elif kind == "model":
        from jobs.reports.model import write_model_page as write
    else:
        from jobs.reports.quality import write_quality_report as write
    path = write(run)
    emit({"report": kind, "business_date": date, "path": str(path)}, as_json, str(path))
