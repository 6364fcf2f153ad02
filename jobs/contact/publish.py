"""publish_lists: the rows of `contact_list`, with the address of each from `identity`, become the lists that channels pull.

Every channel's list is rendered to lists/.staging, all of them are checked there by independent code (jobs/lists/check), then each is moved into
place by rename and `_SUCCESS` is written last. A kill at any moment leaves of each channel no list or a whole list; a rerun publishes the rest,
with the same bytes. A published revision never changes.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet

from jobs.contact.certificate import certify
from jobs.context import RunContext
from jobs.errors import Refusal
from jobs.lists import layout
from jobs.lists.check import check_staged
from jobs.lists.content import CONTENT, LIST_SCHEMA, content_hash_of_batches
from jobs.lists.layout import Delta, ListManifest
from jobs.lists.query import BATCH_ROWS, connect
from jobs.lists.run_manifest import code_version, rules_hash, run_manifest_path, write_run_manifest
from jobs.lists.writing import finish, move, write_model, write_parts
from jobs.progress import Progress
from jobs.quality.gate import refuse_unfit_data

SHOWN_VIOLATIONS = 5
LIST_TABLES = ("contact_list", "identity")  # what lists are rendered from


@dataclass(frozen=True)
class Staged:
    """A rendered list. `published` is the revision that already says exactly this, where there is one."""

    folder: Path
    manifest: ListManifest
    published: int | None


def publish_lists(run: RunContext, progress: Progress) -> dict[str, int]:
    """Publish every channel's list of the night, the empty ones too. Rows by list: `list_<channel>`."""
    refuse_night_that_did_not_run(run)
    refuse_unfit_data(run)
    certify(run)
    shutil.rmtree(layout.staging_folder(run.home), ignore_errors=True)
    try:
        staged = stage_lists(run, progress)
        new = [one for one in staged if one.published is None]
        if new:
            refuse_past_date(run, new)
            refuse_violations(run, staged, progress)
            write_run_manifest(run, [standing_folder(run, one) for one in staged])
        for one in new:
            publish(run, one)
    finally:
        shutil.rmtree(layout.staging_folder(run.home), ignore_errors=True)
    for one in staged:
        progress.say(_said(one))
    return {f"list_{one.manifest.channel}": one.manifest.rows for one in new}


def stage_lists(run: RunContext, progress: Progress) -> list[Staged]:
    with progress.table("lists rendered") as done, connect(run, *LIST_TABLES) as connection:
        refuse_unknown_channels(run, connection)
        staged = [stage_list(run, connection, channel) for channel in run.conf.channels]
        done(sum(one.manifest.rows for one in staged))
    return staged


def stage_list(run: RunContext, connection: duckdb.DuckDBPyConnection, channel: str) -> Staged:
    """Render a channel's list as the revision it would be. Refuses content that differs from a published list without --new-revision."""
    published = layout.newest_revision(run.home, channel, run.contact_date)
    folder = layout.staging_folder(run.home) / f"contact_date={run.contact_date}" / f"channel={channel}"
    folder.mkdir(parents=True)
    manifest = render(run, connection, channel, folder, revision=published or 1)
    if published is None:
        return Staged(folder, manifest, None)
    before = layout.revision_folder(run.home, channel, run.contact_date, published)
    if same_rows(before, folder):
        return Staged(folder, manifest, published)
    if not (run.options or {}).get("new_revision"):
        raise Refusal(
            f"list of channel {channel} for {run.contact_date}: revision {published} is published with other content and never changes; "
            "publish the correction as a new revision with --new-revision"
        )
    next_one = manifest.model_copy(update={"revision": published + 1})
    write_model(folder / layout.MANIFEST, next_one)
    write_model(folder / layout.DELTA, delta(before, folder, published))
    return Staged(folder, next_one, None)


def render(run: RunContext, connection: duckdb.DuckDBPyConnection, channel: str, folder: Path, revision: int) -> ListManifest:
    files = write_parts(folder, rows_of(run, connection, channel, order="rank, contact_id"), LIST_SCHEMA)
    manifest = ListManifest(
        channel=channel,
        contact_date=run.contact_date,
        business_date=run.business_date,
        revision=revision,
        rows=sum(file.rows for file in files),
        files=files,
        content_hash=content_hash_of_batches(rows_of(run, connection, channel, order="contact_id", columns=CONTENT)),
        schema_version=layout.SCHEMA_VERSION,
        rules_hash=rules_hash(run.conf.folder),
        code_version=code_version(),
        run=str(run_manifest_path(run.home, run.business_date).relative_to(run.home)),
        created_at=layout.midnight(run.contact_date, run.conf.contact_rules.time_zone),
    )
    write_model(folder / layout.MANIFEST, manifest)
    return manifest


