"""cpc pull: what a channel system runs to fetch its list."""

import time
from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.options import ContactDate, Home, Json, emit, existing_home
from jobs.conf import Conf
from jobs.context import parse_date
from jobs.errors import UserError, did_you_mean
from jobs.lists import layout
from jobs.paths import conf_folder

app = typer.Typer(add_completion=False)

LOOK_AGAIN_SECONDS = 1.0


@app.command(epilog="Example: cpc pull --channel sms --contact-date 2026-11-06 --to /var/sms/inbox --wait 3600")
def pull(
    channel: Annotated[str, typer.Option("--channel", help="Channel code of conf/channels.yaml.")],
    contact_date: ContactDate,
    to: Annotated[Path, typer.Option("--to", help="Folder that gets the list as <channel>_<contact date>.<format>.")],
    form: Annotated[str | None, typer.Option("--format", help="parquet or csv. Default: the channel's list_format.", show_default=False)] = None,
    wait: Annotated[float, typer.Option("--wait", min=0, help="Look again for so many seconds until the list is published.")] = 0,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Deliver a published list, verified and without its revoked rows.

    Without _SUCCESS there is no list: nothing is delivered and the exit code is 1. Pulling again gives the same list, less what was revoked since.
    In CSV, times are UTC, parameters and history are JSON, and a text that starts with = + - @ gets a leading quote against spreadsheet formulas.
    """
    from jobs.lists.pull import deliver

    channels = Conf(conf_folder()).channels
    if channel not in channels:
        raise UserError(f"--channel: unknown channel '{channel}'{did_you_mean(channel, set(channels))}")
    if form not in (None, "parquet", "csv"):
        raise UserError(f"--format: '{form}' is no format{did_you_mean(form, {'parquet', 'csv'})}; write parquet or csv")
    day, folder = parse_date(contact_date, "--contact-date"), existing_home(home)
    deadline = time.monotonic() + wait
    while layout.newest_revision(folder, channel, day) is None and time.monotonic() < deadline:
        time.sleep(min(LOOK_AGAIN_SECONDS, max(0.0, deadline - time.monotonic())))
    done = deliver(folder, channel, day, to.expanduser().resolve(), form or channels[channel].list_format)
    result = {"channel": channel, "contact_date": day, "revision": done.revision, "rows": done.rows, "revoked": done.revoked, "path": str(done.path)}
    emit(result, as_json, f"{done.rows} rows ({done.revoked} revoked) of revision {done.revision}: {done.path}")
