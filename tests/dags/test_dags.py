"""The DAGs: they load without data libraries, their tasks are the stages of the map, every writer waits for the one slot."""

import json
import os
import subprocess
import sys

import pytest

from jobs.flow import EVALUATION, FEEDBACK, NIGHT
from jobs.paths import ROOT

pytestmark = pytest.mark.core

LOOK = """
import json, sys, time
sys.path.insert(0, "dags")
from airflow.sdk import DAG
import importlib
heavy = {"pyspark", "pandas", "pyarrow", "delta", "great_expectations", "deltalake", "duckdb"}
before = heavy & set(sys.modules)
found = {}
started = time.monotonic()
for name in ("nightly", "feedback", "evaluation", "backfill"):
    dags = [value for value in vars(importlib.import_module(name)).values() if isinstance(value, DAG)]
    for dag in dags:
        found[dag.dag_id] = {
            "tasks": list(dag.topological_sort() and [task.task_id for task in dag.topological_sort()]),
            "pools": sorted({task.pool for task in dag.tasks}),
            "owners": sorted({task.owner for task in dag.tasks}),
            "tags": sorted(dag.tags),
            "doc": bool(dag.doc_md),
            "catchup": dag.catchup,
        }
print(json.dumps({"dags": found, "seconds": time.monotonic() - started, "heavy": sorted((heavy & set(sys.modules)) - before)}))
"""


@pytest.fixture(scope="module")
def look(tmp_path_factory) -> dict:
    home = tmp_path_factory.mktemp("airflow")
    answer = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT,
        env={**os.environ, "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    return json.loads(answer.stdout.splitlines()[-1])


def test_tasks_are_the_stages_of_the_map(look):
    assert look["dags"]["nightly"]["tasks"] == [stage.name for stage in NIGHT]
    assert look["dags"]["feedback"]["tasks"] == [stage.name for stage in FEEDBACK]
    assert look["dags"]["evaluation"]["tasks"] == [stage.name for stage in EVALUATION]
    assert look["dags"]["backfill"]["tasks"] == ["backfill"]


def test_every_dag_has_doc_owner_tags_and_the_writers_pool(look):
    for name, dag in look["dags"].items():
        assert dag["doc"] and dag["tags"], name
        assert dag["owners"] == ["campaign-platform"], name
        assert dag["pools"] == ["lake_writer"], name
        assert dag["catchup"] is False, name


def test_no_data_library_is_loaded_at_parse(look):
    assert look["heavy"] == []
