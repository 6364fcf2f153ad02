"""cpc check: the independent check of a contact date's published lists."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from jobs.cli.options import ContactDate, Home, Json, emit, existing_home
from jobs.conf import Conf
from jobs.context import parse_date
from jobs.errors import Refusal
from jobs.paths import conf_folder

if TYPE_CHECKING:
    from jobs.lists.check import Result

app = typer.Typer(add_completion=False)

SHOWN = 20


@app.command(epilog="Example: cpc check --contact-date 2026-11-06 --json")
def check(contact_date: ContactDate, home: Home = None, as_json: Json = False) -> None:
    """Check the published bytes of all channels against the contact rules, the ledger and what was known on the night.

    Shares no code with the stages that make the lists. Exit code 1 when there is a violation or no list. Judges by the rules as conf/ has them now.
    """
    from jobs.lists.check import newest_lists

    day, folder = parse_date(contact_date, "--contact-date"), existing_home(home)
    refuse_wrong_conf()
    lists = newest_lists(folder, day)
    if not lists:
        raise Refusal(f"no list for {day} is published in {folder}")
    result = judged(folder, day)
    shown = [{"rule": one.rule, "contact_id": one.contact_id, "detail": one.detail} for one in result.violations]
    lines = [f"note: {note}" for note in result.notes]
    lines += [f"{one.rule}: {one.contact_id or 'list'}: {one.detail}" for one in result.violations[:SHOWN]]
    lines += [f"{rule}: {found} violations" for rule, found in result.counts.items()]
    lines.append(f"{len(lists)} lists, {result.rows} rows for {day}: {result.total or 'no'} violations")
    emit(
        {"ok": not result.total, "contact_date": day, "rows": result.rows, "violations": shown, "counts": result.counts, "notes": result.notes},
        as_json,
        "\n".join(lines),
    )
    if result.total:
        raise typer.Exit(1)


def refuse_wrong_conf() -> None:
    """The check reads conf plainly by itself; a key that is misspelt there would be a rule that it leaves out."""
    from jobs.campaign.campaign import load_campaigns

    conf = Conf(conf_folder())
    _ = conf.contact_rules
    load_campaigns(conf)


def judged(folder: Path, day: date) -> "Result":
    """Raises Refusal where a table of the lake is damaged: then nothing can be said about the lists."""
    import duckdb
    from deltalake.exceptions import DeltaError

    from jobs.lists.check import check_published

    try:
        return check_published(folder, conf_folder(), day)
    except (duckdb.Error, DeltaError, OSError) as error:
        raise Refusal(f"{folder}: the lists of {day} cannot be checked, what lies there does not read: {str(error).splitlines()[0]}") from None
