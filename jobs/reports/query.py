"""SQL over one table of the lake, without a JVM."""

from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from jobs.context import RunContext


def query(run: "RunContext", table: str, sql: str, parameters: list) -> list[tuple[Any, ...]]:
    """Rows of `sql`, in which the table goes by its name; none when it is not there yet."""
    connection = duckdb.connect()
    connection.register(table, run.lake.dataset(table))
    try:
        return connection.execute(sql, parameters).fetchall()
    finally:
        connection.close()
