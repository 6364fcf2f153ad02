"""customer_half_year: one row is a customer with its last six closed months: the last one whole, of the others what averages need.

Averages are computed here once a month, not every night. A partition is written only on nights that close or correct a month: the
first `late_days` nights of it, the first night of a home, and nights that bring a corrected bill or late files of an older month. On
all others nothing is delivered for a closed month, the table gets no rows, and readers take the newest partition (`read: latest`).

customer_month holds a month whole as long as late events may come; what late files bring after that are additions, which are added
to the month as it was known. Of a bill the newest dump holds, item by item.

Use of a month is known when nights have run since its first day, or since the line joined, and then what they did not bring is 0; or
when the old warehouse delivered the month. Of any other month it is null, whatever late events say: a rejected row of the
warehouse is no month without use.
"""

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.catalogue.schema import columns_of, ddl_of, fields_of
from jobs.context import RunContext
from jobs.customer_view.kept import KEPT, MONTHS, is_counted_by_nights, is_use
from jobs.customer_view.measures import united
from jobs.customer_view.shaping import beside, shaped


def customer_half_year(
    customer: DataFrame,
    customer_month: DataFrame,
    bill: DataFrame,
    past_bill: DataFrame,
    cost_settlement: DataFrame,
    previous_customer_half_year: DataFrame,
    reconciliation: DataFrame,
    run: RunContext,
) -> DataFrame:
    months = closed_months(run)
    first_for_good = first_place_closed_for_good(months[0], run)
    used = customer_month.drop("business_date").where(F.col("month") < F.lit(run.month_start))
    billed = shaped(run, "customer_half_year/bill", bill=newest_bill(bill, past_bill))
    settled = shaped(run, "customer_half_year/cost_settlement", cost_settlement=cost_settlement)
    if used.isEmpty() and bill.isEmpty() and cost_settlement.isEmpty():  # an ordinary night: nothing is laid out, read and joined in vain
        return run.session.createDataFrame([], ddl_of("customer_half_year"))
    began = first_night(reconciliation, run)
    by_source = beside(
        ["customer_id"],
        customer=customer.select("customer_id", "joined_on"),
        previous=previous_customer_half_year.drop("business_date"),
        used=half_year_of(used, "used", months),
        billed=half_year_of(billed, "billed", months),
        settled=half_year_of(settled, "settled", months),
    )
    last, by_month = last_month_columns(months[0], first_for_good, began), by_month_columns(months, first_for_good, began)
    rolled = by_source.select("customer_id", *last, *by_month).where(_knows_anything())
    named = {name: F.col(name) for name in rolled.columns} | {column: value for name in KEPT for column, value in averages(name).items()}
    written = [named[name].alias(name) for name in columns_of("customer_half_year") if name in named]
    return rolled.select(F.lit(run.business_date).alias("business_date"), F.lit(months[0]).alias("month"), *written).select(run.columns("customer_half_year"))


def closed_months(run: RunContext) -> list[date]:
    """First days of the last six closed months, newest first."""
    months, month = [], run.month_start
    for _ in range(MONTHS):
        month = (month - timedelta(days=1)).replace(day=1)
        months.append(month)
    return months


def first_place_closed_for_good(last_month: date, run: RunContext) -> int:
    """The first of the six places whose month customer_month no longer holds whole: late events may still come for the last month alone."""
    oldest_event = run.business_date - timedelta(days=run.conf.base.late_days)
    return 2 if last_month >= oldest_event.replace(day=1) else 1


def first_night(reconciliation: DataFrame, run: RunContext) -> date:
    """The date of the first dump that this home took in."""
    found = reconciliation.where("taken").agg(F.min("dump_date")).first()
    return (found and found[0]) or run.business_date


def seen_by_nights(month: date, began: date) -> Column:
    """Whether the home's nights saw the month from its first day, or from the day the line joined."""
    joined_on = F.col("customer.joined_on")
    next_month = (month + timedelta(days=31)).replace(day=1)
    return (F.greatest(F.lit(month), joined_on) >= F.lit(began)) & F.coalesce(joined_on < F.lit(next_month), F.lit(True))


def newest_bill(bill: DataFrame, past_bill: DataFrame) -> DataFrame:
    """Every item of the bills that tonight's rows touch, each as the newest dump has it: a correction names only what it corrects."""
    # Seven months at most. Most nights bring no bill, and most bills come for the first time: then nothing is to be done.
    held = bill.select("bill_month", "business_date").distinct().collect()
    earlier = past_bill.where(F.col("bill_month").isin([row["bill_month"] for row in held]))
    if not held or (len({row["business_date"] for row in held}) == 1 and earlier.isEmpty()):
        return bill
    touched = bill.select("customer_id", "bill_month").distinct()
    dumps = bill.unionByName(earlier.join(touched, ["customer_id", "bill_month"], how="left_semi"))
    amounts = ("amount_fen", "discount_fen", "overage_fen")
    newest = dumps.groupBy("customer_id", "bill_month", "item").agg(F.max_by(F.struct(*amounts), "business_date").alias("newest"))
    return newest.select("customer_id", "bill_month", "item", "newest.*")


