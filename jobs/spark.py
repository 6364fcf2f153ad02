"""The Spark session: Java, Delta jars and the settings that keep nights repeatable. See conf/base.yaml for sizes."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jobs import jars
from jobs.conf import Base
from jobs.errors import UserError
from jobs.java import find_java_home
from jobs.paths import ROOT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOG4J = ROOT / "conf" / "log4j2.properties"


def settings(base: Base, home: Path) -> dict[str, str]:
    """Spark settings of every session, whether started here or by spark-submit."""
    return {
        "spark.jars": ",".join(str(jar.path) for jar in jars.DELTA),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.driver.memory": base.driver_memory,
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{LOG4J} -XX:+UseParallelGC {base.java_options} -Dderby.system.home={home / '.spark'}",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # What the pick sends back is deserialised by tasks, not row by row in the driver.
        "spark.sql.execution.arrow.localRelationThreshold": "1m",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(base.shuffle_partitions),
        "spark.default.parallelism": str(base.shuffle_partitions),
        "spark.local.dir": str(home / ".spark" / "local"),
        "spark.sql.warehouse.dir": str(home / ".spark" / "warehouse"),
        # The lake names the files it reads: looking each of them up is quicker here than in a job.
        "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
        # Small snapshots keep their log in few partitions: Delta's default of 50 costs a second a table on two cores.
        "spark.databricks.delta.snapshotPartitions": "2",
        # Aggregates of lists and maps over customers: Spark would hash the first 128 of them, then sort the rest anyway. Rows that come sorted stay so.
        "spark.sql.execution.useObjectHashAggregateExec": "false",
        # A night of the view generates some 260 classes. Spark keeps 100 unless said, and compiles all others again for every task, which then run cold.
        # More than that would keep the sources of long-gone plans: a session of many nights ran out of 2 GB with 2,000.
        "spark.sql.codegen.cache.maxEntries": "400",
        # What the web page of a session would show, which nobody opens: plans of 700 columns, thousands of them, in the driver's memory.
        "spark.sql.ui.retainedExecutions": "1",
        "spark.ui.retainedJobs": "10",
        "spark.ui.retainedStages": "10",
        "spark.ui.retainedTasks": "100",
        # A writer a partition of the table, of which a night writes one: Spark would sort all rows by a date that is the same in all of them.
        "spark.sql.maxConcurrentOutputFileWriters": "2",
        # Most columns are measures: looking each value up in a dictionary took a quarter of the writing, and saved a third of the bytes.
        "spark.hadoop.parquet.enable.dictionary": "false",
        # What a stage keeps is read two or three times and dropped: choosing an encoding for each column costs more than it saves.
        "spark.sql.inMemoryColumnarStorage.compressed": "false",
        "spark.sql.debug.maxToStringFields": "100",
    }


def environment() -> dict[str, str]:
    """Environment that Java and the Python workers need; the DAGs hand it to spark-submit."""
    return {
        "JAVA_HOME": str(find_java_home()),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def start(base: Base, home: Path) -> "SparkSession":
    """A session for this home. Raises UserError when jars or Java are missing: never another table format in silence."""
    if jars.missing():
        raise UserError(f"jars/: missing {', '.join(jars.missing())}; run `make setup` once with network")
    os.environ.update(environment())
    from pyspark.sql import SparkSession

    (home / ".spark" / "local").mkdir(parents=True, exist_ok=True)
    builder = SparkSession.builder.appName("cpc")
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # spark-submit has started the JVM and named the master
        builder = builder.master(base.master)
    for name, value in settings(base, home).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("WARN")
    return session
