"""Fixtures of all tests: a run context on an empty home, one Spark session for the whole run, rows written as tables."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.conf import Base, Conf
from jobs.context import RunContext
from jobs.paths import ROOT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    """One session for the run: two threads, one shuffle partition, since test frames hold a handful of rows."""
    from jobs import spark as sessions

    home = tmp_path_factory.mktemp("spark")
    session = sessions.start(
        Base(
            master="local[2]",
            driver_memory="2g",
            shuffle_partitions=1,
            java_options="-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=512m -XX:MetaspaceSize=512m",
            late_days=3,
            history_contacts=5,
        ),
        home,
    )
    yield session
    session.stop()


@pytest.fixture
def conf() -> Conf:
    return Conf(ROOT / "conf")


@pytest.fixture
def run_on(tmp_path: Path, conf: Conf) -> Callable[[str], RunContext]:
    """A run without Spark on an empty home, for a business date."""
    return lambda day: RunContext(tmp_path, date.fromisoformat(day), conf)


@pytest.fixture
def spark_run_on(tmp_path: Path, conf: Conf, spark: "SparkSession") -> Callable[[str], RunContext]:
    """A run with the session of the tests on an empty home, for a business date."""
    return lambda day: RunContext(tmp_path, date.fromisoformat(day), conf, spark)
