"""reach: what is known of a customer and a channel before a contact, and the models that turn it into a probability of being reached.

The same columns are made for past contacts, as of the day before each, and for tonight: `asks` are (customer_id, channel,
contact_date). So no contact knows its own result, and training sees what scoring sees.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.match.combination import logit
from jobs.match.conf import CustomerChannelMatch
from jobs.match.evidence import of_channel
from jobs.match.learner import Propensity, fit_propensity

DAYS, RECENT_DAYS = 90, 30
SLOWEST_DAILY_VISITS = 1e-4
TAIL = 1.6448536269514722  # of a 90 % interval
OWN_COLUMNS = ["channel", "own_visits", "own_recent_visits", "all_visits", "contacts_before", "reached_before_share"]


def living_customers(customer_view: DataFrame, run: RunContext) -> DataFrame:
    """customer_id, contact_date of tonight's lists, and conf's features."""
    features = [f"{expression} AS `{name}`" for name, expression in run.conf.match.customer_channel.features.items()]
    return customer_view.where("status <> 'closed'").selectExpr("customer_id", f"DATE'{run.contact_date}' AS contact_date", *features)


def dated_visits(past_channel_visit: DataFrame, channel_visit: DataFrame, run: RunContext) -> DataFrame:
    """Visits with their day by the operator's clock."""
    visited_on = F.to_date(F.from_utc_timestamp("visited_at", run.conf.contact_rules.time_zone))
    return past_channel_visit.unionByName(channel_visit).select("customer_id", "channel", visited_on.alias("visited_on"))


def with_visits(asks: DataFrame, people: DataFrame, visits: DataFrame, run: RunContext) -> DataFrame:
    """asks with own_visits and own_recent_visits (on the channel itself) and all_visits of the 90 and 30 days before contact_date;
    `people` are the customer_id and contact_date of the asks, each pair once."""
    age = F.datediff("contact_date", "visited_on")
    before = visits.join(people, "customer_id", how="inner").where(age.between(1, DAYS)).groupBy("customer_id", "contact_date")
    own, recent = {name: f"own_{name}" for name in run.conf.channels}, {name: f"recent_{name}" for name in run.conf.channels}
    counted = before.agg(
        F.count("*").alias("all_visits"),
        *[F.count_if(F.col("channel") == name).alias(column) for name, column in own.items()],
        *[F.count_if((F.col("channel") == name) & (age <= RECENT_DAYS)).alias(column) for name, column in recent.items()],
    )
    joined = asks.join(counted, ["customer_id", "contact_date"], how="left")
    return joined.select(
        *asks.columns,
        F.coalesce("all_visits", F.lit(0)).alias("all_visits"),
        F.coalesce(of_channel(own, F.col), F.lit(0)).alias("own_visits"),
        F.coalesce(of_channel(recent, F.col), F.lit(0)).alias("own_recent_visits"),
    )


def is_comparable(run: RunContext) -> Column:
    """Contacts whose reach says something about a list's: not the passive ones of the older systems, whose offers lay open for weeks
    while ours are for one day."""
    is_passive = of_channel({name: channel.kind for name, channel in run.conf.channels.items()}) == F.lit("passive")
    return F.col("ledger") | ~is_passive


def with_results_before(evidence: DataFrame) -> DataFrame:
    """evidence with contacts_before and reached_before: the customer's on the channel on earlier days."""
    day = F.datediff("contact_date", F.lit("2000-01-01").cast("date"))
    earlier = Window.partitionBy("customer_id", "channel").orderBy(day).rangeBetween(Window.unboundedPreceding, -1)
    return evidence.withColumns(
        {"contacts_before": F.count("*").over(earlier), "reached_before": F.coalesce(F.sum(F.col("reached").cast("long")).over(earlier), F.lit(0))}
    )


def average_visits(people: DataFrame, visits: DataFrame, run: RunContext) -> dict[str, float]:
    """Visits a day of each channel's average customer over the last 90 days. Driver-sized: one row a channel."""
    recent = F.datediff(F.lit(run.contact_date), F.col("visited_on")).between(1, DAYS)
    counted = visits.where(recent).groupBy("channel").agg(F.count("*").alias("visits")).collect()
    customers = max(people.count(), 1)
    found = {row.channel: row.visits / (customers * DAYS) for row in counted}
    return {channel: max(found.get(channel, 0.0), SLOWEST_DAILY_VISITS) for channel in run.conf.channels}


