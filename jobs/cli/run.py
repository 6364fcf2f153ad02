"""cpc run: a night, a stage, a table, the feedback or the evaluation of one business date."""

from typing import Annotated

import typer

from jobs.cli.options import Date, Home, Json, emit, reading_context
from jobs.progress import Progress

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cpc run night --date 2026-11-05 --home data")
def run(
    what: Annotated[str, typer.Argument(help="night, feedback, evaluation, or a stage or table of `cpc flow`.")],
    date: Date,
    home: Home = None,
    as_json: Json = False,
    new_revision: Annotated[bool, typer.Option("--new-revision", help="Publish changed lists of a published date as a new revision.")] = False,
) -> None:
    """Run all stages of a night, or one stage or table of it."""
    from jobs import runner

    written = runner.run(what, reading_context(home, date, new_revision=new_revision), Progress())
    emit({"run": what, "business_date": date, "rows": written}, as_json, f"{what} of {date} done")
