"""suites: real expectations over witnesses give the verdict that the night gave over all rows, check by check."""

import pandas as pd
import pytest

from jobs.catalogue.schema import Label
from jobs.catalogue.view import Category
from jobs.quality.field_profile import profiles
from jobs.quality.measured import judge, library, quiet_context
from jobs.quality.suites import category_suite, tables_suite, witnesses
from jobs.quality.view_checks import field_checks
from jobs.reports.data_docs import level
from tests.jobs.quality.small_catalogue import BROKEN, FIELDS, GOOD, SUM_BROKEN, changed

# Great Expectations imports pyspark: not for the core tests.
pytestmark = pytest.mark.spark
CATEGORY = Category(category="small", label=Label(en="Small", zh="小"), doc="The small catalogue of the quality tests.", owner="us", reads=["x"], fields=FIELDS)


@pytest.fixture
def profile_of(view_of, rows_of_table, run_on):
    def profile(rows):
        found = profiles(view_of(rows), rows_of_table("field_profile", "business_date | field"), FIELDS, run_on("2026-11-05"))
        return {row["field"]: row for row in found}

    return profile


def verdicts(suite):
    """Whether each expectation held, in their order."""
    frame = pd.DataFrame(level(suite.columns), dtype=object)
    gx = library()
    whole = quiet_context().data_sources.add_pandas("small").add_dataframe_asset("small").add_batch_definition_whole_dataframe("small")
    held = {}
    for result in whole.get_batch(batch_parameters={"dataframe": frame}).validate(gx.ExpectationSuite(name="s", expectations=suite.expectations)).results:
        config = result.expectation_config
        held[config.type, config.kwargs["column"]] = bool(result.success)
    return [held[one.expectation_type, one.column] for one in suite.expectations]


CASES = [{}, *(changes for _, _, _, changes in BROKEN), SUM_BROKEN]


@pytest.mark.parametrize("changes", CASES, ids=str)
def test_the_suite_says_of_every_check_what_the_night_said(profile_of, changes):
    profile = profile_of(changed(changes) if changes else GOOD)
    by_night = judge(field_checks(FIELDS, profile)[1:])  # without the check of all types together
    assert verdicts(category_suite(CATEGORY, profile)) == by_night
    assert all(by_night) == (not changes)


def test_severity_follows_what_a_failure_does(profile_of):
    suite = category_suite(CATEGORY, profile_of(GOOD))
    assert [(one.column, one.severity.value) for one in suite.expectations][:3] == [("city", "critical"), ("city", "critical"), ("calls", "warning")]


def test_a_code_that_the_sample_missed_still_has_its_witness(profile_of):
    found = profile_of(changed({"city": "atlantis"}))["city"] | {"bins": [("beihe", 1)]}
    assert witnesses(FIELDS[0], found) == ["beihe", "*"]


def test_other_checks_stand_in_one_suite_with_their_verdict():
    results = [
        {"table": "bill", "check": "delivered whole", "on_fail": "warn", "passed": False, "observed": "cut", "expected": "whole"},
        {"table": "customer_view", "check": "has rows", "on_fail": "stop", "passed": True, "observed": "2 rows", "expected": "at least 1 row"},
        {"table": "customer_view", "check": "city: not null", "on_fail": "stop", "passed": True, "observed": "", "expected": ""},
    ]
    suite = tables_suite(results, {"city"})
    assert suite.columns == {"bill: delivered whole": ["cut"], "customer_view: has rows": ["holds"]}
    assert verdicts(suite) == [False, True]
