"""Bans that the night sets by itself from what customers did, as `automatic_bans` of conf/contact_rules.yaml says.

A signal is one opt-out, complaint about marketing, refusal or low satisfaction. On the day a customer's signals within the window
of a rule reach its number, a ban starts that names the rule as its reason.
"""

from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.conf import AutomaticBan
from jobs.context import RunContext

LOW_SATISFACTION = 3  # replies of 1 to 3 of 10; the view's tag complaint_prone draws the same line
KEYS_OF_LEVEL = {"system": (), "product": ("product",), "channel": ("channel",), "product_channel": ("product", "channel")}
CAUSE_OF_OUTCOME = {"opted_out": "opt_out", "refused": "refusals"}


def signals(contact: DataFrame, outcome: DataFrame, contact_history: DataFrame, service_contact: DataFrame, run: RunContext) -> DataFrame:
    """(customer_id, product, channel, cause, day), one row a signal; product and channel are null where none was named."""
    zone = run.conf.contact_rules.time_zone
    of_contacts = (
        outcome.where(F.col("outcome").isin(*CAUSE_OF_OUTCOME))
        .join(contact.select("contact_id", "customer_id", "product", "channel"), "contact_id", how="inner")
        .select("customer_id", "product", "channel", _cause_of_outcome(), _local_day("occurred_at", zone))
    )
    of_history = contact_history.where(F.col("outcome").isin(*CAUSE_OF_OUTCOME)).select(
        "customer_id", "product", "channel", _cause_of_outcome(), F.col("occurred_on").alias("day")
    )
    is_complaint = (F.col("kind") == "complaint") & (F.col("topic") == "marketing_disturbance")
    is_dissatisfied = (F.col("kind") == "satisfaction") & (F.col("satisfaction") <= LOW_SATISFACTION)
    of_service = service_contact.where(is_complaint | is_dissatisfied).select(
        "customer_id",
        "product",
        F.col("about_channel").alias("channel"),
        F.when(is_complaint, "complaint").otherwise("low_satisfaction").alias("cause"),
        _local_day("happened_at", zone),
    )
    return of_contacts.unionByName(of_history).unionByName(of_service)


def automatic_bans(signals: DataFrame, run: RunContext) -> DataFrame:
    """Bans of all rules, in the columns of do_not_disturb but business_date."""
    return reduce(DataFrame.unionByName, [_bans_of(rule, signals) for rule in run.conf.contact_rules.automatic_bans])


def _bans_of(rule: AutomaticBan, signals: DataFrame) -> DataFrame:
    keys = KEYS_OF_LEVEL[rule.level]
    meant = signals.where(F.col("cause") == rule.cause).dropna(subset=["customer_id", *keys])
    # Days as numbers, so that the window spans days and takes in all signals of one day.
    window = Window.partitionBy("customer_id", *keys).orderBy(F.unix_date("day")).rangeBetween(1 - rule.within_days, 0)
    counted = meant.withColumn("signals", F.count("*").over(window)).where(F.col("signals") >= rule.at_least)
    end = F.date_add("day", rule.lasts_days - 1) if rule.lasts_days is not None else F.lit(None).cast("date")
    return counted.select(
        "customer_id",
        F.lit(rule.level).alias("level"),
        *[(F.col(key) if key in keys else F.lit(None).cast("string")).alias(key) for key in ("product", "channel")],
        F.lit(f"{rule.at_least} in {rule.within_days} days").alias("reason"),
        F.lit(rule.cause).alias("source"),
        F.col("day").alias("start_date"),
        end.alias("end_date"),
    ).distinct()


def _cause_of_outcome() -> Column:
    pairs = [F.lit(part) for pair in CAUSE_OF_OUTCOME.items() for part in pair]
    return F.create_map(*pairs)[F.col("outcome")].alias("cause")


def _local_day(moment: str, zone: str) -> Column:
    return F.to_date(F.from_utc_timestamp(moment, zone)).alias("day")
