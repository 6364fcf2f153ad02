"""decision: every candidate of the night with exactly one reason.

One row is a candidate. Rules come first, in the order of jobs/contact/precedence.py; what they let pass goes to one pick over all campaigns,
channels and customers (jobs/contact/pick.py); of the picked, each campaign's holdout is taken out last and not refilled, so that
the held-out are like the contacted. `reason` is `issued` for what the channels get.
"""

from datetime import date, timedelta

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.campaign.campaign import Campaign
from jobs.contact.ban import active_bans
from jobs.contact.certificate import keep_facts
from jobs.contact.contact import KEYS
from jobs.contact.known import with_known
from jobs.contact.ledger import is_tonight, issued, keeping_their_allowance, since
from jobs.contact.live_campaign import live_campaigns
from jobs.contact.night_options import night_options
from jobs.contact.night_problem import Spent
from jobs.contact.pick import Picked, pick
from jobs.contact.precedence import caps
from jobs.contact.rules import judged, left_column
from jobs.context import RunContext

BY_THE_PICK = ["mechanism", "propensity"]
FOR_THE_PICK = ["campaign_type", "cost_fen", "place", "issued_before", "tried_before", "contacts_tonight"]


def decision(
    candidate: DataFrame,
    do_not_disturb: DataFrame,
    control_assignment: DataFrame,
    frequency_cap: DataFrame,
    past_contact: DataFrame,
    issued_before: DataFrame,
    outcome: DataFrame,
    identity: DataFrame,
    run: RunContext,
) -> DataFrame:
    campaigns = live_campaigns(run)
    ledger = since(issued(past_contact, issued_before), _first_day(campaigns, run))
    bans = active_bans(do_not_disturb, run.contact_date)
    known = with_known(candidate, bans, control_assignment, frequency_cap, keeping_their_allowance(ledger, outcome), identity, run)
    left = [left_column(cap) for cap in caps(run.conf.contact_rules)]
    kept = [*(name for name in run.columns("decision") if name not in BY_THE_PICK), *FOR_THE_PICK, *left]
    # Read twice, by the pick and for the result: made once, in memory or on disk. `option` only brings back what was picked: nothing is ordered by it.
    after_rules = judged(known, campaigns, run).select(*kept, F.monotonically_increasing_id().alias("option")).localCheckpoint()
    result, picked = picked_rows(after_rules.where(F.col("reason").isNull()), campaigns, _spent(ledger, campaigns, run), run)
    keep_facts(run, {**result.facts, "made_before": (run.options or {}).get("rounds", 0)})
    joined = after_rules.join(picked, "option", how="left").withColumns(in_words(result.rows))
    joined = joined.join(_held_out(control_assignment), ["customer_id", "campaign"], how="left")
    if (run.options or {}).get("rounds"):
        joined = as_issued_first(joined, issued_before)
    is_held_out = (F.col("picked") == "issued") & F.col("in_holdout")
    return joined.withColumns(
        {
            "reason": F.coalesce("reason", F.when(is_held_out, "campaign_holdout"), "picked"),
            "rule": F.coalesce("rule", F.when(is_held_out, "holdout"), "picked_rule"),
        }
    ).select(run.columns("decision"))


def as_issued_first(rows: DataFrame, issued_before: DataFrame) -> DataFrame:
    """Rows that an earlier revision of tonight issued keep the mechanism and the propensity with which they went out."""
    first = issued_before.select(*KEYS, F.col("mechanism").alias("first_mechanism"), F.col("propensity").alias("first_propensity"))
    issued = F.col("picked") == "issued"
    told = {name: F.when(issued, F.coalesce(f"first_{name}", name)) for name in BY_THE_PICK}
    return rows.join(first, KEYS, how="left").withColumns(told)


def _first_day(campaigns: list[Campaign], run: RunContext) -> date:
    """The earliest contact date that any rule looks back to."""
    longest = max((rule.days for rule in run.conf.contact_rules.minimum_days), default=0)
    return min([run.contact_month_start, run.contact_date - timedelta(days=longest), *(one.period.start for one in campaigns)])


