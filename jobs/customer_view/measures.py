"""How measures of several sources, or of several nights, become one: whole numbers add up, masks of days unite, dates keep the last.

Everything is a whole number, a date or a map of whole numbers, and each rule is the same in any order: so a month grown night by
night equals the month rebuilt from raw, bit for bit.
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.catalogue.schema import Field, fields_of
from jobs.context import RunContext


def collected(by_source: DataFrame, table: str, keys: list[str], run: RunContext) -> DataFrame:
    """The columns of `table` from frames laid beside each other: each measure from every source that has it."""
    sources = [name for name in by_source.columns if name not in keys]
    having = {source: set(by_source.schema[source].dataType.names) for source in sources}  # type: ignore[attr-defined]
    measures = [field for field in fields_of(table) if field.name not in ("business_date", *keys)]
    columns = [united(field, [F.col(source)[field.name] for source in sources if field.name in having[source]]).alias(field.name) for field in measures]
    return by_source.select(F.lit(run.business_date).alias("business_date"), *keys, *columns)


def united(field: Field, parts: list[Column]) -> Column:
    """One measure from its parts, of which any may be null."""
    if field.type == "bigint" and field.nullable:
        return reduce(lambda one, other: F.coalesce(one, other), parts)
    if field.type == "bigint":
        known = [F.coalesce(part, F.lit(0).cast("bigint")) for part in parts]
        return reduce(lambda one, other: one.bitwiseOR(other) if field.name.endswith("_mask") else one + other, known)
    if field.type.startswith("map"):
        return _in_order(reduce(_added_by_key, parts))
    return F.greatest(*parts) if field.type == "date" and len(parts) > 1 else parts[0]


def _added_by_key(one: Column, other: Column) -> Column:
    """Two maps of structs of whole numbers, added key by key."""
    both = F.map_zip_with(one, other, lambda _, left, right: _added(left, right))
    return F.when(one.isNull(), other).when(other.isNull(), one).otherwise(both)


def _added(left: Column, right: Column) -> Column:
    zero = F.lit(0).cast("bigint")
    return F.struct(*((F.coalesce(left[name], zero) + F.coalesce(right[name], zero)).alias(name) for name in ("seen", "voice_seconds", "bytes")))


def _in_order(places: Column) -> Column:
    keys = F.array_sort(F.map_keys(places))
    return F.map_from_arrays(keys, F.transform(keys, lambda key: places[key]))
