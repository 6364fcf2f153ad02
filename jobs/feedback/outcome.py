"""outcome: what came of each contact, as far as the channels said until the business date.

One row is a contact with usable feedback: its strongest outcome and the earliest time among equals (contract section 6).
received_date is the day on which this state became known. Derived anew from all received rows, which never change, so
the order and the repetition of what came do not matter. A contact without a row here is silent. `contradicted` says that reports of one
moment exclude each other: the strongest holds all the same, so that nobody is bothered again, but nothing is to be learned from it.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.feedback.contact_feedback import strength
from jobs.feedback.states import EXCLUDING, GIVES_ALLOWANCE_BACK, USABLE_CLASSES


def outcome(contact_feedback: DataFrame, run: RunContext) -> DataFrame:
    usable = contact_feedback.where(F.col("class").isin(*USABLE_CLASSES))
    strongest_then_earliest = F.min(F.struct(strength().alias("strength"), "occurred_at", "received_date", "outcome")).alias("state")
    moments = usable.groupBy("contact_id", "occurred_at").agg(strongest_then_earliest, contradicts_itself().alias("contradicted"))
    states = moments.groupBy("contact_id").agg(F.min("state").alias("state"), F.bool_or("contradicted").alias("contradicted"))
    return states.select("contact_id", "state.*", "contradicted", F.lit(run.business_date).alias("business_date")).select(run.columns("outcome"))


def contradicts_itself() -> Column:
    """Over the reports of one moment: whether they give the customer two answers, or one that was met and one that was not."""
    answers = [F.count_if(F.col("outcome").isin(*alike)) > 0 for alike in EXCLUDING]
    met = F.count_if(~F.col("outcome").isin(*GIVES_ALLOWANCE_BACK)) > 0
    not_met = F.count_if(F.col("outcome").isin(*GIVES_ALLOWANCE_BACK)) > 0
    return (sum((answer.cast("int") for answer in answers), start=F.lit(0)) > 1) | (met & not_met)
