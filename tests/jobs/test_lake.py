"""lake: a rerun replaces its date alone, parameters load what their names say, and wrong columns are refused."""

from datetime import date

import duckdb
import pytest

from jobs.errors import UserError
from tests.frames import rows

pytestmark = pytest.mark.spark


def test_a_rerun_of_a_date_replaces_that_date_alone(spark, spark_run_on):
    lake = spark_run_on("2026-11-02").lake
    bans = "business_date | customer_id | level | reason | source | start_date\n"
    lake.write(rows(spark, "do_not_disturb", bans + "2026-11-01 | C1 | system | asked | register | 2026-11-01"), "do_not_disturb", date(2026, 11, 1))
    lake.write(rows(spark, "do_not_disturb", bans + "2026-11-02 | C2 | system | asked | register | 2026-11-02"), "do_not_disturb", date(2026, 11, 2))
    lake.write(rows(spark, "do_not_disturb", bans + "2026-11-02 | C3 | system | asked | register | 2026-11-02"), "do_not_disturb", date(2026, 11, 2))
    assert sorted(row.customer_id for row in lake.read_parameter("do_not_disturb", date(2026, 11, 2)).collect()) == ["C1", "C3"]
    assert [row.customer_id for row in lake.read_parameter("previous_do_not_disturb", date(2026, 11, 2)).collect()] == ["C1"]
    assert lake.rows_written("do_not_disturb", date(2026, 11, 2)) == 1
    assert lake.rows_written("do_not_disturb", date(2026, 11, 3)) == 0  # nothing came; the newest commit is another night's
    assert sorted(lake.scan("do_not_disturb", day=date(2026, 11, 2)).column("customer_id").to_pylist()) == ["C3"]
    files = lake.files("do_not_disturb")
    assert list(files) == [date(2026, 11, 1), date(2026, 11, 2)]
    source = lake.duckdb_source("do_not_disturb", [path for of_day in files.values() for path in of_day])
    assert duckdb.sql(f"select customer_id, business_date from {source} order by 1").fetchall() == [("C1", date(2026, 11, 1)), ("C3", date(2026, 11, 2))]


def test_a_table_that_is_not_there_reads_as_no_rows(spark_run_on):
    run = spark_run_on("2026-11-02")
    assert run.lake.read_parameter("past_contact", run.business_date).columns == run.columns("contact")
    assert run.lake.read_parameter("past_contact", run.business_date).count() == 0
    assert run.lake.scan("contact").num_rows == 0
    assert run.lake.files("contact") == {}
    assert duckdb.sql(f"select * from {run.lake.duckdb_source('contact', [])}").columns == run.columns("contact")


def test_a_column_that_the_schema_does_not_declare_is_refused_by_name(spark, spark_run_on):
    run = spark_run_on("2026-11-02")
    frame = rows(spark, "outcome", "contact_id | outcome | business_date\na | accepted | 2026-11-02").withColumnRenamed("outcome", "outcomes")
    with pytest.raises(UserError, match="outcome: the table's function does not make"):
        run.lake.write(frame, "outcome", run.business_date)
