"""Bans as the table `do_not_disturb` knows them: which row of a ban counts, and which bans are in force on a day."""

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

BAN = ("customer_id", "level", "product", "channel", "reason", "source", "start_date")  # what makes two rows the same ban; null equals null


def newest_of_each(do_not_disturb: DataFrame) -> DataFrame:
    """One row a ban: of several rows the newest counts, since a ban that got an end comes again with it.
    Within a night the one without end, or else the latest end, counts."""
    newest = F.max_by("end_date", F.struct("business_date", F.col("end_date").isNull(), "end_date"))
    return do_not_disturb.groupBy(*BAN).agg(newest.alias("end_date"))


def active_bans(do_not_disturb: DataFrame, day: date) -> DataFrame:
    """Bans in force on `day`, one row each; the first and the last day of a ban belong to it."""
    return newest_of_each(do_not_disturb).where(in_force(day))


def in_force(day: date) -> Column:
    return (F.col("start_date") <= F.lit(day)) & (F.col("end_date").isNull() | (F.col("end_date") >= F.lit(day)))
