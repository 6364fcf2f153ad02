"""indicator: the evaluation figures of the month so far.

One row is an indicator of schemas/indicators in a cell: the dimensions that the cell names are filled, all others are null and mean "all".
Counted are the contacts whose contact date lies in the business date's calendar month, up to and including the business date, with
their states as known on the business date. value = numerator / denominator, null where the denominator is 0. Nothing is averaged
over averages, so totals agree across dimensions. The indicators daily_* are those of the business date's own contact date; what is
known by now of earlier days stands in daily_indicator. Each pass over a base counts all cells at once (grouping sets).
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.evaluation.base import channel_day_base, contact_base, customer_base, customers_by_dimension, marketing_complaints, newest_snapshot, of_the_month
from jobs.evaluation.declared import DIMENSIONS, Indicator, IndicatorFile, passes


def indicator(
    contact: DataFrame,
    outcome: DataFrame,
    customer: DataFrame,
    previous_customer: DataFrame,
    service_contact: DataFrame,
    past_service_contact: DataFrame,
    do_not_disturb: DataFrame,
    control_assignment: DataFrame,
    previous_control_assignment: DataFrame,
    revocation: DataFrame,
    run: RunContext,
) -> DataFrame:
    customers = customers_by_dimension(customer, previous_customer)
    controls = newest_snapshot(control_assignment, previous_control_assignment)
    contacts = of_the_month(contact, revocation, run)
    bases = {
        "contact": contact_base(contacts, outcome, customers, marketing_complaints(service_contact, past_service_contact, run), run),
        "customer": customer_base(customers, contacts, outcome, do_not_disturb, controls, run),
        "channel_day": channel_day_base(contacts, run),
    }
    figures = [figures_of(bases[base], declared) for base, declared in passes()]
    is_of_the_day = F.col("contact_date").isNull() | (F.col("contact_date") == F.lit(run.business_date))
    rows = reduce(DataFrame.unionByName, figures).where(is_of_the_day)
    return rows.withColumn("business_date", F.lit(run.business_date)).select(run.columns("indicator"))


def figures_of(base: DataFrame, declared: list[tuple[IndicatorFile, Indicator]]) -> DataFrame:
    """The indicators in every cell of their dimensions: one aggregation, then one row an indicator and cell."""
    cells = list(dict.fromkeys(cell for file, _ in declared for cell in file.cells))
    dimensions = [name for name in DIMENSIONS if any(name in cell for cell in cells)]
    # Many indicators share a numerator or denominator: each aggregate is counted once.
    columns = {sql: f"figure_{number}" for number, sql in enumerate(dict.fromkeys(sql for _, one in declared for sql in (one.numerator, one.denominator)))}
    counted = base.groupingSets(cells, *dimensions).agg(*[as_figure(sql).alias(column) for sql, column in columns.items()])
    # A dimension is never null in a base, so that null says "all" and the filled ones name the cell.
    cell = F.concat_ws(" x ", *[F.when(F.col(name).isNotNull(), name) for name in dimensions])
    pairs = [
        F.struct(
            F.lit(one.name).alias("indicator"),
            F.array(*[F.lit(_in_order(of)) for of in file.cells]).alias("cells"),
            F.col(columns[one.numerator]).alias("numerator"),
            F.col(columns[one.denominator]).alias("denominator"),
        )
        for file, one in declared
    ]
    rows = counted.select(*dimensions, cell.alias("cell"), F.explode(F.array(*pairs)).alias("figure")).where(F.array_contains("figure.cells", F.col("cell")))
    absent = [F.lit(None).cast(_TYPES.get(name, "string")).alias(name) for name in DIMENSIONS if name not in dimensions]
    value = F.try_divide("figure.numerator", "figure.denominator").alias("value")
    return rows.select(*dimensions, *absent, "figure.indicator", "figure.numerator", "figure.denominator", value)


_TYPES = {"wave": "int", "contact_date": "date"}


def _in_order(cell: tuple[str, ...]) -> str:
    return " x ".join(name for name in DIMENSIONS if name in cell)


def as_figure(sql: str) -> Column:
    """The aggregate as a double; a sum over no rows is 0."""
    return F.coalesce(F.expr(sql).cast("double"), F.lit(0.0))
