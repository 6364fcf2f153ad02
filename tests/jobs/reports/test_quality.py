"""The quality page: what failed stands first, what was rejected is counted and not shown."""

import re

import pytest

from jobs.errors import UserError
from jobs.reports.quality import write_quality_page
from tests.jobs.reports.home import append

pytestmark = pytest.mark.core


def test_checks_sources_rows_and_reasons_are_shown(run_on):
    run = run_on("2026-11-05")
    checks = [("customer_view", "age between 0 and 120", "warn", False), ("customer_view", "key is unique", "stop", False), ("bill", "rows", "stop", True)]
    append(
        run,
        "quality_result",
        [
            {"table": table, "check": check, "on_fail": on_fail, "passed": passed, "observed": "3 rows", "expected": "0 rows"}
            for table, check, on_fail, passed in checks
        ],
    )
    append(
        run,
        "source_status",
        [
            {"source": "customer", "complete": True, "used_date": run.business_date, "reason": ""},
            {"source": "terminal", "complete": False, "reason": "no manifest"},
        ],
    )
    append(
        run,
        "reconciliation",
        [{"source": "customer", "file": f"part-{part}", "rows_in": 1000, "rows_kept": 990, "rows_quarantined": 8, "rows_repeated": 2} for part in (0, 1)],
    )
    append(
        run,
        "quarantine",
        [{"source": "customer", "file": "part-0", "line": line, "reason": "type: vip_level", "raw": "Zhang San,13900000000"} for line in (7, 9)],
    )
    page = write_quality_page(run).read_text(encoding="utf-8")
    assert page.index("key is unique") < page.index("age between 0 and 120")  # what stops comes before what warns
    assert "of 3; 1 of them stop the night" in page
    assert "no manifest" in page and "2,000" in page and "1,980" in page
    assert re.search(r"type: vip_level</td><td>2</td><td class=\"text\">part-0 line 7", page)
    assert "Zhang San" not in page and "13900000000" not in page
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page) and "<script" not in page


def test_a_date_without_a_night_is_said(run_on):
    with pytest.raises(UserError, match="nothing was taken in for 2026-11-05"):
        write_quality_page(run_on("2026-11-05"))
