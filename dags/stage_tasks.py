"""Tasks of the map's stages: what Airflow runs is the command that a person would type."""

import os
import sys
from pathlib import Path

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import BaseOperator, Param
from business_date import business_date

from jobs.conf import Conf
from jobs.flow import Stage
from jobs.paths import ROOT, conf_folder
from jobs.spark import settings

HOME = Path(os.environ.get("CPC_HOME", ROOT / "data")).resolve()
# A local disk bears one Delta writer at a time, and two Spark drivers do not fit into one machine's memory: one slot for both reasons.
WRITER_POOL = "lake_writer"
OPERATOR = {"owner": "campaign-platform", "retries": 0}
MACROS = {"business_date": business_date}
BUSINESS_DATE = "{{ business_date(params, dag_run, triggering_asset_events) }}"
PARAMS = {
    "business_date": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Business date",
        description="The operator's day to run, YYYY-MM-DD. Leave empty on scheduled runs: they know their date.",
    )
}


def stage_task(stage: Stage, **options) -> BaseOperator:
    """One stage for the run's business date: spark-submit where it needs Spark, else the plain command."""
    arguments = ["run", stage.name, "--date", BUSINESS_DATE, "--home", str(HOME)]
    return command_task(stage.name, arguments, needs_spark=stage.needs_spark, doc_md=stage.does, **options)


def command_task(task_id: str, arguments: list[str], *, needs_spark: bool, **options) -> BaseOperator:
    """`cpc ARGUMENTS` as a task in the pool of the lake's one writer."""
    if not needs_spark:
        command = " ".join(f"'{argument}'" for argument in [sys.executable, "-m", "jobs.cli.main", *arguments])
        return BashOperator(task_id=task_id, bash_command=command, cwd=str(ROOT), append_env=True, pool=WRITER_POOL, **options)
    return SparkSubmitOperator(
        task_id=task_id,
        application=str(ROOT / "jobs" / "submit.py"),
        application_args=arguments,
        conf=settings(Conf(conf_folder()).base, HOME),
        env_vars={"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"},
        name=f"cpc-{task_id}",
        pool=WRITER_POOL,
        **options,
    )
