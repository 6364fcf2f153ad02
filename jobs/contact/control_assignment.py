"""control_assignment: which customers are held out of what, to measure what contacts bring about.

One row is a customer in a layer, the arm drawn by a hash under a salt that never changes, the same for whoever joins later:
- `global`: every customer; whose arm is `control` receives nothing but what the layer spares;
- `frequency`: every customer where conf has cells; the arm is the cell, whose contacts the cap with `by_cell` holds lower, or `treated`;
- a campaign's name: customers whom an approved campaign with a holdout concerns, tonight or on an earlier night of its period (who bought is
  no longer in its target group, but stays in the layer). Whose arm is `control` is held out of it. Which of them the pick would have contacted
  is known after it alone: `decision` says so as campaign_holdout, and lifts compare those with the issued.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.contact.live_campaign import live_campaigns
from jobs.contact.share import share_of
from jobs.contact_rules import FrequencyLayer
from jobs.context import RunContext

GLOBAL, FREQUENCY = "global", "frequency"


def control_assignment(customer: DataFrame, candidate: DataFrame, previous_control_assignment: DataFrame, run: RunContext) -> DataFrame:
    control = run.conf.contact_rules.control
    of_all = customer.select("customer_id", F.lit(GLOBAL).alias("layer"), _arm(share_of(control.global_.salt, "customer_id") < control.global_.share))
    if control.frequency.cells:
        of_all = of_all.unionByName(customer.select("customer_id", F.lit(FREQUENCY).alias("layer"), _cell(control.frequency).alias("arm")))
    assigned = of_all.unionByName(_of_campaigns(candidate, previous_control_assignment, run))
    return assigned.withColumn("business_date", F.lit(run.business_date)).select(run.columns("control_assignment"))


def _of_campaigns(candidate: DataFrame, previous_control_assignment: DataFrame, run: RunContext) -> DataFrame:
    """Customers and live campaigns with a holdout; the arm follows the campaign's share as it stands now."""
    holdouts = [(one.campaign, one.holdout) for one in live_campaigns(run) if one.holdout > 0]
    shares = F.broadcast(run.session.createDataFrame(holdouts, "layer string, holdout double"))
    tonight = candidate.where("approved").select("customer_id", F.col("campaign").alias("layer"))
    concerned = tonight.unionByName(previous_control_assignment.select("customer_id", "layer")).join(shares, "layer", how="inner").distinct()
    drawn = share_of(run.conf.contact_rules.control.holdout_salt, "layer", "customer_id")
    return concerned.select("customer_id", "layer", _arm(drawn < F.col("holdout")))


def _cell(layer: FrequencyLayer) -> Column:
    drawn, cell = share_of(layer.salt, "customer_id"), F.lit("treated")
    for name, end in reversed(layer.ends.items()):
        cell = F.when(drawn < end, name).otherwise(cell)
    return cell


def _arm(held_out: Column) -> Column:
    return F.when(held_out, "control").otherwise("treated").alias("arm")
