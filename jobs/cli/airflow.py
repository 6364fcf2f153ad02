"""cpc airflow: Airflow on this machine with the DAGs of this project, ready to trigger."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.options import Home, Json, emit, home_folder
from jobs.conf import Conf
from jobs.paths import ROOT, conf_folder
from jobs.spark import environment

app = typer.Typer(add_completion=False)

WRITER_POOL = "lake_writer"
ADDRESS = "http://localhost:8080"
DAGS = ["nightly", "feedback", "evaluation", "backfill"]


@app.command(epilog="Example: cpc airflow --home data     then open the address it prints")
def airflow(
    home: Home = None,
    airflow_home: Annotated[Path, typer.Option("--airflow-home", help="Airflow's own folder (database, logs).")] = ROOT / ".airflow",
    as_json: Json = False,
) -> None:
    """Start Airflow: scheduler, API server, DAG processor and triggerer on SQLite. Says where it will be, then runs until Ctrl-C."""
    variables = airflow_environment(airflow_home.resolve(), home_folder(home))
    prepare(variables)
    line = f"Airflow starts at {ADDRESS} (no password on this machine). DAGs: {', '.join(DAGS)}."
    emit({"address": ADDRESS, "dags": DAGS}, as_json, line)
    # What Airflow says is a log, and standard output holds the result.
    raise typer.Exit(subprocess.run([_binary(), "standalone"], env=variables, stdout=sys.stderr).returncode)


def airflow_environment(airflow_home: Path, home: Path) -> dict[str, str]:
    """Environment in which Airflow finds the DAGs, Java, Spark and this home."""
    binaries = str(Path(sys.executable).parent)
    return {
        **os.environ,
        **environment(),
        "PATH": f"{binaries}:{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(ROOT),
        "CPC_HOME": str(home),
        "AIRFLOW_HOME": str(airflow_home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
        "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": Conf(conf_folder()).base.master}),
    }


def prepare(variables: dict[str, str]) -> None:
    """Create the database and the pool of the lake's one writer; does nothing that is done already."""
    for arguments in (["db", "migrate"], ["pools", "set", WRITER_POOL, "1", "one Delta writer and one Spark driver at a time"]):
        subprocess.run([_binary(), *arguments], env=variables, check=True, stdout=subprocess.DEVNULL)


def _binary() -> str:
    return str(Path(sys.executable).parent / "airflow")
