"""cpc preview: the rehearsal of a campaign or of a filter, before anything is approved or sent."""

from dataclasses import asdict
from pathlib import Path
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
    capacity: Annotated[
        list[str] | None, typer.Option("--capacity", help="What if a channel could do more or less: call=+10%, sms=-500, hall=200.", show_default=False)
    ] = None,
    cap: Annotated[
        list[str] | None, typer.Option("--cap", help="What if a cap were another, by its name or its channel: sms=3, customer_month=+1.", show_default=False)
    ] = None,
    date: Annotated[str | None, typer.Option("--date", help="Business date, YYYY-MM-DD. Default: that of the newest view.", show_default=False)] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say how many customers match, and how many remain on each channel after each rule of the night: exact, in about a second.

    What remains of a campaign is what the night of that date hands to the pick. A filter is judged as a first contact by a new low-value
    recommendation: do-not-disturb of levels system and channel, address, global control, and the caps and minimum days that count by customer or channel.

    With --capacity or --cap alone: the pick of that night again as it was and under the changes, and what value, contacts and customers that moves.
    Nothing is published.
    """
    if capacity or cap:
        if campaign is not None or where is not None or channel or by:
            raise UserError("preview: --capacity and --cap ask about a whole night; say them without --campaign, --where, --channel and --by")
        return show_what_if(capacity or [], cap or [], date, home, as_json)
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


def show_what_if(capacity: list[str], cap: list[str], date: str | None, home: Path | None, as_json: bool) -> None:
    from jobs.contact.what_if import what_if

    lake = Lake(existing_home(home))
    decided = list(lake.files("decision"))
    if not decided:
        raise UserError(f"preview: there is no decided night in {lake.home}; `cpc run night --date D` makes one, or name another --home")
    found = what_if(reading_context(home, date or str(decided[-1])), capacity, cap)
    emit(asdict(found), as_json)
    if as_json:
        return
    gain = found.after.value - found.before.value
    print(f"night of {found.business_date}: {'; '.join(found.changes)}")
    print(f"value {found.before.value:,.2f} -> {found.after.value:,.2f} yuan ({gain:+,.2f}), contacts {found.before.contacts:,} -> {found.after.contacts:,}")
    print(", ".join(f"{number:,} customers {kind.replace('_', ' ')}" for kind, number in found.customers.items()) + " contacted")
    for note in found.notes:
        print(f"note: {note}")
    _say(_moved("Channels", found.channels), _moved("Campaigns", found.campaigns))


def _say(*tables: Any) -> None:
    """As wide as the numbers need where nobody sees it on a screen: a pipe or a log keeps every digit."""
    from rich.console import Console
    from rich.measure import Measurement

    console = Console(soft_wrap=True)
    for table in tables:
        wanted = Measurement.get(console, console.options.update(max_width=10_000), table).maximum
        console.width = max(wanted, console.width)
        console.print(table)


def _moved(title: str, rows: dict[str, dict[str, Any]]) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column(title.lower().rstrip("s"), no_wrap=True)
    for name in ("contacts", "would be", "yuan", "would be"):
        table.add_column(name, justify="right")
    for name, one in rows.items():
        before, after = one["before"], one["after"]
        table.add_row(name, f"{before.contacts:,}", f"{after.contacts:,}", f"{before.value:,.2f}", f"{after.value:,.2f}")
    return table


def show(found: "Preview", where: str) -> None:
    print(f"{found.matched:,} customers match {found.campaign or where} on {found.business_date}, for lists of {found.contact_date}")
    for note in found.notes:
        print(f"note: {note}")
    _say(_channels("Remaining after each rule" if found.once_approved is None else "Now, not approved", found.channels))
    if found.once_approved is not None:
        _say(_channels("Once approved", found.once_approved))
    if found.by:
        _say(_breakdown(found.by, found.matched))


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
