"""One night of the customer view against DuckDB: the same inputs, the same threads, one run, every column compared.

`cpc bench view --customers 1000000`. The night reads the new events, brings the accumulators up to date and writes the wide table;
the session's start and the quality checks are timed apart. Inputs are made once a size and stay in the folder.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable

from bench import view_inputs
from bench.view_inputs import NIGHT, parquet
from bench.view_reference import MADE
from jobs.catalogue.schema import fields_of, tables
from jobs.conf import Conf
from jobs.lake import Lake
from jobs.paths import ROOT, conf_folder

COLUMNS_AT_A_TIME = 50
QUALITY = ("field_profile", "quality_result")
NIGHT_TABLES = (*MADE, "customer_half_year")


def run(customers: int, folder: Path) -> dict[str, Any]:
    """Times of both engines by table, their ratio, and the columns in which they differ."""
    home = view_inputs.home_of(customers, folder)
    night, reference = folder / "night", folder / "reference"
    for made in (night, reference):
        shutil.rmtree(made, ignore_errors=True)
    # Hard links: the night writes beside its inputs, and they stay as they are.
    shutil.copytree(home, night, copy_function=os.link)
    threads = int("".join(filter(str.isdigit, Conf(conf_folder()).base.master)))
    load = os.getloadavg()[0]
    spark = _child("bench.view_night", str(night), str(customers))
    duck = _child("bench.view_reference", str(night), str(reference), str(threads))
    differing = {table: names for table in MADE if (names := differences(night, reference, table))}
    took = {name: sum(engine["seconds"].get(table, 0.0) for table in NIGHT_TABLES) for name, engine in (("spark", spark), ("duckdb", duck))}
    quality = sum(spark["seconds"][table] for table in QUALITY)
    return {
        "steps": [_step(name, spark, duck) for name in spark["seconds"]],
        "customers": customers,
        "night seconds": round(took["spark"], 1),
        "duckdb seconds": round(took["duckdb"], 1),
        "cpu seconds": f"spark {spark['cpu']:.0f}, duckdb {duck['cpu']:.0f}, ratio {spark['cpu'] / duck['cpu']:.2f}",
        "peak memory": f"spark {spark['peak_gb']:.1f} GB, duckdb {duck['peak_gb']:.1f} GB",
        "quality checks, share of the view step": f"{quality / (took['spark'] + quality):.0%}",
        "growth": growth(folder, customers, took["spark"]),
        "columns compared": sum(len(fields_of(table)) for table in MADE),
        "columns that differ": differing or "none",
        "load before": round(load, 1),
        "ratio": round(took["spark"] / took["duckdb"], 2),
        "ok": not differing,
    }


def growth(folder: Path, customers: int, seconds: float) -> str:
    """How the night grew from the size measured before this one in the same folder, session start apart."""
    path = folder / "nights.json"
    nights = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    smaller = max((int(size) for size in nights if int(size) < customers), default=None)
    path.write_text(json.dumps(nights | {str(customers): seconds}), encoding="utf-8")
    if smaller is None:
        return "measure a smaller home first"
    return f"{seconds / nights[str(smaller)]:.1f} x the night of {smaller:,} customers, with {customers / smaller:.1f} x as many"


def _step(name: str, spark: dict, duck: dict) -> dict[str, Any]:
    return {"step": name, "spark s": round(spark["seconds"][name], 1), "duckdb s": round(duck["seconds"][name], 1) if name in duck["seconds"] else ""}


def _child(module: str, *arguments: str) -> dict[str, Any]:
    """What a process of this repository prints last, as JSON: each engine has a process, so that its memory and CPU are its own."""
    said = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(said.splitlines()[-1])


def differences(night: Path, reference: Path, table: str) -> list[str]:
    """Columns of the night's partition whose values differ anywhere, with in how many rows. Rows are met by key."""
    key = ["customer_id"] if table == "customer_view" else [name for name in tables()[table].key if name != "business_date"]
    files = DeltaTable(str(Lake(night).path(table))).file_uris(partition_filters=[("business_date", "=", str(NIGHT))])
    ours, theirs = parquet(files), f"'{reference / table}.parquet'"
    columns = [field.name for field in fields_of(table) if field.name not in key]
    found = []
    for start in range(0, len(columns), COLUMNS_AT_A_TIME):
        chunk = columns[start : start + COLUMNS_AT_A_TIME]
        counts = ", ".join(f"count(*) filter (where one.{name} is distinct from other.{name})" for name in chunk)
        query = f"select {counts}, count(*) filter (where one.{key[0]} is null or other.{key[0]} is null) from {ours} as one full join {theirs} as other using ({', '.join(key)})"
        *differing, unmet = duckdb.sql(query).fetchall()[0]
        found += [f"{name} ({rows:,} rows)" for name, rows in zip(chunk, differing, strict=True) if rows]
        if unmet:
            return [f"{', '.join(key)} ({unmet:,} rows of one engine alone)"]
    return found
