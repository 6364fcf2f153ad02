"""appetite: what makes a customer take a product, as columns, and the model over all products at once.

A product is an input like any other: its family, kind, price, and what of it the customer holds already; so a new product
borrows from those like it. The offset is what product and channel say for everybody: the model learns what is personal. How much a
customer is like the product's holders (likeness.py) is weighed first, by one slope that a hundred acceptances can teach; among
ninety columns its weight would be shrunken with theirs. Agreement with the simulated tastes after 223 acceptances (4,000 customers,
bench/appetite.py): 0.09 without likeness, 0.36 as a mere column, 0.51 so.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.conf import Conf, Product
from jobs.context import RunContext
from jobs.match.combination import sigmoid
from jobs.match.evidence import contacts_for
from jobs.match.ladder import shift_to
from jobs.match.learner import Propensity, fit_propensity
from jobs.match.likeness import Likeness, learn_likeness
from jobs.match.logistic import fit_logistic
from jobs.match.sampling import CONTACT_KEYS, is_held_back, sampled

HELD = "has_"
SAME_ROW = [*CONTACT_KEYS, "accepted"]


def held_columns(customer_view: DataFrame, conf: Conf) -> list[str]:
    """has_<product> of every product that can be held."""
    return [f"{HELD}{product}" for product in conf.products if f"{HELD}{product}" in customer_view.columns]


def feature_expressions(conf: Conf) -> list[str]:
    settings = conf.match.customer_product
    return [f"{expression} AS `{name}`" for name, expression in (settings.features | settings.features_of_the_night).items()]


def product_inputs(rows: pd.DataFrame, likeness: pd.DataFrame, product: Product, conf: Conf) -> pd.DataFrame:
    """Rows of customers, with their likeness beside them, as the model's input for one product. What they hold of this very product
    is left out: an acceptance of the past would show there."""
    others = [other for other in conf.products.values() if other.product != product.product and f"{HELD}{other.product}" in rows.columns]
    held = [f"{HELD}{other.product}" for other in others]
    of_family = [f"{HELD}{other.product}" for other in others if other.family == product.family]
    inputs = rows[[*conf.match.customer_product.features, *conf.match.customer_product.features_of_the_night]]
    return inputs.assign(
        product=product.product,
        product_family=product.family,
        product_kind=product.kind,
        product_price=product.price_fen,
        likeness=likeness.get(product.product, 0.0),
        held=rows[held].eq(True).sum(axis=1).astype(float),
        held_of_family=rows[of_family].eq(True).sum(axis=1).astype(float),
    )


@dataclass(frozen=True)
class Appetite:
    """`model` and `likeness` are None before any outcome. `slope` is the weight of likeness. `centre` per product is what the model says of its average customer; `level` per
    product its log-odds given reach over the channels that carry it; `positives` and `evidence` how many accepts and contacts."""

    model: Propensity | None
    likeness: Likeness | None
    slope: float
    centre: dict[str, float]
    level: dict[str, float]
    positives: dict[str, float]
    evidence: dict[str, float]

    def likeness_of(self, people: pd.DataFrame) -> pd.DataFrame:
        """Of each customer to the holders of each product; no columns before any outcome."""
        return pd.DataFrame(index=people.index) if self.likeness is None else self.likeness.of(people)

    def log_odds(self, people: pd.DataFrame, likeness: pd.DataFrame, product: Product, conf: Conf) -> tuple[np.ndarray, np.ndarray]:
        """Of each customer for the product, against its average customer, and their standard error: what the model's top layer
        leaves open, and how little the product itself has been accepted."""
        unknown = 1.0 / (1.0 + self.positives[product.product])
        if self.model is None:
            return np.zeros(len(people)), np.full(len(people), np.sqrt(unknown))
        inputs = product_inputs(people, likeness, product, conf)
        steepest = conf.match.customer_product.steepest
        told, error = self.model.log_odds_with_error(inputs)
        log_odds = np.clip(self.slope * inputs["likeness"].to_numpy() + told - self.centre[product.product], -steepest, steepest)
        return log_odds, np.sqrt(error**2 + unknown)


def learn_appetite(rows: pd.DataFrame, people: pd.DataFrame, cells: pd.DataFrame, run: RunContext) -> Appetite:
    """`rows`: past contacts that reached, with the view's columns; `people`: a sample of tonight's customers; `cells`: product_channel_score."""
    level = levels_of(cells)
    evidence = evidence_of(cells, run.conf)
    rows = rows.merge(cells[["product", "channel", "offset"]], on=["product", "channel"]).sort_values(SAME_ROW, ignore_index=True)
    age = (pd.Timestamp(run.business_date) - pd.to_datetime(rows["contact_date"])).dt.days
    rows = rows.assign(weight=rows["stands_for"] * 0.5 ** (age / run.conf.match.half_life_days))
    positives = dict.fromkeys(run.conf.products, 0.0) | {
        str(product): float(accepted) for product, accepted in rows.groupby("product")["accepted"].sum().items()
    }
    if not len(rows):
        return Appetite(None, None, 0.0, {}, level, positives, evidence)
    held = {product: f"{HELD}{product}" for product in run.conf.products if f"{HELD}{product}" in people}
    likeness = learn_likeness(people, list(run.conf.match.customer_product.features), held)
    alike = likeness.of(rows)
    inputs = pd.concat([product_inputs(some, alike.loc[some.index], run.conf.products[str(product)], run.conf) for product, some in rows.groupby("product")])
    inputs = inputs.sort_index()
    slope = _slope_of_likeness(inputs["likeness"].to_numpy(), rows)
    known = rows["offset"] + slope * inputs["likeness"]
    model = fit_propensity(inputs, rows["accepted"].astype(float), weight=rows["weight"], offset=known)
    contacts = rows.assign(known=known + model.log_odds(inputs))
    unlearned = Appetite(model, likeness, slope, dict.fromkeys(run.conf.products, 0.0), level, positives, evidence)
    told = _told(unlearned, people.head(run.conf.match.customer_product.reference_customers), run.conf)
    centre = {product: _centre(contacts[contacts["product"] == product], told[product], level[product], run) for product in run.conf.products}
    return replace(unlearned, centre=centre)


def _slope_of_likeness(likeness: np.ndarray, rows: pd.DataFrame) -> float:
    """How much of the likeness to holders shows in acceptance, from 0 upwards, with a weak prior of a third."""
    design = np.column_stack([np.ones(len(rows)), likeness])
    label, weight, offset = (rows[column].to_numpy(dtype=float) for column in ("accepted", "weight", "offset"))
    fit = fit_logistic(design, label, weight, offset, np.array([1e-3, 5.0]), np.array([0.0, 0.33]))
    return max(float(fit.coefficients[1]), 0.0)


def _told(appetite: Appetite, people: pd.DataFrame, conf: Conf) -> dict[str, np.ndarray]:
    """Log-odds of these customers by product, not centred."""
    likeness = appetite.likeness_of(people)
    return {product.product: appetite.log_odds(people, likeness, product, conf)[0] for product in conf.products.values()}


def levels_of(cells: pd.DataFrame) -> dict[str, float]:
    """A product's log-odds given reach on its mean channel: channels by their contacts, each counting one besides."""
    levels = {}
    for product, of_product in cells.sort_values(["product", "channel"]).groupby("product"):
        levels[str(product)] = float(np.average(of_product["offset"], weights=of_product["evidence"] + 1.0))
    return levels


