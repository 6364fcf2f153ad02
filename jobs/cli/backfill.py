"""cpc backfill: rebuild view, matches or evaluation of past dates; lists are never touched."""

import getpass
from typing import Annotated

import typer

from jobs.backfill import Known
from jobs.cli.clock import now
from jobs.cli.options import Home, Json, emit, reading_context
from jobs.context import parse_date
from jobs.errors import UserError
from jobs.progress import Progress

app = typer.Typer(add_completion=False)


@app.command(epilog='Example: cpc backfill --from 2026-11-05 --to 2026-11-06 --table customer_view --reason "bill of 3 Nov corrected" --apply')
def backfill(
    from_: Annotated[str, typer.Option("--from", help="First business date.")],
    to: Annotated[str, typer.Option("--to", help="Last business date, included.")],
    table: Annotated[str, typer.Option("--table", help="customer_view, match, evaluation, or a table of these stages.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the table backfill.")],
    known: Annotated[
        Known, typer.Option("--known", help="then: from the files received up to each date; now: customer_view alone, from all that has come since.")
    ] = "then",
    apply: Annotated[bool, typer.Option("--apply/--no-apply", help="Do it. Without it the command only says what it would do.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who asks. Default: the user of this machine.")] = "",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Rebuild tables of past dates from what had been received by them, or the view from all that is known now."""
    from jobs import backfill as backfills

    if len(reason.strip()) < 5:
        raise UserError("backfill: --reason: say why in at least 5 letters")
    run = reading_context(home, to, "--to")
    first, last = parse_date(from_, "--from"), run.business_date
    planned = backfills.plan(table, first, last, run, known)
    dates = [str(day) for day, _ in planned]
    tables = [path.split(".")[-1] for path in (planned[0][1] if planned else [])]
    result = {"table": table, "known": known, "applied": apply, "dates": dates, "tables": tables}
    if not planned:
        emit(result, as_json, f"nothing to rebuild: no date from {first} to {last} has been {'evaluated' if table in backfills.EVALUATED else 'ingested'}")
        return
    if not apply:
        emit(result, as_json, f"would rebuild {', '.join(tables)} of {', '.join(dates)}; add --apply to do it")
        return
    written = backfills.run(table, first, last, run, Progress(), known)
    backfills.log(run, table, known, reason, by or getpass.getuser(), now(), written)
    emit({**result, "rows": written}, as_json, f"rebuilt {', '.join(tables)} of {', '.join(dates)}")
