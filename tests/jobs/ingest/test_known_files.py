"""known_files: what the books of other nights say about files, so that none is taken twice, and none by a night that was passed."""

from datetime import date

import pyarrow as pa
import pytest

from jobs.ingest.known_files import KnownFiles

pytestmark = pytest.mark.core
NIGHTS = [date(2026, 11, day) for day in (3, 4, 5)]


def book(night, file, dump_date, kept=0, repeated=0, taken=True, sha256="x"):
    counts = {"rows_in": 9, "rows_kept": kept, "rows_quarantined": 9 - kept - repeated, "rows_repeated": repeated, "rows_corrected": 0}
    return {"business_date": night, "source": "order_event", "file": file, "dump_date": dump_date, "taken": taken, "sha256": sha256} | counts


@pytest.fixture
def lake(run_on):
    lake = run_on("2026-11-04").lake
    first, second, third = NIGHTS
    rows = [
        book(first, "a", first, kept=9, sha256="A"),
        book(second, "b", second, kept=9, sha256="B"),
        book(second, f"business_date={first}/stray", first, taken=False, sha256="S"),
        book(third, f"business_date={second}/c", second, kept=1, sha256="C"),
        book(third, "copy of b", third, repeated=9, sha256="B"),
        book(third, "bad", third, sha256="D"),
    ]
    lake.append(pa.Table.from_pylist(rows, lake.dataset("reconciliation").schema), "reconciliation")
    return lake


def known(lake, night):
    return KnownFiles.beside(night, lake)


def test_the_newest_night_may_take_what_no_other_settled(lake):
    newest = known(lake, date(2026, 11, 6))
    assert newest.taken == {("order_event", sha256) for sha256 in "ABC"}
    assert not newest.may_take("order_event", NIGHTS[1], "c")
    assert newest.may_take("order_event", NIGHTS[1], "d")
    assert newest.may_take("order_event", NIGHTS[0], "stray")
    assert newest.set_aside == {("order_event", NIGHTS[0], "stray")}
    assert newest.newest_dump("order_event") == NIGHTS[2]
    assert newest.newest_dump("voice_usage") is None


def test_a_rerun_finds_its_own_files_free_even_where_a_later_night_saw_a_copy(lake):
    rerun = known(lake, NIGHTS[1])
    assert rerun.taken == {("order_event", "A"), ("order_event", "C")}
    assert rerun.may_take("order_event", NIGHTS[1], "b")
    assert not rerun.may_take("order_event", NIGHTS[1], "c"), "a later night took it"
    assert not rerun.may_take("order_event", NIGHTS[1], "new"), "a later night has passed"
