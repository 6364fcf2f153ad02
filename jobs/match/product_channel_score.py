"""product_channel_score: how each product sells on each channel, revised every night from all outcomes.

One row is a product and a channel that carries it. Acceptance given reach, by the ladder of jobs/match/ladder.py; before any
outcome it is conf's prior. `calibration` is what matured contacts of the ledger still ask for beyond these terms.
Driver-sized: counts by product, channel and day, at most 28 x 10 x 400 rows; predictions are counted in steps of log-odds.
"""

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.catalogue.schema import ddl_of
from jobs.context import RunContext
from jobs.match.combination import logit
from jobs.match.evidence import age_in_days, contacts_for, is_mature, past_contacts
from jobs.match.ladder import Ladder, climb, shift_to, start_log_odds
from jobs.match.version import keep_model, version

STEPS_OF_LOG_ODDS = 20  # predictions are counted in steps of 1/20


def product_channel_score(
    past_contact: DataFrame,
    outcome: DataFrame,
    past_contact_history: DataFrame,
    contact_history: DataFrame,
    past_product_channel_score: DataFrame,
    run: RunContext,
) -> DataFrame:
    evidence = past_contacts(past_contact, outcome, past_contact_history, contact_history, run)
    counts = counted_by_day(evidence)
    accepted, reached = decayed_counts(counts, run)
    ladder = climb(accepted, reached, prior_log_odds(run), run.conf.match.product_channel.pseudo_contacts.model_dump())
    scores = as_rows(ladder, accepted, reached, run)
    shifts = calibration_shifts(counted_predictions(evidence, run), terms_of(past_product_channel_score), scores, run)
    scores = scores.merge(shifts, on=["product", "channel"], how="left").fillna({"calibration": 0.0})
    name = version("product_channel", run.conf.match, accepted.tobytes(), reached.tobytes(), scores.to_csv(index=False).encode())
    keep_model(run.home, "product_channel", name, {"pseudo_contacts": ladder.pseudo, "cells": scores.to_dict("records")})
    made = scores.assign(business_date=run.business_date, model=name)
    table = past_contact.sparkSession.createDataFrame(made[run.columns("product_channel_score")], ddl_of("product_channel_score"))
    return table.select(run.columns("product_channel_score"))


def counted_by_day(evidence: DataFrame) -> pd.DataFrame:
    """Contacts reached and accepted by product, channel and day: whole numbers, so that no order of summing matters."""
    counts = evidence.where("reached").groupBy("product", "channel", "contact_date")
    return counts.agg(F.count("*").alias("reached"), F.count_if("accepted").alias("accepted")).toPandas()


def decayed_counts(counts: pd.DataFrame, run: RunContext) -> tuple[np.ndarray, np.ndarray]:
    """Accepted and reached contacts per product (rows) and channel (columns); an old contact counts less."""
    products, channels = list(run.conf.products), list(run.conf.channels)
    accepted, reached = np.zeros((len(products), len(channels))), np.zeros((len(products), len(channels)))
    known = counts[counts["product"].isin(products)].sort_values(["product", "channel", "contact_date"])
    days = (pd.Timestamp(run.business_date) - pd.to_datetime(known["contact_date"])).dt.days.to_numpy()
    weight = 0.5 ** (days / run.conf.match.half_life_days)
    cells = (known["product"].map(products.index).to_numpy(dtype=int), known["channel"].map(channels.index).to_numpy(dtype=int))
    np.add.at(accepted, cells, weight * known["accepted"].to_numpy())
    np.add.at(reached, cells, weight * known["reached"].to_numpy())
    return accepted, reached


def prior_log_odds(run: RunContext) -> np.ndarray:
    priors = np.array([product.prior for product in run.conf.products.values()])
    return start_log_odds(priors, np.array([run.conf.match.start(channel).acceptance_odds for channel in run.conf.channels]))


def as_rows(ladder: Ladder, accepted: np.ndarray, reached: np.ndarray, run: RunContext) -> pd.DataFrame:
    """The ladder as rows, of channels that carry the product's kind."""
    rows = [
        {
            "product": product.product,
            "channel": channel.channel,
            "probability": ladder.mean[row, column],
            "low": ladder.low[row, column],
            "high": ladder.high[row, column],
            "evidence": reached[row, column],
            "base_log_odds": ladder.base[row, column],
            "level": str(ladder.level[row, column]),
        }
        for row, product in enumerate(run.conf.products.values())
        for column, channel in enumerate(run.conf.channels.values())
        if product.kind in channel.carries
    ]
    table = pd.DataFrame(rows)
    log_odds = logit(table["probability"].to_numpy()) - table["base_log_odds"].to_numpy()
    return table.assign(log_odds=log_odds, odds_ratio=np.exp(log_odds))


def counted_predictions(evidence: DataFrame, run: RunContext) -> pd.DataFrame:
    """The ledger's matured contacts by product, channel, night and step of predicted log-odds; `accepts` are those that were there, `accepted` what
    they count for."""
    recent = age_in_days(run) <= F.lit(run.conf.match.product_channel.calibration_days)
    step = F.round(F.ln(F.col("probability") / (1 - F.col("probability"))) * STEPS_OF_LOG_ODDS).cast("int")
    predicted = evidence.where(F.col("ledger") & recent & is_mature(run)).where("probability > 0 and probability < 1")
    counts = predicted.groupBy("product", "channel", "business_date", step.alias("step"))
    counted = contacts_for(run)
    return counts.agg(
        F.sum(counted).alias("contacts"), F.sum(F.when(F.col("accepted"), counted).otherwise(0)).alias("accepted"), F.count_if("accepted").alias("accepts")
    ).toPandas()


def terms_of(past_scores: DataFrame) -> pd.DataFrame:
    """What the product-channel match had added to each night's predictions."""
    summed = F.col("base_log_odds") + F.col("log_odds") + F.col("calibration")
    return past_scores.select("product", "channel", "business_date", summed.alias("then")).toPandas()


def calibration_shifts(predictions: pd.DataFrame, past_terms: pd.DataFrame, scores: pd.DataFrame, run: RunContext) -> pd.DataFrame:
    """Shift of log-odds per product and channel that makes expected accepts equal observed ones, shrunken by their number.

    Each prediction is first restated with tonight's product-channel terms: the outcomes have already moved those, and a shift
    against the old ones would count them twice.
    """
    now = scores.assign(now=scores["base_log_odds"] + scores["log_odds"])[["product", "channel", "now"]]
    restated = predictions.merge(past_terms, on=["product", "channel", "business_date"]).merge(now, on=["product", "channel"])
    restated = restated.sort_values(["product", "channel", "business_date", "step"])
    rows = []
    for (product, channel), cell in restated.groupby(["product", "channel"]):
        accepts, accepted, contacts = float(cell["accepts"].sum()), float(cell["accepted"].sum()), cell["contacts"].to_numpy(dtype=float)
        log_odds = (cell["step"] / STEPS_OF_LOG_ODDS + cell["now"] - cell["then"]).to_numpy()
        trust = accepts / (accepts + run.conf.match.product_channel.calibration_pseudo_accepts)
        shift = shift_to(log_odds, contacts, min(accepted, contacts.sum() - 0.5)) if accepts else 0.0
        rows.append({"product": product, "channel": channel, "calibration": trust * shift})
    return pd.DataFrame(rows, columns=["product", "channel", "calibration"]).astype({"calibration": float})
