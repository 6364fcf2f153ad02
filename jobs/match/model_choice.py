"""model_choice: which model the customer-product match uses tonight, and why.

Tonight's (challenger) is fitted and kept under home/models; it is used where it passes the gate against the one used the night before
(champion), or where there is nothing to judge by. One row. Training rows come to the driver: at most conf's most_rows, sampled by hash
and weighted back. Contacts of the ledger are joined with the view of their own night, contacts of the systems before with the first view
there is (an approximation: conf names for them only fields that an acceptance does not change).
"""

from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.catalogue.schema import ddl_of
from jobs.context import RunContext
from jobs.match.appetite import SAME_ROW, Appetite, cells_of, learn_appetite, living_customers, some_customers, training_contacts, with_view
from jobs.match.combination import sigmoid
from jobs.match.evidence import past_contacts
from jobs.match.gate import Record, index_of_scores, probability_of, reason_to_keep, record
from jobs.match.stored_appetite import KIND, appetite_as_bytes, keep_appetite, kept_appetite
from jobs.match.version import version
from jobs.progress import Progress


def model_choice(
    customer_view: DataFrame,
    past_customer_view: DataFrame,
    product_channel_score: DataFrame,
    past_contact: DataFrame,
    outcome: DataFrame,
    past_contact_history: DataFrame,
    contact_history: DataFrame,
    previous_model_choice: DataFrame,
    run: RunContext,
) -> DataFrame:
    contacts = training_contacts(past_contacts(past_contact, outcome, past_contact_history, contact_history, run), run)
    rows = pd.DataFrame(with_view(contacts, past_customer_view, customer_view, run).toPandas())
    held_back = rows["held_back"].eq(True)
    people, cells = some_customers(living_customers(customer_view, run), run), cells_of(product_channel_score)
    challenger = learn_appetite(rows[~held_back], people, cells, run)
    name = version(KIND, run.conf.match, appetite_as_bytes(challenger))
    keep_appetite(run.home, name, challenger)
    before = previous_model_choice.where(F.col("kind") == KIND).first()
    judged = rows[held_back].merge(cells[["product", "channel", "offset"]], on=["product", "channel"]).sort_values(SAME_ROW, ignore_index=True)
    choice = chosen(challenger, name, before.used if before else None, judged, people.head(run.conf.match.customer_product.reference_customers), run)
    columns = run.columns("model_choice")
    row = {"business_date": run.business_date, "kind": KIND, "challenger": name} | choice
    return run.session.createDataFrame([tuple(row.get(column) for column in columns)], ddl_of("model_choice"))


def chosen(challenger: Appetite, name: str, champion_name: str | None, judged: pd.DataFrame, people: pd.DataFrame, run: RunContext) -> dict[str, Any]:
    """The columns of the table behind `challenger`. `judged` are the held-back contacts with their product's and channel's log-odds as `offset`."""
    accepts, gate = int(judged["accepted"].sum()), run.conf.match.gate
    known: dict[str, Any] = {"champion": champion_name, "used": name, "judged_contacts": len(judged), "judged_accepts": accepts}
    if champion_name is None:
        return known | {"reason": "no model before it"}
    if champion_name == name:
        return known | {"reason": "the same model as the night before"}
    champion = kept_appetite(run.home, champion_name, challenger.level, challenger.evidence)
    if champion is None:
        return known | {"reason": f"the file of {champion_name} is gone"}
    if not is_usable(champion, people, run):
        return known | {"reason": "products or inputs have changed since the model before it"}
    if accepts < gate.fewest_accepts or accepts == len(judged):
        return known | {"reason": f"not judged: {accepts} accepts among held-back trials, {gate.fewest_accepts} asked for"}
    before, tonight = (record_of(model, judged, run) for model in (champion, challenger))
    index = index_of_scores(*(scores_of(model, people, run) for model in (champion, challenger)))
    reason = reason_to_keep(before, tonight, index, gate)
    return known | {
        "used": champion_name if reason else name,
        "reason": reason or "passed",
        "entropy_champion": before.entropy,
        "entropy_challenger": tonight.entropy,
        "observed_to_expected": tonight.observed_to_expected,
        "farthest_cell": tonight.farthest,
        "farthest_deviations": tonight.cells[tonight.farthest],
        "stability_index": index,
    }


def is_usable(champion: Appetite, people: pd.DataFrame, run: RunContext) -> bool:
    """Whether the champion knows every product of tonight, and tonight has every input that it asks for."""
    if set(run.conf.products) - champion.positives.keys() or (champion.model and set(run.conf.products) - champion.centre.keys()):
        return False
    asked = set(champion.likeness.encoder.names) if champion.likeness else set()
    own = {"product", "product_family", "product_kind", "product_price", "likeness", "held", "held_of_family"}
    return (asked | set(champion.model.encoder.names if champion.model else ())) <= {*people.columns, *own}


def record_of(appetite: Appetite, judged: pd.DataFrame, run: RunContext) -> Record:
    log_odds = np.zeros(len(judged))
    for product, some in judged.groupby("product"):
        log_odds[some.index] = appetite.log_odds(some, appetite.likeness_of(some), run.conf.products[str(product)], run.conf)[0]
    return record(probability_of(log_odds, judged["offset"].to_numpy()), judged)


def scores_of(appetite: Appetite, people: pd.DataFrame, run: RunContext) -> np.ndarray:
    """Probabilities given reach of these customers for every product."""
    likeness = appetite.likeness_of(people)
    told = [appetite.level[product.product] + appetite.log_odds(people, likeness, product, run.conf)[0] for product in run.conf.products.values()]
    return sigmoid(np.concatenate(told))


def say_choice(run: RunContext, progress: Progress) -> dict[str, int]:
    """One line where the gate kept last night's model: the night goes on with it."""
    for row in run.lake.scan("model_choice", day=run.business_date).to_pylist():
        if row["used"] != row["challenger"]:
            progress.say(f"model gate: {row['challenger']} is not used: {row['reason']}; the lists go out with {row['used']}; see `cpc report model`")
    return {}
