"""Rows of delivered files as frames: which file, which line, what each column holds. Nothing here can raise for a bad row.

One row is a row of the file with `_file` (number of the file in the delivery), `_line`, `_broken` (why the row has no cells, else null), `_raw` (the
line of a CSV, null for Parquet) and the source's columns as they came: text for CSV, the file's own types for Parquet.

`_raw` and `raw` go to quarantine. What identifies a person stands in the source that declares it (`pii: direct`) and in no other table, so of
such a source quarantine shows the declared other columns alone, and of a row that cannot be taken apart no cell.
"""

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.catalogue.schema import SourceSchema
from jobs.ingest.landed_file import LandedFile

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# A row number counts within its file: a gzip file is one task, and the low bits of the id count the rows of a task.
ROWS_OF_A_TASK = (1 << 33) - 1
SOME_INK = r"[^ \t\n\x0B\f\r]"
# A cell in quotes that holds neither a comma nor a quote says the same without them.
PLAIN_QUOTED_CELL = r'(?<=^|,)"([^",]*)"(?=,|\z)'
RAW_CHARACTERS = 2000
HIDDEN = "***"


def given_rows(spark: "SparkSession", file: LandedFile, number: int, schema: SourceSchema) -> DataFrame:
    """All rows of a file with the schema's columns as they came; a column that the file lacks is null."""
    return _csv_rows(spark, file, number, schema) if file.is_csv else _parquet_rows(spark, file, number, schema)


def raw_rows(spark: "SparkSession", file: LandedFile, number: int, schema: SourceSchema) -> DataFrame:
    """`_file`, `_line` and `raw` of every row, for quarantine."""
    if file.is_csv:
        rows = _csv(spark, file)
        raw = readable(_shown_text(list(file.columns), schema))
    else:
        rows = _parquet(spark, file)
        raw = as_json([name for name, kind in file.columns.items() if kind], schema)
    return rows.selectExpr(f"{number} as _file", "_line", f"{raw} as raw")


def hidden(names: list[str], schema: SourceSchema) -> set[str]:
    """Columns of a file whose values quarantine must not show: of a source about persons all but those that are declared as harmless."""
    if all(field.pii != "direct" for field in schema.fields):
        return set()
    return set(names) - {field.name for field in schema.fields if field.pii != "direct"}


def readable(text: str) -> str:
    """Text for quarantine: bytes that are no UTF-8 replaced, cut where it grows too long."""
    return f"substring(make_valid_utf8({text}), 1, {RAW_CHARACTERS})"


def as_json(columns: list[str], schema: SourceSchema, instead: dict[str, str] | None = None) -> str:
    """A row without text as JSON; `instead` names other columns that hold what came."""
    given = {name: f"`{(instead or {}).get(name, name)}`" for name in columns}
    given |= {name: f"if({given[name]} is null, null, '{HIDDEN}')" for name in hidden(columns, schema)}
    values = ", ".join(f"{value} as `{name}`" for name, value in given.items())
    return readable(f"to_json(struct({values}), map('ignoreNullFields', 'false'))")


def _csv_rows(spark: "SparkSession", file: LandedFile, number: int, schema: SourceSchema) -> DataFrame:
    names = list(file.columns)
    cell_of = {name: f"nullif(get(cells, {place}), '')" for place, name in enumerate(names)}
    broken = f"case when not is_valid_utf8(text) then 'bad_encoding' when cells is null or size(cells) != {len(names)} then 'wrong_number_of_cells' end"
    given = [f"{cell_of.get(field.name, 'cast(null as string)')} as `{field.name}`" for field in schema.fields]
    return _csv(spark, file).selectExpr(f"{number} as _file", "_line", f"{broken} as _broken", f"{_shown_text(names, schema)} as _raw", *given)


def _shown_text(names: list[str], schema: SourceSchema) -> str:
    """The text of a row as quarantine may show it: as it came, or its cells again with what identifies a person hidden."""
    not_shown = hidden(names, schema)
    if not not_shown:
        return "text"
    cells = [f"get(cells, {place})" for place in range(len(names))]
    shown = [f"if(coalesce({cell}, '') = '', '', '{HIDDEN}')" if name in not_shown else cell for cell, name in zip(cells, names, strict=True)]
    nothing = f"array_join(transform(split(text, ',', -1), cell -> '{HIDDEN}'), ',')"
    return f"case when size(cells) = {len(names)} then array_join(array({', '.join(shown)}), ',', '') else {nothing} end"


