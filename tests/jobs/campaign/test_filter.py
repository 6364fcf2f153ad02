"""filter: only the allow-list passes, an error names the place, and DuckDB and Spark agree on every filter and row."""

import time
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jobs.campaign.filter import Filter, FilterError, parse_filter
from jobs.errors import UserError
from tests.jobs.campaign.filters import FIELDS, FILTERS, ROWS

WHAT_DUCKDB_CALLS = {"string": "VARCHAR", "int": "INTEGER"}


@pytest.fixture(scope="module")
def frame() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    columns = ", ".join(f'"{name}" {WHAT_DUCKDB_CALLS.get(kind, kind)}' for name, kind in FIELDS.items())
    connection.execute(f"CREATE TABLE frame (n INTEGER, {columns})")
    connection.executemany(f"INSERT INTO frame VALUES ({', '.join('?' * (len(FIELDS) + 1))})", [(n, *row) for n, row in enumerate(ROWS)])
    yield connection
    connection.close()


def in_duckdb(frame: duckdb.DuckDBPyConnection, filters: list[Filter]) -> list[list[bool | None]]:
    found = frame.execute(f"SELECT {', '.join(one.duckdb_sql for one in filters)} FROM frame ORDER BY n").fetchall()
    return [list(column) for column in zip(*found, strict=True)]


def matched(frame: duckdb.DuckDBPyConnection, text: str) -> list[int]:
    return [row[0] for row in frame.execute(f"SELECT n FROM frame WHERE {parse_filter(text, FIELDS).duckdb_sql} ORDER BY n").fetchall()]


@pytest.mark.core
@pytest.mark.parametrize(
    ("text", "numbers", "case"),
    [
        ("age between 18 and 35 and not has_tone", [2], "the contract's example"),
        ("has_tone is null or is_vip", [0, 2, 4, 6, 8, 9], "null is no match by itself"),
        ("age / 0 > 1 or age % 0 = 1", [], "division by zero is null, not a failure"),
        ("age / 2 = 3.5", [7], "a quotient keeps its fraction"),
        ("points + points > 0", [2, 4, 6, 8, 9], "a sum of the largest numbers does not overflow"),
        ("fee * 3 = 3.3", [6], "money is exact: three times 1.1 is 3.3"),
        ("city like 'a%'", [2, 4], "case matters"),
        ("lower(city) like 'a%'", [2, 3, 4], "unless lowered"),
        ("city like '%!%' escape '!'", [5], "an escaped percent sign is itself"),
        ("joined_on >= '2026-11-01' and ends_on is not null", [6, 7, 9], "a text beside a date is a date"),
        ("datediff(ends_on, joined_on) = 274", [1], "days between"),
        ("dayofweek(joined_on) = 1", [3, 7, 8], "Sunday is 1"),
        ("greatest(age, points) = 35", [3], "greatest of two"),
        ("coalesce(points, 5) = 5", [0, 7], "coalesce"),
        ("trend = 0", [1, 8], "minus zero is zero"),
        ("case when age >= 18 then 'old' else 'young' end = 'old'", [2, 3, 5], "an unknown age is not old"),
    ],
)
def test_a_filter_matches_the_rows_it_says(frame, text, numbers, case):
    assert matched(frame, text) == numbers, case


@pytest.mark.core
@pytest.mark.parametrize(
    ("text", "says", "position", "suggestion"),
    [
        ("age > 1 and has_tones", "unknown field 'has_tones'", 12, "has_tone"),
        ("greatst(age, 1) > 0", "function 'greatst' is not allowed", 0, "greatest"),
        ("rand() > 0.5", "function 'rand' is not allowed", 0, None),
        ("current_date > joined_on", "the clock is not allowed", 0, None),
        ("age in (select 1)", "'query'", 0, None),
        ("exists (select 1)", "not allowed", 15, None),
        ("count(age) > 1", "function 'count'", 0, None),
        ("age > 1; drop table customer", "';' is not allowed", 7, None),
        ("age > 1 -- and not has_tone", "comments", 6, None),
        ("age > 1 /* + */", "comments", 6, None),
        ("age > '18'", "a number and a text cannot be compared", 0, None),
        ("city = 5", "a text and a number cannot be compared", 0, None),
        ("age + 1", "no condition", 0, None),
        ("has_tone and age", "needs a condition here, not a number", 13, None),
        ("age = null", "use is null", 0, None),
        ("age in (1, null)", "numbers, texts or dates alone", 0, None),
        ("joined_on > '2026-02-30'", "no date", 12, None),
        ("joined_on - 30 > ends_on", "date_sub", 0, None),
        ("cast(age as string) = '1'", "casts are not allowed", 5, None),
        ("t.age > 1", "without a table", 0, None),
        ("city = 'a\\\\b'", "may not hold", 7, None),
        ("city = '${spark.home}'", "may not hold", 7, None),
        ("city like 'a!' escape '!'", "must stand before", 0, None),
        ("round(fee, 2) > 1", "round takes one number", 0, None),
        ("(age > 1", "cannot be read", 7, None),
        ("", "empty", 0, None),
        ("/* all */", "empty", 0, None),
        ("(" * 30 + "has_tone" + ")" * 30, "too deeply nested", 20, None),
        ("not " * 4000 + "has_tone", "longer than", 8000, None),
        (" + ".join(["age"] * 1000) + " > 1", "too ", 0, None),
    ],
)
def test_what_is_not_allowed_is_named_with_its_place(text, says, position, suggestion):
    with pytest.raises(FilterError) as caught:
        parse_filter(text, FIELDS)
    error = caught.value
    assert says in str(error) and isinstance(error, UserError)
    assert (error.position, error.suggestion) == (position, suggestion)


