"""revoke_issued: rows of published lists that the channel must no longer execute.

A row is revoked when its customer may not be contacted for it any more and it has no answer of its own yet: a ban is in force on the contact date
that the list could not know of, or since the list was made the customer opted out somewhere, or accepted or refused the product elsewhere. Each run adds a revocation file (seq)
with the rows that no earlier one names; without such rows it adds nothing. A revoked row stays in the ledger and keeps its allowance, since the channel
may have worked it before.
"""

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet

from jobs.context import RunContext
from jobs.lists import layout
from jobs.lists.content import REVOCATION_SCHEMA
from jobs.lists.layout import RevocationManifest
from jobs.lists.query import connect
from jobs.lists.writing import finish, move, write_model, write_parts
from jobs.progress import Progress

TABLES = ("contact", "outcome", "do_not_disturb")
# Rows of a contact date whose customer must be left alone, with the first cause. The customer's own answer on a row ends it: nothing is left to revoke.
TO_REVOKE = """
with issued as (
    select contact.* from contact join newest_list using (channel)
    where contact.business_date = $issued_on and contact.contact_date = $contact_date
        and contact.revision <= newest_list.revision and (revoked_in is null or revoked_in > newest_list.revision)
),
state as (
    select contact_id, outcome, occurred_at, received_date from outcome where business_date = (select max(business_date) from outcome where business_date <= $known_until)
),
state_on_the_night as (
    select contact_id, outcome from outcome where business_date = (select max(business_date) from outcome where business_date <= $issued_on)
),
heard as (
    select contact_id, contact.customer_id, contact.product, outcome, occurred_at
    from (select * from state where outcome in ('opted_out', 'accepted', 'refused')) join contact using (contact_id)
    where received_date >= $contact_date or (contact_id, outcome) not in (select (contact_id, outcome) from state_on_the_night)
),
open_rows as (
    select * from issued where contact_id not in (select contact_id from state where outcome in ('opted_out', 'accepted', 'refused'))
        and contact_id not in (select contact_id from revoked_before)
),
ban as (
    select * from do_not_disturb where business_date <= $known_until
    qualify row_number() over (
        partition by customer_id, level, product, channel, reason, source, start_date order by business_date desc, end_date desc nulls first) = 1
),
cause as (
    select contact_id, open_rows.channel, customer_id, 1 as place, 'do_not_disturb' as reason,
        timezone($time_zone, greatest(start_date, ban.business_date)::timestamp) as revoked_at
    from open_rows join ban using (customer_id)
    where $contact_date between start_date and coalesce(end_date, $contact_date) and case level
        when 'system' then true
        when 'product' then ban.product = open_rows.product
        when 'channel' then ban.channel = open_rows.channel
        else ban.product = open_rows.product and ban.channel = open_rows.channel end
    union all
    select open_rows.contact_id, open_rows.channel, customer_id, 2, 'opted_out', occurred_at
    from open_rows join heard using (customer_id) where outcome = 'opted_out'
    union all
    select open_rows.contact_id, open_rows.channel, customer_id, if(outcome = 'accepted', 3, 4), outcome || '_elsewhere', occurred_at
    from open_rows join heard using (customer_id, product) where outcome in ('accepted', 'refused')
)
select contact_id, channel, customer_id, reason, revoked_at from cause
qualify row_number() over (partition by contact_id order by place, revoked_at) = 1
order by channel, contact_id
"""


def revoke_issued(run: RunContext, progress: Progress) -> dict[str, int]:
    """After the feedback of a date: the lists that are worked on it or later. Rows revoked now."""
    days = [day for day in layout.published_contact_dates(run.home) if day >= run.business_date]
    return {"revocation": sum(revoke_date(run, day, run.business_date, progress) for day in days)}


def revoke_date(run: RunContext, contact_date: date, known_until: date, progress: Progress) -> int:
    """Revoke rows of one contact date by what was known until a business date. Rows revoked now, over all channels."""
    with progress.table(f"revocations for {contact_date}") as done:
        rows = rows_to_revoke(run, contact_date, known_until)
        for channel in sorted(set(rows.column("channel").to_pylist())):
            publish_revocations(run, channel, contact_date, known_until, rows.filter(pc.equal(rows.column("channel"), channel)))
        record(run, known_until)
        return done(rows.num_rows)


