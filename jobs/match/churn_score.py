"""churn_score: how likely each living line is to be closed within conf/match.yaml's horizon_days.

One row is a living customer. It starts from the churn points of the view, by rule; once a night lies a horizon back, a model learns
from the fate of that night's lines what the points miss. The view of the next night shows the result as churn_probability.
Training rows come to the driver: at most conf's most_rows, sampled by hash.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.match.combination import logit, sigmoid
from jobs.match.conf import ChurnMatch
from jobs.match.learner import Propensity, fit_propensity
from jobs.match.reach import sampled
from jobs.match.stored import as_bytes, keep_models
from jobs.match.version import version

SCORED = "customer_id string, probability double, start_log_odds double, log_odds double, evidence double, model string"
CLOSED = "closed"


def churn_score(customer_view: DataFrame, past_customer_view: DataFrame, customer: DataFrame, run: RunContext) -> DataFrame:
    settings = run.conf.match.churn
    model = learned(lines_with_fate(past_customer_view, customer, run).toPandas(), settings)
    name = version("churn", run.conf.match, as_bytes(model) if model else b"")
    keep_models(run.home, "churn", name, {"churn": model} if model else {})
    scored = customer_view.selectExpr("customer_id", *inputs(settings)).mapInPandas(score_in_batches(model, name, settings), SCORED)
    return scored.withColumn("business_date", F.lit(run.business_date)).select(run.columns("churn_score"))


def inputs(settings: ChurnMatch) -> list[str]:
    return ["churn_points", *[f"{expression} AS `{name}`" for name, expression in settings.features.items()]]


def lines_with_fate(past_customer_view: DataFrame, customer: DataFrame, run: RunContext) -> DataFrame:
    """Lines of the newest night that lies a horizon back, with `left`: closed within the horizon, or no longer in the snapshot."""
    settings = run.conf.match.churn
    known = past_customer_view.where(F.col("business_date") <= F.lit(run.business_date - timedelta(days=settings.horizon_days)))
    night = known.agg(F.max("business_date").alias("night"))
    lines = known.join(F.broadcast(night), F.col("business_date") == F.col("night"), how="inner").selectExpr("customer_id", "night", *inputs(settings))
    fate = customer.select("customer_id", "status", "status_changed_on")
    closed_in_time = (F.col("status") == CLOSED) & (F.datediff("status_changed_on", "night") <= settings.horizon_days)
    told = lines.join(fate, "customer_id", how="left").withColumn("left", F.col("status").isNull() | F.coalesce(closed_in_time, F.lit(False)))
    share = min(1.0, settings.most_rows / max(lines.count(), 1))
    return sampled(told, ["customer_id"], settings.salt, share).select("churn_points", *settings.features, "left")


def learned(rows: pd.DataFrame, settings: ChurnMatch) -> Propensity | None:
    """What the churn points miss, or None before the fate of any line is known."""
    if rows.empty:
        return None
    return fit_propensity(rows[list(settings.features)], rows["left"], offset=start_log_odds(rows, settings))


def start_log_odds(rows: pd.DataFrame, settings: ChurnMatch) -> np.ndarray:
    points = rows["churn_points"].to_numpy(dtype=np.float64)
    return logit(np.full(len(rows), settings.start_rate)) + settings.log_odds_a_point * points


def score_in_batches(model: Propensity | None, name: str, settings: ChurnMatch) -> Callable[[Iterable[pd.DataFrame]], Iterator[pd.DataFrame]]:
    def score(batches: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for lines in batches:
            start = start_log_odds(lines, settings)
            beside = np.zeros(len(lines)) if model is None else model.log_odds(lines[list(settings.features)])
            yield pd.DataFrame(
                {
                    "customer_id": lines["customer_id"],
                    "probability": sigmoid(start + beside),
                    "start_log_odds": start,
                    "log_odds": beside,
                    "evidence": float(model.rows) if model else 0.0,
                    "model": name,
                }
            )

    return score
