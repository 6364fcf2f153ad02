"""The revocation files beside the published lists: whole, without a gap, and naming exactly the rows that the table `revocation` says were stopped."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet

from jobs.lists.check.database import add
from jobs.lists.check.manifest_file import REVOCATION_KEYS, read_manifest
from jobs.lists.check.published_bytes import SCHEMA_VERSION, files_agree
from jobs.lists.check.result import Violation
from jobs.lists.check.rules_file import Day

COLUMNS = [("contact_id", pa.string()), ("customer_id", pa.string()), ("reason", pa.string()), ("revoked_at", pa.timestamp("us", "UTC"))]


def check_revocations(connection: duckdb.DuckDBPyConnection, home: Path, channels: list[str], day: Day) -> list[Violation]:
    connection.execute("create table revoked (channel varchar, seq int, contact_id varchar, customer_id varchar, reason varchar)")
    violations: list[Violation] = []
    for channel in channels:
        folder = home / "lists" / f"channel={channel}" / f"contact_date={day.contact_date}" / "revocations"
        finished = sorted(path.parent.name.removeprefix("seq=") for path in folder.glob("seq=*/_SUCCESS"))
        if sorted(finished) != sorted(str(number) for number in range(1, len(finished) + 1)):
            violations.append(Violation("revocation", "", f"{channel}: seq {', '.join(finished)}: one is not there, or is called otherwise"))
        for seq in finished:
            violations += _read(connection, folder / f"seq={seq}", channel, seq, day)
    _agree_with_the_table(connection)
    return violations


def _read(connection: duckdb.DuckDBPyConnection, folder: Path, channel: str, seq: str, day: Day) -> list[Violation]:
    where, violations, files = f"{channel}: revocation {seq}", list[Violation](), sorted(folder.glob("*.parquet"))
    manifest = read_manifest(folder / "manifest.json", REVOCATION_KEYS, where, violations)
    if manifest:
        files_agree(where, files, manifest, violations)
        expected = {"channel": channel, "contact_date": str(day.contact_date), "seq": seq, "schema_version": SCHEMA_VERSION}
        wrong = [key for key, value in expected.items() if str(manifest[key]) != str(value)]
        violations += [Violation("manifest", "", f"{where}: {key} is {manifest[key]!r} instead of {expected[key]!r}") for key in wrong]
    try:
        if any(list(zip(schema.names, schema.types, strict=True)) != COLUMNS for schema in map(parquet.read_schema, files)):
            violations.append(Violation("revocation", "", f"{where}: columns or their types differ from the contract"))
        elif files:
            connection.execute(
                "insert into revoked select $channel, try_cast($seq as int), contact_id, customer_id, reason from read_parquet($files, hive_partitioning = false)",
                {"channel": channel, "seq": seq, "files": [str(path) for path in files]},
            )
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        violations.append(Violation("revocation", "", f"{where}: the files do not read: {type(error).__name__}"))
    return violations


def _agree_with_the_table(connection: duckdb.DuckDBPyConnection) -> None:
    """A channel works by the files, everything else by the table: who is stopped in one and not in the other is either contacted all the same, or left out unseen."""
    add(
        connection,
        "revocation",
        """
        with recorded as (select distinct channel, contact_id, customer_id, reason from revocation where contact_date = contact_date())
        select coalesce(revoked.contact_id, recorded.contact_id), case when revoked.contact_id is null then 'was revoked, but no revocation file of ' || recorded.channel || ' stops it'
            when recorded.contact_id is null then 'is stopped by a revocation file of ' || revoked.channel || ', but is not in the table revocation'
            else 'is revoked for another customer or reason than in the table revocation' end
        from revoked full join recorded using (channel, contact_id)
        where revoked.contact_id is null or recorded.contact_id is null
            or revoked.customer_id is distinct from recorded.customer_id or revoked.reason is distinct from recorded.reason
        """,
    )
    add(
        connection,
        "revocation",
        "select contact_id, concat('is stopped ', count(*), ' times by revocations of ', channel) from revoked group by channel, contact_id having count(*) > 1",
    )