@pytest.mark.core
def test_a_filter_names_the_fields_it_uses_as_the_view_writes_them():
    found = parse_filter("AGE > 1 and (`city` = 'x' or age is null)", FIELDS)
    assert found.fields == {"age", "city"}
    assert found.spark_sql == "((`age` > 1) AND ((`city` = 'x') OR (`age` IS NULL)))"


@pytest.mark.core
def test_a_map_can_only_be_tested_for_null():
    assert parse_filter("visits is not null", {"visits": "array<string>"}).fields == {"visits"}
    with pytest.raises(FilterError, match="only be tested for null"):
        parse_filter("visits = visits", {"visits": "array<string>"})


@pytest.mark.core
def test_a_long_chain_of_conditions_is_no_deep_one(frame):
    assert matched(frame, " or ".join(f"age = {n}" for n in range(100, 700)) + " or age = 18") == [2]


@pytest.mark.core
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=FILTERS)
def test_every_row_is_matched_unmatched_or_unknown_and_no_filter_fails(frame, text):
    found = [parse_filter(variant, FIELDS) for variant in (text, f"not ({text})", f"({text}) is null")]
    for yes, no, unknown in zip(*in_duckdb(frame, found), strict=True):
        assert (yes, no, unknown) in {(True, False, False), (False, True, False), (None, None, True)}


PIECES = "( ) and or not in between is null case when then end 'x' 1 , % select * :: [ ` @ if interval cast as over . : -> {"
SOUP = st.lists(st.sampled_from([*FIELDS, *PIECES.split()]), max_size=60).map(" ".join)


@pytest.mark.core
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.one_of(st.text(max_size=200), SOUP))
@example(text="case " * 60)
@example(text="coalesce(" * 60)
@example(text="if(" * 200)
@example(text="-" * 5000 + "1")
@example(text="not " * 1900 + "has_tone")
@example(text="age in (" * 100)
@example(text="{" * 300)
@example(text="[" * 300)
@example(text="floor(" * 15 + "trend" + ")" * 15 + " > 1")
@example(text="interval " * 500)
@example(text="age is " * 1000)
def test_any_text_gives_a_filter_or_a_filter_error_quickly(text):
    started = time.process_time()  # what else the machine does is no hang
    try:
        assert isinstance(parse_filter(text, FIELDS), Filter)
    except FilterError as error:
        assert 0 <= error.position <= max(len(text), 1)
    assert time.process_time() - started < 2


@pytest.mark.spark
def test_spark_and_duckdb_give_the_same_results(spark, frame):
    texts: list[str] = []

    @settings(max_examples=80, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(text=FILTERS)
    def gather(text: str) -> None:
        texts.append(text)

    gather()
    filters = [parse_filter(text, FIELDS) for text in dict.fromkeys(texts)]
    names = ["n int", *(f"{name} {'string' if name == 'fee' else kind}" for name, kind in FIELDS.items())]
    typed = spark.createDataFrame([(n, *row) for n, row in enumerate(ROWS)], ", ".join(names)).withColumn("fee", spark_decimal())
    for start in range(0, len(filters), 20):  # few conditions a projection: Spark compiles one function of all
        some = filters[start : start + 20]
        rows = typed.orderBy("n").selectExpr(*[one.spark_sql for one in some]).collect()
        for one, duck, column in zip(some, in_duckdb(frame, some), zip(*rows, strict=True), strict=True):
            assert duck == list(column), f"{one.text}\nspark:  {one.spark_sql}\nduckdb: {one.duckdb_sql}"


def spark_decimal():
    from pyspark.sql import functions as F

    return F.col("fee").cast("decimal(12,4)")
