"""Ten nights of heavily soiled dumps over the turn of a month: the view that grew night by night is the view rebuilt from the raw files, every
field, bit for bit. Once rebuilt on an empty lake, where one night takes all ten days in; once from the source tables, as known now."""

from collections import Counter
from datetime import date, timedelta

import pytest

from jobs.catalogue.schema import columns_of, sources
from tests.jobs.customer_view.whole_nights import ACCUMULATORS, MADE_OF_DUMPS, differences, night, rebuilt, run_on, view
from tests.jobs.simulator.operator import simulated

pytestmark = [pytest.mark.e2e, pytest.mark.whole_nights]
NIGHTS = [str(date(2026, 10, 26) + timedelta(days=day)) for day in range(10)]
CUSTOMERS = 80
ADDED_UP = sorted(name for name, schema in sources().items() if schema.event_date)


@pytest.fixture(scope="module")
def grown(spark, tmp_path_factory):
    home = simulated(tmp_path_factory.mktemp("grown"), NIGHTS[0], NIGHTS[-1], customers=CUSTOMERS, dirt="heavy")
    for day in NIGHTS:
        night(home, day, spark, MADE_OF_DUMPS if day == NIGHTS[-1] else ACCUMULATORS)
    return home


@pytest.fixture(scope="module")
def from_raw(grown, spark, tmp_path_factory):
    return rebuilt(grown, tmp_path_factory.mktemp("raw"), NIGHTS[-1], spark)


def kept_rows(home, source):
    columns = [name for name in columns_of(source) if name != "business_date"]
    return Counter(tuple(row.values()) for row in run_on(home, NIGHTS[-1], None).lake.scan(source, columns=columns).to_pylist())


def test_the_dumps_were_dirty(grown):
    lake = run_on(grown, NIGHTS[-1], None).lake
    reasons = Counter(row["reason"].partition(":")[0] for row in lake.scan("quarantine").to_pylist())
    assert {"wrong_type", "missing", "unknown_code", "out_of_range", "unknown_customer", "duplicate_key", "late_event", "future_event"} <= set(reasons)
    assert any(row["rows_repeated"] for row in lake.scan("reconciliation").to_pylist()), "files that came before"
    assert not all(row["complete"] for row in lake.scan("source_status").to_pylist()), "optional sources that did not come"
    calls = lake.scan("voice_usage").to_pylist()
    assert any(timedelta() < row["business_date"] - row["usage_date"] <= timedelta(days=3) for row in calls), "late calls that still count"


@pytest.mark.parametrize("source", ADDED_UP)
def test_the_same_rows_are_kept_whether_ten_nights_took_them_or_one(grown, from_raw, source):
    assert kept_rows(from_raw, source) == kept_rows(grown, source)


def test_the_view_grown_night_by_night_is_the_view_rebuilt_from_raw_files(grown, from_raw):
    incremental, whole = view(grown, NIGHTS[-1]), view(from_raw, NIGHTS[-1])
    assert len(incremental) > CUSTOMERS * 0.8
    assert differences(incremental, whole) == {}


def test_it_is_also_the_view_of_all_that_is_known_now(grown, spark):
    from jobs.customer_view.known_now import customer_view_known_now

    made = customer_view_known_now(run_on(grown, NIGHTS[-1], spark)).toArrow().to_pylist()
    assert differences(view(grown, NIGHTS[-1]), {row["customer_id"]: row for row in made}) == {}