def rows_to_revoke(run: RunContext, contact_date: date, known_until: date) -> pa.Table:
    with connect(run, *TABLES) as connection:
        channels = layout.published_channels(run.home, contact_date)
        connection.execute("create table newest_list (channel varchar, revision int)")
        for channel in channels:
            connection.execute("insert into newest_list values (?, ?)", [channel, layout.newest_revision(run.home, channel, contact_date)])
        connection.execute("create table revoked_before (contact_id varchar)")
        for channel in channels:
            _note_revoked(connection, run.home, channel, contact_date)
        parameters = {
            "issued_on": layout.business_date_of(contact_date),
            "contact_date": contact_date,
            "known_until": known_until,
            "time_zone": run.conf.contact_rules.time_zone,
        }
        return connection.sql(TO_REVOKE, params=parameters).to_arrow_table()


def _note_revoked(connection: duckdb.DuckDBPyConnection, home: Path, channel: str, contact_date: date) -> None:
    for seq in layout.published_revocations(home, channel, contact_date):
        files = [str(path) for path in sorted(layout.revocation_folder(home, channel, contact_date, seq).glob("part-*.parquet"))]
        connection.execute("insert into revoked_before select contact_id from read_parquet(?, hive_partitioning = false)", [files])


def publish_revocations(run: RunContext, channel: str, contact_date: date, known_until: date, rows: pa.Table) -> None:
    """Write the next revocation file of a list: staged, moved by rename, `_SUCCESS` last."""
    seq = max(layout.published_revocations(run.home, channel, contact_date), default=0) + 1
    staging = layout.staging_folder(run.home) / "revocations"
    shutil.rmtree(staging, ignore_errors=True)
    staged = staging / channel
    staged.mkdir(parents=True)
    try:
        files = write_parts(staged, rows.to_batches(), REVOCATION_SCHEMA)
        manifest = RevocationManifest(
            channel=channel,
            contact_date=contact_date,
            business_date=known_until,
            seq=seq,
            rows=rows.num_rows,
            files=files,
            schema_version=layout.SCHEMA_VERSION,
            created_at=max(rows.column("revoked_at").to_pylist()),
        )
        write_model(staged / layout.MANIFEST, manifest)
        final = layout.revocation_folder(run.home, channel, contact_date, seq)
        move(staged, final)
        finish(final)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def record(run: RunContext, business_date: date) -> None:
    """Make the table `revocation` of a business date from the files that were published on it, so that a killed run leaves no difference between the two."""
    found = [published_rows(run.home, folder, business_date) for folder in sorted((run.home / "lists").glob("channel=*/contact_date=*/revocations/seq=*"))]
    rows = [one for one in found if one is not None]
    recorded = run.lake.scan("revocation", day=business_date, columns=["contact_id"]).column("contact_id")
    if not rows:
        return
    table = pa.concat_tables(rows)
    if set(recorded.to_pylist()) != set(table.column("contact_id").to_pylist()):
        run.lake.replace(table.select(run.columns("revocation")), "revocation", business_date)


def published_rows(home: Path, folder: Path, business_date: date) -> pa.Table | None:
    """Rows of a revocation file as rows of the table `revocation`; None where it is not whole or belongs to another business date."""
    if not (folder / layout.SUCCESS).exists():
        return None
    manifest = layout.read_revocation_manifest(folder)
    if manifest.business_date != business_date:
        return None
    rows = pa.concat_tables([parquet.ParquetFile(folder / file.name).read() for file in manifest.files])
    constants = {"business_date": business_date, "contact_date": manifest.contact_date}
    for name, value in constants.items():
        rows = rows.append_column(name, pa.array([value] * rows.num_rows, pa.date32()))
    return rows.append_column("channel", pa.array([manifest.channel] * rows.num_rows, pa.string()))
