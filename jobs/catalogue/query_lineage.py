"""Which columns of its tables one output column of a SQL query is made of. Small, since the base queries are: select, join, union."""

from functools import cache

import sqlglot
from sqlglot import exp

from jobs.errors import UserError

Column = tuple[str, str]


@cache
def parsed(text: str) -> exp.Query:
    query = sqlglot.parse_one(text, dialect="spark")
    if not isinstance(query, exp.Query):
        raise UserError(f"sql/: '{text[:60]}' is no query")
    return query


def columns_behind(query: exp.Query, output: str, tables: dict[str, list[str]]) -> frozenset[Column]:
    """(table, column) pairs that output column `output` of the query takes its value from; none when it has no such column.
    `tables` are the columns of every table by name. What rows are kept (where, group by) does not count; a count of rows is column `*`."""
    if isinstance(query, exp.Union):
        place = next((number for number, item in enumerate(query.left.selects) if output in _names(item)), None)
        if place is None:
            return frozenset()
        right = _names(query.right.selects[place]) or [output]
        return columns_behind(query.left, output, tables) | columns_behind(query.right, right[0] if output not in right else output, tables)
    sources = _sources(query)
    item = next((item for item in query.selects if output in _names(item)), None)
    if item is not None:
        columns = frozenset().union(*(_behind(sources, column, tables) for column in item.find_all(exp.Column)))
        return columns or (_rows_of(sources) if item.find(exp.Count) else columns)
    if any(item.is_star for item in query.selects):
        return _in_sources(sources.values(), output, tables)
    return frozenset()


def outputs(query: exp.Query) -> list[str]:
    """Names of the output columns of a query, `t.*` spelt out where t is a subquery."""
    if isinstance(query, exp.Union):
        return outputs(query.left)
    sources = _sources(query)
    found: list[str] = []
    for item in query.selects:
        starred = [sources[item.table]] if isinstance(item, exp.Column) and item.is_star else sources.values() if item.is_star else []
        found += _names(item) or [name for source in starred if isinstance(source, exp.Subquery) for name in outputs(source.this)]
    return found


def _names(item: exp.Expr) -> list[str]:
    """Output names of one item of a select: `explode(m) as (k, v)` has two."""
    if isinstance(item, exp.Aliases):
        return [name.name for name in item.args["expressions"]]
    return [] if item.is_star else [item.alias_or_name]


def _sources(query: exp.Expr) -> dict[str, exp.Expr]:
    """Tables and subqueries that a select reads, by alias."""
    start = query.args.get("from_") or query.args.get("from")
    read = [start.this] if start else []
    read += [join.this for join in query.args.get("joins") or []]
    return {source.alias_or_name: source for source in read}


def _rows_of(sources: dict[str, exp.Expr]) -> frozenset[Column]:
    inner = [table.name for source in sources.values() for table in source.find_all(exp.Table)]
    return frozenset((table, "*") for table in inner)


def _behind(sources: dict[str, exp.Expr], column: exp.Column, tables: dict[str, list[str]]) -> frozenset[Column]:
    if column.table in sources:
        return _in_sources([sources[column.table]], column.name, tables)
    # A qualifier that is no source is a column of structs: `done.seen`.
    return _in_sources(sources.values(), column.table or column.name, tables)


def _in_sources(sources, name: str, tables: dict[str, list[str]]) -> frozenset[Column]:
    found: set[Column] = set()
    for source in sources:
        if isinstance(source, exp.Table):
            found |= {(source.name, name)} if name in tables.get(source.name, []) else set()
        else:
            found |= columns_behind(source.this, name, tables)
    return frozenset(found)
