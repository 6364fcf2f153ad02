"""frequency_cap: how often each customer has been contacted in the month of the contact date, cap by cap.

One row is a customer and a cap of conf/contact_rules.yaml that already counts something. A row of `contact` takes its allowance when
it is issued; `outcome` gives it back when nothing reached the customer (domain.md section 9). The month is that of the contact date:
the night of 31 July makes lists for 1 August and counts from nothing.
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.contact.ledger import is_tonight, issued, keeping_their_allowance, since
from jobs.contact_rules import Cap, MinimumDays
from jobs.context import RunContext

KEYS = ("product", "campaign", "channel")


def frequency_cap(past_contact: DataFrame, issued_before: DataFrame, outcome: DataFrame, run: RunContext) -> DataFrame:
    of_this_month = since(issued(past_contact, issued_before), run.contact_month_start)
    counted = keeping_their_allowance(of_this_month, outcome)
    caps = [cap for cap in run.conf.contact_rules.caps if cap.enabled]
    if not caps:
        return run.lake.empty("frequency_cap")
    # One pass over the ledger: every row counts once for each cap that covers it.
    counts = F.filter(F.array(*[F.when(covers(cap), _counted_as(cap)) for cap in caps]), lambda one: one.isNotNull())
    rows = counted.select("customer_id", is_tonight(run).alias("tonight"), F.explode(counts).alias("of"))
    used = rows.groupBy("customer_id", "of.cap", "of.campaign_type", "of.product", "of.campaign", "of.channel").agg(
        F.count("*").alias("used"), F.count_if("tonight").alias("used_tonight")
    )
    return used.withColumn("business_date", F.lit(run.business_date)).select(run.columns("frequency_cap"))


def covers(rule: Cap | MinimumDays) -> Column:
    """Whether a row of `contact` or `candidate` counts for the rule at all: its type and its channel."""
    of_its_types = F.col("campaign_type").isin(*rule.types)
    return of_its_types & F.col("channel").isin(*rule.channels) if rule.channels else of_its_types


def _counted_as(cap: Cap) -> Column:
    keys = [F.col(key) if key in cap.keys else F.lit(None).cast("string") for key in KEYS]
    campaign_type = F.lit(None).cast("string") if cap.across_types else F.col("campaign_type")
    names = ["cap", "campaign_type", *KEYS]
    return F.struct(*[column.alias(name) for name, column in zip(names, [F.lit(cap.name), campaign_type, *keys], strict=True)])


def most(cap: Cap) -> Column:
    """The cap's maximum for a candidate's grade; or for its customer's cell, null for those in none of the cap's."""
    if cap.by_cell:
        return F.try_element_at(F.create_map(*[F.lit(one) for pair in sorted(cap.by_cell.items()) for one in pair]), F.col("frequency_cell"))
    return reduce(
        lambda otherwise, grade: F.when(F.col("grade") == grade, F.lit(cap.by_grade[grade])).otherwise(otherwise), sorted(cap.by_grade), F.lit(cap.max)
    )
