"""The quality page: what stops stands first, what was rejected is counted and not shown, nights and drift are told."""

import re
from datetime import date, timedelta

import pytest

from jobs.errors import UserError
from jobs.reports.quality import write_quality_page
from jobs.reports.quality_charts import short, spread
from jobs.reports.quality_facts import delivered_again, failed_by_night, freshness, read_drifts, rejected_by_reason, rows_by_night
from tests.jobs.reports.home import append

pytestmark = pytest.mark.home
DAY = date(2026, 11, 5)


def check(name, on_fail="warn", passed=False, table="customer_view", **more):
    return {"table": table, "check": name, "on_fail": on_fail, "passed": passed, "observed": "3 rows", "expected": "0 rows"} | more


def profile(bins, field="points", kind="bigint", nulls=0, **more):
    rows = sum(bins.values()) + nulls
    edges = [float(edge) for edge in bins if edge != "more"] if kind == "bigint" else None
    return {"field": field, "type": kind, "rows": rows, "nulls": nulls, "edges": edges, "bins": list(bins.items()), "broken": []} | more


def before(row, nights):
    return [row | {"business_date": DAY - timedelta(days=back)} for back in range(1, nights + 1)]


@pytest.fixture
def run(run_on):
    """A night with one check of each fate, a source that came whole and one that did not, rejected rows, and a field that moved."""
    run = run_on("2026-11-05")
    checks = [
        check("age between 0 and 120"),
        check("key is unique", "stop"),
        check("rows", "stop", passed=True, table="bill"),
        check("points: drift", observed="PSI 0.9, alarm against 7 nights"),
        check("points: share of nulls", passed=True),
        check("key is unique", "stop", business_date=date(2026, 11, 3)),
        check("key is unique", "stop", business_date=date(2026, 10, 1)),
    ]
    append(run, "quality_result", checks)
    whole, cut = {"source": "customer", "complete": True, "reason": ""}, {"source": "terminal", "complete": False, "reason": "no manifest"}
    append(run, "source_status", [whole | {"used_date": DAY}, cut, *before(whole, 2), *before(cut | {"complete": True, "reason": ""}, 1)])
    files = [{"source": "customer", "file": f"part-{part}", "rows_in": 1000, "rows_kept": 990, "rows_quarantined": 8, "rows_repeated": 2} for part in (0, 1)]
    append(run, "reconciliation", [*files, *before(files[0] | {"rows_quarantined": 500}, 1)])
    rejected = {"source": "customer", "file": "part-0", "reason": "type: vip_level", "raw": "Zhang San,13900000000"}
    append(run, "quarantine", [rejected | {"line": line} for line in (10, 9)])
    append(run, "field_profile", [profile({"100": 9000, "more": 1000}), *before(profile({"100": 5000, "more": 5000}), 7)])
    return run


def test_a_data_owner_reads_what_stopped_and_what_warns(run):
    page = write_quality_page(run).read_text(encoding="utf-8")
    assert "<b>Stopped.</b> 1 of 5 checks stop the night" in page
    assert page.index("key is unique") < page.index("age between 0 and 120")  # what stops comes before what warns
    assert "of 3; 1 of them stop the night" in page, "drift is counted on its own"
    assert "no manifest" in page and "2,000" in page and "1,980" in page
    assert re.search(r"type: vip_level</td><td>2</td><td class=\"text\">part-0 line 9", page), "line 9 stands before line 10"
    for chart in ("Failed checks, 14 nights", "Share of rows rejected, 14 nights", "Rejected rows by source and reason"):
        assert re.search(rf"<figcaption>{chart}</figcaption>.*?<svg", page, re.DOTALL), chart


def test_a_file_of_yesterday_that_came_again_is_named(run):
    stale = {"source": "identity", "rows_in": 7, "rows_kept": 0, "rows_quarantined": 7, "rows_repeated": 0, "sha256": "5a"}
    fresh = stale | {"file": "new", "rows_kept": 7, "rows_quarantined": 0, "sha256": "5b"}
    yesterday = stale | {"file": "new", "rows_kept": 7, "rows_quarantined": 0, "dump_date": DAY - timedelta(days=1)}
    append(run, "reconciliation", [stale | {"file": "old", "dump_date": DAY}, fresh | {"dump_date": DAY}, *before(yesterday, 1)])
    assert delivered_again(run) == [("identity", "old", 7, DAY - timedelta(days=1))]
    assert "<b>identity</b>: old is the file of 2026-11-04 delivered again; 7 of its rows were rejected." in write_quality_page(run).read_text(encoding="utf-8")


def test_the_page_opens_offline_and_names_nobody(run):
    page = write_quality_page(run).read_text(encoding="utf-8")
    assert "Zhang San" not in page and "13900000000" not in page
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page) and "<script" not in page


def test_a_field_that_moved_is_drawn_beside_the_nights_before(run):
    """9 to 1 against half and half: 0.4 ln 1.8 - 0.4 ln 0.2 = 0.4 ln 9 = 0.88."""
    (moved,), types = read_drifts(run)
    assert (moved.field, moved.is_alarm, types) == ("points", True, {"points": "bigint"})
    page = write_quality_page(run).read_text(encoding="utf-8")
    assert re.search(r"<figcaption>points</figcaption>.*?<svg", page, re.DOTALL)
    assert "积分" in page and "<td>0.88</td>" in page and '<span class="bad">alarm</span>' in page


def test_codes_are_drawn_with_the_most_frequent_first(run_on):
    run = run_on("2026-11-05")
    append(
        run, "field_profile", [profile({"beihe": 10, "anzhou": 9000}, "city", "string"), *before(profile({"beihe": 9000, "anzhou": 10}, "city", "string"), 3)]
    )
    (moved,), types = read_drifts(run)
    drawn = spread(moved, types["city"]).spec
    assert drawn.index('"bin": "beihe"') < drawn.index('"bin": "anzhou"')


def test_nights_are_counted_back_to_the_fourteenth(run):
    counted = {(row["night"], row["kind"]): row["checks"] for row in failed_by_night(run)}
    assert counted == {("2026-11-03", "stops"): 1, ("2026-11-03", "warns"): 0, ("2026-11-05", "stops"): 1, ("2026-11-05", "warns"): 2}
    assert [(row["night"], row["share"]) for row in rows_by_night(run)] == [("2026-11-04", 0.5), ("2026-11-05", 0.008)]


def test_freshness_tells_when_a_source_last_came_whole(run):
    terminal, customer = freshness(run)
    assert (terminal.source, terminal.complete, terminal.last_whole, terminal.age) == ("terminal", False, date(2026, 11, 4), 1)
    assert terminal.nights == [*[None] * 12, True, False] and customer.nights == [*[None] * 11, True, True, True]


def test_rejected_rows_are_counted_by_source_and_reason(run):
    assert rejected_by_reason(run) == [("customer", "type: vip_level", 2, "part-0 line 9")]


def test_numbers_on_axes_are_short():
    assert [short(value) for value in (0.5, 99, 1234, 5e6, 1.234e9, 2e13)] == ["0.5", "99", "1.23k", "5M", "1.23G", "20T"]


def test_a_date_without_a_night_is_said(run_on):
    with pytest.raises(UserError, match="nothing was taken in for 2026-11-05"):
        write_quality_page(run_on("2026-11-05"))
