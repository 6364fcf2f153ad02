"""The generic builder of the customer view: frames of one row a customer, and every `expr` of the catalogue over them, in few selects."""

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.catalogue.lineage import layers
from jobs.catalogue.view import KEYS, Category

KEY_NAMES = [key.name for key in KEYS]


def beside_customers(customer: DataFrame, frames: Mapping[str, DataFrame]) -> DataFrame:
    """Every customer once, with the columns of each frame under its name; nulls where a frame has no row of the customer."""
    joined = customer.alias("customer")
    for name, frame in frames.items():
        joined = joined.join(frame.drop("business_date").alias(name), on="customer_id", how="left")
    return joined


def evaluated(joined: DataFrame, loaded: dict[str, Category]) -> DataFrame:
    """The keys and every field of the categories. One select for the fields over frames, one more for each step of fields over fields."""
    first, *later = layers(loaded)
    fields = joined.select(*KEY_NAMES, *(F.expr(field.expr).alias(field.name) for field in first))
    for step in later:
        fields = fields.select("*", *(F.expr(field.expr).alias(field.name) for field in step))
    return fields
