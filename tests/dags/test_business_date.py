"""business_date: one rule for manual runs, schedules, asset triggers and backfills."""

import importlib.util
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from jobs.paths import ROOT

pytestmark = pytest.mark.core

spec = importlib.util.spec_from_file_location("business_date", ROOT / "dags" / "business_date.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

NIGHT_AT_TWO = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)  # 02:00 of the 23rd in Shanghai


def run(partition_key=None, logical_date=None):
    return SimpleNamespace(partition_key=partition_key, logical_date=logical_date)


def events(**fields):
    return {"contact_lists": [SimpleNamespace(**{"partition_key": None, "extra": {}, **fields})]}


@pytest.mark.parametrize(
    ("case", "params", "dag_run", "triggering", "expected"),
    [
        ("a manual run says its date", {"business_date": "2026-11-05"}, run(), None, "2026-11-05"),
        ("what a person says wins over the schedule", {"business_date": "2026-11-05"}, run("2026-11-22"), None, "2026-11-05"),
        ("the schedule and partition backfills carry a key", {"business_date": None}, run("2026-11-22", NIGHT_AT_TWO), None, "2026-11-22"),
        ("a key with a time of day", {}, run("2026-11-22T00:00:00"), None, "2026-11-22"),
        ("an asset trigger carries the producer's key", {}, run(), events(partition_key="2026-11-21"), "2026-11-21"),
        ("an asset trigger carries a date in its extra", {}, run(), events(extra={"business_date": "2026-11-20"}), "2026-11-20"),
        ("only a firing time: the operator's day before it", {}, run(None, NIGHT_AT_TWO), None, "2026-11-22"),
    ],
)
def test_business_date(case, params, dag_run, triggering, expected):
    assert module.business_date(params, dag_run, triggering) == expected, case


def test_a_run_without_any_date_says_what_to_do():
    with pytest.raises(ValueError, match="trigger it with the param business_date"):
        module.business_date({}, run(), {})


def test_a_date_that_is_none_is_refused():
    with pytest.raises(ValueError):
        module.business_date({"business_date": "yesterday"}, run(), None)
