"""revoke_issued: rows of published lists that the channel must no longer execute, as revocation files beside the lists.

jobs/contact/to_revoke.py says which rows and why. Each run adds a revocation file (seq) with the rows that no earlier one names; without such rows it
adds nothing. A revoked row stays in the ledger and keeps its allowance, since the channel may have worked it before.
"""

import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet

from jobs.contact.to_revoke import rows_to_revoke
from jobs.context import RunContext
from jobs.lists import layout
from jobs.lists.content import REVOCATION_SCHEMA
from jobs.lists.layout import RevocationManifest
from jobs.lists.writing import finish, move, write_model, write_parts
from jobs.progress import Progress


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
