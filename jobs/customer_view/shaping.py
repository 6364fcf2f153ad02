"""Row-shaping of the customer view: SQL of sql/ over frames by name, and frames laid beside each other by key."""

from functools import reduce
from threading import Lock

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.paths import SQL

# Names of views are the session's, and two tables may be in the making: a query has read its views once its plan is there.
VIEWS = Lock()


def shaped(run: RunContext, query: str, **frames: DataFrame) -> DataFrame:
    """The rows of sql/<query>.sql over the frames, each seen there as a table of its name; :business_date and :time_zone are at hand."""
    text = (SQL / f"{query}.sql").read_text(encoding="utf-8")
    # Literals, not `args` of spark.sql: the parser of the Delta extension (4.4.0 on Spark 4.1.3) leaves parameters of subqueries unbound.
    for name, literal in {"business_date": f"DATE'{run.business_date}'", "time_zone": f"'{run.conf.contact_rules.time_zone}'"}.items():
        text = text.replace(f":{name}", literal)
    with VIEWS:
        for name, frame in frames.items():
            frame.createOrReplaceTempView(name)
        return run.session.sql(text)


def beside(keys: list[str], **frames: DataFrame) -> DataFrame:
    """One row a key with a struct column per frame, null where the frame has no row of that key.

    One shuffle and one sort for any number of frames, where a chain of full joins would shuffle after each. Each frame is laid out by key
    before they are put together: Spark would otherwise sort all rows to aggregate them before the shuffle, and again behind it. Every frame
    holds at most one row a key.
    """
    packed = [
        frame.repartition(*keys).select(*keys, F.struct(*(F.col(column) for column in frame.columns if column not in keys)).alias(name))
        for name, frame in frames.items()
    ]
    together = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), packed)
    return together.groupBy(*keys).agg(*(F.first(name, ignorenulls=True).alias(name) for name in frames))
