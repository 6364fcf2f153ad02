"""lift: who counts in which arm, what counts as bought, and the estimate of the counts."""

import subprocess
import sys

import pytest

from jobs.campaign.campaign import load_campaigns
from jobs.evaluation.arms import campaign_arms, counts_of_arms, global_arms, purchases
from jobs.evaluation.lift import lift, planned_shares
from tests.frames import rows

CONTACT = """
contact_id | contact_date | business_date | customer_id | campaign | campaign_type            | product       | channel | case
a          | 2026-11-03   | 2026-11-02    | C1          | ring     | low_value_recommendation | ringback_tone | sms     | the control began on the third
b          | 2026-11-02   | 2026-11-01    | C2          | care     | care_reminder            | points        | sms     | care reaches the control group too: begins nothing
c          | 2026-11-07   | 2026-11-06    | C2          | data     | low_value_recommendation | data_pack_1g  | sms     | not worked yet: offers nothing yet
"""

CONTROL = """
business_date | customer_id | layer  | arm
2026-11-05    | C1          | global | treated
2026-11-05    | C2          | global | treated
2026-11-05    | C3          | global | control
2026-11-05    | C4          | global | control
2026-11-05    | C5          | global | treated
2026-11-05    | C1          | ring   | control
"""

ORDER = """
order_id | customer_id | product       | action    | ordered_at           | mandatory | case
1        | C1          | ringback_tone | subscribe | 2026-11-03T02:00:00Z | false     | bought
2        | C2          | ringback_tone | subscribe | 2026-11-02T15:59:00Z | false     | a minute before the third begins in Shanghai
3        | C3          | ringback_tone | change    | 2026-11-02T16:00:00Z |           | the third in Shanghai: a control buys by itself
4        | C4          | ringback_tone | subscribe | 2026-11-04T02:00:00Z | true      | the system did it
5        | C4          | ringback_tone | cancel    | 2026-11-04T02:00:00Z | false     | cancelled
6        | C5          | points        | subscribe | 2026-11-04T02:00:00Z | false     | no product of marketing
7        | C5          | data_pack_1g  | subscribe | 2026-11-04T02:00:00Z | false     | not offered yet
8        | C2          | ringback_tone | subscribe | 2026-11-06T16:00:00Z | false     | the seventh in Shanghai: after the business date
"""

DECISION = """
business_date | customer_id | campaign | product       | channel | wave | reason           | case
2026-10-10    | D1          | ring     | ringback_tone | sms     | 1    | issued           | bought on the last day of the window
2026-10-10    | D2          | ring     | ringback_tone | sms     | 1    | issued           | bought a day too late
2026-10-10    | D3          | ring     | ringback_tone | sms     | 1    | campaign_holdout | held out, bought all the same
2026-10-12    | D3          | ring     | ringback_tone | call    | 2    | campaign_holdout | counts once, from its first night
2026-10-10    | D4          | ring     | ringback_tone | sms     | 1    | issued           | bought before the contact
2026-10-10    | D5          | ring     | ringback_tone | sms     | 1    | cap              | not chosen: in no arm
2026-10-10    | D6          | ring     | ringback_tone | sms     | 1    | campaign_holdout | bought another product
2026-11-06    | D7          | ring     | ringback_tone | sms     | 1    | issued           | not worked yet
2026-10-10    | D1          | data     | data_pack_1g  | sms     | 1    | issued           | another campaign
"""

WINDOW_ORDER = """
order_id | customer_id | product       | action    | ordered_at           | mandatory
1        | D1          | ringback_tone | subscribe | 2026-10-25T02:00:00Z | false
2        | D2          | ringback_tone | subscribe | 2026-10-26T02:00:00Z | false
3        | D3          | ringback_tone | subscribe | 2026-10-11T02:00:00Z | false
4        | D4          | ringback_tone | subscribe | 2026-10-10T02:00:00Z | false
5        | D6          | data_pack_1g  | subscribe | 2026-10-12T02:00:00Z | false
6        | D7          | ringback_tone | subscribe | 2026-11-06T02:00:00Z | false
"""


