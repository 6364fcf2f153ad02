"""Hand-written frames: a table of text with the columns that matter; a column `case` labels each row and is dropped."""

from typing import TYPE_CHECKING

from jobs.catalogue.schema import fields_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def rows(spark: "SparkSession", table: str, text: str) -> "DataFrame":
    """Rows of a table of the lake from `a | b` lines, the first naming the columns; an empty cell is null and a column
    that is not named is null throughout. Types come from the table's schema."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    header, body = lines[0], lines[1:]
    types = {field.name: field.type for field in fields_of(table)}
    unknown = [name for name in header if name != "case" and name not in types]
    assert not unknown, f"{table} has no column {unknown}"
    texts = spark.createDataFrame([[cell or None for cell in line] for line in body], ", ".join(f"`{name}` string" for name in header))
    return texts.selectExpr(*[f"cast({f'`{name}`' if name in header else 'null'} as {kind}) as `{name}`" for name, kind in types.items()])
