"""landing: what comes late is taken in once, by the next night that runs, judged as of its own date. Nights 3, 4 and 5 November.

Night 3 is whole but for the optional place_usage; night 4 is refused, since voice_usage did not come, and never runs; by night 5 both
have delivered three days. Beside them a bill is corrected.
"""

from datetime import date

import pytest

from jobs.conf import Conf
from jobs.context import RunContext
from jobs.errors import Refusal
from jobs.paths import ROOT
from jobs.progress import quiet
from tests.landing import deliver, deliver_required, folder_of, good

pytestmark = pytest.mark.spark
FIRST, MISSED, LAST = "2026-11-03", "2026-11-04", "2026-11-05"
HERE, LEFT, CAME, REJECTED = "C000000001", "C000000002", "C000000003", "C000000004"


def run_on(home, day, spark):
    return RunContext(home, date.fromisoformat(day), Conf(ROOT / "conf"), spark)


def ingest(home, day, spark):
    from jobs.ingest.landing import ingest_landing

    return ingest_landing(run_on(home, day, spark), quiet())


def customers(*ids):
    """The customers, and one whose row is rejected: it is a customer all the same."""
    return {"a.csv.gz": [*(good("customer", customer_id=one) for one in ids), good("customer", customer_id=REJECTED, city="atlantis")]}


def calls(*rows):
    return {"a.parquet": [good("voice_usage", customer_id=customer, usage_date=day, seconds=seconds) for customer, day, seconds in rows]}


def places(*rows):
    return {"a.parquet": [good("place_usage", customer_id=customer, usage_date=day, area=area) for customer, day, area in rows]}


def bills(*rows):
    names = ("bill_month", "item", "amount_fen")
    return {"a.parquet": [good("bill", **dict(zip(names, row, strict=True))) for row in rows]}


@pytest.fixture(scope="module")
def home(spark, tmp_path_factory):
    """The three nights."""
    home = tmp_path_factory.mktemp("anzhou_a9")
    deliver_required(home, FIRST, customer=customers(HERE, LEFT), voice_usage=calls((HERE, FIRST, 3)))
    deliver(home, "bill", FIRST, bills(("2026-10-01", "rental", 100), ("2026-10-01", "data", 200)))
    ingest(home, FIRST, spark)
    deliver_required(home, MISSED, customer=customers(HERE, LEFT))
    (folder_of(home, "voice_usage", MISSED) / "_manifest.json").rename(home / "kept_back.json")
    with pytest.raises(Refusal):
        ingest(home, MISSED, spark)
    (home / "kept_back.json").unlink()
    deliver(home, "voice_usage", MISSED, calls((HERE, MISSED, 4), (HERE, "2026-11-01", 44), (HERE, "2026-10-31", 444), (LEFT, MISSED, 40), (CAME, MISSED, 41)))
    deliver_required(
        home, LAST, customer=customers(HERE, CAME), voice_usage=calls((HERE, LAST, 5), (HERE, "2026-11-01", 9), (LEFT, LAST, 50), (HERE, "2026-11-02", 6))
    )
    deliver(home, "place_usage", FIRST, places((LEFT, FIRST, "anzhou_a3"), (CAME, FIRST, "anzhou_a3"), (REJECTED, FIRST, "anzhou_a1")))
    deliver(home, "place_usage", MISSED, places((HERE, MISSED, "anzhou_a4"), (REJECTED, MISSED, "anzhou_a2")))
    deliver(home, "place_usage", LAST, places((HERE, LAST, "anzhou_a5"), (HERE, FIRST, "anzhou_a9"), (REJECTED, LAST, "anzhou_a6")))
    correction = [
        ("2026-10-01", "rental", 100),
        ("2026-10-01", "data", 250),
        ("2026-10-01", "message", 7),
        ("2026-10-15", "other", 1),
        ("2026-04-01", "other", 1),
    ]
    deliver(home, "bill", LAST, bills(*correction, ("2026-05-01", "other", 8)))
    ingest(home, LAST, spark)
    return home


@pytest.fixture
def lake(home, spark):
    return run_on(home, LAST, spark).lake


def rows_of(lake, table, day, *columns):
    return sorted(tuple(str(row[name]) for name in columns) for row in lake.scan(table, day=date.fromisoformat(day)).to_pylist())


def quarantined(lake, source, day=LAST):
    return {(row[1], int(row[2])): row[3] for row in rows_of(lake, "quarantine", day, "source", "file", "line", "reason") if row[0] == source}


def test_all_three_days_of_a_source_that_missed_two_come_with_the_night_that_found_them(lake):
    assert [str(day) for day in lake.dates("place_usage")] == [LAST]
    assert rows_of(lake, "place_usage", LAST, "customer_id", "usage_date", "area") == [
        (HERE, FIRST, "anzhou_a9"),
        (HERE, MISSED, "anzhou_a4"),
        (HERE, LAST, "anzhou_a5"),
        (LEFT, FIRST, "anzhou_a3"),
        (REJECTED, FIRST, "anzhou_a1"),
        (REJECTED, MISSED, "anzhou_a2"),
        (REJECTED, LAST, "anzhou_a6"),
    ]


