"""The arms of the lifts: who was treated, who was held out, and who of them bought, from transactions for both alike."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.context import RunContext

BOUGHT = ("subscribe", "change")


def purchases(orders: DataFrame, run: RunContext) -> DataFrame:
    """Orders and changes that the customers made themselves: customer_id, product, bought_on in the operator's time zone."""
    by_themselves = F.col("action").isin(*BOUGHT) & ~F.coalesce("mandatory", F.lit(False))
    local_day = F.to_date(F.from_utc_timestamp("ordered_at", run.conf.contact_rules.time_zone))
    return orders.where(by_themselves).select("customer_id", "product", local_day.alias("bought_on")).where(F.col("bought_on") <= F.lit(run.business_date))


def global_arms(controls: DataFrame, contact: DataFrame, bought: DataFrame, run: RunContext) -> DataFrame:
    """Customers of the global layer, with whether they bought any product of a marketing campaign since the first contact date."""
    spared = run.conf.contact_rules.control.global_.spares
    worked = contact.where((F.col("contact_date") <= F.lit(run.business_date)) & ~F.col("campaign_type").isin(*spared))
    began = worked.agg(F.min("contact_date").alias("began")).where("began is not null")
    marketed = worked.select("product").distinct()
    buyers = bought.join(marketed, "product", how="left_semi").join(began, F.col("bought_on") >= F.col("began"), how="inner").select("customer_id").distinct()
    assigned = controls.where("layer = 'global' and arm in ('treated', 'control')").select("customer_id", "arm").join(began, how="cross")
    joined = assigned.join(buyers.withColumn("bought", F.lit(True)), "customer_id", how="left")
    return joined.select(
        F.lit("global").alias("layer"), F.lit(None).cast("string").alias("product"), "customer_id", "arm", F.coalesce("bought", F.lit(False)).alias("bought")
    )


def campaign_arms(decisions: DataFrame, bought: DataFrame, run: RunContext) -> DataFrame:
    """Customers whom the pick chose for a campaign, by arm from the first night that chose them, with whether they bought its product in time."""
    arm = F.when(F.col("reason") == "issued", "treated").otherwise("control")
    chosen = decisions.where("reason in ('issued', 'campaign_holdout')").select(
        "customer_id", F.col("campaign").alias("layer"), "product", F.date_add("business_date", 1).alias("contact_date"), arm.alias("arm")
    )
    worked = chosen.where(F.col("contact_date") <= F.lit(run.business_date))
    first = Window.partitionBy("layer", "customer_id").orderBy("contact_date", "arm", "product")
    arms = worked.withColumn("place", F.row_number().over(first)).where("place = 1")
    days = F.datediff("bought_on", "contact_date")
    in_time = arms.join(bought, ["customer_id", "product"], how="inner").where(days.between(0, run.conf.evaluation.purchase_window_days))
    buyers = in_time.select("layer", "customer_id").distinct().withColumn("bought", F.lit(True))
    joined = arms.join(buyers, ["layer", "customer_id"], how="left")
    return joined.select("layer", "product", "customer_id", "arm", F.coalesce("bought", F.lit(False)).alias("bought"))


def counts_of_arms(arms: DataFrame) -> DataFrame:
    return arms.groupBy("layer", "product", "arm").agg(F.count_if("bought").alias("bought"), F.count("*").alias("customers"))
