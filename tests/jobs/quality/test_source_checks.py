"""source_checks: each check holds for an ordinary night and is broken by one night made for it."""

from datetime import date, timedelta

import pytest

from jobs.paths import ROOT
from jobs.quality.rules import quality_rules
from jobs.quality.source_checks import source_checks
from tests.jobs.quality.judged import holds

pytestmark = pytest.mark.core
DAY = date(2026, 11, 5)


def counted(source="charge", rows_in=100, kept=99, quarantined=1, repeated=0, night=DAY):
    rows = {"rows_in": rows_in, "rows_kept": kept, "rows_quarantined": quarantined, "rows_repeated": repeated}
    return {"business_date": night, "source": source, "file": "a"} | rows


def status(source="charge", complete=True, used_date=DAY, reason="", history_from=None):
    return {"source": source, "complete": complete, "used_date": used_date, "reason": reason, "history_from": history_from}


def failed(reconciliation, source_status, newest_events=None):
    """(table, check, on_fail) of what does not hold, judged here by hand."""
    checks = source_checks(reconciliation, source_status, newest_events or {}, DAY, quality_rules(ROOT / "conf"))
    return {(one.table, one.check, one.on_fail) for one in checks if not holds(one)}


def nights_before(source, *rows):
    """Nights of a source, yesterday's first."""
    return [counted(source, number, number, 0, night=DAY - timedelta(days=back)) for back, number in enumerate(rows, start=1)]


def test_an_ordinary_night_breaks_nothing():
    assert failed([counted(), counted("payment", 0, 0, 0)], [status(), status("payment")]) == set()


@pytest.mark.parametrize(
    ("files", "statuses", "broken", "case"),
    [
        ([counted(kept=98)], [], ("reconciliation", "rows in = kept + quarantined + repeated", "stop"), "a row that nobody counted"),
        ([counted(kept=80, quarantined=20)], [], ("charge", "few rows are rejected", "warn"), "a fifth rejected"),
        ([counted(kept=0, quarantined=0, repeated=100)], [], ("charge", "brings new rows", "warn"), "all of it came before"),
        ([], [status("terminal", False, None, "_manifest.json: missing")], ("terminal", "delivered whole", "warn"), "an optional source is missing"),
    ],
)
def test_a_night_made_for_it_breaks_the_check(files, statuses, broken, case):
    assert failed(files, statuses) == {broken}, case


def test_a_stand_in_goes_stale_after_seven_days():
    fresh = failed([], [status("terminal", False, date(2026, 10, 29), "cut")])
    stale = failed([], [status("terminal", False, date(2026, 10, 28), "cut")])
    assert stale - fresh == {("terminal", "stand-in is fresh", "warn")}


def test_the_books_of_another_night_are_not_judged_again():
    assert failed([counted(kept=1, night=date(2026, 11, 4))], []) == set()


def test_a_dump_of_yesterdays_events_is_said():
    assert failed([], [], {"charge": DAY, "voice_usage": None}) == set()
    assert failed([], [], {"charge": date(2026, 11, 4)}) == {("charge", "brings events of the night", "warn")}


def test_half_the_usual_rows_are_too_few_and_twice_as_many_too_many():
    """The median of 100, 90 and 5000 (the history of the first night) is 100."""
    before = nights_before("charge", 100, 90, 5000)
    as_usual = ("charge", "about as many rows as usual", "warn")
    assert failed([*before, counted(rows_in=51, kept=51, quarantined=0)], [status()]) == set()
    assert failed([*before, counted(rows_in=49, kept=49, quarantined=0)], [status()]) == {as_usual}
    assert failed([*before, counted(rows_in=151, kept=151, quarantined=0)], [status()]) == {as_usual}
    assert failed(before, [status()]) == {as_usual}, "a source that brought nothing"


def test_rows_are_not_compared_with_few_nights_nor_for_a_first_dump_or_a_monthly_source():
    assert failed([*nights_before("charge", 100, 100), counted()], [status()]) == set()
    long_ago = date(2026, 5, 1)
    assert failed([*nights_before("charge", 10, 10, 10), counted()], [status(history_from=long_ago)]) == set()
    assert failed([*nights_before("bill", 10, 10, 10), counted("bill")], [status("bill")]) == set()