def test_a_late_dump_is_checked_against_the_customers_and_the_period_of_its_own_date(lake):
    """LEFT was a customer until the 4th, CAME since the 5th; the dump of the 4th may hold events since the 1st."""
    assert quarantined(lake, "place_usage") == {(f"business_date={FIRST}/a.parquet", 2): "unknown_customer"}
    late = f"business_date={MISSED}/a.parquet"
    assert quarantined(lake, "voice_usage") == {
        (late, 3): "late_event",
        (late, 5): "unknown_customer",
        ("a.parquet", 2): "late_event",
        ("a.parquet", 3): "unknown_customer",
    }
    assert rows_of(lake, "voice_usage", LAST, "customer_id", "usage_date", "seconds") == [
        (HERE, "2026-11-01", "44"),
        (HERE, "2026-11-02", "6"),
        (HERE, MISSED, "4"),
        (HERE, LAST, "5"),
        (LEFT, MISSED, "40"),
    ]


def test_the_partition_of_the_earlier_night_is_left_alone(lake):
    assert rows_of(lake, "voice_usage", FIRST, "customer_id", "seconds") == [(HERE, "3")]
    assert [str(day) for day in lake.dates("voice_usage")] == [FIRST, LAST]
    assert lake.version("voice_usage") == 2  # created, two nights


def test_the_books_say_which_night_took_the_dump_of_which_date(lake):
    books = rows_of(lake, "reconciliation", LAST, "source", "file", "dump_date", "rows_kept", "taken")
    assert [row[1:] for row in books if row[0] == "place_usage"] == [
        ("a.parquet", LAST, "3", "True"),
        (f"business_date={FIRST}/a.parquet", FIRST, "2", "True"),
        (f"business_date={MISSED}/a.parquet", MISSED, "2", "True"),
    ]
    assert (f"business_date={MISSED}/part-0.csv.gz", MISSED) in [row[1:3] for row in books if row[0] == "order_event"], "of a night that never ran"


def test_of_a_bill_said_again_what_changed_is_kept_and_counted(lake):
    assert rows_of(lake, "bill", LAST, "bill_month", "item", "amount_fen") == [
        ("2026-05-01", "other", "8"),
        ("2026-10-01", "data", "250"),
        ("2026-10-01", "message", "7"),
    ]
    assert quarantined(lake, "bill") == {("a.parquet", 4): "no_month: bill_month", ("a.parquet", 5): "late_event"}
    counts = rows_of(lake, "reconciliation", LAST, "source", "rows_in", "rows_kept", "rows_corrected", "rows_repeated", "rows_quarantined")
    assert ("bill", "6", "3", "1", "1", "2") in counts


def test_every_row_is_counted_once(lake):
    counts = lake.scan("reconciliation", columns=["rows_in", "rows_kept", "rows_quarantined", "rows_repeated"]).to_pylist()
    assert all(row["rows_in"] == row["rows_kept"] + row["rows_quarantined"] + row["rows_repeated"] for row in counts)


def test_a_rerun_takes_the_same_again_and_nothing_that_came_since(home, lake, spark):
    before = {
        (table, day): rows_of(lake, table, day, *lake.scan(table).column_names)
        for table in ("voice_usage", "place_usage", "bill", "reconciliation")
        for day in (FIRST, LAST)
    }
    ingest(home, LAST, spark)
    ingest(home, FIRST, spark)
    assert {key: rows_of(lake, *key, *lake.scan(key[0]).column_names) for key in before} == before


def test_the_newest_of_two_bills_of_one_night_holds(spark, tmp_path):
    deliver_required(tmp_path, LAST)
    deliver(tmp_path, "bill", FIRST, bills(("2026-10-01", "rental", 100), ("2026-10-01", "data", 200)))
    deliver(tmp_path, "bill", MISSED, bills(("2026-10-01", "rental", 150)))
    ingest(tmp_path, LAST, spark)
    lake = run_on(tmp_path, LAST, spark).lake
    assert rows_of(lake, "bill", LAST, "item", "amount_fen") == [("data", "200"), ("rental", "150")]
    counts = rows_of(lake, "reconciliation", LAST, "source", "dump_date", "rows_kept", "rows_repeated")
    assert [row for row in counts if row[0] == "bill"] == [("bill", FIRST, "1", "1"), ("bill", MISSED, "1", "0")]


def test_the_newest_late_snapshot_stands_in(spark, tmp_path):
    deliver_required(tmp_path, FIRST)
    deliver(tmp_path, "terminal", FIRST, {"a.csv.gz": [good("terminal", tac="35000003")]})
    ingest(tmp_path, FIRST, spark)
    deliver_required(tmp_path, LAST)
    deliver(tmp_path, "terminal", MISSED, {"a.csv.gz": [good("terminal", tac="35000004")]})
    ingest(tmp_path, LAST, spark)
    lake = run_on(tmp_path, LAST, spark).lake
    assert rows_of(lake, "terminal", LAST, "tac") == [("35000004",)]
    assert ("terminal", "False", MISSED) in rows_of(lake, "source_status", LAST, "source", "complete", "used_date")
