"""churn_choice: which model tells who is about to leave tonight, and why.

Once a night lies a horizon back, a model learns from the fate of that night's lines what the churn points miss (jobs/match/churn_score.py). It is kept
under home/models and used where it passes the gate against the one used the night before, on a share of the lines that it did not learn from.
One row. Training rows come to the driver: at most conf's most_rows, sampled by hash.
"""

from datetime import timedelta
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.match.choice import Judged, Says, as_table, choose, used_before
from jobs.match.churn import churn_probability, learned, read_churn_inputs
from jobs.match.sampling import in_sample, sampled
from jobs.match.stored import as_bytes, keep_models, kept_models
from jobs.match.version import version

KIND = "churn"
CLOSED = "closed"


def churn_choice(past_customer_view: DataFrame, customer: DataFrame, previous_churn_choice: DataFrame, run: RunContext) -> DataFrame:
    rows = pd.DataFrame(lines_with_fate(past_customer_view, customer, run).toPandas())
    held_back = rows["held_back"].eq(True)
    model = learned(rows[~held_back], run.conf.match.churn)
    name = version(KIND, run.conf.match, as_bytes(model) if model else b"")
    keep_models(run.home, KIND, name, {KIND: model} if model else {})
    judged = rows[held_back].sort_values("customer_id", ignore_index=True)
    return as_table("churn_choice", chosen(name, used_before(previous_churn_choice), judged, run), run)


def lines_with_fate(past_customer_view: DataFrame, customer: DataFrame, run: RunContext) -> DataFrame:
    """Lines of the newest night that lies a horizon back, with `left`: closed within the horizon, or no longer in the snapshot; and whether
    they are held back."""
    settings, gate = run.conf.match.churn, run.conf.match.gate
    known = past_customer_view.where(F.col("business_date") <= F.lit(run.business_date - timedelta(days=settings.horizon_days)))
    night = known.agg(F.max("business_date").alias("night"))
    lines = known.join(F.broadcast(night), F.col("business_date") == F.col("night"), how="inner").selectExpr(
        "customer_id", "night", *read_churn_inputs(settings)
    )
    fate = customer.select("customer_id", "status", "status_changed_on")
    closed_in_time = (F.col("status") == CLOSED) & (F.datediff("status_changed_on", "night") <= settings.horizon_days)
    told = lines.join(fate, "customer_id", how="left").withColumns(
        {
            "left": F.col("status").isNull() | F.coalesce(closed_in_time, F.lit(False)),
            "held_back": in_sample(["customer_id"], gate.salt, gate.held_back),
        }
    )
    share = min(1.0, settings.most_rows / max(lines.count(), 1))
    return sampled(told, ["customer_id"], settings.salt, share).select("customer_id", "churn_points", *settings.features, "left", "held_back")


def chosen(name: str, champion_name: str | None, judged: pd.DataFrame, run: RunContext) -> dict[str, Any]:
    """Columns of the table. The held-back lines stand for tonight's too, where scores are compared."""
    models = {one: kept_models(run.home, KIND, one) for one in (name, champion_name) if one}
    champion = models[champion_name] if champion_name else None
    unusable = f"the file of {champion_name} is gone" if champion is None else None
    if {column for model in (champion or {}).values() for column in model.encoder.names} - set(judged.columns):
        unusable = "inputs have changed since the model before it"

    def says(asked: str) -> Says:
        probability = churn_probability((models[asked] or {}).get(KIND), judged, run.conf.match.churn)
        return Says(probability, probability)

    cell = pd.Series("all lines", index=judged.index)
    return choose(name, champion_name, unusable, Judged(judged["left"].to_numpy(dtype=bool), cell), says, run)
