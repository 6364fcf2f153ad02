"""outcome: what came of each contact, as far as the channels said until the business date.

One row is a contact with usable feedback: its strongest outcome and the earliest time among equals (contract section 6).
received_date is the day on which this state became known. Derived anew from all received rows, which never change, so
the order and the repetition of what came do not matter. A contact without a row here is silent.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.feedback.contact_feedback import strength
from jobs.feedback.states import USABLE_CLASSES


def outcome(contact_feedback: DataFrame, run: RunContext) -> DataFrame:
    usable = contact_feedback.where(F.col("class").isin(*USABLE_CLASSES))
    strongest_then_earliest = F.min(F.struct(strength().alias("strength"), "occurred_at", "received_date", "outcome")).alias("state")
    states = usable.groupBy("contact_id").agg(strongest_then_earliest)
    return states.select("contact_id", "state.*", F.lit(run.business_date).alias("business_date")).select(run.columns("outcome"))
