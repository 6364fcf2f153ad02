"""indicator: the evaluation figures of the month so far.

One row is an indicator of schemas/indicators in a cell: the dimensions that the cell names are filled, all others are null and mean "all".
Counted are the contacts whose contact date lies in the business date's calendar month, up to and including the business date, with
their states as known on the business date. value = numerator / denominator, null where the denominator is 0. Nothing is averaged
over averages, so totals agree across dimensions. Each base is read in one pass for all indicators and cells (grouping sets).
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.evaluation.base import channel_day_base, contact_base, customer_base, customers_by_dimension, marketing_complaints, newest_snapshot
from jobs.evaluation.declared import DIMENSIONS, Indicator, passes


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
    run: RunContext,
) -> DataFrame:
    customers = customers_by_dimension(customer, previous_customer)
    controls = newest_snapshot(control_assignment, previous_control_assignment)
    of_the_month = contact.where(F.col("contact_date").between(run.month_start, run.business_date))
    contacts = contact_base(of_the_month, outcome, customers, marketing_complaints(service_contact, past_service_contact, run), run)
    bases = {
        "contact": contacts,
        "customer": customer_base(customers, contacts, do_not_disturb, controls, run),
        "channel_day": channel_day_base(contacts, run),
    }
    figures = [figures_of(bases[base], cells, indicators) for (base, cells), indicators in passes().items()]
    return reduce(DataFrame.unionByName, figures).withColumn("business_date", F.lit(run.business_date)).select(run.columns("indicator"))


def figures_of(base: DataFrame, cells: tuple[tuple[str, ...], ...], indicators: list[Indicator]) -> DataFrame:
    """The indicators in every cell of every given dimension: one aggregation, then one row an indicator."""
    dimensions = [name for name in DIMENSIONS if any(name in cell for cell in cells)]
    parts = [
        (part, name, sql) for one in indicators for part, name, sql in (("numerator", one.name, one.numerator), ("denominator", one.name, one.denominator))
    ]
    counted = base.groupingSets(cells, *dimensions).agg(*[as_figure(sql).alias(f"{name}:{part}") for part, name, sql in parts])
    pairs = [
        F.struct(F.lit(one.name).alias("indicator"), F.col(f"{one.name}:numerator").alias("numerator"), F.col(f"{one.name}:denominator").alias("denominator"))
        for one in indicators
    ]
    rows = counted.select(*dimensions, F.explode(F.array(*pairs)).alias("figure")).select(*dimensions, "figure.*")
    absent = [
        F.lit(None).cast("date" if name == "contact_date" else "int" if name == "wave" else "string").alias(name)
        for name in DIMENSIONS
        if name not in dimensions
    ]
    return rows.select("*", *absent, F.try_divide("numerator", "denominator").alias("value"))


def as_figure(sql: str) -> Column:
    """The aggregate as a double; a sum over no rows is 0."""
    return F.coalesce(F.expr(sql).cast("double"), F.lit(0.0))
