"""gate: one failed check that stops ends the night with one line; a warning is said and the night goes on."""

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.quality.gate import refuse_unfit_data, stop_on_failed_checks

pytestmark = pytest.mark.core
DAY = date(2026, 11, 5)


class Heard(Progress):
    def __init__(self):
        super().__init__(quiet=True)
        self.said = []

    def say(self, text):
        self.said.append(text)


def checked(lake, *results):
    """(check, on_fail, passed) written as the night's results."""
    rows = [
        {"business_date": DAY, "table": "customer_view", "check": check, "on_fail": on_fail, "passed": passed, "observed": "3 rows", "expected": "0 rows"}
        for check, on_fail, passed in results
    ]
    lake.append(pa.Table.from_pylist(rows), "quality_result")


def test_failed_checks_that_stop_are_named_in_one_line(run_on):
    run = run_on("2026-11-05")
    checked(run.lake, ("age: not null", "stop", False), ("city: not null", "stop", False), ("has rows", "stop", True), ("points: not null", "warn", False))
    with pytest.raises(Refusal) as refused:
        stop_on_failed_checks(run, Progress(quiet=True))
    line = str(refused.value)
    assert "2 of 4 checks stop the night: customer_view: age: not null (3 rows); customer_view: city: not null (3 rows)" in line
    assert "points" not in line and "\n" not in line
    page = run.home / "reports" / "quality" / "2026-11-05" / "index.html"
    assert "2 of 4 checks stop the night" in page.read_text(encoding="utf-8"), "the page stands when the night has stopped"


def test_a_failed_check_that_warns_is_said_and_the_night_goes_on(run_on):
    run, heard = run_on("2026-11-05"), Heard()
    checked(run.lake, ("points: not null", "warn", False), ("has rows", "stop", True))
    assert stop_on_failed_checks(run, heard) == {}
    assert heard.said[0].startswith("report: ") and heard.said[1:] == ["warning: customer_view: points: not null (3 rows)"]


def test_a_night_made_again_beside_the_original_leaves_its_page_alone(run_on, tmp_path):
    run = replace(run_on("2026-11-05"), overlay=tmp_path / "beside")
    checked(run.lake, ("has rows", "stop", True))
    stop_on_failed_checks(run, Heard())
    assert not (run.home / "reports").exists()


def test_a_later_stage_that_is_run_alone_meets_the_same_gate(run_on):
    run = run_on("2026-11-05")
    with pytest.raises(Refusal, match=r"the data of 2026-11-05 have not been checked: run `cpc run customer_view --date 2026-11-05` first"):
        refuse_unfit_data(run)
    checked(run.lake, ("points: not null", "warn", False), ("has rows", "stop", True))
    refuse_unfit_data(run)
    checked(run.lake, ("age: not null", "stop", False))
    with pytest.raises(Refusal, match=r"1 of 3 checks stop the night: customer_view: age: not null"):
        refuse_unfit_data(run)
