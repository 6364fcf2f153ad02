"""landing: two nights, the second as dirty as dumps get. Every bad row has its reason, every file's rows add up, nothing stops but a missing source.

A column that takes any text (account manager, place) carries the case of its row, so that kept and rejected rows can be told by it.
"""

import gzip
import shutil
from datetime import date

import pyarrow as pa
import pytest

from jobs.catalogue.schema import sources
from jobs.conf import Conf
from jobs.context import RunContext
from jobs.errors import Refusal
from jobs.paths import ROOT
from jobs.progress import quiet
from tests.landing import csv_bytes, deliver, deliver_required, folder_of, good, parquet_bytes, typed_table

pytestmark = pytest.mark.spark
BEFORE, DAY = "2026-11-04", "2026-11-05"

CUSTOMERS = {  # case: (changed values, reason)
    "good": ({}, None),
    "same key, later line": ({}, "duplicate_key"),
    "number is a word": ({"customer_id": "C000000002", "vip_level": "many"}, "wrong_type: vip_level"),
    "number with a fraction": ({"customer_id": "C000000003", "points": "12.5"}, "wrong_type: points"),
    "number beyond its type": ({"customer_id": "C000000004", "points": "99999999999999999999"}, "wrong_type: points"),
    "day that has not come yet": ({"customer_id": "C000000014", "joined_on": "2026-11-06"}, "out_of_range: joined_on"),
    "number out of range": ({"customer_id": "C000000005", "vip_level": "9"}, "out_of_range: vip_level"),
    "unknown code": ({"customer_id": "C000000006", "city": "atlantis"}, "unknown_code: city"),
    "key without its pattern": ({"customer_id": "X1"}, "bad_pattern: customer_id"),
    "nothing where something must be": ({"customer_id": "C000000007", "status": None}, "missing: status"),
    "no day of the calendar": ({"customer_id": "C000000008", "joined_on": "2026-13-40"}, "wrong_type: joined_on"),
    "half a date": ({"customer_id": "C000000009", "joined_on": "2026"}, "wrong_type: joined_on"),
    "no boolean": ({"customer_id": "C000000010", "prints_invoice": "maybe"}, "wrong_type: prints_invoice"),
    "first of two faults": ({"customer_id": "C000000011", "city": "atlantis", "vip_level": "many"}, "unknown_code: city"),
    'a quoted, "odd" text': ({"customer_id": "C000000012"}, None),
    "its twin is bad": ({"customer_id": "C000000002"}, None),
    "chinese 中文": ({"customer_id": "C000000013"}, None),
}
VISITS = {  # case: (changed values, reason)
    "in time": ({"visited_at": "2026-11-05T23:59:59+08:00"}, None),
    "without offset it is the operator's time": ({"visited_at": "2026-11-05 23:59:59"}, None),
    "of the day by the operator's clock alone": ({"visited_at": "2026-11-04T16:00:00Z"}, None),
    "three days late": ({"visited_at": "2026-11-02T00:00:00+08:00"}, None),
    "four days late": ({"visited_at": "2026-11-01T23:59:59+08:00"}, "late_event"),
    "tomorrow": ({"visited_at": "2026-11-06T00:00:00+08:00"}, "future_event"),
    "of nobody": ({"customer_id": "C999999999"}, "unknown_customer"),
    "of a rejected customer": ({"customer_id": "C000000005"}, None),
    "no time": ({"visited_at": "noon"}, "wrong_type: visited_at"),
}


def labelled(source, cases, label, **values):
    return [good(source, **{label: case} | values | changed) for case, (changed, _) in cases.items()]


def run_on(home, day, spark):
    return RunContext(home, date.fromisoformat(day), Conf(ROOT / "conf"), spark)


def ingest(home, day, spark):
    from jobs.ingest.landing import ingest_landing

    return ingest_landing(run_on(home, day, spark), quiet())


def visits():
    return [row | {"visit_id": f"V{number}"} for number, row in enumerate(labelled("channel_visit", VISITS, "place", visited_at="2026-11-05T10:00:00+08:00"))]


def strange_orders():
    """Columns in another order, one too many, one missing; rows with too many cells, too few, an open quote, and bytes that are not UTF-8."""
    lines = [b"product,order_id,loyalty,customer_id,action,channel,ordered_at,amount_fen"]
    tail = b"x,C000000001,subscribe,hall,2026-11-05T10:00:00+08:00,"
    lines += [
        b"p,O1," + tail + b"100",
        b"p,O2," + tail,
        b"p,O3," + tail + b"1,2",
        b"p,O4,x",
        b'"p,O5,' + tail + b"1",
        "彩铃".encode("gb18030") + b",O6," + tail + b"1",
    ]
    return gzip.compress(b"\r\n".join(lines) + b"\r\n")