def _csv(spark: "SparkSession", file: LandedFile) -> DataFrame:
    """`_line`, `text` and `cells` of every row; no cells where it cannot be taken apart."""
    return _records(spark, file) if file.multiline else _lines(spark, file).select("_line", "text", _cells(len(file.columns)).alias("cells"))


def _lines(spark: "SparkSession", file: LandedFile) -> DataFrame:
    """Lines behind the header that hold anything: their `text` without line end, and `bare`, the same without quotes that say nothing."""
    lines = spark.read.text(str(file.path), lineSep="\n")
    numbered = lines.select(
        (F.monotonically_increasing_id().bitwiseAND(ROWS_OF_A_TASK) + 1).alias("_line"), F.expr("trim(trailing '\\r' from value)").alias("text")
    )
    bare = F.when(F.contains("text", F.lit('"')), F.regexp_replace("text", PLAIN_QUOTED_CELL, "$1")).otherwise(F.col("text"))
    return numbered.where((F.col("_line") > 1) & F.col("text").rlike(SOME_INK)).withColumn("bare", bare)


def _cells(expected: int) -> Column:
    """The cells of a line; null when it cannot be taken apart. Most writers quote whole cells or none: only a line whose bare text keeps a quote
    pays for a CSV parser."""
    names = [f"c{number}" for number in range(expected)]
    parsed = F.from_csv(F.make_valid_utf8("text"), ", ".join(f"{name} string" for name in [*names, "odd"]), {"columnNameOfCorruptRecord": "odd", "escape": '"'})
    quoted = F.when(parsed["odd"].isNull(), F.array(*[parsed[name] for name in names]))
    return F.when(~F.contains("bare", F.lit('"')), F.split("bare", ",", -1)).otherwise(quoted)


def _records(spark: "SparkSession", file: LandedFile) -> DataFrame:
    """Rows of a file whose cells hold line ends: its `text` is put together again, its line is that of the row's first line."""
    ddl = ", ".join(f"`{name}` string" for name in [*file.columns, "_odd"])
    records = spark.read.csv(str(file.path), schema=ddl, header=True, multiLine=True, columnNameOfCorruptRecord="_odd", escape='"')
    cells = F.array(*[F.col(f"`{name}`") for name in file.columns])
    kept = records.select(
        F.monotonically_increasing_id().alias("_record"),
        F.when(F.col("_odd").isNull(), cells).alias("cells"),
        F.coalesce("_odd", F.array_join(cells, ",", "")).alias("text"),
    )
    earlier = Window.orderBy("_record").rowsBetween(Window.unboundedPreceding, -1)
    line_ends_before = F.coalesce(F.sum(F.length("text") - F.length(F.replace("text", F.lit("\n")))).over(earlier), F.lit(0))
    return kept.select((F.col("_record") + 2 + line_ends_before).alias("_line"), "text", "cells")


def _parquet(spark: "SparkSession", file: LandedFile) -> DataFrame:
    """The readable columns of a Parquet file with `_line`, its 1-based row number."""
    ddl = ", ".join(f"`{name}` {'bigint' if kind == 'nanoseconds' else kind}" for name, kind in file.columns.items() if kind)
    frame = spark.read.schema(ddl).parquet(str(file.path))
    times = {name: F.timestamp_micros(F.floor(F.col(f"`{name}`") / 1000)) for name, kind in file.columns.items() if kind == "nanoseconds"}
    columns = [times.get(name, F.col(f"`{name}`")).alias(name) for name, kind in file.columns.items() if kind]
    return frame.select((F.col("_metadata.row_index") + 1).alias("_line"), *columns)


def _parquet_rows(spark: "SparkSession", file: LandedFile, number: int, schema: SourceSchema) -> DataFrame:
    given = [f"`{field.name}`" if file.columns.get(field.name) else f"cast(null as {field.type}) as `{field.name}`" for field in schema.fields]
    return _parquet(spark, file).selectExpr(f"{number} as _file", "_line", "cast(null as string) as _broken", "cast(null as string) as _raw", *given)
