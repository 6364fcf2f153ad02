"""cpc preview: the rehearsal of a campaign or of a filter, before anything is approved or sent."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.cli.options import Home, Json, emit, existing_home, reading_context
from jobs.errors import UserError
from jobs.lake import Lake

if TYPE_CHECKING:
    from jobs.campaign.preview import OnChannel, Preview

app = typer.Typer(add_completion=False)

SHOWN = 60  # rows of a breakdown; --json has all


@app.command(epilog="Example: cpc preview --where \"age < 30 and city = 'anzhou'\" --channel sms --channel call --by vip_level --by bill_last_month_fen")
def preview(
    campaign: Annotated[str | None, typer.Option("--campaign", help="A campaign as its file is named, approved or not.", show_default=False)] = None,
    where: Annotated[str | None, typer.Option("--where", help="A filter over fields of the customer view, Spark SQL.", show_default=False)] = None,
    channel: Annotated[list[str] | None, typer.Option("--channel", help="With --where: a channel, repeatable. Default: all.", show_default=False)] = None,
    by: Annotated[list[str] | None, typer.Option("--by", help="A field to break the matching customers down by, repeatable.", show_default=False)] = None,
    date: Annotated[str | None, typer.Option("--date", help="Business date, YYYY-MM-DD. Default: that of the newest view.", show_default=False)] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say how many customers match, and how many remain on each channel after each rule of the night: exact, in about a second.

    What remains of a campaign is what the night of that date hands to the pick. A filter is judged as a first contact by a new low-value
    recommendation: do-not-disturb of levels system and channel, address, global control, and the caps and minimum days that count by customer or channel.
    """
    from jobs.campaign.offer import offer_of_campaign, offer_of_filter
    from jobs.campaign.preview import preview as rehearse
    from jobs.campaign.preview_tables import newest_view

    if (campaign is None) == (where is None):
        raise UserError("preview: say --campaign NAME or --where EXPR, one of them")
    if campaign is not None and channel:
        raise UserError("preview: --channel goes with --where; the waves of a campaign name its channels")
    run = reading_context(home, date or str(newest_view(Lake(existing_home(home)))))
    offer = offer_of_campaign(campaign, run.conf) if campaign is not None else offer_of_filter(where or "", channel or [], run.conf)
    found = rehearse(offer, run, by or [])
    emit(asdict(found), as_json)
    if not as_json:
        show(found, where or "")


def show(found: "Preview", where: str) -> None:
    from rich import print as say

    print(f"{found.matched:,} customers match {found.campaign or where} on {found.business_date}, for lists of {found.contact_date}")
    for note in found.notes:
        print(f"note: {note}")
    say(_channels("Remaining after each rule" if found.once_approved is None else "Now, not approved", found.channels))
    if found.once_approved is not None:
        say(_channels("Once approved", found.once_approved))
    if found.by:
        say(_breakdown(found.by, found.matched))


def _channels(title: str, channels: "dict[str, OnChannel]") -> Any:
    """A row a channel; a column for each rule that took anyone."""
    from rich import box
    from rich.table import Table

    told = [reason for reason in next(iter(channels.values())).removed if any(one.removed[reason] for one in channels.values())]
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("channel", no_wrap=True)
    for reason in told:
        table.add_column(reason.replace("_", " "), justify="right")
    table.add_column("remaining", justify="right", style="bold", no_wrap=True)
    for channel, one in channels.items():
        table.add_row(channel, *[f"-{one.removed[reason]:,}" if one.removed[reason] else "" for reason in told], f"{one.remaining:,}")
    return table


def _breakdown(rows: list[dict[str, Any]], matched: int) -> Any:
    from rich import box
    from rich.table import Table

    fields = [name for name in rows[0] if name != "matched"]
    left = len(rows) - SHOWN
    table = Table(title="Who matches", title_justify="left", box=box.SIMPLE_HEAD, caption=f"{left} rows more; --json has all" if left > 0 else None)
    for name in fields:
        table.add_column(name)
    table.add_column("matched", justify="right")
    table.add_column("share", justify="right")
    for row in rows[:SHOWN]:
        table.add_row(*["unknown" if row[name] is None else str(row[name]) for name in fields], f"{row['matched']:,}", f"{row['matched'] / matched:.1%}")
    return table
