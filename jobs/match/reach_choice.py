"""reach_choice: which models of reach the customer-channel match uses tonight, and why.

Tonight's, one for each kind of channel that has been worked, are fitted on past contacts and kept under home/models; they are used where they pass
the gate against those used the night before. One row. Training rows come to the driver: at most conf's most_rows, sampled by hash.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.match.choice import Judged, Says, as_table, choose, used_before
from jobs.match.evidence import past_contacts
from jobs.match.learner import Propensity
from jobs.match.reach import (
    OWN_COLUMNS,
    average_visits,
    dated_visits,
    fit_reach,
    is_comparable,
    living_customers,
    predict_reach,
    with_results_before,
    with_start,
    with_visits,
)
from jobs.match.sampling import CONTACT_KEYS, is_held_back, sampled
from jobs.match.stored import as_bytes, keep_models, kept_models
from jobs.match.version import version

KIND = "customer_channel"


@dataclass(frozen=True)
class Reach:
    """Models by kind of channel, and their name."""

    name: str
    models: dict[str, Propensity]


def reach_choice(
    customer_view: DataFrame,
    past_contact: DataFrame,
    outcome: DataFrame,
    past_contact_history: DataFrame,
    contact_history: DataFrame,
    past_channel_visit: DataFrame,
    channel_visit: DataFrame,
    previous_reach_choice: DataFrame,
    run: RunContext,
) -> DataFrame:
    evidence = past_contacts(past_contact, outcome, past_contact_history, contact_history, run)
    people = living_customers(customer_view, run)
    rows = training_rows(evidence, dated_visits(past_channel_visit, channel_visit, run), people, run)
    held_back = rows["held_back"].eq(True)
    models = fit_reach(rows[~held_back], run)
    challenger = Reach(version(KIND, run.conf.match, *[kind.encode() + as_bytes(model) for kind, model in sorted(models.items())]), models)
    keep_models(run.home, KIND, challenger.name, models)
    judged = rows[held_back].sort_values([*CONTACT_KEYS, "reached"], ignore_index=True)
    return as_table("reach_choice", chosen(challenger, used_before(previous_reach_choice), judged, run), run)


def training_rows(evidence: DataFrame, visits: DataFrame, people: DataFrame, run: RunContext) -> pd.DataFrame:
    """Past contacts with what was known before each, at most conf's most_rows of them, and beside them at most as many trials as the gate asks for."""
    settings, gate = run.conf.match.customer_channel, run.conf.match.gate
    contacts = with_results_before(evidence.where(is_comparable(run))).withColumn("held_back", is_held_back(run))
    counted = contacts.agg(F.count_if(~F.col("held_back")).alias("taught"), F.count_if("held_back").alias("judged")).collect()[0]
    shares = [F.lit(min(1.0, most / max(count, 1))) for most, count in ((gate.most_contacts, counted.judged), (settings.most_rows, counted.taught))]
    asks = sampled(contacts, CONTACT_KEYS, settings.salt, F.when(F.col("held_back"), shares[0]).otherwise(shares[1]))
    known = with_start(with_visits(asks, asks.select("customer_id", "contact_date").distinct(), visits, run), average_visits(people, visits, run), run)
    of_people = known.join(people.drop("contact_date"), "customer_id", how="inner")
    return pd.DataFrame(of_people.select(*CONTACT_KEYS, "held_back", "start_reach", "reached", *OWN_COLUMNS[1:], *settings.features).toPandas())


def chosen(challenger: Reach, champion_name: str | None, judged: pd.DataFrame, run: RunContext) -> dict[str, Any]:
    """Columns of the table. The held-back contacts stand for tonight's customers too, where scores are compared."""
    kept = kept_models(run.home, KIND, champion_name) if champion_name else None
    kind_of = {name: channel.kind for name, channel in run.conf.channels.items()}
    asked = {name for model in (kept or {}).values() for name in model.encoder.names}
    unusable = f"the file of {champion_name} is gone" if kept is None else None
    if asked - set(judged.columns):
        unusable = "inputs have changed since the model before it"

    def says(name: str) -> Says:
        reach = predict_reach(challenger.models if name == challenger.name else kept or {}, kind_of, judged)
        return Says(reach, reach)

    return choose(challenger.name, champion_name, unusable, Judged(judged["reached"].to_numpy(dtype=bool), judged["channel"]), says, run)