@pytest.mark.spark
def test_the_global_arms_are_all_assigned_customers_and_what_they_bought_since_marketing_began(spark, spark_run_on):
    run = spark_run_on("2026-11-06")
    bought = purchases(rows(spark, "order_event", ORDER), run)
    arms = global_arms(rows(spark, "control_assignment", CONTROL), rows(spark, "contact", CONTACT), bought, run)
    assert sorted((row.customer_id, row.arm, row.bought) for row in arms.collect()) == [
        ("C1", "treated", True),
        ("C2", "treated", False),
        ("C3", "control", True),
        ("C4", "control", False),
        ("C5", "treated", False),
    ]


@pytest.mark.spark
def test_the_arms_of_a_campaign_are_those_the_pick_chose_with_one_window_for_both(spark, spark_run_on):
    run = spark_run_on("2026-11-06")
    arms = campaign_arms(rows(spark, "decision", DECISION), purchases(rows(spark, "order_event", WINDOW_ORDER), run), run)
    found = {(row.layer, row.product, row.arm): (row.bought, row.customers) for row in counts_of_arms(arms).collect()}
    assert found == {
        ("ring", "ringback_tone", "treated"): (1, 3),
        ("ring", "ringback_tone", "control"): (1, 2),
        ("data", "data_pack_1g", "treated"): (0, 1),
    }


@pytest.mark.spark
def test_effects_are_estimated_from_the_counts_of_both_layers(spark, spark_run_on):
    """1,000 customers: the first 20 held out; every fifth treated and every tenth control bought."""
    run = spark_run_on("2026-11-06")
    customers = spark.range(1000).selectExpr(
        "date'2026-11-06' as business_date", "cast(id as string) as customer_id", "'global' as layer", "if(id < 20, 'control', 'treated') as arm"
    )
    buyers = spark.range(1000).where("id % 10 = 0 or (id >= 20 and id % 5 = 0)").selectExpr("cast(id as string) as customer_id")
    template = rows(spark, "order_event", "order_id | product | action | ordered_at\n1 | ringback_tone | subscribe | 2026-11-04T02:00:00Z").drop("customer_id")
    orders = template.crossJoin(buyers).select(run.columns("order_event"))
    nothing = {table: run.lake.empty(table) for table in ("control_assignment", "decision", "order_event")}
    decisions = rows(spark, "decision", DECISION)
    found = lift(rows(spark, "contact", CONTACT), nothing["control_assignment"], customers, nothing["decision"], decisions, orders, nothing["order_event"], run)
    assert found.columns == run.columns("lift")
    by_layer = {row.layer: row for row in found.collect()}
    of_all = by_layer["global"]
    assert (of_all.treated, of_all.control, of_all.campaign, of_all.product) == (980, 20, None, None)
    assert of_all.treated_rate == pytest.approx(196 / 980) and of_all.control_rate == pytest.approx(0.1) and of_all.effect == pytest.approx(0.1)
    assert of_all.low < 0.1 < of_all.high and of_all.srm_p_value == pytest.approx(1.0)
    assert not of_all.readable and "too few customers in an arm (20" in of_all.reason
    assert (by_layer["ring"].treated, by_layer["ring"].control, by_layer["ring"].campaign) == (3, 2, "ring")
    assert by_layer["ring"].srm_p_value is None  # conf has no campaign of this name, so no split was planned
    assert "data" not in by_layer  # nobody is held out: there is nothing to compare with


@pytest.mark.spark
def test_before_the_first_contact_there_is_no_effect(spark, spark_run_on):
    run = spark_run_on("2026-11-06")
    tables = {name: run.lake.empty(name) for name in ("contact", "control_assignment", "decision", "order_event")}
    found = lift(
        tables["contact"],
        rows(spark, "control_assignment", CONTROL),
        *[tables[name] for name in ("control_assignment", "decision", "decision", "order_event", "order_event")],
        run,
    )
    assert found.count() == 0


@pytest.mark.core
def test_the_planned_split_comes_from_conf(conf, run_on):
    shares = planned_shares(run_on("2026-11-06"))
    assert shares["global"] == 1 - conf.contact_rules.control.global_.share
    assert all(shares[campaign.campaign] == 1 - campaign.holdout for campaign in load_campaigns(conf))


@pytest.mark.core
def test_estimate_lift_is_importable_without_spark_and_airflow():
    code = "import sys; sys.modules['pyspark'] = None; sys.modules['airflow'] = None; from jobs.evaluation.lift import estimate_lift; print(estimate_lift([1, 0] * 200, [1] * 200 + [0] * 200).readable)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("True", 0), done.stderr
