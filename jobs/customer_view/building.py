"""The generic builder of the customer view: frames of one row a customer, and every `expr` of the catalogue over them, in few selects."""

from collections.abc import Iterable, Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.catalogue.lineage import columns_read, layers
from jobs.catalogue.view import KEYS, Category

KEY_NAMES = [key.name for key in KEYS]


def beside_customers(customer: DataFrame, frames: Mapping[str, DataFrame], expressions: Iterable[str]) -> DataFrame:
    """Every customer once, with a struct column per frame under its name: what the expressions read of it, null where a frame has no row of the customer.

    Packed, since each join copies what stands before it: a struct in one piece, hundreds of columns one by one.
    """
    read = columns_read(expressions)
    joined = customer.select(*KEY_NAMES, *_packed(customer, "customer", read))
    for name, frame in frames.items():
        if name in read:
            joined = joined.join(frame.select("customer_id", *_packed(frame, name, read)), on="customer_id", how="left")
    return joined


def _packed(frame: DataFrame, name: str, read: Mapping[str, list[str]]) -> list[Column]:
    return [F.struct(*read[name]).alias(name)] if name in read else []


def evaluated(joined: DataFrame, loaded: dict[str, Category]) -> DataFrame:
    """The keys and every field of the categories. One select for the fields over frames, one more for each step of fields over fields."""
    first, *later = layers(loaded)
    fields = joined.select(*KEY_NAMES, *(F.expr(field.expr).alias(field.name) for field in first))
    for step in later:
        fields = fields.select("*", *(F.expr(field.expr).alias(field.name) for field in step))
    return fields
