"""Writes the files of a list: the same rows give the same bytes, and nothing is visible before all of it is there."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet

from jobs.lists.layout import SUCCESS, ListFile, file_sha256
from jobs.strict import Strict

ROW_GROUP = 65_536
ROW_GROUPS_A_FILE = 8


def write_parts(folder: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> list[ListFile]:
    """part-00000.parquet and on, in the order of the batches; one file without rows when there are none. Holds one row group in memory."""
    groups = row_groups(batches, schema)
    files: list[ListFile] = []
    group = next(groups, schema.empty_table())
    while group is not None:
        path, rows, in_file = folder / f"part-{len(files):05d}.parquet", 0, 0
        # No dictionary of the writer's clock or host goes into the file; one thread writes, groups are cut at fixed rows: equal bytes for equal rows.
        with parquet.ParquetWriter(path, schema, compression="zstd", version="2.6", store_schema=True) as writer:
            while group is not None and in_file < ROW_GROUPS_A_FILE:
                writer.write_table(group, row_group_size=ROW_GROUP)
                rows, in_file = rows + group.num_rows, in_file + 1
                group = next(groups, None)
        sync(path)
        files.append(ListFile(name=path.name, rows=rows, bytes=path.stat().st_size, sha256=file_sha256(path)))
    return files


def row_groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """The batches cut anew at every ROW_GROUP rows, as contiguous tables of the schema, however they came."""
    waiting = schema.empty_table()
    for batch in batches:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch]).select(schema.names).cast(schema)])
        while waiting.num_rows >= ROW_GROUP:
            yield waiting.slice(0, ROW_GROUP).combine_chunks()
            waiting = waiting.slice(ROW_GROUP)
    if waiting.num_rows:
        yield waiting.combine_chunks()


def write_model(path: Path, model: Strict) -> None:
    """A manifest as JSON, keys in the model's order."""
    write_json(path, model.model_dump(mode="json"))


def write_json(path: Path, value: dict) -> None:
    """Whole or not at all: the file appears by rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.writing")
    hidden.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    sync(hidden)
    os.replace(hidden, path)
    sync(path.parent)


def move(staged: Path, final: Path) -> None:
    """Put a staged folder in its place; what a killed run left there without `_SUCCESS` goes."""
    if (final / SUCCESS).exists():
        raise FileExistsError(f"{final} is published and never changes")
    if final.exists():
        shutil.rmtree(final)
    final.parent.mkdir(parents=True, exist_ok=True)
    sync(staged)
    os.rename(staged, final)
    sync(final.parent)


def finish(folder: Path) -> None:
    """Write `_SUCCESS`, by rename: from here on the folder is a list."""
    hidden = folder / f".{SUCCESS}.writing"
    hidden.touch()
    sync(hidden)
    os.rename(hidden, folder / SUCCESS)
    sync(folder)


def sync(path: Path) -> None:
    """Hand a file or a folder to the disk, so that a power cut does not undo the order of the steps."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
