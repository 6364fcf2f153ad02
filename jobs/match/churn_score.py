"""churn_score: how likely each living line is to be closed within conf/match.yaml's horizon_days.

One row is a living customer. It starts from the churn points of the view, by rule; once a night lies a horizon back, the model of churn_choice
says what the points miss. The view of the next night shows the result as churn_probability.
"""

from collections.abc import Callable, Iterable, Iterator

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.match.churn import log_odds_beside, read_churn_inputs, start_log_odds
from jobs.match.churn_choice import KIND
from jobs.match.combination import sigmoid
from jobs.match.conf import ChurnMatch
from jobs.match.learner import Propensity
from jobs.match.stored import models_in_use

SCORED = "customer_id string, probability double, start_log_odds double, log_odds double, evidence double, model string"


def churn_score(customer_view: DataFrame, churn_choice: DataFrame, run: RunContext) -> DataFrame:
    settings = run.conf.match.churn
    name, models = models_in_use(run, KIND, churn_choice)
    scored = customer_view.selectExpr("customer_id", *read_churn_inputs(settings)).mapInPandas(score_in_batches(models.get(KIND), name, settings), SCORED)
    return scored.withColumn("business_date", F.lit(run.business_date)).select(run.columns("churn_score"))


def score_in_batches(model: Propensity | None, name: str, settings: ChurnMatch) -> Callable[[Iterable[pd.DataFrame]], Iterator[pd.DataFrame]]:
    def score(batches: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for lines in batches:
            start, beside = start_log_odds(lines, settings), log_odds_beside(model, lines, settings)
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
