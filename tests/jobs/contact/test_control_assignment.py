"""control_assignment: every customer has one arm in a layer, the same every night, in the share that conf says."""

import pytest
from pyspark.sql import functions as F

from jobs.contact.control_assignment import control_assignment
from tests.frames import rows
from tests.jobs.contact.house import campaign, house

pytestmark = pytest.mark.spark


def test_the_control_group_is_permanent_and_of_its_share(spark, spark_run_on):
    customers = spark.range(20_000).select(F.format_string("C%09d", "id").alias("customer_id"))
    run, christmas = spark_run_on("2026-11-05"), spark_run_on("2026-12-24")
    nobody = [run.lake.empty("candidate"), run.lake.empty("control_assignment")]
    first = control_assignment(customers, *nobody, run)
    later = control_assignment(customers.where(F.col("customer_id") >= "C000010000").orderBy(F.desc("customer_id")), *nobody, christmas)
    assert first.columns == run.columns("control_assignment")
    arms = {row.customer_id: row.arm for row in first.where("layer = 'global'").collect()}
    assert set(arms.values()) == {"control", "treated"} and len(arms) == 20_000
    # 2 % of 20,000 is 400, with a standard deviation of 20.
    assert 320 <= list(arms.values()).count("control") <= 480
    assert all(arms[row.customer_id] == row.arm for row in later.where("layer = 'global'").collect())


def test_frequency_cells_are_permanent_of_their_shares_and_drawn_apart_from_the_control_group(spark, spark_run_on):
    customers = spark.range(20_000).select(F.format_string("C%09d", "id").alias("customer_id"))
    run, christmas = spark_run_on("2026-11-05"), spark_run_on("2026-12-24")
    nobody = [run.lake.empty("candidate"), run.lake.empty("control_assignment")]
    found = [{(row.layer, row.customer_id): row.arm for row in control_assignment(customers, *nobody, one).collect()} for one in (run, christmas)]
    assert found[0] == found[1]
    cells = {customer: arm for (layer, customer), arm in found[0].items() if layer == "frequency"}
    shares = run.conf.contact_rules.control.frequency.cells
    assert set(cells.values()) == {*shares, "treated"} and len(cells) == 20_000
    for cell, share in shares.items():  # 5 % of 20,000 is 1,000, with a standard deviation of 31
        assert abs(list(cells.values()).count(cell) - share * 20_000) < 125
    controls = {customer for (layer, customer), arm in found[0].items() if layer == "global" and arm == "control"}
    assert 30 <= sum(cells[customer] != "treated" for customer in controls) <= 90  # 15 % of some 400


CANDIDATES = """
    customer_id | campaign | product       | channel | wave | approved | case
    C1          | tested   | mms_plan      | web     | 1    | true     | concerned
    C1          | tested   | mms_plan      | sms     | 1    | true     | the same customer on another channel: one row
    C1          | plain    | ringback_tone | web     | 1    | true     | a campaign without holdout has no layer
    C2          | halved   | voice_pack    | web     | 1    | true     | concerned by another campaign
    C3          | tested   | mms_plan      | web     | 1    | false    | the campaign is not approved for this content
"""
BEFORE = """
    customer_id | layer  | arm
    C4          | tested | treated
    C1          | tested | treated
    C5          | over   | control
    C6          | global | control
"""


def test_a_campaign_with_a_holdout_is_a_layer_of_the_customers_whom_it_concerns(spark, tmp_path):
    campaigns = [campaign("tested", "mms_plan", holdout=0.05), campaign("halved", "voice_pack", holdout=0.5), campaign("plain")]
    run = house(tmp_path, spark, "2026-11-10", campaigns)
    nobody = run.lake.empty("customer")
    found = control_assignment(nobody, rows(spark, "candidate", CANDIDATES), rows(spark, "control_assignment", BEFORE), run)
    # C4 is no candidate any more (it may have bought) and stays; the campaign `over` is no longer there.
    assert sorted((row.customer_id, row.layer) for row in found.collect()) == [("C1", "tested"), ("C2", "halved"), ("C4", "tested")]


def test_the_arms_of_two_campaigns_are_drawn_apart_and_stay_when_a_share_grows(spark, tmp_path):
    candidates = (
        rows(spark, "candidate", "campaign | approved\na | true\nb | true")
        .drop("customer_id")
        .crossJoin(spark.range(4000).select(F.format_string("C%05d", "id").alias("customer_id")))
    )
    held_out = {}
    for share in (0.1, 0.2):
        run = house(tmp_path, spark, "2026-11-10", [campaign(name, holdout=share) for name in ("a", "b")])
        found = control_assignment(run.lake.empty("customer"), candidates, run.lake.empty("control_assignment"), run).where("arm = 'control'").collect()
        held_out[share] = {name: {row.customer_id for row in found if row.layer == name} for name in ("a", "b")}
    # 10 % of 4,000 is 400, with a standard deviation of 19; of both by chance 40, with one of 6.
    small = held_out[0.1]
    assert all(320 <= len(small[name]) <= 480 for name in ("a", "b")) and 10 <= len(small["a"] & small["b"]) <= 70
    assert all(small[name] < held_out[0.2][name] for name in ("a", "b"))
