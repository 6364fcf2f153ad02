"""quality_result: whether the night's data may be built on.

One row is a check of a table: the keys and rows of the customer view, every rule that a field of the view declares, and what the dumps
brought. A failed check with on_fail `stop` ends the night (jobs/quality/gate.py). Driver-sized: the view is reduced to a few numbers a
field, reconciliation and source_status to the night's files and sources.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.catalogue.schema import ddl_of
from jobs.catalogue.view import fields
from jobs.context import RunContext
from jobs.quality.measured import judge
from jobs.quality.rules import quality_rules
from jobs.quality.source_checks import source_checks
from jobs.quality.view_checks import view_checks


def quality_result(
    customer_view: DataFrame, previous_customer_view: DataFrame, customer: DataFrame, reconciliation: DataFrame, source_status: DataFrame, run: RunContext
) -> DataFrame:
    rules = quality_rules(run.conf.folder)
    of_the_night = [row.asDict() for row in reconciliation.where(F.col("business_date") == F.lit(run.business_date)).collect()]
    statuses = [row.asDict() for row in source_status.orderBy("source").collect()]
    measured = [
        *view_checks(customer_view, previous_customer_view, customer, fields(), rules),
        *source_checks(of_the_night, statuses, run.business_date, rules),
    ]
    rows = [
        (run.business_date, one.table, one.check, one.on_fail, passed, one.observed, one.expected)
        for one, passed in zip(measured, judge(measured), strict=True)
    ]
    return customer_view.sparkSession.createDataFrame(rows, ddl_of("quality_result")).select(run.columns("quality_result"))
