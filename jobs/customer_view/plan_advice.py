"""plan_advice: one row is a living customer with what last month's use costs on its own plan and on the cheapest plan of conf/plans.yaml.

Both are priced alike (jobs/customer_view/tariff.py), so the saving is what the change of plan alone would bring a month. A customer whose
plan may not change, or who cannot be priced, keeps its row, with the first `exclusion` that holds (domain: plan advice).
"""

from datetime import timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.customer_view.building import beside_customers
from jobs.customer_view.shaping import shaped
from jobs.customer_view.tariff import steps


def plan_advice(customer: DataFrame, subscription: DataFrame, plan_catalogue: DataFrame, customer_half_year: DataFrame, run: RunContext) -> DataFrame:
    last_month = (run.month_start - timedelta(days=1)).replace(day=1)
    frames = {
        "subscription": shaped(run, "customer_view/subscription_base", subscription=subscription, plan_catalogue=plan_catalogue),
        "half_year": customer_half_year.where(F.col("month") == F.lit(last_month)),
    }
    living = customer.where(F.col("status") != "closed")
    use, *later = steps(list(run.conf.plans.values()))
    priced = beside_customers(living, frames, use.values()).select(
        F.lit(run.business_date).alias("business_date"),
        "customer_id",
        F.lit(last_month).alias("month"),
        *(F.expr(expression).alias(name) for name, expression in use.items()),
    )
    for step in later:
        priced = priced.select("*", *(F.expr(expression).alias(name) for name, expression in step.items()))
    return priced.select(run.columns("plan_advice"))
