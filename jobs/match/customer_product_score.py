"""customer_product_score: each customer's appetite for each product they do not hold, whatever the channel.

One row is a living customer and a product. `log_odds` is the appetite against the product's average customer, 0 before any
outcome; `probability` is acceptance given reach on the product's mean channel. The model is the one of appetite_choice; scoring runs in
Arrow batches of customers.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

from jobs.conf import Product
from jobs.context import RunContext
from jobs.errors import UserError
from jobs.match.appetite import HELD, Appetite, cells_of, evidence_of, levels_of, living_customers
from jobs.match.combination import sigmoid
from jobs.match.stored_appetite import KIND, kept_appetite

TAIL = 1.6449  # of a 90 % interval
SCORED = "customer_id string, product string, probability double, low double, high double, evidence double, model string, log_odds double"


def customer_product_score(customer_view: DataFrame, product_channel_score: DataFrame, appetite_choice: DataFrame, run: RunContext) -> DataFrame:
    chosen = appetite_choice.first()
    cells = cells_of(product_channel_score)
    appetite = kept_appetite(run.home, chosen.used, levels_of(cells), evidence_of(cells, run.conf)) if chosen else None
    if chosen is None or appetite is None:
        raise UserError(f"models/{KIND}: the model that was chosen for {run.business_date} is not there; run `cpc run match --date {run.business_date}`")
    return (
        living_customers(customer_view, run)
        .mapInPandas(score_in_batches(appetite, chosen.used, run), SCORED)
        .selectExpr(
            *[f"DATE'{run.business_date}' AS business_date" if column == "business_date" else column for column in run.columns("customer_product_score")]
        )
    )


def score_in_batches(appetite: Appetite, name: str, run: RunContext) -> Callable[[Iterable[pd.DataFrame]], Iterator[pd.DataFrame]]:
    conf = run.conf

    def score(batches: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for customers in batches:
            likeness = appetite.likeness_of(customers)
            for product in conf.products.values():
                held = customers.get(f"{HELD}{product.product}")
                free = customers if held is None else customers[~held.eq(True)]
                if len(free):
                    yield scored(free, likeness.loc[free.index], product)

    def scored(free: pd.DataFrame, likeness: pd.DataFrame, product: Product) -> pd.DataFrame:
        log_odds, error = appetite.log_odds(free, likeness, product, conf)
        given_reach = appetite.level[product.product] + log_odds
        return pd.DataFrame(
            {
                "customer_id": free["customer_id"],
                "product": product.product,
                "probability": sigmoid(given_reach),
                "low": sigmoid(given_reach - TAIL * error),
                "high": sigmoid(given_reach + TAIL * error),
                "evidence": np.full(len(free), appetite.evidence[product.product]),
                "model": name,
                "log_odds": log_odds,
            }
        )

    return score
