"""writing: bytes depend on the rows alone, and nothing shows before it is whole."""

import hashlib

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from jobs.lists import writing
from jobs.lists.content import content_hash_of_batches

pytestmark = [pytest.mark.core, pytest.mark.usefixtures("no_waiting_for_the_disk")]

SCHEMA = pa.schema([("contact_id", pa.string()), ("rank", pa.int32())])
ROWS = pa.table({"contact_id": [f"c{number}" for number in range(10)], "rank": pa.array(range(10), pa.int32())}, schema=SCHEMA)


def test_files_are_cut_at_fixed_rows_however_the_batches_came(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "ROW_GROUP", 2)
    monkeypatch.setattr(writing, "ROW_GROUPS_A_FILE", 2)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    files = writing.write_parts(tmp_path / "one", ROWS.to_batches(max_chunksize=3), SCHEMA)
    assert writing.write_parts(tmp_path / "two", ROWS.to_batches(max_chunksize=7), SCHEMA) == files
    assert [(file.name, file.rows) for file in files] == [("part-00000.parquet", 4), ("part-00001.parquet", 4), ("part-00002.parquet", 2)]
    assert pa.concat_tables([parquet.ParquetFile(tmp_path / "one" / file.name).read() for file in files]).equals(ROWS)
    assert [hashlib.sha256((tmp_path / "one" / file.name).read_bytes()).hexdigest() for file in files] == [file.sha256 for file in files]


def test_a_published_folder_is_never_replaced(tmp_path):
    for name in ("staged", "published"):
        (tmp_path / name).mkdir()
    writing.finish(tmp_path / "published")
    with pytest.raises(FileExistsError, match="published and never changes"):
        writing.move(tmp_path / "staged", tmp_path / "published")


def test_the_content_hash_does_not_depend_on_batches():
    names = ("contact_id", "customer_id", "campaign", "product", "wave", "script", "rank")
    rows = pa.table({name: [f"{name}-{number}" for number in range(3)] for name in names})
    lines = "\n".join("|".join(f"{name}-{number}" for name in names) for number in range(3))
    expected = hashlib.sha256(lines.encode()).hexdigest()
    assert content_hash_of_batches(rows.to_batches()) == content_hash_of_batches(rows.to_batches(max_chunksize=1)) == expected
    assert content_hash_of_batches(rows.slice(0, 0).to_batches()) == hashlib.sha256(b"").hexdigest()
