"""contact_feedback: what the channels reported, row by row as received, nothing dropped in silence.

One row is a received row of a feedback file, in exactly one class:

    malformed        it cannot be read: not UTF-8, wrong number of cells, an empty key, an unknown outcome, a time without offset, no header
    unknown_contact  its contact_id was never issued, or was issued to another channel or another customer
    duplicate        the same contact, outcome and occurred_at came before, in this file or any other
    superseded       the contact's state known before is stronger, or equal and earlier
    late_but_used    it changes the contact's state, but came more than `late_feedback_days` (conf/evaluation.yaml) after the contact date
    accepted_as_new  it changes the contact's state

"Before" is the order of received date, time of occurrence, channel, file and line; earlier partitions come first. The partition of a
business date holds the files received up to it whose bytes no other partition holds, so a file that is late or was changed afterwards
comes in with the next run; a rerun keeps the rows of a file that was changed or removed since. States: jobs/feedback/states.py.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.feedback.received import received
from jobs.feedback.states import STRONGEST_FIRST, USABLE_CLASSES


def contact_feedback(past_contact_feedback: DataFrame, contact: DataFrame, run: RunContext) -> DataFrame:
    rows = with_issued_contact(received(run), contact)
    known = known_before(past_contact_feedback, rows)
    compared = with_what_came_before(known.unionByName(rows, allowMissingColumns=True))
    classed = compared.where("is_new").withColumn("class", class_of(run.conf.evaluation.late_feedback_days))
    return classed.withColumn("business_date", F.lit(run.business_date)).select(run.columns("contact_feedback"))


def with_issued_contact(rows: DataFrame, contact: DataFrame) -> DataFrame:
    """`contact_date` of the issued contact that the row reports on; null when there is none of this channel and customer."""
    issued = contact.select("contact_id", "customer_id", "channel", "contact_date")
    matched = rows.join(issued, ["contact_id", "customer_id", "channel"], how="left")
    return matched.select("*", F.lit(True).alias("is_new"), F.col("contact_date").isNotNull().alias("usable"))


def known_before(past_contact_feedback: DataFrame, rows: DataFrame) -> DataFrame:
    """Usable rows of earlier partitions about the contacts that are reported on now."""
    usable = past_contact_feedback.where(F.col("class").isin(*USABLE_CLASSES)).drop("business_date", "class")
    reported_now = rows.where("usable").select("contact_id").distinct()
    return usable.join(reported_now, "contact_id", how="left_semi").select("*", F.lit(False).alias("is_new"), F.lit(True).alias("usable"))


def with_what_came_before(rows: DataFrame) -> DataFrame:
    """`state_before`: strongest state of the contact in the usable rows before this one; `came_before`: how many of them said the same."""
    in_order = [F.col(name) for name in ("is_new", "received_date", "occurred_at", "channel", "file", "line", "sha256")]
    before = Window.partitionBy("contact_id").orderBy(*in_order).rowsBetween(Window.unboundedPreceding, -1)
    same_before = Window.partitionBy("contact_id", "outcome", "occurred_at").orderBy(*in_order).rowsBetween(Window.unboundedPreceding, -1)
    return rows.select(
        "*", F.min(F.when(F.col("usable"), state())).over(before).alias("state_before"), F.count_if("usable").over(same_before).alias("came_before")
    )


def state() -> Column:
    """Of two states the smaller struct is the one that holds: stronger outcome, then earlier time."""
    return F.struct(strength().alias("strength"), F.col("occurred_at"))


def strength() -> Column:
    """1 for the strongest outcome; a smaller number is stronger."""
    return F.array_position(F.array(*[F.lit(outcome) for outcome in STRONGEST_FIRST]), F.col("outcome"))


def class_of(late_days: int) -> Column:
    changes_state = F.col("state_before").isNull() | (state() < F.col("state_before"))
    is_late = F.datediff("received_date", "contact_date") > late_days
    return (
        F.when(F.col("malformed"), "malformed")
        .when(~F.col("usable"), "unknown_contact")
        .when(F.col("came_before") > 0, "duplicate")
        .when(~changes_state, "superseded")
        .when(is_late, "late_but_used")
        .otherwise("accepted_as_new")
    )
