"""The Spark SQL of this repository as DuckDB reads it: sqlglot's own translation, and what it leaves to be said."""

import re

import sqlglot
from sqlglot import exp


def translated(text: str) -> str:
    """A query or an expression. Casts raise in both; whole numbers are cut off, not rounded, as Spark does."""
    tree = sqlglot.parse_one(_prepared(text), dialect="spark")
    for node in reversed(list(tree.walk())):
        said = _said_for_duckdb(node)
        if node is tree:
            tree = said
        elif said is not node:
            node.replace(said)
    return tree.sql(dialect="duckdb", comments=False)


def _prepared(text: str) -> str:
    text = re.sub(r"/[*][+].*?[*]/", "", text)  # hints are for Spark alone
    return re.sub(r"explode\((\w+)\) as \((\w+), (\w+)\)", r"unnest(map_keys(\1)) as \2, unnest(map_values(\1)) as \3", text)


def _said_for_duckdb(node: exp.Expression) -> exp.Expression:
    """What becomes of one node whose parts have been translated."""
    match node:
        case exp.TryCast():
            cut_off = node.to.is_type("bigint") and isinstance(node.this, exp.Div)
            return exp.Cast(this=exp.Trunc(this=node.this.copy()) if cut_off else node.this.copy(), to=node.to)
        case exp.Dot() if isinstance(node.this, exp.AggFunc | exp.Filter):
            return exp.Dot(this=exp.Paren(this=node.this.copy()), expression=node.expression)
        # DuckDB sums whole numbers into 128 bits.
        case exp.Filter(this=exp.Sum()):
            return exp.cast(node.copy(), "bigint")
        case exp.Sum() if not isinstance(node.parent, exp.Filter):
            return exp.cast(node.copy(), "bigint")
        # from_utc_timestamp: sqlglot would read the instant as a wall clock of that zone, the other way round.
        case exp.AtTimeZone():
            return exp.Anonymous(this="timezone", expressions=[node.args["zone"].copy(), exp.cast(node.this.this.copy(), "timestamptz")])
        # sqlglot writes a sum without brackets.
        case exp.MonthsBetween():
            return exp.Paren(this=node.copy()) if not isinstance(node.parent, exp.Paren) else node
        case exp.ArrayUniqueAgg():
            return exp.Anonymous(this="list", expressions=[exp.Distinct(expressions=[node.this.copy()])])
        case exp.ArrayAgg():
            return exp.Anonymous(this="list", expressions=[node.this.copy()])
        case exp.SubstringIndex():
            return exp.Anonymous(this="split_part", expressions=[node.this.copy(), node.args["delimiter"], node.args["count"]])
        # date_sub, which sqlglot reads as adding n * -1 days; a date with a whole number added stays a date.
        case exp.TsOrDsAdd():
            return exp.Paren(this=exp.Add(this=node.this.copy(), expression=exp.Paren(this=node.expression.copy())))
        case exp.DateTrunc():
            return exp.cast(exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string("month"), node.this.copy()]), "date")
        case _:
            return node
