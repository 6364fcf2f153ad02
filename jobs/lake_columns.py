"""Columns of the lake's tables as each engine wants them: Arrow, DuckDB, and what a Spark frame must have."""

from typing import TYPE_CHECKING

from jobs.catalogue.schema import fields_of
from jobs.errors import UserError, did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame


def check_columns(frame: "DataFrame", table: str) -> None:
    """Raises UserError when names or types of the frame differ from the schema file."""
    expected = {field.name: field.type.replace(" ", "").lower() for field in fields_of(table)}
    found = dict(frame.dtypes)
    for name, kind in expected.items():
        if name not in found:
            raise UserError(f"schemas/tables/{table}.yaml: {name}: the table's function does not make this column")
        if found[name].replace(" ", "").lower() != kind:
            raise UserError(f"schemas/tables/{table}.yaml: {name}: is {found[name]} instead of {kind}")
    for name in found:
        if name not in expected:
            raise UserError(f"schemas/tables/{table}.yaml: {name}: not declared{did_you_mean(name, set(expected))}")


def no_rows(table: str) -> str:
    """A query of DuckDB with every plain column of a table and no row."""
    types = {"string": "varchar", "timestamp": "timestamptz"}
    plain = [field for field in fields_of(table) if "<" not in field.type]
    return f"select {', '.join(f'cast(null as {types.get(field.type, field.type)}) as {chr(34)}{field.name}{chr(34)}' for field in plain)} where false"


def documented_schema(table: str) -> "pa.Schema":
    """The columns of a table with the schema file's descriptions."""
    import pyarrow as pa

    return pa.schema([column.with_metadata({"comment": field.doc}) for column, field in zip(arrow_schema(table), fields_of(table), strict=True)])


def arrow_schema(table: str) -> "pa.Schema":
    import pyarrow as pa

    simple = {
        "string": pa.string(),
        "int": pa.int32(),
        "bigint": pa.int64(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", tz="UTC"),
        "decimal(12,4)": pa.decimal128(12, 4),
        "array<bigint>": pa.list_(pa.int64()),
        "array<double>": pa.list_(pa.float64()),
        "map<string,bigint>": pa.map_(pa.string(), pa.int64()),
        "map<string,string>": pa.map_(pa.string(), pa.string()),
        "map<string,struct<seen:bigint,voice_seconds:bigint,bytes:bigint>>": pa.map_(
            pa.string(), pa.struct([("seen", pa.int64()), ("voice_seconds", pa.int64()), ("bytes", pa.int64())])
        ),
        "array<struct<contact_date:date,channel:string,product:string,outcome:string>>": pa.list_(
            pa.struct([("contact_date", pa.date32()), ("channel", pa.string()), ("product", pa.string()), ("outcome", pa.string())])
        ),
    }
    return pa.schema([pa.field(field.name, simple[field.type.replace(" ", "")]) for field in fields_of(table)])
