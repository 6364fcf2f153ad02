"""data_docs: the library's own pages, of the catalogue's suites, without anything from the network."""

import re

import pytest

from jobs.catalogue.view import categories
from jobs.reports.data_docs import write_data_docs
from jobs.reports.quality import write_quality_report
from tests.jobs.reports.home import append

# Great Expectations imports pyspark: not for the core tests.
pytestmark = pytest.mark.spark


def test_the_docs_of_a_night_open_offline_and_are_linked_from_its_page(run_on):
    run = run_on("2026-11-05")
    common = {"rows": 10, "nulls": 0, "bins": [], "broken": []}
    append(run, "field_profile", [common | {"field": "age", "type": "int", "lowest": 18.0, "highest": 130.0}])
    append(
        run,
        "quality_result",
        [
            {"table": "customer_view", "check": "age: between 0 and 120", "on_fail": "warn", "passed": False, "observed": "18 to 130"},
            {"table": "bill", "check": "delivered whole", "on_fail": "warn", "passed": True, "observed": "whole"},
        ],
    )
    page = write_quality_report(run)
    assert 'href="data_docs/index.html"' in page.read_text(encoding="utf-8")
    docs = page.parent / "data_docs"
    index = (docs / "index.html").read_text(encoding="utf-8")
    assert all(f">{category}</a>" in index for category in [*categories(), "tables"])
    assert re.search(r">basic</a></th><td class=\"text\"><span class=\"bad\">1 failed", index)
    for one in docs.rglob("*.html"):
        assert not re.search(r"(src|href)=[\"']?(https?:)?//|<script", one.read_text(encoding="utf-8")), one
    basic = next((docs / "validations" / "basic").rglob("*.html")).read_text(encoding="utf-8")
    assert "values must be greater than or equal to" in re.sub(r"<[^>]*>", "", basic) and "Failed" in basic
    assert sorted(path.name for path in page.parent.iterdir()) == ["data_docs", "index.html"], "no workshop is left behind"


def test_a_night_without_a_profile_has_no_docs(run_on):
    assert write_data_docs(run_on("2026-11-05")) is None
