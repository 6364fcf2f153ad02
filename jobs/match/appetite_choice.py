"""appetite_choice: which model the customer-product match uses tonight, and why.

Tonight's (challenger) is fitted and kept under home/models; it is used where it passes the gate against the one used the night before
(champion), or where there is nothing to judge by. One row. Training rows come to the driver: at most conf's most_rows, sampled by hash
and weighted back. Contacts of the ledger are joined with the view of their own night, contacts of the systems before with the first view
there is (an approximation: conf names for them only fields that an acceptance does not change).
"""

from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

from jobs.context import RunContext
from jobs.match.appetite import SAME_ROW, Appetite, cells_of, learn_appetite, living_customers, some_customers, training_contacts, with_view
from jobs.match.choice import Judged, Says, as_table, choose, used_before
from jobs.match.combination import sigmoid
from jobs.match.evidence import past_contacts
from jobs.match.stored_appetite import KIND, appetite_as_bytes, keep_appetite, kept_appetite
from jobs.match.version import version


def appetite_choice(
    customer_view: DataFrame,
    past_customer_view: DataFrame,
    product_channel_score: DataFrame,
    past_contact: DataFrame,
    outcome: DataFrame,
    past_contact_history: DataFrame,
    contact_history: DataFrame,
    previous_appetite_choice: DataFrame,
    run: RunContext,
) -> DataFrame:
    contacts = training_contacts(past_contacts(past_contact, outcome, past_contact_history, contact_history, run), run)
    rows = pd.DataFrame(with_view(contacts, past_customer_view, customer_view, run).toPandas())
    held_back = rows["held_back"].eq(True)
    people, cells = some_customers(living_customers(customer_view, run), run), cells_of(product_channel_score)
    challenger = learn_appetite(rows[~held_back], people, cells, run)
    name = version(KIND, run.conf.match, appetite_as_bytes(challenger))
    keep_appetite(run.home, name, challenger)
    judged = rows[held_back].merge(cells[["product", "channel", "offset"]], on=["product", "channel"]).sort_values(SAME_ROW, ignore_index=True)
    some = people.head(run.conf.match.customer_product.reference_customers)
    return as_table("appetite_choice", chosen(challenger, name, used_before(previous_appetite_choice), judged, some, run), run)


def chosen(challenger: Appetite, name: str, champion_name: str | None, judged: pd.DataFrame, people: pd.DataFrame, run: RunContext) -> dict[str, Any]:
    """Columns of the table. `judged` are the held-back contacts with their product's and channel's log-odds as `offset`."""
    champion = kept_appetite(run.home, champion_name, challenger.level, challenger.evidence) if champion_name else None
    unusable = f"the file of {champion_name} is gone" if champion is None else unlike(champion, people, run)

    def says(asked: str) -> Says:
        model = challenger if asked == name else champion
        if model is None:
            raise ValueError(f"{asked}: neither champion nor challenger")
        return Says(probabilities(model, judged, run), scores_of(model, people, run))

    cell = judged["product"] + " on " + judged["channel"]
    return choose(name, champion_name, unusable, Judged(judged["accepted"].to_numpy(dtype=bool), cell), says, run)


def unlike(champion: Appetite, people: pd.DataFrame, run: RunContext) -> str | None:
    """Why the champion cannot score tonight: it does not know a product, or asks for an input that is no more."""
    knows = not set(run.conf.products) - champion.positives.keys() and not (champion.model and set(run.conf.products) - champion.centre.keys())
    asked = set(champion.likeness.encoder.names) if champion.likeness else set()
    own = {"product", "product_family", "product_kind", "product_price", "likeness", "held", "held_of_family"}
    has = (asked | set(champion.model.encoder.names if champion.model else ())) <= {*people.columns, *own}
    return None if knows and has else "products or inputs have changed since the model before it"


def probabilities(appetite: Appetite, judged: pd.DataFrame, run: RunContext) -> np.ndarray:
    """Acceptance given reach."""
    log_odds = np.zeros(len(judged))
    for product, some in judged.groupby("product"):
        log_odds[some.index] = appetite.log_odds(some, appetite.likeness_of(some), run.conf.products[str(product)], run.conf)[0]
    return sigmoid(judged["offset"].to_numpy() + log_odds)


def scores_of(appetite: Appetite, people: pd.DataFrame, run: RunContext) -> np.ndarray:
    """Probabilities given reach of these customers for every product."""
    likeness = appetite.likeness_of(people)
    told = [appetite.level[product.product] + appetite.log_odds(people, likeness, product, run.conf)[0] for product in run.conf.products.values()]
    return sigmoid(np.concatenate(told))
