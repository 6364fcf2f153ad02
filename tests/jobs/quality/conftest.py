"""Fixtures of the quality tests: one DuckDB connection a test, and the small view on it."""

import duckdb
import pytest

from tests.jobs.quality.small_catalogue import DDL
from tests.relations import made, relation


@pytest.fixture
def connection():
    return duckdb.connect()


@pytest.fixture
def view_of(connection):
    return lambda rows: made(connection, DDL, rows)


@pytest.fixture
def rows_of_table(connection):
    return lambda table, text: relation(connection, table, text)
