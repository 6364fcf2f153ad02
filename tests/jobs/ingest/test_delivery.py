"""delivery: which sources are complete, what becomes of each file, and that an incomplete required source stops the night with one line."""

from datetime import date

import pyarrow as pa
import pytest

from jobs.errors import Refusal
from jobs.ingest.delivery import examine, refuse_incomplete
from jobs.ingest.known_files import KnownFiles
from jobs.ingest.landed_file import open_file
from tests.landing import csv_bytes, deliver, deliver_required, folder_of, good, parquet_bytes

pytestmark = pytest.mark.core
DAY = "2026-11-05"
NOTHING_KNOWN = KnownFiles()
ORDER_COLUMNS = ["order_id", "customer_id", "product", "action", "channel", "ordered_at"]


def examined(home, known=NOTHING_KNOWN, day=DAY):
    return {delivery.source: delivery for delivery in examine(home, date.fromisoformat(day), known)}


def fates(delivery):
    return {file.name: file.fate for file in delivery.files}


def checksum(home, source, name, day=DAY):
    return open_file(folder_of(home, source, day) / name).sha256


def test_all_required_sources_whole_let_the_night_go_on(tmp_path):
    deliver_required(tmp_path, DAY)
    deliveries = examined(tmp_path)
    refuse_incomplete(deliveries.values(), date.fromisoformat(DAY))
    assert not deliveries["terminal"].complete
    assert {"bill", "usage_month"}.isdisjoint(deliveries), "neither the 1st nor a dump with history"


@pytest.mark.parametrize(("day", "history_from"), [("2026-12-01", None), (DAY, "2026-05-01")])
def test_monthly_sources_are_due_on_the_first_and_with_history(tmp_path, day, history_from):
    deliver_required(tmp_path, day)
    deliver(tmp_path, "order_event", day, {}, history_from=history_from)
    deliveries = examined(tmp_path, day=day)
    assert deliveries["bill"].due and not deliveries["bill"].complete
    assert "usage_month" not in deliveries, "the old warehouse's history is only taken where it is"


def test_a_missing_required_source_is_one_line_that_names_it_and_the_cure(tmp_path):
    deliver_required(tmp_path, DAY)
    (folder_of(tmp_path, "charge", DAY) / "_manifest.json").unlink()
    (folder_of(tmp_path, "voice_usage", DAY) / "part-0.parquet").write_bytes(b"")
    with pytest.raises(Refusal) as refused:
        refuse_incomplete(examined(tmp_path).values(), date.fromisoformat(DAY))
    assert str(refused.value) == (
        "landing/charge/business_date=2026-11-05/_manifest.json: missing; source charge is required and incomplete; also incomplete: voice_usage: "
        "have the dump delivered again, then run `cpc run ingest --date 2026-11-05`"
    )


def test_a_column_that_may_be_null_may_be_missing_and_a_strange_one_is_ignored_and_said(tmp_path):
    row = good("order_event") | {"loyalty": "gold"}
    deliver_required(tmp_path, DAY, order_event={"part-0.csv.gz": csv_bytes([row], [*ORDER_COLUMNS, "loyalty", "mandatory"])})
    deliver(tmp_path, "order_event", DAY, {"part-0.csv.gz": csv_bytes([row], [*ORDER_COLUMNS, "loyalty", "mandatory"])}, row_counts={"part-0.csv.gz": 1})
    delivery = examined(tmp_path)["order_event"]
    assert delivery.complete
    assert delivery.reason == "part-0.csv.gz: column amount_fen is missing, taken as null; part-0.csv.gz: column loyalty is not in the schema, ignored"


def test_a_column_that_must_not_be_null_may_not_be_missing(tmp_path):
    deliver_required(tmp_path, DAY)
    deliver(tmp_path, "order_event", DAY, {"part-0.csv.gz": csv_bytes([], ORDER_COLUMNS[:-1])})
    delivery = examined(tmp_path)["order_event"]
    assert (delivery.complete, delivery.bad_file, delivery.reason) == (False, "part-0.csv.gz", "column ordered_at is missing")


def test_a_parquet_column_that_spark_cannot_read_counts_as_missing(tmp_path):
    nested = pa.table({"customer_id": ["C000000001"], "charge_date": [date(2026, 11, 5)], "item": ["rental"], "amount_fen": [[1]], "overage_fen": [0]})
    deliver(tmp_path, "charge", DAY, {"part-0.parquet": parquet_bytes(nested)}, row_counts={"part-0.parquet": 1})
    assert examined(tmp_path)["charge"].reason == "column amount_fen has a type that cannot be read"


def test_a_snapshot_of_customers_without_rows_is_incomplete_but_a_list_may_be_empty(tmp_path):
    deliver_required(tmp_path, DAY, customer={"part-0.csv.gz": []}, special_list={})
    deliveries = examined(tmp_path)
    assert deliveries["customer"].reason == "the snapshot holds no rows"
    assert deliveries["special_list"].complete


def test_the_same_bytes_twice_in_a_delivery_are_taken_once(tmp_path):
    deliver(
        tmp_path, "order_event", DAY, {"b.csv.gz": [good("order_event")], "a.csv.gz": [good("order_event")], "c.csv.gz": [good("order_event", order_id="y")]}
    )
    assert fates(examined(tmp_path)["order_event"]) == {"a.csv.gz": "judge", "b.csv.gz": "repeated", "c.csv.gz": "judge"}


def test_events_that_an_earlier_night_took_are_repeated_while_a_snapshot_may_stay_the_same(tmp_path):
    for source in ("order_event", "plan_catalogue"):
        deliver(tmp_path, source, DAY, {"part-0.csv.gz": [good(source)]})
    taken = [(source, checksum(tmp_path, source, "part-0.csv.gz")) for source in ("order_event", "plan_catalogue")]
    deliveries = examined(tmp_path, KnownFiles(taken=frozenset(taken)))
    assert fates(deliveries["order_event"]) == {"part-0.csv.gz": "repeated"}
    assert fates(deliveries["plan_catalogue"]) == {"part-0.csv.gz": "judge"}


def test_a_file_that_the_manifest_does_not_name_is_not_taken(tmp_path):
    folder = deliver(tmp_path, "order_event", DAY, {"part-0.csv.gz": [good("order_event")]})
    (folder / "stray.csv.gz").write_bytes(csv_bytes([good("order_event", order_id="y")], ORDER_COLUMNS))
    assert fates(examined(tmp_path)["order_event"]) == {"part-0.csv.gz": "judge", "stray.csv.gz": "unlisted_file"}
