"""The bench of the view: its inputs are the base laid out for more customers, and no difference between the engines goes unseen."""

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from bench import view, view_inputs
from bench.view_inputs import FIRST, NIGHT, multiply
from jobs.lake import Lake

pytestmark = pytest.mark.core


def rows(table: str, known: list[dict]) -> pa.Table:
    """Rows of a table of the lake with what is said of them; whole numbers that are not said are 0, all else is null."""
    schema = Lake(view_inputs.Path("nowhere")).dataset(table).schema
    full = [{field.name: 0 if pa.types.is_int64(field.type) else None for field in schema} | row for row in known]
    return pa.Table.from_pylist(full, schema=schema)


@pytest.fixture
def base(tmp_path):
    """Two customers, of whom A used data on both nights; a catalogue that belongs to nobody."""
    lake = Lake(tmp_path / "base")
    lake.append(rows("customer", [{"business_date": NIGHT, "customer_id": one} for one in "AB"]), "customer")
    usage = [{"business_date": day, "customer_id": "A", "usage_date": day, "bytes": used, "roaming_bytes": 0} for day, used in ((FIRST, 70), (NIGHT, 0))]
    lake.append(rows("data_usage", usage), "data_usage")
    lake.append(rows("product_catalogue", [{"business_date": NIGHT, "product": "ringback_tone"}]), "product_catalogue")
    return lake


@pytest.fixture
def larger(base, tmp_path, monkeypatch):
    monkeypatch.setattr(view_inputs, "BASE", 2)
    multiply(base.home, tmp_path / "larger", 5)
    return Lake(tmp_path / "larger")


def test_there_are_as_many_customers_as_asked_for_and_no_two_alike(larger):
    customers = larger.scan("customer")["customer_id"].to_pylist()
    assert len(set(customers)) == len(customers) == 5


def test_every_copy_uses_data_of_its_own_on_the_days_of_the_base(larger):
    """Of five customers in copies 0, 0, 1, 1 and 2 the As are three: 70 bytes and one more a copy, none where none were used."""
    usage = larger.scan("data_usage")
    assert sorted(usage.filter(pa.compute.equal(usage["business_date"], FIRST))["bytes"].to_pylist()) == [70, 71, 72]
    assert usage.filter(pa.compute.equal(usage["business_date"], NIGHT))["bytes"].to_pylist() == [0, 0, 0]
    assert set(usage["customer_id"].to_pylist()) < set(larger.scan("customer")["customer_id"].to_pylist())
    assert larger.rows_of_parameter("data_usage", NIGHT) == 3


def test_what_belongs_to_nobody_is_there_once(larger):
    assert larger.scan("product_catalogue")["product"].to_pylist() == ["ringback_tone"]


@pytest.fixture
def engines(tmp_path):
    """What both engines made of customer_day, from their rows; returns the columns in which they differ."""

    def compared(ours: list[dict], theirs: list[dict]) -> list[str]:
        night = Lake(tmp_path / "night")
        night.append(rows("customer_day", [{"business_date": NIGHT, "day": NIGHT, **row} for row in ours]), "customer_day")
        night.append(rows("customer_day", [{"business_date": FIRST, "day": FIRST, "customer_id": "A", "orders": 9}]), "customer_day")
        parquet.write_table(rows("customer_day", [{"business_date": NIGHT, "day": NIGHT, **row} for row in theirs]), tmp_path / "customer_day.parquet")
        return view.differences(tmp_path / "night", tmp_path, "customer_day")

    return compared


def test_equal_rows_in_another_order_are_equal(engines):
    one, other = {"customer_id": "A", "orders": 1}, {"customer_id": "B", "last_visit_channel": "hall"}
    assert engines([one, other], [other, one]) == []


def test_a_value_that_differs_names_its_column_and_null_is_a_value(engines):
    ours = [{"customer_id": "A", "orders": 1}, {"customer_id": "B", "last_visit_channel": None}]
    theirs = [{"customer_id": "A", "orders": 2}, {"customer_id": "B", "last_visit_channel": "hall"}]
    assert engines(ours, theirs) == ["last_visit_channel (1 rows)", "orders (1 rows)"]


def test_a_row_of_one_engine_alone_is_a_difference(engines):
    assert engines([{"customer_id": "A"}], [{"customer_id": "A"}, {"customer_id": "B"}]) == ["customer_id, day (1 rows of one engine alone)"]


def test_growth_is_against_the_next_smaller_night(tmp_path):
    assert view.growth(tmp_path, 100_000, 12.0) == "measure a smaller home first"
    view.growth(tmp_path, 20_000, 8.0)
    assert view.growth(tmp_path, 1_000_000, 90.0) == "7.5 x the night of 100,000 customers, with 10.0 x as many"
