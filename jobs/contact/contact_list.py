"""contact_list: the rows that channels will get, ranked, with what is needed to execute them.

One row is a standing row of the night's ledger. It carries the approved script with what fills its blanks (conf/script_parameters.yaml),
the hours it may be executed in and, where a person talks, the customer's last contacts. The address joins it when the list is rendered
(publish.py), since what identifies a person stands in `identity` alone.
"""

from collections.abc import Callable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.conf import Channel
from jobs.contact.ledger import is_tonight, with_state
from jobs.contact.live_campaign import live_campaigns
from jobs.contact.script_parameters import load_script_parameters, parameters_of
from jobs.context import RunContext

HISTORY = "array<struct<contact_date:date,channel:string,product:string,outcome:string>>"


def contact_list(
    contact: DataFrame,
    past_contact: DataFrame,
    customer_view: DataFrame,
    outcome: DataFrame,
    contact_history: DataFrame,
    past_contact_history: DataFrame,
    run: RunContext,
) -> DataFrame:
    tonight = contact.where(is_tonight(run) & F.col("revoked_in").isNull())
    rules = load_script_parameters(run.conf)
    blanks = customer_view.select("customer_id", *rules.view_fields)
    talked = _history(tonight, past_contact, outcome, contact_history.unionByName(past_contact_history), run)
    in_order = Window.partitionBy("channel").orderBy(F.col("expected_value").desc(), "contact_id")
    joined = tonight.join(blanks, "customer_id", how="left").join(talked, "customer_id", how="left")
    return joined.select(
        *[column for column in run.columns("contact_list") if column in tonight.columns],
        _script(run).alias("script"),
        F.row_number().over(in_order).alias("rank"),
        _of_channel(run, lambda channel: F.lit(_moment(run, channel.hours.start))).alias("valid_from"),
        _of_channel(run, lambda channel: F.lit(_moment(run, channel.hours.end))).alias("valid_to"),
        parameters_of(rules, run.conf).alias("parameters"),
        _of_channel(run, lambda channel: F.coalesce("history", F.array().cast(HISTORY)) if channel.talks else F.lit(None).cast(HISTORY)).alias("history"),
    ).select(run.columns("contact_list"))


def _history(tonight: DataFrame, past_contact: DataFrame, outcome: DataFrame, before_us: DataFrame, run: RunContext) -> DataFrame:
    """The last contacts of customers to whom a person will talk, newest first; those of the systems before this one too."""
    talking = [channel.channel for channel in run.conf.channels.values() if channel.talks]
    wanted = tonight.where(F.col("channel").isin(talking)).select("customer_id").distinct()
    ours = with_state(past_contact, outcome).select("customer_id", "contact_date", "channel", "product", F.col("state").alias("outcome"))
    theirs = before_us.select("customer_id", F.col("contacted_on").alias("contact_date"), "channel", "product", "outcome")
    # Sorted by date, then by the rest, so that contacts of one day always stand in the same order.
    one = F.struct("contact_date", "channel", "product", "outcome")
    every = (
        ours.unionByName(theirs)
        .join(wanted, "customer_id", how="left_semi")
        .groupBy("customer_id")
        .agg(F.sort_array(F.collect_list(one), asc=False).alias("every"))
    )
    return every.select("customer_id", F.slice("every", 1, run.conf.base.history_contacts).cast(HISTORY).alias("history"))


def _of_channel(run: RunContext, value: Callable[[Channel], Column]) -> Column:
    """What `value(channel)` says for the row's channel."""
    result = F.lit(None)
    for channel in run.conf.channels.values():
        result = F.when(F.col("channel") == channel.channel, value(channel)).otherwise(result)
    return result


def _moment(run: RunContext, clock: str) -> datetime:
    """A time of the contact date in the operator's time zone, in UTC."""
    zone = ZoneInfo(run.conf.contact_rules.time_zone)
    return datetime.combine(run.contact_date, time.fromisoformat(clock), zone).astimezone(ZoneInfo("UTC"))


def _script(run: RunContext) -> Column:
    pairs = [(campaign.campaign, channel, script) for campaign in live_campaigns(run) for channel, script in sorted(campaign.script.items())]
    if not pairs:
        return F.lit(None).cast("string")
    return F.element_at(
        F.create_map(*[F.lit(one) for campaign, channel, script in pairs for one in (f"{campaign}|{channel}", script)]), F.concat_ws("|", "campaign", "channel")
    )
