"""DuckDB over tables of the lake and files of lists, without a JVM, within a bounded memory: what does not fit goes to a scratch folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from jobs.lists.layout import staging_folder

if TYPE_CHECKING:
    from jobs.context import RunContext

MEMORY = "2GB"
BATCH_ROWS = 65_536


@contextmanager
def connect(run: "RunContext", *tables: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that knows the named tables of the run's lake, lazily."""
    scratch = staging_folder(run.home) / "scratch"
    connection = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(scratch)})
    connection.execute("set timezone = 'UTC'")
    try:
        for table in tables:
            connection.register(table, run.lake.dataset(table))
        yield connection
    finally:
        connection.close()
