"""source_checks: each check holds for an ordinary night and is broken by one night made for it."""

from datetime import date

import pytest

from jobs.paths import ROOT
from jobs.quality.measured import Measured
from jobs.quality.rules import quality_rules
from jobs.quality.source_checks import source_checks

pytestmark = pytest.mark.core
DAY = date(2026, 11, 5)


def counted(source="charge", rows_in=100, kept=99, quarantined=1, repeated=0):
    return {"source": source, "file": "a", "rows_in": rows_in, "rows_kept": kept, "rows_quarantined": quarantined, "rows_repeated": repeated}


def status(source="charge", complete=True, used_date=DAY, reason=""):
    return {"source": source, "complete": complete, "used_date": used_date, "reason": reason}


def failed(reconciliation, source_status):
    """(table, check, on_fail) of what does not hold, judged here by hand."""
    checks = source_checks(reconciliation, source_status, DAY, quality_rules(ROOT / "conf"))
    return {(one.table, one.check, one.on_fail) for one in checks if not holds(one)}


def holds(one: Measured) -> bool:
    low, high = one.low if one.low is not None else float("-inf"), one.high if one.high is not None else float("inf")
    return all(value is None or low <= value <= high for value in one.values)


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
