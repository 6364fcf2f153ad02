"""The independent check: revocation files that are damaged, lost, made up, or say other than the table `revocation`."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.errors import Refusal
from jobs.lists import layout
from jobs.lists.content import REVOCATION_SCHEMA
from jobs.lists.pull import deliver
from jobs.lists.writing import finish, write_model, write_parts
from tests.jobs.lists.small_home import DAY, SmallHome, details, edit_manifest

pytestmark = [pytest.mark.home, pytest.mark.usefixtures("no_waiting_for_the_disk")]

MOMENT = datetime(2026, 11, 6, 2, tzinfo=UTC)


def revocation(home: Path, seq: int, rows: list[dict]) -> Path:
    """Revocation file of the hall's list, whole in itself."""
    folder = layout.revocation_folder(home, "hall", DAY, seq)
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(
        [{"revoked_at": MOMENT, **{key: row[key] for key in ("contact_id", "customer_id", "reason")}} for row in rows], schema=REVOCATION_SCHEMA
    )
    files = write_parts(folder, table.to_batches(), REVOCATION_SCHEMA)
    what = {"channel": "hall", "contact_date": DAY, "business_date": DAY, "seq": seq, "rows": len(rows)}
    write_model(folder / layout.MANIFEST, layout.RevocationManifest(**what, files=files, schema_version=1, created_at=MOMENT))
    finish(folder)
    return folder


@pytest.fixture
def revoked(tmp_path) -> list[dict]:
    """A home whose hall list has two revocation files of one row each: C4, then C8."""
    small = SmallHome()
    small.revocations = [
        {
            "business_date": DAY,
            "contact_date": DAY,
            "channel": "hall",
            "reason": "do_not_disturb",
            "revoked_at": MOMENT,
            "contact_id": row["contact_id"],
            "customer_id": row["customer_id"],
        }
        for row in (small.lists[3], small.lists[5])
    ]
    small.write(tmp_path)
    for seq, row in enumerate(small.revocations, start=1):
        revocation(tmp_path, seq, [row])
    return small.revocations


def test_revocations_that_agree_have_no_violation(tmp_path, revoked):
    assert details(tmp_path) == []


def test_a_lost_revocation_is_named_and_the_list_not_delivered(tmp_path, revoked):
    (layout.revocation_folder(tmp_path, "hall", DAY, 2) / "_SUCCESS").unlink()
    assert details(tmp_path) == [("revocation", "was revoked, but no revocation file of hall stops it")]
    with pytest.raises(Refusal, match="1 rows were revoked and no file stops them; nothing was delivered"):
        deliver(tmp_path, "hall", DAY, tmp_path / "inbox", "csv")
    shutil.rmtree(tmp_path / "lists" / "channel=hall" / "contact_date=2026-11-06" / "revocations")
    assert len(details(tmp_path)) == 2


def test_a_gap_a_row_taken_out_and_a_customer_replaced(tmp_path, revoked):
    first, second = (layout.revocation_folder(tmp_path, "hall", DAY, seq) for seq in (1, 2))
    second.rename(second.with_name("seq=3"))
    assert (
        details(tmp_path)
        == [
            ("revocation", "hall: seq 1, 3: one is not there, or is called otherwise"),
            ("manifest", "hall: revocation 3: seq is 2 instead of '3'"),
        ][::-1]
    )
    second.with_name("seq=3").rename(second)
    revocation(tmp_path, 1, [revoked[1]])
    assert ("revocation", "was revoked, but no revocation file of hall stops it") in details(tmp_path)
    revocation(tmp_path, 1, [{**revoked[0], "customer_id": "C5"}, revoked[1]])
    assert sorted(details(tmp_path)) == [
        ("revocation", "is revoked for another customer or reason than in the table revocation"),
        ("revocation", "is stopped 2 times by revocations of hall"),
    ]
    revocation(tmp_path, 1, [revoked[0], {**revoked[0], "contact_id": "0" * 32}])
    assert details(tmp_path) == [("revocation", "is stopped by a revocation file of hall, but is not in the table revocation")]
    assert first.is_dir()


def test_damaged_revocation_files(tmp_path, revoked):
    first, second = (layout.revocation_folder(tmp_path, "hall", DAY, seq) for seq in (1, 2))
    edit_manifest(first, rows="1")
    part = second / "part-00000.parquet"
    part.write_bytes(part.read_bytes()[:-10])
    assert details(tmp_path)[:3] == [
        ("checksum", "hall: revocation 2: part-00000.parquet: size or SHA-256 differs from the manifest"),
        ("manifest", "hall: revocation 1: manifest.json: rows is '1', which is no int"),
        ("revocation", "hall: revocation 2: the files do not read: ArrowInvalid"),
    ]
