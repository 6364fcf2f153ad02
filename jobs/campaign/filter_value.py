"""Typed pieces of a filter, each with its Spark and its DuckDB text.

Numbers are exact decimals as long as 38 digits hold them and doubles beyond, so that no sum, product or cast can fail in one
engine and pass in the other: engines differ in integer overflow, in the type of a quotient and in how they round doubles.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["boolean", "text", "date", "timestamp", "exact", "double", "null", "other"]

MOST_DIGITS = 37  # one below what both engines hold: a sum of two needs one more

_WHOLE_TYPES = {"tinyint": 3, "byte": 3, "smallint": 5, "short": 5, "int": 10, "integer": 10, "bigint": 19, "long": 19}
_OTHER_KINDS: dict[str, Kind] = {
    "boolean": "boolean",
    "string": "text",
    "varchar": "text",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp_ntz": "timestamp",
    "timestamp_ltz": "timestamp",
    "double": "double",
    "float": "double",
    "real": "double",
}


@dataclass(frozen=True)
class Value:
    """`digits` and `scale` bound an exact number; `whole` says that the engines hold it as an integer."""

    kind: Kind
    spark: str
    duckdb: str
    digits: int = 0
    scale: int = 0
    whole: bool = False

    @property
    def is_number(self) -> bool:
        return self.kind in ("exact", "double")

    @property
    def is_whole(self) -> bool:
        return self.kind == "exact" and self.scale == 0


def same(kind: Kind, text: str, *parts: Value, digits: int = 0, scale: int = 0, whole: bool = False) -> Value:
    """A value whose two texts differ in their parts alone: `{0}` in `text` stands for the first part."""
    return Value(kind, text.format(*[part.spark for part in parts]), text.format(*[part.duckdb for part in parts]), digits, scale, whole)


def field_value(name: str, spark_type: str) -> Value:
    """A column of the frame that the filter is put to."""
    spark = f"`{name.replace('`', '``')}`"
    quoted = name.replace('"', '""')
    column = Value("other", spark, f'"{quoted}"')
    plain = spark_type.strip().lower()
    base = re.split(r"[(<\s]", plain, maxsplit=1)[0]
    if base in _WHOLE_TYPES:
        return replace(column, kind="exact", digits=_WHOLE_TYPES[base], whole=True)
    if base in ("decimal", "dec", "numeric"):
        sizes = [int(size) for size in re.findall(r"[0-9]+", plain)]
        digits, scale = (*sizes, 10, 0)[:2] if len(sizes) != 1 else (sizes[0], 0)
        return replace(column, kind="exact", digits=digits, scale=scale)
    if base in ("float", "real"):
        return same("double", "CAST({0} AS DOUBLE)", column)
    return replace(column, kind=_OTHER_KINDS.get(base, "other"))


def text_value(text: str) -> Value:
    return Value("text", "'" + text.replace("'", "\\'") + "'", "'" + text.replace("'", "''") + "'")


def number_value(text: str) -> Value | None:
    """An unsigned number as written; None when it is none that both engines hold."""
    if re.fullmatch(r"[0-9]+", text):
        digits = len(text.lstrip("0") or "0")
        if digits > 38:
            return None
        plain = text.lstrip("0") or "0"
        return same("exact", plain, digits=digits, whole=True) if digits <= 18 else same("exact", f"CAST('{plain}' AS DECIMAL({digits},0))", digits=digits)
    if re.fullmatch(r"[0-9]*\.[0-9]+|[0-9]+\.", text):
        before, _, after = text.partition(".")
        scale = len(after)
        digits = max(len(before.lstrip("0")), 1) + scale
        return None if digits > 38 else same("exact", f"CAST('{before or '0'}.{after or '0'}' AS DECIMAL({digits},{scale}))", digits=digits, scale=scale)
    if re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]{1,3}", text) and abs(float(text)) < 1e308:
        return same("double", f"CAST('{text}' AS DOUBLE)")
    return None


def as_double(value: Value) -> Value:
    return value if value.kind in ("double", "null") else same("double", "CAST({0} AS DOUBLE)", value)


def as_exact(value: Value, digits: int, scale: int) -> Value:
    if value.kind == "null":
        return value
    return same("exact", f"CAST({{0}} AS DECIMAL({digits},{scale}))", value, digits=digits, scale=scale)


def alike(values: list[Value]) -> list[Value]:
    """The numbers as one type that holds all of them."""
    numbers = [value for value in values if value.kind != "null"]
    if all(value.whole for value in numbers):
        return values
    scale = max(value.scale for value in numbers)
    digits = max(value.digits - value.scale for value in numbers) + scale
    if digits > 38 or any(value.kind == "double" for value in numbers):
        return [as_double(value) for value in values]
    return [as_exact(value, digits, scale) for value in values]


def plus(left: Value, right: Value, sign: str) -> Value:
    if left.kind == right.kind == "exact":
        scale = max(left.scale, right.scale)
        digits = max(left.digits - left.scale, right.digits - right.scale) + scale + 1
        if digits <= MOST_DIGITS:
            total = same("exact", f"({{0}} {sign} {{1}})", as_exact(left, digits, scale), as_exact(right, digits, scale))
            return as_exact(total, digits, scale)
    return same("double", f"({{0}} {sign} {{1}})", as_double(left), as_double(right))


def times(left: Value, right: Value) -> Value:
    # DuckDB keeps a product in 18 digits unless a factor has more.
    first = left.digits if left.digits + right.digits <= 18 else max(left.digits, 19)
    if left.kind == right.kind == "exact" and first + right.digits <= MOST_DIGITS:
        product = same("exact", "({0} * {1})", as_exact(left, first, left.scale), as_exact(right, right.digits, right.scale))
        return as_exact(product, left.digits + right.digits, left.scale + right.scale)
    return same("double", "({0} * {1})", as_double(left), as_double(right))


def divided(left: Value, right: Value) -> Value:
    """A quotient is a double; by zero it is null."""
    return same("double", "({0} / NULLIF({1}, CAST(0 AS DOUBLE)))", as_double(left), as_double(right))


def remainder(left: Value, right: Value) -> Value:
    """Of whole numbers alone, with the sign of the dividend; by zero it is null."""
    digits = max(left.digits, right.digits)
    rest = same("exact", f"({{0}} % NULLIF({{1}}, CAST(0 AS DECIMAL({digits},0))))", as_exact(left, digits, 0), as_exact(right, digits, 0))
    return as_exact(rest, digits, 0)


def negative(value: Value) -> Value:
    if value.kind == "double":
        return same("double", "(- {0})", value)
    if value.whole and value.spark.isdigit():
        return same("exact", "-{0}", value, digits=value.digits, whole=True)
    return same("exact", "(- {0})", as_exact(value, value.digits, value.scale), digits=value.digits, scale=value.scale)


def absolute(value: Value) -> Value:
    if value.kind == "double":
        return same("double", "abs({0})", value)
    return same("exact", "abs({0})", as_exact(value, value.digits, value.scale), digits=value.digits, scale=value.scale)


def to_whole(value: Value, function: Literal["floor", "ceil", "round"]) -> Value:
    """A double beyond 1e15 has no fraction, and Spark's floor would squeeze it into a bigint."""
    if value.whole:
        return value
    if value.kind == "exact" and value.digits < MOST_DIGITS:
        wide = as_exact(value, value.digits + 1, value.scale)
        return as_exact(same("exact", f"{function}({{0}})", wide), value.digits - value.scale + 1, 0)
    return same("double", f"(CASE WHEN abs({{0}}) < CAST(1e15 AS DOUBLE) THEN CAST({function}({{0}}) AS DOUBLE) ELSE {{0}} END)", as_double(value))