def start_reach(run: RunContext, average: dict[str, float]) -> Column:
    """Reach before any outcome: conf's, for passive channels times the probability that the customer comes by on the day, by their
    own visits (the recent ones twice) and those of the channel's average customer."""
    shown = of_channel({start.channel: start.reach for start in run.conf.match.channels})
    is_passive = of_channel({name: channel.kind for name, channel in run.conf.channels.items()}) == F.lit("passive")
    pseudo = F.lit(run.conf.match.customer_channel.visit_pseudo_days)
    visits = F.col("own_visits") + F.col("own_recent_visits") + pseudo * of_channel(average)
    comes_by = F.lit(1.0) - F.exp(-visits / (F.lit(DAYS + RECENT_DAYS) + pseudo))
    return F.when(is_passive, shown * comes_by).otherwise(shown)


def reached_before_share(run: RunContext) -> Column:
    """The customer's own share of contacts that reached them on the channel, shrunken towards the start."""
    pseudo = F.lit(run.conf.match.customer_channel.reach_pseudo_contacts)
    return (F.col("reached_before") + pseudo * F.col("start_reach")) / (F.col("contacts_before") + pseudo) / F.col("start_reach")


def with_start(asks: DataFrame, average: dict[str, float], run: RunContext) -> DataFrame:
    started = asks.withColumn("start_reach", start_reach(run, average))
    return started.withColumn("reached_before_share", reached_before_share(run))


def fit_reach(rows: pd.DataFrame, run: RunContext) -> dict[str, Propensity]:
    """A model per kind of channel that has been worked; the start is its offset."""
    kind_of = {name: channel.kind for name, channel in run.conf.channels.items()}
    models = {}
    for kind, of_kind in rows.groupby(rows["channel"].map(kind_of)):
        age = (pd.Timestamp(run.business_date) - pd.to_datetime(of_kind["contact_date"])).dt.days
        frame = of_kind[[*OWN_COLUMNS, *run.conf.match.customer_channel.features]]
        offset = logit(of_kind["start_reach"].to_numpy(dtype=float))
        models[str(kind)] = fit_propensity(frame, of_kind["reached"], weight=0.5 ** (age / run.conf.match.half_life_days), offset=offset)
    return models


def predict_reach(models: dict[str, Propensity], kind_of: Mapping[str, str], rows: pd.DataFrame) -> np.ndarray:
    """Probability of being reached, row by row; the start where a kind of channel has no model yet."""
    reach = rows["start_reach"].to_numpy(dtype=float).copy()
    kinds = rows["channel"].map(kind_of).to_numpy()
    for kind, model in models.items():
        of_kind = np.flatnonzero(kinds == kind)
        reach[of_kind] = model.predict(rows.iloc[of_kind], offset=logit(reach[of_kind]))
    return reach


def observations(rows: pd.DataFrame, kind_of: Mapping[str, str], settings: CustomerChannelMatch) -> np.ndarray:
    """How many yes-or-no observations of the customer stand behind a reach: the contacts on the channel beside the pseudo contacts of its start;
    on a passive channel, whose start follows the customer's visits, the days on which they came by or not, weighed as in `start_reach`."""
    days = DAYS + RECENT_DAYS + settings.visit_pseudo_days
    is_passive = (rows["channel"].map(kind_of) == "passive").to_numpy()
    return rows["contacts_before"].to_numpy(dtype=float) + np.where(is_passive, days, settings.reach_pseudo_contacts)


def reach_interval(reach: np.ndarray, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """5 % and 95 % bounds of a share of so many observations (Wilson's score interval): never outside 0 to 1, always around the share."""
    middle = reach + TAIL**2 / (2 * observed)
    spread = TAIL * np.sqrt(reach * (1 - reach) / observed + (TAIL / (2 * observed)) ** 2)
    whole = 1 + TAIL**2 / observed
    return (middle - spread) / whole, (middle + spread) / whole
