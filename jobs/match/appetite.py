"""appetite: what makes a customer take a product, as columns, and the model over all products at once.

A product is an input like any other: its family, kind, price, and what of it the customer holds already; so a new product
borrows from those like it. The offset is what product and channel say for everybody: the model learns what is personal.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.conf import Conf, Product
from jobs.context import RunContext
from jobs.match.combination import sigmoid
from jobs.match.ladder import shift_to
from jobs.match.learner import Propensity, fit_propensity
from jobs.match.reach import sampled

HELD = "has_"
SAME_ROW = ["customer_id", "product", "channel", "contact_date", "accepted"]


def held_columns(customer_view: DataFrame, conf: Conf) -> list[str]:
    """has_<product> of every product that can be held."""
    return [f"{HELD}{product}" for product in conf.products if f"{HELD}{product}" in customer_view.columns]


def feature_expressions(conf: Conf) -> list[str]:
    settings = conf.match.customer_product
    return [f"{expression} AS `{name}`" for name, expression in (settings.features | settings.features_of_the_night).items()]


def product_inputs(rows: pd.DataFrame, product: Product, conf: Conf) -> pd.DataFrame:
    """Rows of customers as the model's input for one product. What they hold of this very product is left out: an acceptance of the
    past would show there."""
    others = [other for other in conf.products.values() if other.product != product.product and f"{HELD}{other.product}" in rows.columns]
    held = [f"{HELD}{other.product}" for other in others]
    of_family = [f"{HELD}{other.product}" for other in others if other.family == product.family]
    inputs = rows[[*conf.match.customer_product.features, *conf.match.customer_product.features_of_the_night]]
    return inputs.assign(
        product=product.product,
        product_family=product.family,
        product_kind=product.kind,
        product_price=product.price_fen,
        held=rows[held].eq(True).sum(axis=1).astype(float),
        held_of_family=rows[of_family].eq(True).sum(axis=1).astype(float),
    )


@dataclass(frozen=True)
class Appetite:
    """`model` is None before any outcome. `centre` per product is what the model says of its average customer; `level` per
    product its log-odds given reach over the channels that carry it; `positives` and `evidence` how many accepts and contacts."""

    model: Propensity | None
    centre: dict[str, float]
    level: dict[str, float]
    positives: dict[str, float]
    evidence: dict[str, float]

    def log_odds(self, inputs: pd.DataFrame, product: str, steepest: float) -> np.ndarray:
        if self.model is None:
            return np.zeros(len(inputs))
        return np.clip(self.model.log_odds(inputs) - self.centre[product], -steepest, steepest)

    def standard_error(self, inputs: pd.DataFrame, product: str) -> np.ndarray:
        """Of the log-odds: the model's top layer, and how little the product itself has been accepted."""
        of_model = self.model.standard_error(inputs) if self.model else np.zeros(len(inputs))
        return np.sqrt(of_model**2 + 1.0 / (1.0 + self.positives[product]))


def learn_appetite(rows: pd.DataFrame, reference: pd.DataFrame, cells: pd.DataFrame, run: RunContext) -> Appetite:
    """`rows`: past contacts that reached, with the view's columns; `reference`: customers of tonight; `cells`: product_channel_score."""
    level = _levels(cells)
    evidence = {product: float(cells.loc[cells["product"] == product, "evidence"].sum()) for product in run.conf.products}
    rows = rows.merge(cells[["product", "channel", "offset"]], on=["product", "channel"]).sort_values(SAME_ROW, ignore_index=True)
    age = (pd.Timestamp(run.business_date) - pd.to_datetime(rows["contact_date"])).dt.days
    rows = rows.assign(weight=rows["stands_for"] * 0.5 ** (age / run.conf.match.half_life_days))
    positives = {product: float(of_product["accepted"].sum()) for product, of_product in rows.groupby("product")}
    positives = dict.fromkeys(run.conf.products, 0.0) | positives
    if not len(rows):
        return Appetite(None, {}, level, positives, evidence)
    inputs = pd.concat([product_inputs(of_product, run.conf.products[str(product)], run.conf) for product, of_product in rows.groupby("product")]).sort_index()
    model = fit_propensity(inputs, rows["accepted"].astype(float), weight=rows["weight"], offset=rows["offset"])
    personal = rows.assign(log_odds=model.log_odds(inputs))
    centre = {product.product: _centre(model, personal, reference, product, level[product.product], run) for product in run.conf.products.values()}
    return Appetite(model, centre, level, positives, evidence)