def half_year_of(monthly: DataFrame, source: str, months: list[date]) -> DataFrame:
    """Per customer the whole row of the last closed month, and the kept measures of six months as arrays."""
    columns = [column for column in monthly.columns if column not in ("customer_id", "month")]
    arrays = [
        F.array(*(F.max(F.when(F.col("month") == F.lit(month), F.expr(expression))) for month in months)).alias(f"{name}_by_month")
        for name, (made_of, expression) in KEPT.items()
        if made_of == source
    ]
    if source == "used":
        arrays.append(
            F.array(*(F.max(F.when(F.col("month") == F.lit(month), F.col("active_days").isNotNull())) for month in months)).alias("delivered_by_month")
        )
    last = F.first(F.when(F.col("month") == F.lit(months[0]), F.struct(*columns)), ignorenulls=True).alias("last")
    return monthly.where(F.col("month") >= F.lit(months[-1])).groupBy("customer_id").agg(last, *arrays)


def last_month_columns(last_month: date, first_for_good: int, began: date) -> list[Column]:
    """The measures of the last closed month: as delivered tonight, else as known before; of a month closed for good both together."""
    known_before = F.col("previous.month") == F.lit(last_month)
    seen = seen_by_nights(last_month, began)
    delivered = F.coalesce(F.col("used.last.active_days"), F.when(known_before, F.col("previous.active_days"))).isNotNull()
    fields = {field.name: field for field in fields_of("customer_month")}
    columns = []
    for source, table in (("used", "customer_month"), ("billed", "bill"), ("settled", "cost_settlement")):
        for name in _measures_of(table):
            tonight, before = F.col(f"{source}.last")[name], F.when(known_before, F.col(f"previous.{name}"))
            if source != "used":
                value = F.coalesce(tonight, before)
            elif first_for_good == 1:
                value = united(fields[name], [before, tonight])
            else:
                value = united(fields[name], [F.coalesce(tonight, before)])
            if is_use(name):
                value = F.when(seen | delivered, F.coalesce(value, F.lit(0).cast("bigint")))
            if is_counted_by_nights(name):
                value = F.when(seen | before.isNotNull(), value)
            columns.append(value.alias(name))
    return columns


def _measures_of(table: str) -> list[str]:
    if table == "customer_month":
        return [name for name in columns_of(table) if name not in ("business_date", "customer_id", "month")]
    if table == "bill":
        return [name for name in columns_of("customer_half_year") if name.startswith("bill_") and not name.startswith("bill_fen_")]
    return ["commission_fen", "settlement_out_fen", "settlement_in_fen", "subsidy_fen"]


def by_month_columns(months: list[date], first_for_good: int, began: date) -> list[Column]:
    """Arrays of the kept measures: tonight's months over, or added to, those known before, which move back as months close."""
    return [F.array(*(_in_month(name, place, months, first_for_good, began) for place in range(MONTHS))).alias(f"{name}_by_month") for name in KEPT]


def _in_month(name: str, place: int, months: list[date], first_for_good: int, began: date) -> Column:
    """A kept measure in the closed month of a place, 0 for the last one."""
    source, _ = KEPT[name]
    closed_since = F.months_between(F.lit(months[0]), F.col("previous.month")).cast("int")
    tonight = F.get(F.col(source)[f"{name}_by_month"], F.lit(place))
    before = F.get(F.col("previous")[f"{name}_by_month"], F.lit(place) - closed_since)  # null at a place below 0
    if source != "used":
        return F.coalesce(tonight, before)
    delivered = F.get("used.delivered_by_month", F.lit(place)) if is_use(name) else tonight.isNotNull()
    nothing = F.lit(0).cast("bigint")
    is_for_good = place + 1 >= first_for_good
    value = F.coalesce(before, nothing) + F.coalesce(tonight, nothing) if is_for_good else F.coalesce(tonight, before, nothing)
    return F.when(seen_by_nights(months[place], began) | F.coalesce(delivered, F.lit(False)) | before.isNotNull(), value)


def _knows_anything() -> Column:
    """False for a customer of whom nothing is known in six months: such rows end here, so that the table does not grow for ever."""
    arrays = F.concat(*(F.col(f"{name}_by_month") for name in KEPT))
    return F.exists(arrays, lambda value: value.isNotNull())


def averages(name: str) -> dict[str, Column]:
    """Sums and means of a kept measure over its known months, in whole numbers."""
    months = f"filter({name}_by_month, one -> one is not null)"
    recent = f"filter(slice({name}_by_month, 1, 3), one -> one is not null)"
    before = f"filter(slice({name}_by_month, 2, 3), one -> one is not null)"
    total = "aggregate({0}, 0L, (total, one) -> total + one)"
    mean = total + " div nullif(size({0}), 0)"
    return {
        f"{name}_months": F.expr(f"cast(size({months}) as bigint)"),
        f"{name}_6_months": F.expr(total.format(months)),
        f"{name}_average_3_months": F.expr(mean.format(recent)),
        f"{name}_average_6_months": F.expr(mean.format(months)),
        f"{name}_average_before": F.expr(mean.format(before)),
        f"{name}_highest_6_months": F.expr(f"array_max({name}_by_month)"),
    }
