"""evidence: what past contacts say about reach and acceptance, the one reading that all three matches share.

One row is a past contact, of the ledger or of the systems before it, whose result is known or whose silence is final:
- reached: accepted, refused, considering, opted out, delivered; or the silence of a broadcast, whose text nobody answers;
- not reached: not reached, not shown, failed; or the silence of a passive or active channel, which reports whom it met;
- left out: contacts on which reports of one moment contradict each other (a passive list of 1,000 rows has two acceptances; a false one in a
  hundred rows would drown them); contacts younger than the maturity of their channel (conf/match.yaml) without an outcome; broadcasts even where an
  answer came early, since those who do not answer are heard of only at maturity and the early answers would look like all.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext

if TYPE_CHECKING:
    from pyspark.sql import Column

REACHED = ["accepted", "refused", "considering", "opted_out", "delivered"]


def past_contacts(contact: DataFrame, outcome: DataFrame, past_contact_history: DataFrame, contact_history: DataFrame, run: RunContext) -> DataFrame:
    """Columns: customer_id, product, channel, contact_date, business_date (of the ledger's night; null for older systems),
    probability (as predicted; null for older systems), reached, accepted (null where not reached), ledger, tried (drawn by hash)."""
    results = outcome.select("contact_id", "outcome", "contradicted")
    is_trial = F.coalesce(F.col("mechanism") == "exploration", F.lit(False)).alias("tried")
    ledger = (
        contact.where(F.col("contact_date") <= F.lit(run.business_date))
        .join(results, "contact_id", how="left")
        .where(F.col("revoked_in").isNull() | F.col("outcome").isNotNull())
        .where(~F.coalesce("contradicted", F.lit(False)))
        .select("customer_id", "product", "channel", "contact_date", "business_date", "probability", "outcome", F.lit(True).alias("ledger"), is_trial)
    )
    older = (
        past_contact_history.unionByName(contact_history)
        .where(F.col("contacted_on") <= F.lit(run.business_date))
        .select(
            "customer_id",
            "product",
            "channel",
            F.col("contacted_on").alias("contact_date"),
            F.lit(None).cast("date").alias("business_date"),
            F.lit(None).cast("double").alias("probability"),
            "outcome",
            F.lit(False).alias("ledger"),
            F.lit(False).alias("tried"),
        )
    )
    return judged(ledger.unionByName(older), run)


def judged(contacts: DataFrame, run: RunContext) -> DataFrame:
    """Contacts with `reached` and `accepted`, those left out that say nothing yet."""
    is_broadcast = of_channel({name: channel.kind for name, channel in run.conf.channels.items()}) == F.lit("broadcast")
    counts = is_mature(run) | (~is_broadcast & F.col("outcome").isNotNull())
    reached = F.when(F.col("outcome").isNull(), is_broadcast).otherwise(F.col("outcome").isin(REACHED))
    accepted = F.when(reached, F.coalesce(F.col("outcome") == F.lit("accepted"), F.lit(False)))
    known_channel = F.col("channel").isin(list(run.conf.channels))
    recent = age_in_days(run) <= F.lit(run.conf.match.evidence_days)
    told = ["customer_id", "product", "channel", "contact_date", "business_date", "probability", "ledger", "tried"]
    return contacts.where(known_channel & recent & counts).select(*told, reached.alias("reached"), accepted.alias("accepted"))


def contacts_for(run: RunContext) -> "Column":
    """How many contacts one counts for: a trial for several, since nobody was chosen for it by what was believed."""
    return F.when(F.col("tried"), F.lit(run.conf.match.trial_counts_for)).otherwise(F.lit(1))


def age_in_days(run: RunContext) -> "Column":
    return F.datediff(F.lit(run.business_date), F.col("contact_date"))


def is_mature(run: RunContext) -> "Column":
    """Whether silence about the contact is final."""
    return age_in_days(run) >= of_channel({start.channel: start.maturity_days for start in run.conf.match.channels})


def of_channel(values: Mapping, as_column: "Callable[[Any], Column]" = F.lit) -> "Column":
    """What stands for the row's channel in a table of conf; with F.col, the row's column that stands for it."""
    return F.create_map([part for name, value in sorted(values.items()) for part in (F.lit(name), as_column(value))])[F.col("channel")]
