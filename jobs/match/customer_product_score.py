"""customer_product_score: each customer's appetite for each product they do not hold, whatever the channel.

One row is a living customer and a product. `log_odds` is the appetite against the product's average customer, 0 before any
outcome; `probability` is acceptance given reach on the product's mean channel.
Training rows come to the driver: at most conf's most_rows, sampled by hash and weighted back. Contacts of the ledger are
joined with the view of their own night, contacts of the systems before with the first view there is (an approximation:
conf names for them only fields that an acceptance does not change). Scoring runs in Arrow batches of customers.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.conf import Product
from jobs.context import RunContext
from jobs.match.appetite import HELD, Appetite, feature_expressions, held_columns, learn_appetite, training_contacts, with_view
from jobs.match.combination import sigmoid
from jobs.match.evidence import past_contacts
from jobs.match.stored import as_bytes, keep_models
from jobs.match.version import version

TAIL = 1.6449  # of a 90 % interval
SCORED = "customer_id string, product string, probability double, low double, high double, evidence double, model string, log_odds double"


def customer_product_score(
    customer_view: DataFrame,
    past_customer_view: DataFrame,
    product_channel_score: DataFrame,
    past_contact: DataFrame,
    outcome: DataFrame,
    past_contact_history: DataFrame,
    contact_history: DataFrame,
    run: RunContext,
) -> DataFrame:
    contacts = training_contacts(past_contacts(past_contact, outcome, past_contact_history, contact_history, run), run)
    rows = with_view(contacts, past_customer_view, customer_view, run).toPandas()
    people = living_customers(customer_view, run)
    appetite = learn_appetite(rows, some_customers(people, run), cells_of(product_channel_score), run)
    name = version_of(appetite, run)
    keep_models(run.home, "customer_product", name, {"appetite": appetite.model} if appetite.model else {}, centre=appetite.centre, level=appetite.level)
    return people.mapInPandas(score_in_batches(appetite, name, run), SCORED).selectExpr(
        *[f"DATE'{run.business_date}' AS business_date" if column == "business_date" else column for column in run.columns("customer_product_score")]
    )


def living_customers(customer_view: DataFrame, run: RunContext) -> DataFrame:
    """customer_id, the model's features and what the customer holds."""
    return customer_view.where("status <> 'closed'").selectExpr("customer_id", *feature_expressions(run.conf), *held_columns(customer_view, run.conf))


def some_customers(people: DataFrame, run: RunContext) -> pd.DataFrame:
    """A sample of the night's customers by hash, in the order of their hash."""
    settings = run.conf.match.customer_product
    return people.orderBy(F.xxhash64(F.lit(settings.salt), "customer_id"), "customer_id").limit(settings.likeness_customers).toPandas()


def cells_of(product_channel_score: DataFrame) -> pd.DataFrame:
    """Products and channels with their log-odds given reach. Driver-sized: some hundred rows."""
    offset = F.col("base_log_odds") + F.col("log_odds")
    return product_channel_score.select("product", "channel", "evidence", offset.alias("offset")).toPandas()


def version_of(appetite: Appetite, run: RunContext) -> str:
    known = repr([sorted(part.items()) for part in (appetite.centre, appetite.level, appetite.positives, appetite.evidence)])
    return version("customer_product", run.conf.match, as_bytes(appetite.model) if appetite.model else b"", known.encode())


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