def foreign_charges():
    """Charges as another system's Parquet writer stores them: numbers as text and fractions, days as midnights."""
    at = pa.array([date(2026, 11, 5)] * 4).cast(pa.timestamp("ns"))
    columns = {
        "amount_fen": ["100", "1e2", "", "7"],
        "overage_fen": [1.0, 1.0, 1.0, 0.5],
        "item": pa.array(["rental", "data", "message", "other"]).dictionary_encode(),
        "charge_date": at,
        "customer_id": ["C000000001"] * 4,
    }
    return parquet_bytes(pa.table(columns))


@pytest.fixture(scope="module")
def home(spark, tmp_path_factory):
    """The two nights."""
    home = tmp_path_factory.mktemp("landing")
    first_order = [good("order_event", order_id="O0", ordered_at="2026-11-04T10:00:00+08:00")]
    deliver_required(home, BEFORE, order_event={"a.csv.gz": first_order}, charge={"a.parquet": [good("charge", charge_date=BEFORE)]})
    deliver(home, "terminal", BEFORE, {"a.csv.gz": [good("terminal")]})
    ingest(home, BEFORE, spark)
    dirty = {"customer": {"a.csv.gz": labelled("customer", CUSTOMERS, "account_manager")}, "channel_visit": {"a.csv.gz": visits()}}
    deliver_required(home, DAY, **dirty, order_event={}, charge={}, payment={})
    orders = {"a.csv.gz": first_order, "b.csv.gz": strange_orders(), "c.csv.gz": strange_orders()}
    deliver(home, "order_event", DAY, orders, row_counts={"b.csv.gz": 6, "c.csv.gz": 6})
    again = typed_table("charge", [good("charge", charge_date=BEFORE), good("charge", charge_date=BEFORE, item="data")])
    deliver(home, "charge", DAY, {"a.parquet": parquet_bytes(again), "b.parquet": foreign_charges()}, row_counts={"a.parquet": 2, "b.parquet": 4})
    two_lines = [good("payment", payment_id="P1\nP1"), good("payment", payment_id="P2", kind="gift"), good("payment", payment_id="P3")]
    deliver(home, "payment", DAY, {"a.csv.gz": two_lines})
    (deliver(home, "terminal", DAY, {"a.csv.gz": [good("terminal", tac="36000001")]}) / "a.csv.gz").write_bytes(b"cut")
    (folder_of(home, "service_contact", BEFORE) / "late.csv.gz").write_bytes(csv_bytes([good("service_contact")], ["contact_number", "customer_id"]))
    (folder_of(home, "service_contact", BEFORE) / "broken.csv.gz").write_bytes(b"no gzip")
    ingest(home, DAY, spark)
    return home


@pytest.fixture
def lake(home, spark):
    return run_on(home, DAY, spark).lake


def of_the_day(lake, table):
    return lake.scan(table, day=date.fromisoformat(DAY)).to_pylist()


def rejected(lake, source):
    return {(row["file"], row["line"]): row for row in of_the_day(lake, "quarantine") if row["source"] == source}


def reasons(lake, source):
    return {place: row["reason"] for place, row in rejected(lake, source).items()}


def test_every_bad_row_is_in_quarantine_with_line_reason_and_raw_text(lake):
    found = rejected(lake, "customer")
    expected = {("a.csv.gz", line): (case, reason) for line, (case, (_, reason)) in enumerate(CUSTOMERS.items(), start=2) if reason}
    assert {place: row["reason"] for place, row in found.items()} == {place: reason for place, (_, reason) in expected.items()}
    assert all(case in found[place]["raw"] for place, (case, _) in expected.items())


def test_good_rows_are_kept_with_the_types_and_the_order_of_the_schema(lake):
    kept = of_the_day(lake, "customer")
    assert {row["account_manager"] for row in kept} == {case for case, (_, reason) in CUSTOMERS.items() if reason is None}
    assert list(kept[0]) == run_on(lake.home, DAY, None).columns("customer")
    assert {(type(row["vip_level"]), type(row["joined_on"]), type(row["prints_invoice"])) for row in kept} == {(int, date, bool)}


def test_events_are_dated_by_the_operators_clock_and_checked_against_the_customers_that_were_kept(lake):
    found = rejected(lake, "channel_visit")
    assert {row["reason"] for row in found.values()} == {reason for _, reason in VISITS.values() if reason}
    assert {row["place"] for row in of_the_day(lake, "channel_visit")} == {case for case, (_, reason) in VISITS.items() if reason is None}
    times = {row["place"]: row["visited_at"].isoformat() for row in of_the_day(lake, "channel_visit")}
    assert times["in time"] == times["without offset it is the operator's time"] == "2026-11-05T15:59:59+00:00"


def test_strange_files_cost_only_their_bad_rows(lake):
    assert reasons(lake, "order_event") == {
        ("b.csv.gz", 4): "wrong_number_of_cells",
        ("b.csv.gz", 5): "wrong_number_of_cells",
        ("b.csv.gz", 6): "wrong_number_of_cells",
        ("b.csv.gz", 7): "bad_encoding",
    }
    kept = {row["order_id"]: (row["product"], row["amount_fen"], row["mandatory"]) for row in of_the_day(lake, "order_event")}
    assert kept == {"O1": ("p", 100, None), "O2": ("p", None, None)}
    status = {row["source"]: row for row in of_the_day(lake, "source_status")}
    assert "column loyalty is not in the schema, ignored" in status["order_event"]["reason"] and status["order_event"]["complete"]