def rows_of(run: RunContext, connection: duckdb.DuckDBPyConnection, channel: str, order: str, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """A channel's rows of the night in an order, batch by batch; DuckDB sorts outside memory where it must. What reaches a person stands in
    `identity` alone, so the address its channel needs joins a row only here."""
    needs = run.conf.channels[channel].needs
    reached = f"select customer_id, {'null::varchar' if needs == 'none' else needs} as address from identity where business_date = $date"
    rows = f"select * from contact_list left join ({reached}) using (customer_id) where business_date = $date and channel = $channel"
    query = f"select {', '.join(columns or LIST_SCHEMA.names)} from ({rows}) order by {order}"
    return iter(connection.sql(query, params={"date": run.business_date, "channel": channel}).to_arrow_reader(BATCH_ROWS))


def refuse_unknown_channels(run: RunContext, connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute("select distinct channel from contact_list where business_date = ? order by channel", [run.business_date]).fetchall()
    unknown = [channel for (channel,) in found if channel not in run.conf.channels]
    if unknown:
        raise Refusal(f"contact_list of {run.business_date}: channel '{unknown[0]}' is not in conf/channels.yaml; nothing was published")


def refuse_night_that_did_not_run(run: RunContext) -> None:
    """Without its contact stage a date would be published as a day of empty lists."""
    if not any(run.business_date in run.lake.dates(table) for table in ("decision", "control_assignment")):
        raise Refusal(f"lists for {run.contact_date} are not published: the contact stage of {run.business_date} has not run")


def refuse_past_date(run: RunContext, new: list[Staged]) -> None:
    """A backfill or a late rerun never issues rows for a day that newer lists have already passed; a correction that a person asked for may."""
    newest = max(layout.published_contact_dates(run.home), default=run.contact_date)
    never_published = [one.manifest.channel for one in new if one.manifest.revision == 1]
    if never_published and run.contact_date < newest:
        raise Refusal(
            f"list of channel {never_published[0]} for {run.contact_date} is not published: lists for {newest} already are, and past dates are closed"
        )


def refuse_violations(run: RunContext, staged: list[Staged], progress: Progress) -> None:
    with progress.table("lists checked") as done:
        result = check_staged(run.home, run.conf.folder, run.contact_date, {one.manifest.channel: one.folder for one in staged})
        done(result.rows)
    if result.violations:
        shown = "; ".join(f"{one.rule}: {one.contact_id or 'list'}: {one.detail}" for one in result.violations[:SHOWN_VIOLATIONS])
        raise Refusal(f"nothing was published for {run.contact_date}: the independent check found {result.total} violations: {shown}")


def standing_folder(run: RunContext, staged: Staged) -> Path:
    """Where the list stands once the night is published: a list that already says this stays as it is."""
    if staged.published is None:
        return staged.folder
    return layout.revision_folder(run.home, staged.manifest.channel, run.contact_date, staged.published)


def publish(run: RunContext, staged: Staged) -> None:
    manifest = staged.manifest
    final = layout.revision_folder(run.home, manifest.channel, manifest.contact_date, manifest.revision)
    move(staged.folder, final)
    finish(final)


def same_rows(before: Path, now: Path) -> bool:
    """Whether two folders hold the same list: bytes first, rows where a newer writer made other bytes of them."""
    old, new = layout.read_list_manifest(before), layout.read_list_manifest(now)
    if [file.sha256 for file in old.files] == [file.sha256 for file in new.files]:
        return True
    if old.content_hash != new.content_hash or old.rows != new.rows:
        return False
    return all(one.equals(other) for one, other in zip(_batches(before, old), _batches(now, new), strict=True))


def _batches(folder: Path, manifest: ListManifest) -> Iterator[Any]:
    for file in manifest.files:
        yield from parquet.ParquetFile(folder / file.name).iter_batches(BATCH_ROWS)


def delta(before: Path, now: Path, published: int) -> Delta:
    """contact_ids that the new revision adds and takes out."""
    old, new = (pa.concat_tables([parquet.read_table(path, columns=["contact_id"]) for path in sorted(folder.glob("part-*"))]) for folder in (before, now))
    old_ids, new_ids = set(old.column(0).to_pylist()), set(new.column(0).to_pylist())
    return Delta(revision=published + 1, previous=published, added=sorted(new_ids - old_ids), revoked=sorted(old_ids - new_ids))


def _said(staged: Staged) -> str:
    manifest = staged.manifest
    name = f"{manifest.channel:<14} {manifest.rows:>9,} rows  revision {manifest.revision}"
    return f"{name}  same content as published: nothing to do" if staged.published else f"{name}  published"
