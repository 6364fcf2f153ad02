"""Published dates are closed: a rerun of the contact stage for a published contact date is a no-op, a refusal, or a new revision.

The stage is made again beside the lake and compared with the published lists. Equal content changes nothing. Other content, be it only a price or
an address, is refused unless --new-revision; then the ledger of the date keeps every row: those that stand, those taken out (`revoked_in`,
their allowance stays taken) and the new ones.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from jobs.contact.certificate import facts_path, keep_facts
from jobs.contact.publish import LIST_TABLES, render, same_rows
from jobs.context import RunContext
from jobs.errors import Refusal
from jobs.flow import STAGES
from jobs.lists import layout
from jobs.lists.layout import read_json
from jobs.lists.query import connect
from jobs.progress import Progress
from jobs.quality.gate import refuse_unfit_data

MakeTables = Callable[[RunContext], dict[str, int]]


def protect_published_lists(run: RunContext, progress: Progress, make: MakeTables, whole_stage: bool) -> dict[str, int]:
    """Make the stage's tables in the lake where nothing is published for the contact date; else as the module says. Rows written by table."""
    published = layout.published_channels(run.home, run.contact_date)
    if not published:
        _refuse_past_date(run)
    _refuse_unready(run)
    if not published:
        return make(run)
    if not whole_stage:
        raise Refusal(
            f"lists for {run.contact_date} are published: their tables are not made one by one; `cpc run contact --date {run.business_date}` compares"
        )
    made = rounds_made(run)
    with _beside(run, rounds=max(made - 1, 0)) as again:
        make(again)
        changed = changed_channels(again)
    if not changed:
        progress.say(f"lists for {run.contact_date} are published and a rerun says the same: nothing to do")
        return {}
    if not (run.options or {}).get("new_revision"):
        raise Refusal(
            f"lists for {run.contact_date} are published and a rerun would change {', '.join(changed)}: a published list never changes; "
            f"publish the correction with `cpc run night --date {run.business_date} --new-revision`"
        )
    revisions = {channel: layout.next_revision(run.home, channel, run.contact_date) for channel in run.conf.channels}
    with _beside(run, rounds=made, revisions=revisions) as revised:
        written = make(revised)
        for table in STAGES["contact"].table_names:
            run.lake.write(revised.lake.read(table, run.business_date), table, run.business_date)
        if facts_path(beside_folder(run), run.business_date).exists():
            keep_facts(run, read_json(facts_path(beside_folder(run), run.business_date)))
    return written


def rounds_made(run: RunContext) -> int:
    """How many times the lists of this contact date were made: 1 for the night itself, one more for every new revision."""
    ledger = run.lake.scan("contact", day=run.business_date, columns=["round", "revoked_round"])
    return max((pc.max(ledger.column(name)).as_py() or 0 for name in ledger.column_names), default=0)


def changed_channels(again: RunContext) -> list[str]:
    """Published channels whose list would now differ in any column of any row, by the same comparison as when it is published."""
    changed = []
    with connect(again, *LIST_TABLES) as connection:
        for channel in layout.published_channels(again.home, again.contact_date):
            revision = layout.newest_revision(again.home, channel, again.contact_date) or 1
            published = layout.revision_folder(again.home, channel, again.contact_date, revision)
            rendered = beside_folder(again) / "lists" / channel
            rendered.mkdir(parents=True)
            render(again, connection, channel, rendered, revision)
            if not same_rows(published, rendered):
                changed.append(channel)
    return changed


def _refuse_unready(run: RunContext) -> None:
    """Where the night's data may not be built on, or its matches have not been made: without them it would be a night of empty lists."""
    refuse_unfit_data(run)
    if run.business_date not in run.lake.dates("product_channel_score"):
        raise Refusal(f"the matches of {run.business_date} have not been made: run `cpc run match --date {run.business_date}` first")


def _refuse_past_date(run: RunContext) -> None:
    """Rows for a day that newer lists have passed would take allowances without ever reaching a channel."""
    newest = max(layout.published_contact_dates(run.home), default=run.contact_date)
    if run.contact_date < newest:
        raise Refusal(f"contacts for {run.contact_date} are not made: lists for {newest} are published already, and past dates are closed")


@contextmanager
def _beside(run: RunContext, rounds: int, **options: Any) -> Iterator[RunContext]:
    """The same run on an overlay that is gone afterwards, in which the first `rounds` makings of the night's lists count as issued."""
    folder = beside_folder(run)
    shutil.rmtree(folder, ignore_errors=True)
    beside = replace(run, overlay=folder, options={**(run.options or {}), "rounds": rounds, **options})
    try:
        ledger = run.lake.scan("contact", day=run.business_date)
        beside.lake.append(ledger.filter(pc.less_equal(ledger.column("round"), rounds)), "issued_before")
        yield beside
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def beside_folder(run: RunContext) -> Path:
    return run.home / ".beside" / f"contact_date={run.contact_date}"
