"""Fixtures of all tests: a run context on an empty home, one Spark session for the whole run, rows written as tables."""

import gc
import re
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

OF_ONE_MARK = re.compile(r"^pytestmark = \[?pytest\.mark\.(\w+)[],\n]", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m core` a file whose tests are all of another mark is not even imported: Airflow, statsmodels and rewritten assertions cost seconds."""
    wanted = set(config.getoption("-m").split(" or "))
    if not wanted <= {"core", "home", "spark", "e2e"} or not collection_path.name.startswith("test_"):
        return None
    mark = OF_ONE_MARK.search(collection_path.read_text(encoding="utf-8"))
    return True if mark and mark[1] not in wanted else None


gc.disable()


def pytest_collection_finish() -> None:
    """What was imported stays to the end: looking through it again and again for garbage took a tenth of the core tests' time."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that run whole nights begin first, so that no worker is left alone with them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("whole_nights") is None)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    """One session for the run: two threads, one shuffle partition, since test frames hold a handful of rows. Expressions are interpreted: to
    compile them takes longer than a handful of rows. The nights of tests/e2e/test_three_nights.py run compiled, as every night does."""
    from jobs import spark as sessions

    home = tmp_path_factory.mktemp("spark")
    session = sessions.start(
        Base(
            master="local[2]",
            driver_memory="3g",
            shuffle_partitions=1,
            java_options="-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=512m -XX:MetaspaceSize=512m",
            late_days=3,
            history_contacts=5,
        ),
        home,
    )
    session.conf.set("spark.sql.codegen.wholeStage", "false")
    session.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
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
