"""Spark SQL of the repository in DuckDB: what sqlglot alone would translate to another value or to nothing that parses."""

from datetime import date

import duckdb
import pytest

from bench.spark_to_duckdb import translated

pytestmark = pytest.mark.core

DAY = "date '2026-11-06'"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("cast(7 * 100.0 / nullif(4, 0) as bigint)", 175),
        ("cast(-199 * 1.0 / 100 as bigint)", -1),
        ("-199 div 100", -1),
        (f"date_sub({DAY}, 7)", date(2026, 10, 30)),
        (f"trunc({DAY}, 'MM')", date(2026, 11, 1)),
        ("substring_index('night:beihe_a1', ':', -1)", "beihe_a1"),
        (f"cast(floor(months_between({DAY}, date '2025-11-07')) as int)", 11),
        (f"cast(floor(months_between({DAY}, date '1985-11-07') / 12) as int)", 40),
        ("to_date(from_utc_timestamp(timestamp '2026-11-05 17:00:00+00', 'Asia/Shanghai'))", date(2026, 11, 6)),
        ("try_element_at(map('a', 1), 'b')", None),
        ("try_element_at(map('a', struct(3 as n)), 'a').n", 3),
        ("shiftleft(1L, day(date '2026-11-06') - 1)", 32),
        ("array_max(filter(array(struct(2 as uses, 'a' as name), struct(2 as uses, 'b' as name)), one -> one.uses > 0)).name", "b"),
    ],
)
def test_an_expression_has_the_value_that_spark_gives(expression, value):
    assert duckdb.sql(f"select {translated(expression)}").fetchall() == [(value,)]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("select min(struct(-n as amount, name)) filter (where n > 1).name from t", [("b",)]),
        ("select max(struct(n, name)).name, typeof(sum(n)), sum(n) filter (where n < 3) from t", [("c", "bigint", 6)]),
        ("select size(array_distinct(flatten(collect_list(names)))) from (select collect_set(name) filter (where n > 1) as names from t group by n)", [(2,)]),
        ("select name, amount from (select explode(map) as (name, amount) from (select map('x', 1, 'y', 2) as map)) order by name", [("x", 1), ("y", 2)]),
        ("select map_from_entries(array_sort(collect_list(struct(name, n)))) from t where n > 1", [({"b": 2, "c": 2},)]),
    ],
)
def test_an_aggregation_has_the_value_that_spark_gives(query, rows):
    with duckdb.connect() as database:
        database.execute("create table t as select * from (values (1, 'a'), (2, 'b'), (2, 'c'), (1, 'd')) as t(n, name)")
        found = database.execute(translated(query)).fetchall()
        assert [tuple(value.lower() if value == "BIGINT" else value for value in row) for row in found] == rows
