"""do_not_disturb: who must not be contacted, for what, where. It always wins.

One row is a ban and the night from which it is known; a night adds the bans that are new or whose end changed. A ban that vanishes
from the register or from a special list stays in force, since a partial dump must not lift it: only an end date ends a ban.
"""

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.contact.automatic_ban import automatic_bans, signals
from jobs.contact.ban import BAN, newest_of_each
from jobs.context import RunContext


def do_not_disturb(
    do_not_disturb_register: DataFrame,
    special_list: DataFrame,
    outcome: DataFrame,
    past_contact: DataFrame,
    service_contact: DataFrame,
    past_service_contact: DataFrame,
    contact_history: DataFrame,
    past_contact_history: DataFrame,
    past_do_not_disturb: DataFrame,
    run: RunContext,
) -> DataFrame:
    of_service = past_service_contact.unionByName(service_contact)
    of_history = past_contact_history.unionByName(contact_history)
    found = [
        registered(do_not_disturb_register),
        listed(special_list, run),
        automatic_bans(signals(past_contact, outcome, of_history, of_service, run), run),
    ]
    tonight = reduce(DataFrame.unionByName, found).withColumn("business_date", F.lit(run.business_date))
    known = newest_of_each(past_do_not_disturb)
    return unknown(newest_of_each(tonight), known).withColumn("business_date", F.lit(run.business_date)).select(run.columns("do_not_disturb"))


def registered(do_not_disturb_register: DataFrame) -> DataFrame:
    return do_not_disturb_register.select("customer_id", "level", "product", "channel", "reason", F.lit("register").alias("source"), "start_date", "end_date")


def listed(special_list: DataFrame, run: RunContext) -> DataFrame:
    """Staff, tests, complaint specialists, key customers, red and black list, each as the level that conf gives it."""
    levels = [F.lit(part) for pair in run.conf.contact_rules.special_lists.items() for part in pair]
    return special_list.where(F.col("list").isin(*run.conf.contact_rules.special_lists)).select(
        "customer_id",
        F.create_map(*levels)[F.col("list")].alias("level"),
        F.lit(None).cast("string").alias("product"),
        F.lit(None).cast("string").alias("channel"),
        F.col("list").alias("reason"),
        F.lit("special_list").alias("source"),
        F.col("since").alias("start_date"),
        F.lit(None).cast("date").alias("end_date"),
    )


def unknown(bans: DataFrame, known: DataFrame) -> DataFrame:
    """Bans that are not known in exactly this form; null equals null."""
    new, old = bans.alias("new"), known.alias("old")
    same = reduce(lambda left, right: left & right, [F.col(f"new.{name}").eqNullSafe(F.col(f"old.{name}")) for name in (*BAN, "end_date")])
    return new.join(old, same, how="left_anti")
