"""contact: the ledger of issued rows, which caps count.

One row is a row issued to a channel for the contact date, or one that a later revision of the date's lists took out (`revoked_in`): it keeps
its allowance, since the channel may have worked it. `contact_id` is a function of who, what, where and when alone.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext

KEYS = ["customer_id", "campaign", "product", "channel", "wave"]
KEPT = ["round", "revision", "revoked_round", "revoked_in"]


def contact(decision: DataFrame, candidate: DataFrame, issued_before: DataFrame, run: RunContext) -> DataFrame:
    facts = candidate.select(*KEYS, "campaign_type", "place", "value", "cost_fen")
    chosen = decision.where(F.col("reason") == "issued").join(facts, KEYS, how="inner")
    now = chosen.select(
        contact_id(F.lit(run.contact_date)).alias("contact_id"),
        F.lit(run.contact_date).alias("contact_date"),
        F.lit(run.business_date).alias("business_date"),
        *KEYS,
        "campaign_type",
        "probability",
        F.col("expected_value").cast("decimal(12,4)").alias("expected_value"),
        "mechanism",
        "propensity",
        "place",
        "value",
        "cost_fen",
    )
    return _standing(now, issued_before, run).unionByName(_taken_out(now, issued_before, run)).select(run.columns("contact"))


def contact_id(contact_date: Column) -> Column:
    """32 hex digits of the contact date and the keys of a candidate."""
    return F.substring(F.sha2(F.concat_ws("|", contact_date, *KEYS), 256), 1, 32)


def _standing(now: DataFrame, before: DataFrame, run: RunContext) -> DataFrame:
    """Rows of tonight's lists: those of an earlier revision keep the revision that brought them."""
    earlier = before.select("contact_id", *[F.col(name).alias(f"earlier_{name}") for name in KEPT])
    stood = F.col("earlier_round").isNotNull() & F.col("earlier_revoked_in").isNull()
    return now.join(earlier, "contact_id", how="left").select(
        *now.columns,
        F.when(stood, F.col("earlier_revision")).otherwise(_next_revision(run)).alias("revision"),
        F.lit(None).cast("int").alias("revoked_in"),
        F.coalesce("earlier_round", F.lit(_round(run))).alias("round"),
        F.lit(None).cast("int").alias("revoked_round"),
    )


def _taken_out(now: DataFrame, before: DataFrame, run: RunContext) -> DataFrame:
    """Rows of earlier revisions that tonight's lists no longer hold."""
    gone = before.join(now.select("contact_id"), "contact_id", how="left_anti")
    return gone.withColumns(
        {
            "revoked_in": F.coalesce("revoked_in", _next_revision(run)),
            "revoked_round": F.coalesce("revoked_round", F.lit(_round(run))),
        }
    )


def _next_revision(run: RunContext) -> Column:
    """Revision of the row's channel that this making of the lists will be published as."""
    revisions = (run.options or {}).get("revisions", {})
    pairs = [F.lit(one) for channel in run.conf.channels for one in (channel, revisions.get(channel, 1))]
    return F.element_at(F.create_map(*pairs), F.col("channel"))


def _round(run: RunContext) -> int:
    """Which making of the night's lists this is."""
    return (run.options or {}).get("rounds", 0) + 1