def _levels(cells: pd.DataFrame) -> dict[str, float]:
    """A product's log-odds given reach on its mean channel: channels by their contacts, each counting one besides."""
    levels = {}
    for product, of_product in cells.sort_values(["product", "channel"]).groupby("product"):
        levels[str(product)] = float(np.average(of_product["offset"], weights=of_product["evidence"] + 1.0))
    return levels


def _centre(model: Propensity, personal: pd.DataFrame, reference: pd.DataFrame, product: Product, level: float, run: RunContext) -> float:
    """The log-odds that leave the product's rate where product and channel put it: over the contacts that it had as far as there were
    accepts, and over tonight's customers as far as there were none."""
    contacts = personal[personal["product"] == product.product]
    accepts = float(contacts["accepted"].sum())
    trust = accepts / (accepts + run.conf.match.product_channel.calibration_pseudo_accepts)
    told = model.log_odds(product_inputs(reference, product, run.conf))
    of_customers = -shift_to(level + told, np.ones(len(told)), len(told) * float(sigmoid(np.array(level)))) if len(told) else 0.0
    if not accepts:
        return of_customers
    weight, known = contacts["weight"].to_numpy(), (contacts["offset"] + contacts["log_odds"]).to_numpy()
    of_contacts = -shift_to(known, weight, min(float(weight @ contacts["accepted"]), 0.99 * float(weight.sum())))
    return trust * of_contacts + (1 - trust) * of_customers


def training_contacts(evidence: DataFrame, run: RunContext) -> DataFrame:
    """Contacts that reached: every acceptance, and of the others a hash sample; `stands_for` says how many contacts a row is."""
    settings = run.conf.match.customer_product
    oldest = F.date_sub(F.lit(run.business_date), settings.ledger_nights)
    known = evidence.where(F.col("reached") & F.col("product").isin(list(run.conf.products)) & (~F.col("ledger") | (F.col("business_date") >= oldest)))
    counted = known.agg(F.count_if("accepted").alias("accepts"), F.count("*").alias("contacts")).collect()[0]
    accepts, others = counted.accepts, counted.contacts - counted.accepts
    of_accepts = min(1.0, settings.most_rows / 2 / max(accepts, 1))
    of_others = min(1.0, max(accepts, 100) * settings.negatives_per_accept / max(others, 1), (settings.most_rows - accepts * of_accepts) / max(others, 1))
    share = F.when(F.col("accepted"), F.lit(of_accepts)).otherwise(F.lit(of_others))
    keys = ["customer_id", "product", "channel", "contact_date"]
    return sampled(known, keys, settings.salt, share).select(*keys, "business_date", "accepted", (1.0 / share).alias("stands_for"))


def with_view(contacts: DataFrame, past_customer_view: DataFrame, customer_view: DataFrame, run: RunContext) -> DataFrame:
    """Contacts of the ledger with the view of their own night; older ones with the first view there is, without features of the night."""
    settings = run.conf.match.customer_product
    first = past_customer_view.agg(F.min("business_date")).collect()[0][0] or run.business_date
    nights = [row[0] for row in contacts.select("business_date").distinct().collect() if row[0]]
    held = held_columns(customer_view, run.conf)
    views = [
        view.where(F.col("business_date").isin([first, *nights])).selectExpr("customer_id", "business_date AS night", *feature_expressions(run.conf), *held)
        for view in (past_customer_view, customer_view)
    ]
    asked = contacts.withColumn("night", F.coalesce("business_date", F.lit(first)))
    of_the_night = [F.when(F.col("business_date").isNotNull(), F.col(name)).alias(name) for name in settings.features_of_the_night]
    joined = asked.join(views[0].unionByName(views[1]), ["customer_id", "night"], how="inner")
    return joined.select(*SAME_ROW, "stands_for", *settings.features, *of_the_night, *held)