def test_parquet_of_other_types_is_cast_and_never_rounded(lake):
    found = {place: reason for place, reason in reasons(lake, "charge").items() if place[0] == "b.parquet"}
    assert found == {("b.parquet", 2): "wrong_type: amount_fen", ("b.parquet", 3): "wrong_type: amount_fen", ("b.parquet", 4): "wrong_type: overage_fen"}
    kept = [row for row in of_the_day(lake, "charge") if row["item"] == "rental"]
    assert [(row["charge_date"], row["amount_fen"], row["overage_fen"]) for row in kept] == [(date(2026, 11, 5), 100, 1)]


def test_a_late_event_that_an_earlier_dump_brought_is_a_duplicate(lake):
    assert reasons(lake, "charge")[("a.parquet", 1)] == "duplicate_key"
    assert ("data", date(2026, 11, 4)) in {(row["item"], row["charge_date"]) for row in of_the_day(lake, "charge")}


def test_a_line_end_inside_quotes_neither_splits_its_row_nor_moves_the_lines_behind_it(lake):
    assert reasons(lake, "payment") == {("a.csv.gz", 4): "unknown_code: kind"}
    assert {row["payment_id"] for row in of_the_day(lake, "payment")} == {"P1\nP1", "P3"}


def test_files_that_no_manifest_names_are_quarantined_row_by_row(lake):
    assert reasons(lake, "service_contact") == {
        (f"business_date={BEFORE}/late.csv.gz", 2): "unlisted_file",
        (f"business_date={BEFORE}/broken.csv.gz", 0): "unreadable_file",
    }


def test_every_row_of_every_file_is_counted_once(lake):
    counted = {(row["source"], row["file"]): row for row in of_the_day(lake, "reconciliation")}
    assert all(row["rows_in"] == row["rows_kept"] + row["rows_quarantined"] + row["rows_repeated"] for row in counted.values())
    by_file = {key: (row["rows_kept"], row["rows_quarantined"], row["rows_repeated"]) for key, row in counted.items() if key[0] == "order_event"}
    assert by_file == {("order_event", "a.csv.gz"): (0, 0, 1), ("order_event", "b.csv.gz"): (2, 4, 0), ("order_event", "c.csv.gz"): (0, 0, 6)}
    in_quarantine = [(row["source"], row["file"]) for row in of_the_day(lake, "quarantine")]
    assert {key: in_quarantine.count(key) for key in counted} == {key: row["rows_quarantined"] for key, row in counted.items()}


def test_the_last_good_snapshot_stands_in_for_an_incomplete_optional_one(lake):
    assert [(row["business_date"], row["tac"]) for row in of_the_day(lake, "terminal")] == [(date(2026, 11, 5), "35000001")]
    status = {row["source"]: row for row in of_the_day(lake, "source_status")}
    assert (status["terminal"]["complete"], status["terminal"]["used_date"]) == (False, date(2026, 11, 4))
    assert "truncated or damaged gzip" in status["terminal"]["reason"]
    assert (status["terminal_library"]["complete"], status["terminal_library"]["used_date"]) == (False, None)


def test_an_incomplete_required_source_stops_the_night_before_anything_is_written(home, spark, tmp_path):
    shutil.copytree(home / "landing", tmp_path / "landing")
    (folder_of(tmp_path, "voice_usage", DAY) / "part-0.parquet").unlink()
    with pytest.raises(Refusal, match=r"^landing/voice_usage/business_date=2026-11-05/part-0.parquet: missing; source voice_usage is required[^\n]*$"):
        ingest(tmp_path, DAY, spark)
    assert not (tmp_path / "lake").exists()


def test_a_required_source_of_which_all_is_rejected_stops_the_night(home, spark, tmp_path):
    shutil.copytree(home / "landing", tmp_path / "landing")
    chinese = [good("identity", name="王小明", postal_address="安州长街")] * 3
    columns = [field.name for field in sources()["identity"].fields]
    deliver(tmp_path, "identity", DAY, {"part-0.csv.gz": csv_bytes(chinese, columns, encoding="gb18030")}, row_counts={"part-0.csv.gz": 3})
    with pytest.raises(Refusal, match=r"^landing/identity/business_date=2026-11-05: 3 of 3 rows are rejected, 3 of them for 'bad_encoding'; [^\n]*$"):
        ingest(tmp_path, DAY, spark)
    assert not run_on(tmp_path, DAY, None).lake.exists("identity")


def test_a_rerun_gives_the_same_rows(home, lake, spark):
    tables = ("customer", "order_event", "terminal", "quarantine", "reconciliation", "source_status")
    before = {table: sorted(map(str, of_the_day(lake, table))) for table in tables}
    ingest(home, DAY, spark)
    assert {table: sorted(map(str, of_the_day(lake, table))) for table in tables} == before
