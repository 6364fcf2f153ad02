"""Nights on a home in a test: dumps into the lake and the customer view made of them, and a rebuild from the raw files alone."""

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jobs import runner
from jobs.conf import Conf
from jobs.context import RunContext
from jobs.flow import STAGES
from jobs.paths import ROOT
from jobs.progress import quiet

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MADE_OF_DUMPS = tuple(path for path in STAGES["customer_view"].tables if path.startswith("customer_view."))
# What a night reads of the nights before it: no night reads another's view.
ACCUMULATORS = tuple(path for path in MADE_OF_DUMPS if path.split(".")[1] in ("customer_day", "customer_month", "customer_half_year"))


def run_on(home: Path, day: str, spark: "SparkSession") -> RunContext:
    return RunContext(home, date.fromisoformat(day), Conf(ROOT / "conf"), spark)


def night(home: Path, day: str, spark: "SparkSession", paths: Sequence[str] = MADE_OF_DUMPS) -> None:
    """Ingest and the tables of the customer view, as `cpc run night` makes them."""
    run = run_on(home, day, spark)
    runner.run("ingest", run, quiet())
    for path in paths:
        runner.run_table(path, run, quiet())


def rebuilt(home: Path, to: Path, day: str, spark: "SparkSession") -> Path:
    """A home with the same raw files and an empty lake, on which the one night of `day` has run."""
    shutil.copytree(home / "landing", to / "landing")
    night(to, day, spark)
    return to


def view(home: Path, day: str) -> dict[str, dict]:
    """The view's rows by customer."""
    rows = run_on(home, day, None).lake.scan("customer_view", day=date.fromisoformat(day)).to_pylist()
    return {row["customer_id"]: row for row in rows}


def differences(one: dict[str, dict], other: dict[str, dict]) -> dict[tuple[str, str], tuple]:
    """(customer, field) -> both values where they differ; a customer that only one view holds differs as a whole."""
    found: dict[tuple[str, str], tuple] = {(key, "row"): (key in one, key in other) for key in one.keys() ^ other.keys()}
    for key in one.keys() & other.keys():
        found |= {(key, field): (value, other[key][field]) for field, value in one[key].items() if value != other[key][field]}
    return found
