"""customer_month: one row is a customer and a calendar month with all that is known of it by the business date.

month(D) = month(D-1) + what the dump of D brings, by the month of the event. A partition holds the running month; the month before
as long as events of it may still come in (late_days); and on the first night of a home the closed months that old systems
delivered. So its size does not grow. Closed months live on in customer_half_year.
"""

from datetime import timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.customer_view.measures import collected
from jobs.customer_view.shaping import beside, shaped

KEYS = ["customer_id", "month"]


def customer_month(
    voice_usage: DataFrame,
    data_usage: DataFrame,
    message_usage: DataFrame,
    value_added_usage: DataFrame,
    place_usage: DataFrame,
    charge: DataFrame,
    usage_month: DataFrame,
    customer_day: DataFrame,
    previous_customer_month: DataFrame,
    run: RunContext,
) -> DataFrame:
    days_of_the_night = customer_day.where(F.col("business_date") == F.lit(run.business_date))
    by_source = beside(
        KEYS,
        previous=still_open(previous_customer_month, run).drop("business_date"),
        usage_month=usage_month.drop("business_date"),
        customer_day=shaped(run, "customer_month/customer_day", customer_day=days_of_the_night),
        voice_usage=shaped(run, "customer_month/voice_usage", voice_usage=voice_usage),
        data_usage=shaped(run, "customer_month/data_usage", data_usage=data_usage),
        message_usage=shaped(run, "customer_month/message_usage", message_usage=message_usage),
        value_added_usage=shaped(run, "customer_month/value_added_usage", value_added_usage=value_added_usage),
        place_usage=shaped(run, "customer_month/place_usage", place_usage=place_usage),
        charge=shaped(run, "customer_month/charge", charge=charge),
    )
    return collected(by_source, "customer_month", KEYS, run).select(run.columns("customer_month"))


def still_open(previous: DataFrame, run: RunContext) -> DataFrame:
    """Months of the night before that may still change, and the one that was running then: customer_half_year has not closed it yet."""
    oldest_event = run.business_date - timedelta(days=run.conf.base.late_days)
    may_change = F.col("month") >= F.lit(oldest_event.replace(day=1))
    was_running = F.col("month") == F.trunc("business_date", "MM")
    return previous.where(may_change | was_running)
