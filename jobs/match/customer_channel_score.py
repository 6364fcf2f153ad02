"""customer_channel_score: whether each customer can be reached on each channel, and how ready they are to accept there.

One row is a living customer and a channel. `probability` is reach: a model per kind of channel, around conf's
start, which for passive channels follows the customer's own visits. `log_odds` is the customer's own record of acceptance on
the channel against what products and channels let expect, shrunken by conf's accept_pseudo_accepts. The models are those of
reach_choice; the rest is joins and Arrow batches.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.match.evidence import past_contacts
from jobs.match.learner import Propensity
from jobs.match.reach import (
    average_visits,
    dated_visits,
    is_comparable,
    living_customers,
    observations,
    predict_reach,
    reach_interval,
    with_start,
    with_visits,
)
from jobs.match.reach_choice import KIND
from jobs.match.stored import models_in_use

MICRO = 1_000_000  # expected accepts are summed in millionths, whole numbers, so that no order of summing matters


def customer_channel_score(
    customer_view: DataFrame,
    product_channel_score: DataFrame,
    past_contact: DataFrame,
    outcome: DataFrame,
    past_contact_history: DataFrame,
    contact_history: DataFrame,
    past_channel_visit: DataFrame,
    channel_visit: DataFrame,
    reach_choice: DataFrame,
    run: RunContext,
) -> DataFrame:
    evidence = past_contacts(past_contact, outcome, past_contact_history, contact_history, run)
    visits = dated_visits(past_channel_visit, channel_visit, run)
    people = living_customers(customer_view, run)
    name, models = models_in_use(run, KIND, reach_choice)
    asks = people.crossJoin(channels_of(run, people)).join(records(evidence, product_channel_score, run), ["customer_id", "channel"], how="left")
    asks = asks.fillna(0, ["contacts_before", "reached_before", "accepted", "expected"])
    tonight = with_start(with_visits(asks, people.select("customer_id", "contact_date"), visits, run), average_visits(people, visits, run), run)
    return tonight.mapInPandas(score_in_batches(models, name, run), SCORED).selectExpr(
        *[f"DATE'{run.business_date}' AS business_date" if column == "business_date" else column for column in run.columns("customer_channel_score")]
    )


SCORED = "customer_id string, channel string, odds_ratio double, probability double, low double, high double, evidence double, model string, log_odds double"


def channels_of(run: RunContext, beside: DataFrame) -> DataFrame:
    return beside.sparkSession.createDataFrame([(channel,) for channel in run.conf.channels], "channel string")


def records(evidence: DataFrame, product_channel_score: DataFrame, run: RunContext) -> DataFrame:
    """One row is a customer and a channel with contacts: how many there were and reached, how many accepts and how many were to be
    expected (in millionths) of products and channels alone."""
    expected = product_channel_score.select("product", "channel", F.round(F.col("probability") * MICRO).cast("long").alias("expected"))
    judged = evidence.join(F.broadcast(expected), ["product", "channel"], how="left").groupBy("customer_id", "channel")
    known = F.col("reached") & F.col("expected").isNotNull()
    return judged.agg(
        F.count_if(is_comparable(run)).alias("contacts_before"),
        F.count_if(is_comparable(run) & F.col("reached")).alias("reached_before"),
        F.count_if(known & F.col("accepted")).alias("accepted"),
        F.sum(F.when(known, F.col("expected")).otherwise(0)).alias("expected"),
    )


def score_in_batches(models: dict[str, Propensity], name: str, run: RunContext) -> Callable[[Iterable[pd.DataFrame]], Iterator[pd.DataFrame]]:
    kind_of = {channel: one.kind for channel, one in run.conf.channels.items()}
    settings = run.conf.match.customer_channel
    accepts = settings.accept_pseudo_accepts

    def score(batches: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for rows in batches:
            reach = predict_reach(models, kind_of, rows)
            # the customer's accepts against the expected ones, both beside pseudo accepts
            log_odds = np.log((rows["accepted"].to_numpy(dtype=float) + accepts) / (rows["expected"].to_numpy(dtype=float) / MICRO + accepts))
            low, high = reach_interval(reach, observations(rows, kind_of, settings))
            yield pd.DataFrame(
                {
                    "customer_id": rows["customer_id"],
                    "channel": rows["channel"],
                    "odds_ratio": np.exp(log_odds),
                    "probability": reach,
                    "low": low,
                    "high": high,
                    "evidence": rows["contacts_before"].astype(float),
                    "model": name,
                    "log_odds": log_odds,
                }
            )

    return score
