"""A column that is declared later: a home that is older than it goes on, and reads it as null where it was not written."""

from datetime import date

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from jobs.errors import UserError
from tests.frames import rows

OLD, NEW = date(2026, 11, 2), date(2026, 11, 3)
TABLE = "outcome"  # `contradicted` is the one declared later


def older(lake, **columns):
    """The table as a home has it that was made before."""
    written = {"contact_id": ["a"], "business_date": [OLD], "outcome": ["accepted"], "occurred_at": pa.array([None], pa.timestamp("us", tz="UTC"))} | columns
    write_deltalake(str(lake.path(TABLE)), pa.table(written), partition_by=["business_date"])


def of_duckdb(lake):
    nights = [lake.relation(TABLE, night, duckdb.connect()) for night in (OLD, NEW)]  # `outcome` reads the newest night up to a date
    return [row for night in nights for row in night.project("contact_id, contradicted, business_date").fetchall()]


@pytest.mark.core
def test_every_reader_without_a_jvm_sees_null_before_and_values_after(run_on):
    lake = run_on("2026-11-03").lake
    older(lake)
    assert of_duckdb(lake) == [("a", None, OLD)] * 2
    assert lake.scan(TABLE).select(["contact_id", "contradicted"]).to_pylist() == [{"contact_id": "a", "contradicted": None}]
    names = [field.name for field in lake.dataset(TABLE).schema]
    row = dict.fromkeys(names) | {"contact_id": "b", "business_date": NEW, "outcome": "refused", "contradicted": True}
    lake.replace(pa.Table.from_pylist([row], lake.dataset(TABLE).schema), TABLE, NEW)
    assert of_duckdb(lake) == [("a", None, OLD), ("b", True, NEW)]
    assert sorted(lake.scan(TABLE)["contact_id"].to_pylist()) == ["a", "b"]


@pytest.mark.core
def test_a_column_that_is_no_longer_declared_stays_and_is_not_read(run_on):
    lake = run_on("2026-11-03").lake
    older(lake, forgotten=["x"])
    row = dict.fromkeys([field.name for field in lake.dataset(TABLE).schema]) | {"contact_id": "b", "business_date": NEW, "outcome": "refused"}
    lake.append(pa.Table.from_pylist([row], lake.dataset(TABLE).schema), TABLE)
    assert "forgotten" not in lake.scan(TABLE).column_names
    assert "forgotten" in [field.name for field in DeltaTable(str(lake.path(TABLE))).schema().fields]


@pytest.mark.core
def test_a_column_of_another_type_is_refused_by_name(run_on):
    lake = run_on("2026-11-03").lake
    older(lake, contradicted=["yes"])
    with pytest.raises(UserError, match=r"lake/outcome: contradicted is .*string.* there and .*boolean.* as declared"):
        lake.replace(lake.dataset("contact").to_table(columns=[]), TABLE, NEW)


@pytest.mark.spark
def test_spark_writes_the_new_column_beside_the_older_rows(spark, spark_run_on):
    lake = spark_run_on("2026-11-03").lake
    older(lake)
    lake.write(rows(spark, TABLE, "contact_id | outcome | business_date | contradicted\nb | refused | 2026-11-03 | true"), TABLE, NEW)
    lake.write(rows(spark, TABLE, "contact_id | outcome | business_date | contradicted\nc | refused | 2026-11-03 | true"), TABLE, NEW)
    assert sorted((row.contact_id, row.contradicted) for row in lake.read_until(TABLE, NEW).collect()) == [("a", None), ("c", True)]
    assert of_duckdb(lake) == [("a", None, OLD), ("c", True, NEW)]
