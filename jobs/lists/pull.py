"""What a channel system gets: the newest published revision, verified byte for byte, without the rows revoked since, as one file that appears whole."""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as parquet

from jobs.errors import Refusal, UserError
from jobs.lake import Lake
from jobs.lists import layout
from jobs.lists.content import CONTENT, LIST_SCHEMA, REVOCATION_SCHEMA, content_hash_of_batches
from jobs.lists.query import BATCH_ROWS
from jobs.lists.writing import sync

HOST = platform.node().replace(".", "-") or "host"
# A spreadsheet runs a cell that starts like this as a formula.
FORMULA = r"^[=+\-@\t\r]"
# Times in ISO 8601 UTC, map and history as JSON: what one CSV cell can carry.
CSV_COLUMNS = {
    "valid_from": "strftime(valid_from, '%Y-%m-%dT%H:%M:%SZ')",
    "valid_to": "strftime(valid_to, '%Y-%m-%dT%H:%M:%SZ')",
    "parameters": "to_json(parameters)::varchar",
    "history": "to_json(history)::varchar",
}


@dataclass(frozen=True)
class Delivery:
    rows: int
    revoked: int
    path: Path
    revision: int


def deliver(home: Path, channel: str, contact_date: date, to: Path, form: str) -> Delivery:
    """Write the list into `to` as parquet or csv. Refuses, and leaves what was delivered before, when the list is not published or anything in it does not verify."""
    revision = layout.newest_revision(home, channel, contact_date)
    if revision is None:
        raise Refusal(f"list of channel {channel} for {contact_date} is not published; nothing was delivered")
    folder = layout.revision_folder(home, channel, contact_date, revision)
    manifest = layout.read_list_manifest(folder)
    refuse_another_identity(folder, (manifest.channel, manifest.contact_date, manifest.revision), (channel, contact_date, revision))
    files = layout.verify_files(folder, manifest)
    path = to / f"{channel}_{contact_date}.{form}"
    refuse_own_folders(home, to)
    make_folder(to)
    remove_left_behind(to, path.name)
    hidden = to / f".{path.name}.{HOST}.{os.getpid()}.writing"  # pulls of one list may overlap: each writes its own
    try:
        refuse_other_content(folder, manifest, files)
        revoked = revoked_ids(home, channel, contact_date)
        rows = (write_parquet if form == "parquet" else write_csv)(hidden, files, revoked)
        sync(hidden)
        os.replace(hidden, path)
        sync(to)
    except IsADirectoryError:
        raise UserError(f"--to: {path} is a folder; move it or name another --to") from None
    except OSError as error:
        raise Refusal(f"--to: {path} cannot be written: {error.strerror or error}; nothing was delivered") from None
    except (duckdb.Error, pa.ArrowException) as error:
        raise Refusal(f"{folder}: its files do not read as a list ({str(error).splitlines()[0]}); nothing was delivered") from None
    finally:
        hidden.unlink(missing_ok=True)
    return Delivery(rows, manifest.rows - rows, path, revision)


def refuse_own_folders(home: Path, to: Path) -> None:
    """Nobody but the runs themselves writes where lists and tables lie: a list that holds one file more is damaged."""
    for own in (home / "lists", home / "lake", home / "landing"):
        if to.resolve().is_relative_to(own.resolve()):
            raise UserError(f"--to: {to} lies in {own}, which belongs to the runs; name a folder of the channel's own")


def remove_left_behind(to: Path, name: str) -> None:
    """Hidden files of pulls on this machine that were killed while they wrote."""
    for path in to.glob(f".{name}.{HOST}.*.writing"):
        process = path.name.split(".")[-2]
        if process.isdecimal() and not _is_running(int(process)):
            path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def make_folder(to: Path) -> None:
    """Raises UserError when `to` or a part of its path is a file, or may not be written."""
    try:
        to.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--to: {to} cannot be a folder: {error.strerror}; name another") from None
    if not os.access(to, os.W_OK | os.X_OK):
        raise UserError(f"--to: {to} cannot be written; name another folder")


def refuse_another_identity(folder: Path, said: tuple[str, date, int], meant: tuple[str, date, int]) -> None:
    """The manifest of a list or a revocation must speak of the very folder that it lies in: channel, contact date, revision or seq."""
    if said != meant:
        stands, wanted = (f"channel {channel}, {day}, number {number}" for channel, day, number in (said, meant))
        raise Refusal(f"{folder / layout.MANIFEST}: speaks of {stands} where {wanted} belongs; nothing was delivered")