def _centre(contacts: pd.DataFrame, told: np.ndarray, level: float, run: RunContext) -> float:
    """The log-odds that leave the product's rate where product and channel put it: over the contacts that it had as far as there were
    accepts, and over tonight's customers, of whom `told` are the model's log-odds, as far as there were none."""
    accepts = float(contacts["accepted"].sum())
    trust = accepts / (accepts + run.conf.match.product_channel.calibration_pseudo_accepts)
    of_customers = -shift_to(level + told, np.ones(len(told)), len(told) * float(sigmoid(np.array(level)))) if len(told) else 0.0
    if not accepts:
        return of_customers
    weight, known = contacts["weight"].to_numpy(), contacts["known"].to_numpy()
    of_contacts = -shift_to(known, weight, min(float(np.sum(weight * contacts["accepted"].to_numpy())), 0.99 * float(weight.sum())))
    return trust * of_contacts + (1 - trust) * of_customers


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


def evidence_of(cells: pd.DataFrame, conf: Conf) -> dict[str, float]:
    """Contacts (decayed) of each product."""
    return {product: float(cells.loc[cells["product"] == product, "evidence"].sum()) for product in conf.products}


def training_contacts(evidence: DataFrame, run: RunContext) -> DataFrame:
    """Contacts that reached: every acceptance, and of the others a hash sample; `stands_for` says how many contacts a row is. Trials that
    are `held_back` are for the gate alone."""
    settings, gate = run.conf.match.customer_product, run.conf.match.gate
    oldest = F.date_sub(F.lit(run.business_date), settings.ledger_nights)
    known = evidence.where(F.col("reached") & F.col("product").isin(list(run.conf.products)) & (~F.col("ledger") | (F.col("business_date") >= oldest)))
    known = known.withColumn("held_back", is_held_back(run))
    taught = ~F.col("held_back")
    counted = known.agg(
        F.count_if(taught & F.col("accepted")).alias("accepts"), F.count_if(taught).alias("contacts"), F.count_if("held_back").alias("judged")
    ).collect()[0]
    accepts, others = counted.accepts, counted.contacts - counted.accepts
    of_accepts = min(1.0, settings.most_rows / 2 / max(accepts, 1))
    of_others = min(1.0, max(accepts, 100) * settings.negatives_per_accept / max(others, 1), (settings.most_rows - accepts * of_accepts) / max(others, 1))
    of_judged = min(1.0, gate.most_contacts / max(counted.judged, 1))
    share = F.when(F.col("held_back"), F.lit(of_judged)).when(F.col("accepted"), F.lit(of_accepts)).otherwise(F.lit(of_others))
    stands_for = F.when(F.col("held_back"), F.lit(1.0)).otherwise(contacts_for(run) / share).alias("stands_for")
    return sampled(known, CONTACT_KEYS, settings.salt, share).select(*CONTACT_KEYS, "business_date", "accepted", stands_for, "held_back")


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
    return joined.select(*SAME_ROW, "stands_for", "held_back", *settings.features, *of_the_night, *held)
