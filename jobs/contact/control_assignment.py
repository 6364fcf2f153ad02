"""control_assignment: which customers receive nothing but what the control layers spare.

One row is a customer in the layer `global`, its arm drawn by a hash of the customer under a salt that never changes: permanent,
independent of campaigns, and the same for whoever joins later. Holdouts of campaigns are layers too; they are drawn after the
allocation, so that held-out customers are those who would have been contacted.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.contact.share import share_of
from jobs.context import RunContext

GLOBAL = "global"


def control_assignment(customer: DataFrame, run: RunContext) -> DataFrame:
    control = run.conf.contact_rules.control.global_
    arm = F.when(share_of(control.salt, "customer_id") < control.share, "control").otherwise("treated")
    return customer.select(
        F.lit(run.business_date).alias("business_date"),
        "customer_id",
        F.lit(GLOBAL).alias("layer"),
        arm.alias("arm"),
    ).select(run.columns("control_assignment"))