def refuse_other_content(folder: Path, manifest: layout.ListManifest, files: list[Path]) -> None:
    """The files' rows must be as many, and hash to what, the manifest says."""
    with duckdb.connect() as connection:
        rows = sum(parquet.ParquetFile(path).metadata.num_rows for path in files)
        if rows != manifest.rows:
            raise Refusal(f"{folder}: holds {rows} rows where its manifest says {manifest.rows}; nothing was delivered")
        batches = _batches(connection, f"select {', '.join(CONTENT)} from read_parquet($files, hive_partitioning = false) order by contact_id", files)
        if content_hash_of_batches(batches) != manifest.content_hash:
            raise Refusal(f"{folder}: the rows do not hash to the manifest's content_hash; nothing was delivered")


def revoked_ids(home: Path, channel: str, contact_date: date) -> pa.Array:
    """contact_ids of all revocations of a list, each file verified. Refuses a gap, and rows that the table `revocation` names and no file does: a lost
    revocation would let a banned customer be contacted."""
    numbers = layout.published_revocations(home, channel, contact_date)
    if numbers != list(range(1, len(numbers) + 1)):
        raise Refusal(f"revocations of channel {channel} for {contact_date}: seq {numbers} has a gap; nothing was delivered")
    ids = REVOCATION_SCHEMA.empty_table().column("contact_id")
    for number in numbers:
        folder = layout.revocation_folder(home, channel, contact_date, number)
        manifest = layout.read_revocation_manifest(folder)
        refuse_another_identity(folder, (manifest.channel, manifest.contact_date, manifest.seq), (channel, contact_date, number))
        for path in layout.verify_files(folder, manifest):
            ids = pa.chunked_array([*ids.chunks, *parquet.read_table(path, columns=["contact_id"]).column(0).chunks], pa.string())
    recorded = Lake(home).scan("revocation", columns=["contact_id", "channel", "contact_date"])
    of_list = pc.and_(pc.equal(recorded["channel"], channel), pc.equal(recorded["contact_date"], pa.scalar(contact_date)))
    lost = pc.sum(pc.invert(pc.is_in(recorded.filter(of_list)["contact_id"], value_set=ids.combine_chunks()))).as_py()
    if lost:
        raise Refusal(f"revocations of channel {channel} for {contact_date}: {lost} rows were revoked and no file stops them; nothing was delivered")
    return ids.combine_chunks()


def write_parquet(path: Path, files: list[Path], revoked: pa.Array) -> int:
    """The standing rows in order of rank, with the list's own columns and types."""
    rows = 0
    with parquet.ParquetWriter(path, LIST_SCHEMA, compression="zstd") as writer:
        for file in files:
            for batch in parquet.ParquetFile(file).iter_batches(BATCH_ROWS):
                standing = batch.filter(pc.invert(pc.is_in(batch.column("contact_id"), value_set=revoked)))
                writer.write_batch(standing)
                rows += standing.num_rows
    return rows


def write_csv(path: Path, files: list[Path], revoked: pa.Array) -> int:
    """The standing rows in order of rank as UTF-8 CSV with a header. A text cell that a spreadsheet would run as a formula gets a leading quote."""
    columns = [CSV_COLUMNS.get(field.name, field.name) + f" as {field.name}" for field in LIST_SCHEMA]
    kinds = [pa.string() if field.name in CSV_COLUMNS else field.type for field in LIST_SCHEMA]
    schema = pa.schema(list(zip(LIST_SCHEMA.names, kinds, strict=True)))
    rows = 0
    with duckdb.connect() as connection, csv.CSVWriter(path, schema) as writer:
        connection.execute("set timezone = 'UTC'")
        connection.register("revoked", pa.table({"contact_id": revoked}))
        query = f"select {', '.join(columns)} from read_parquet($files, hive_partitioning = false) where contact_id not in (select contact_id from revoked) order by rank"
        for batch in _batches(connection, query, files):
            writer.write_batch(guarded(batch).cast(schema))
            rows += batch.num_rows
    return rows


def guarded(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [_guarded_text(column) if pa.types.is_string(column.type) else column for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _guarded_text(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.match_substring_regex(column, FORMULA), pc.binary_join_element_wise("'", column, ""), column)


def _batches(connection: duckdb.DuckDBPyConnection, query: str, files: list[Path]) -> Iterator[pa.RecordBatch]:
    return iter(connection.sql(query, params={"files": [str(path) for path in files]}).to_arrow_reader(BATCH_ROWS))
