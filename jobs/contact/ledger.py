"""The ledger `contact` as rules count it: which rows count tonight, and which gave their allowance back."""

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.feedback.states import GIVES_ALLOWANCE_BACK, NO_RESPONSE


def issued(past_contact: DataFrame, issued_before: DataFrame) -> DataFrame:
    """Rows that were issued as this night sees it: all of earlier nights, and those of earlier revisions of its own lists."""
    return past_contact.unionByName(issued_before)


def since(contact: DataFrame, first: date) -> DataFrame:
    """Rows of contact dates from `first` on. A contact date is the day after its business date, by which the ledger is partitioned."""
    return contact.where((F.col("contact_date") >= F.lit(first)) & (F.col("business_date") >= F.lit(first - timedelta(days=1))))


def keeping_their_allowance(contact: DataFrame, outcome: DataFrame) -> DataFrame:
    """Rows without those whose final state says that nothing reached the customer. Rows that a later revision took out
    keep it too, since the channel may have worked them."""
    given_back = outcome.where(F.col("outcome").isin(*GIVES_ALLOWANCE_BACK)).select("contact_id")
    return contact.join(given_back, "contact_id", how="left_anti")


def with_state(contact: DataFrame, outcome: DataFrame) -> DataFrame:
    """Rows with `state`: the final outcome, or no_response while there is none but delivery."""
    known = outcome.where(F.col("outcome") != "delivered").select("contact_id", F.col("outcome").alias("state"))
    return contact.join(known, "contact_id", how="left").withColumn("state", F.coalesce("state", F.lit(NO_RESPONSE)))


def is_tonight(run: RunContext) -> Column:
    """Whether a ledger row belongs to the night that is being made."""
    return F.col("business_date") == F.lit(run.business_date)
