"""landed_file: rows, columns and checksum of a file, and what makes it unusable."""

import gzip
import hashlib

import pyarrow as pa
import pytest

from jobs.ingest.landed_file import open_file
from jobs.ingest.manifest import Incomplete, ManifestFile
from tests.landing import parquet_bytes

pytestmark = pytest.mark.core
TWO_ROWS = b"a,b\n1,x\n2,y\n"


def packed(data: bytes) -> bytes:
    """Gzip without its time: the bytes name the cases, and both workers must name them alike."""
    return gzip.compress(data, mtime=0)


def written(folder, name, data, rows=None):
    """The file and what a manifest promises of it; `rows` None for no promise."""
    (folder / name).write_bytes(data)
    return folder / name, None if rows is None else ManifestFile(name=name, rows=rows, sha256=hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize(
    ("text", "rows", "case"),
    [
        (TWO_ROWS, 2, "line ends everywhere"),
        (b"a,b\n1,x\n2,y", 2, "no line end behind the last row"),
        (b"a,b\r\n1,x\r\n2,y\r\n", 2, "line ends of Windows"),
        (b"\xef\xbb\xbfa,b\n1,x\n\n\n2,y\n \n", 2, "byte order mark, blank lines"),
        (b"a,b\n", 0, "header alone"),
        (b"a,b", 0, "header alone without line end"),
        (b"a,b\n\xff\xfe,x\n2,y\n", 2, "bytes that are not UTF-8"),
    ],
)
def test_rows_are_counted_by_lines(tmp_path, text, rows, case):
    found = open_file(*written(tmp_path, "part.csv.gz", packed(text), rows))
    assert (found.rows, list(found.columns), found.multiline) == (rows, ["a", "b"], False), case


def test_line_ends_inside_quotes_belong_to_the_cell_where_the_manifest_counts_so(tmp_path):
    text = packed(b'a,b\n1,"x\ny"\n2,z\n')
    assert open_file(*written(tmp_path, "rows.csv.gz", text, 2)).multiline
    assert not open_file(*written(tmp_path, "lines.csv.gz", text, 3)).multiline


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("part.csv.gz", b"", r"empty \(0 bytes\)"),
        ("part.csv.gz", packed(TWO_ROWS)[:-9], "truncated or damaged gzip"),
        ("part.csv.gz", TWO_ROWS, "truncated or damaged gzip"),
        ("part.csv.gz", packed(b""), "no header line"),
        ("part.csv.gz", packed("a,b\n1,x\n2,y\n".encode("utf-16")), "header line is not UTF-8"),
        ("part.csv.gz", packed(b"a,a\n1,x\n2,y\n"), "names a column twice"),
        ("part.csv.gz", packed(TWO_ROWS.replace(b"\n", b"\r")), "lines end in CR alone"),
        ("part.csv.gz", packed(b"a" * 200_000 + TWO_ROWS), "header line cannot be read: field larger"),
        ("part.csv.gz", packed(b"a,b\n1,x\n"), "holds 1 rows, the manifest says 2"),
        ("part.parquet", b"PAR1 and nothing", "truncated or damaged Parquet"),
        ("part.parquet", parquet_bytes(pa.table({"a": [1, 2]}))[:-20], "truncated or damaged Parquet"),
        ("part.parquet", parquet_bytes(pa.table({"a": [1]})), "holds 1 rows, the manifest says 2"),
    ],
)
def test_an_unusable_file_is_refused_with_its_reason(tmp_path, name, data, said):
    with pytest.raises(Incomplete, match=said) as refused:
        open_file(*written(tmp_path, name, data, 2))
    assert refused.value.file == name


def test_a_wrong_checksum_is_refused_and_says_whether_the_file_was_cut_short(tmp_path):
    path, promised = written(tmp_path, "part.csv.gz", packed(TWO_ROWS), 2)
    path.write_bytes(packed(TWO_ROWS)[:-9])
    with pytest.raises(Incomplete, match=r"checksum differs from the manifest \(truncated"):
        open_file(path, promised)
    path.write_bytes(packed(b"a,b\n1,x\n2,z\n"))
    with pytest.raises(Incomplete, match=r"checksum differs .* content was changed"):
        open_file(path, promised)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(Incomplete, match="missing"):
        open_file(tmp_path / "part.csv.gz")


def test_types_of_parquet_columns_are_those_spark_reads(tmp_path):
    columns = {
        "number": pa.array([1], pa.int64()),
        "code": pa.array(["x"]).dictionary_encode(),
        "day": pa.array([0], pa.timestamp("ns")),
        "time": pa.array([0], pa.timestamp("us", tz="UTC")),
        "price": pa.array([None], pa.decimal128(8, 2)),
        "nothing": pa.nulls(1),
        "nested": pa.array([[1]]),
    }
    found = open_file(*written(tmp_path, "part.parquet", parquet_bytes(pa.table(columns)), 1))
    assert found.columns == {
        "number": "bigint",
        "code": "string",
        "day": "nanoseconds",
        "time": "timestamp",
        "price": "decimal(8,2)",
        "nothing": "int",
        "nested": "",
    }
