"""manifest: whatever is wrong with it makes the delivery incomplete and is said in a few words."""

import json
from datetime import date

import pytest

from jobs.ingest.manifest import Incomplete, read_manifest
from tests.landing import deliver, folder_of, good

pytestmark = pytest.mark.core
DAY = "2026-11-05"


def read(home, source="customer"):
    return read_manifest(folder_of(home, source, DAY), source, date.fromisoformat(DAY))


def test_a_manifest_names_files_rows_checksums_and_the_reach_of_history(tmp_path):
    deliver(tmp_path, "customer", DAY, {"part-0.csv.gz": [good("customer")]}, history_from="2026-05-01", written_by="crm")
    manifest = read(tmp_path)
    assert (manifest.rows, manifest.files[0].name, manifest.history_from) == (1, "part-0.csv.gz", date(2026, 5, 1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source": "identity"}, "speaks of identity"),
        ({"business_date": "2026-11-04"}, "speaks of customer of 2026-11-04"),
        ({"rows": 7}, "says 7 rows, its files add up to 1"),
        ({"rows": "many"}, "rows: "),
        ({"files": [{"name": "../secret.csv.gz", "rows": 1, "sha256": "0" * 64}]}, "files.0.name"),
        ({"files": [{"name": "_hidden.csv.gz", "rows": 1, "sha256": "0" * 64}]}, "files.0.name"),
        ({"files": [{"name": "a.csv.gz", "rows": -1, "sha256": "0" * 64}]}, "files.0.rows"),
        ({"files": [{"name": "a.csv.gz", "rows": 1, "sha256": "abc"}]}, "files.0.sha256"),
        ({"files": [{"name": "a.csv.gz", "rows": 1, "sha256": "0" * 64}] * 2, "rows": 2}, "names a file twice"),
        ({"files": None}, "files: "),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(tmp_path, change, said):
    deliver(tmp_path, "customer", DAY, {"part-0.csv.gz": [good("customer")]}, **change)
    with pytest.raises(Incomplete, match=said):
        read(tmp_path)


@pytest.mark.parametrize("garbage", [b"", b"{", b"\xff\xfe{}", b"[]", b"null", json.dumps({"source": "customer"}).encode(), b"[" * 100_000, b'{"a":' * 100_000])
def test_a_garbage_manifest_is_refused(tmp_path, garbage):
    (deliver(tmp_path, "customer", DAY, {}) / "_manifest.json").write_bytes(garbage)
    with pytest.raises(Incomplete):
        read(tmp_path)


def test_a_missing_manifest_and_a_missing_folder_are_told_apart(tmp_path):
    with pytest.raises(Incomplete, match="missing, as is the whole folder"):
        read(tmp_path)
    (deliver(tmp_path, "customer", DAY, {}) / "_manifest.json").unlink()
    with pytest.raises(Incomplete, match=r"missing$"):
        read(tmp_path)
