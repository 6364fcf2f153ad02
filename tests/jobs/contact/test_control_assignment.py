"""control_assignment: every customer has one arm, the same every night, in the share that conf says."""

import pytest
from pyspark.sql import functions as F

from jobs.contact.control_assignment import control_assignment

pytestmark = pytest.mark.spark


def test_the_control_group_is_permanent_and_of_its_share(spark, spark_run_on):
    customers = spark.range(20_000).select(F.format_string("C%09d", "id").alias("customer_id"))
    first = control_assignment(customers, spark_run_on("2026-11-05"))
    later = control_assignment(customers.where(F.col("customer_id") >= "C000010000").orderBy(F.desc("customer_id")), spark_run_on("2026-12-24"))
    assert first.columns == spark_run_on("2026-11-05").columns("control_assignment")
    arms = {row.customer_id: row.arm for row in first.collect()}
    assert set(arms.values()) == {"control", "treated"} and len(arms) == 20_000
    # 2 % of 20,000 is 400, with a standard deviation of 20.
    assert 320 <= list(arms.values()).count("control") <= 480
    assert all(arms[row.customer_id] == row.arm and row.layer == "global" for row in later.collect())
