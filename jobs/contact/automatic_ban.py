"""Bans that the night sets by itself from what customers did, as `automatic_bans` of conf/contact_rules.yaml says.

A signal is one opt-out, complaint about marketing, refusal or low satisfaction. On the day a customer's signals within the window
of a rule reach its number, a ban starts that names the rule as its reason. Nothing can have happened after it was told, nor an
answer before its contact: a wrong clock of a channel must not put a ban off, or end it before it began.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext

LOW_SATISFACTION = 3  # replies of 1 to 3 of 10; the view's tag complaint_prone draws the same line
CAUSE_OF_OUTCOME = {"opted_out": "opt_out", "refused": "refusals"}


def signals(contact: DataFrame, outcome: DataFrame, contact_history: DataFrame, service_contact: DataFrame, run: RunContext) -> DataFrame:
    """(customer_id, product, channel, cause, day), one row a signal; product and channel are null where none was named."""
    zone = run.conf.contact_rules.time_zone
    of_contacts = (
        outcome.where(F.col("outcome").isin(*CAUSE_OF_OUTCOME))
        .join(contact.select("contact_id", "customer_id", "product", "channel", "contact_date"), "contact_id", how="inner")
        .select("customer_id", "product", "channel", _cause_of_outcome(), _day_of_answer(zone))
    )
    of_history = contact_history.where(F.col("outcome").isin(*CAUSE_OF_OUTCOME)).select(
        "customer_id", "product", "channel", _cause_of_outcome(), F.least("occurred_on", "business_date").alias("day")
    )
    is_complaint = (F.col("kind") == "complaint") & (F.col("topic") == "marketing_disturbance")
    is_dissatisfied = (F.col("kind") == "satisfaction") & (F.col("satisfaction") <= LOW_SATISFACTION)
    of_service = service_contact.where(is_complaint | is_dissatisfied).select(
        "customer_id",
        "product",
        F.col("about_channel").alias("channel"),
        F.when(is_complaint, "complaint").otherwise("low_satisfaction").alias("cause"),
        _local_day("happened_at", zone).alias("day"),
    )
    return of_contacts.unionByName(of_history).unionByName(of_service)


def automatic_bans(signals: DataFrame, run: RunContext) -> DataFrame:
    """Bans of all rules, in the columns of do_not_disturb but business_date."""
    days_of_signals = (
        signals.join(F.broadcast(_rules(run)), "cause", how="inner")
        .where(~(F.col("by_product") & F.col("product").isNull()) & ~(F.col("by_channel") & F.col("channel").isNull()))
        .withColumns({"product": F.when(F.col("by_product"), F.col("product")), "channel": F.when(F.col("by_channel"), F.col("channel"))})
        .groupBy("customer_id", "cause", "level", "product", "channel", "reason", "at_least", "within_days", "lasts_days")
        .agg(F.collect_list("day").alias("days"))
    )
    return days_of_signals.withColumn("start_date", F.explode(F.array_distinct(F.filter("days", _reaches_the_number)))).select(
        "customer_id",
        "level",
        "product",
        "channel",
        "reason",
        F.col("cause").alias("source"),
        "start_date",
        F.date_add("start_date", F.col("lasts_days") - 1).alias("end_date"),
    )


def _reaches_the_number(day: Column) -> Column:
    """Whether the signals of the window that ends on `day` are as many as the rule asks for."""
    in_window = F.filter("days", lambda other: (other <= day) & (other > F.date_sub(day, F.col("within_days"))))
    return F.size(in_window) >= F.col("at_least")


def _rules(run: RunContext) -> DataFrame:
    """One row a rule. Its reason names the rule, so that two rules of one cause and level set two bans."""
    rows = [
        (
            rule.cause,
            rule.level,
            rule.level in ("product", "product_channel"),
            rule.level in ("channel", "product_channel"),
            f"{rule.at_least} in {rule.within_days} days",
            rule.at_least,
            rule.within_days,
            rule.lasts_days,
        )
        for rule in run.conf.contact_rules.automatic_bans
    ]
    columns = "cause string, level string, by_product boolean, by_channel boolean, reason string, at_least int, within_days int, lasts_days int"
    return run.session.createDataFrame(rows, columns)


def _cause_of_outcome() -> Column:
    pairs = [F.lit(part) for pair in CAUSE_OF_OUTCOME.items() for part in pair]
    return F.create_map(*pairs)[F.col("outcome")].alias("cause")


def _day_of_answer(zone: str) -> Column:
    return F.greatest(F.least(_local_day("occurred_at", zone), "received_date"), "contact_date").alias("day")


def _local_day(moment: str, zone: str) -> Column:
    return F.to_date(F.from_utc_timestamp(moment, zone))
