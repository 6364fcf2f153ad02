"""lake.relation: DuckDB gets for a parameter what its name says, from the same files, without a JVM."""

from dataclasses import replace
from datetime import date

import duckdb
import pyarrow as pa
import pytest

from jobs.catalogue.view import fields
from jobs.progress import Progress
from jobs.quality import field_profile
from jobs.runner import run_table

pytestmark = pytest.mark.core


def bans(lake, *nights):
    rows = [
        {"business_date": date(2026, 11, day), "customer_id": customer, "level": "system", "reason": "asked", "source": "register"} for day, customer in nights
    ]
    names = [field.name for field in lake.dataset("do_not_disturb").schema]
    whole = [{name: row.get(name, date(2026, 11, 1) if name == "start_date" else None) for name in names} for row in rows]
    lake.append(pa.Table.from_pylist(whole, lake.dataset("do_not_disturb").schema), "do_not_disturb")


def customers(lake, parameter, day):
    relation = lake.relation(parameter, date(2026, 11, day), duckdb.connect())
    return sorted((row[0].day, row[1]) for row in relation.project("business_date, customer_id").fetchall())


def test_a_parameter_reads_the_partitions_that_its_name_says(run_on):
    lake = run_on("2026-11-03").lake
    bans(lake, (1, "C1"), (2, "C2"), (3, "C3"), (4, "C4"))
    assert customers(lake, "do_not_disturb", 3) == [(1, "C1"), (2, "C2"), (3, "C3")]
    assert customers(lake, "previous_do_not_disturb", 3) == [(2, "C2")]
    assert customers(lake, "past_do_not_disturb", 3) == [(1, "C1"), (2, "C2")]


def test_a_table_that_is_not_there_has_its_columns_and_no_rows(run_on):
    run = run_on("2026-11-03")
    relation = run.lake.relation("contact", run.business_date, duckdb.connect())
    assert relation.columns == run.columns("contact") and relation.fetchall() == []


def test_a_night_made_again_beside_the_original_hides_its_own_date_alone(run_on, tmp_path):
    run = run_on("2026-11-03")
    bans(run.lake, (2, "C2"), (3, "C3"))
    beside = replace(run, overlay=tmp_path / "beside")
    assert customers(beside.lake, "do_not_disturb", 3) == [(2, "C2"), (3, "C3")]
    bans(beside.lake, (3, "C9"))
    assert customers(beside.lake, "do_not_disturb", 3) == [(2, "C2"), (3, "C9")]
    assert customers(run.lake, "do_not_disturb", 3) == [(2, "C2"), (3, "C3")]


def test_the_runner_hands_relations_to_a_table_that_asks_for_them(run_on, monkeypatch):
    """field_profile takes DuckDB relations: no Spark session is needed, and a rerun replaces its date."""
    run = run_on("2026-11-03")
    profiled = [field for field in fields() if field.name.startswith("age")]
    monkeypatch.setattr(field_profile, "fields", lambda: profiled)
    view = dict.fromkeys(run.columns("customer_view")) | {"business_date": run.business_date, "customer_id": "C1", "age": 30}
    run.lake.append(pa.Table.from_pylist([view], run.lake.dataset("customer_view").schema), "customer_view")
    for _ in range(2):
        assert run_table("quality.field_profile", run, Progress(quiet=True)) == len(profiled) > 0
    ages = [row for row in run.lake.scan("field_profile").to_pylist() if row["field"] == "age"]
    assert [(row["rows"], row["nulls"], row["highest"]) for row in ages] == [(1, 0, 30.0)]