def picked_rows(eligible: DataFrame, campaigns: list[Campaign], spent: dict[str, Spent], run: RunContext) -> tuple[Picked, DataFrame]:
    """The pick over all eligible candidates, made on the driver, and as a frame by `option`, its text as codes. So text goes there and back in a tenth of the bytes."""
    rules, names = run.conf.contact_rules, _names(campaigns, run)
    left = [F.least(F.col(left_column(cap)), F.lit(rules.contacts_a_night)).cast("tinyint").alias(left_column(cap)) for cap in caps(rules)]
    coded = [_code(name, values).alias(name) for name, values in names.items()]
    small = [F.col(name).cast("tinyint").alias(name) for name in ("wave", "contacts_tonight")]
    rows = eligible.select("option", "customer_id", *coded, "place", "expected_value", "cost_fen", "issued_before", "tried_before", *small, *left).toArrow()
    for name, values in names.items():
        rows = rows.set_column(rows.column_names.index(name), name, _decoded(rows[name], values))
    option, options = rows["option"], night_options(rows.drop_columns("option"))
    del rows  # as arrays the options need half of the memory; of millions of customers both would not fit beside the pick
    result = pick(options, campaigns, spent, run.conf, run.contact_date)
    return result, _as_codes(result.rows.append_column("option", option), run)


def _names(campaigns: list[Campaign], run: RunContext) -> dict[str, list[str]]:
    return {
        "campaign": [one.campaign for one in campaigns],
        "product": list(run.conf.products),
        "channel": list(run.conf.channels),
        "campaign_type": sorted({one.type for one in campaigns}),
    }


def _code(name: str, values: list[str]) -> Column:
    return (F.array_position(F.array(*[F.lit(value) for value in values]), F.col(name)) - 1).cast("smallint")


def _decoded(codes: pa.ChunkedArray, values: list[str]) -> pa.ChunkedArray:
    names = pa.array(values, pa.string())
    return pa.chunked_array([pa.DictionaryArray.from_arrays(chunk.cast(pa.int32()), names) for chunk in codes.chunks], pa.dictionary(pa.int32(), pa.string()))


def _as_codes(rows: pa.Table, run: RunContext) -> DataFrame:
    """Dictionaries travel as codes; `in_words` makes text of them again."""
    columns = {name: rows[name].combine_chunks() for name in rows.column_names}
    return run.session.createDataFrame(pa.table({name: one.indices if isinstance(one, pa.DictionaryArray) else one for name, one in columns.items()}))


def in_words(rows: pa.Table) -> dict[str, Column]:
    """Columns of text for those columns of codes that were dictionaries."""
    texts = {name: rows[name].combine_chunks().dictionary.to_pylist() for name in rows.column_names if pa.types.is_dictionary(rows[name].type)}
    return {name: F.get(F.array(*[F.lit(value) for value in values]), F.col(name)) for name, values in texts.items()}


def _held_out(control_assignment: DataFrame) -> DataFrame:
    """Customers of the campaigns' held-out shares, the same on every night of a campaign."""
    held_out = control_assignment.where(F.col("arm") == "control")
    return held_out.select("customer_id", F.col("layer").alias("campaign"), F.lit(True).alias("in_holdout"))


def _spent(ledger: DataFrame, campaigns: list[Campaign], run: RunContext) -> dict[str, Spent]:
    """Contacts and money of each live campaign in its period so far; a row a campaign. What was paid stays paid, given back or not."""
    periods = run.session.createDataFrame([(one.campaign, one.period.start) for one in campaigns], "campaign string, since date")
    of_period = ledger.join(F.broadcast(periods), "campaign", how="inner").where(F.col("contact_date") >= F.col("since"))
    totals = of_period.groupBy("campaign").agg(
        F.count("*").alias("contacts"), F.sum("cost_fen").alias("cost_fen"), F.count_if(is_tonight(run)).alias("tonight")
    )
    return {row.campaign: Spent(row.contacts, row.cost_fen, row.tonight) for row in totals.collect()}
