"""DuckDB relations, all of one connection, as tables and rows."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from duckdb import DuckDBPyRelation


def ask(tables: Mapping[str, DuckDBPyRelation], query: str) -> list[tuple[Any, ...]]:
    """Rows of a query over the relations, each seen there as a table of its name."""
    see(tables)
    return ask_seen(tables, query)


def see(tables: Mapping[str, DuckDBPyRelation]) -> None:
    """Make each relation a table of its name to queries of their connection."""
    for name, rows in tables.items():
        rows.create_view(name, replace=True)


def ask_seen(tables: Mapping[str, DuckDBPyRelation], query: str) -> list[tuple[Any, ...]]:
    """Rows of a query over relations that are seen already: of many queries, each need not see them again."""
    name, rows = next(iter(tables.items()))
    asked = rows.query(name, query)
    return asked.fetchall() if asked is not None else []


def rows_of(relation: DuckDBPyRelation) -> list[dict[str, Any]]:
    return relation.to_arrow_table().to_pylist()


def since(relation: DuckDBPyRelation, day: date, days: int) -> DuckDBPyRelation:
    return relation.filter(f"business_date >= date '{day - timedelta(days=days)}'")
