"""cpc revoke: revocations for the rows of a contact date, by everything that is known by now."""

from datetime import date

import typer

from jobs.cli.options import ContactDate, Home, Json, emit, reading_context
from jobs.context import RunContext, parse_date
from jobs.errors import Refusal
from jobs.lists import layout
from jobs.progress import Progress

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cpc revoke --contact-date 2026-11-06")
def revoke(contact_date: ContactDate, home: Home = None, as_json: Json = False) -> None:
    """Revoke issued rows whose customer became do-not-disturb, opted out, or accepted or refused the product elsewhere after the list was issued.

    Only rows that no earlier revocation names; where there are none, nothing is written.
    """
    from jobs.contact.revoke import revoke_date

    day = parse_date(contact_date, "--contact-date")
    run = reading_context(home, str(layout.business_date_of(day)))
    channels = layout.published_channels(run.home, day)
    if not channels:
        raise Refusal(f"no list for {day} is published in {run.home}; there is nothing to revoke")
    revoked = revoke_date(run, day, known_until(run), Progress())
    newest = {channel: max(layout.published_revocations(run.home, channel, day), default=0) for channel in channels}
    result = {"contact_date": day, "revoked": revoked, "seq": newest}
    emit(result, as_json, f"{revoked} rows for {day} revoked" if revoked else f"no further row for {day} to revoke: nothing written")


def known_until(run: RunContext) -> date:
    """The newest business date of what can cause a revocation; the list's own where nothing came since."""
    return max([run.business_date, *run.lake.dates("outcome")[-1:], *run.lake.dates("do_not_disturb")[-1:]])
