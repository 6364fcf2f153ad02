"""customer_day: one row is a customer and a day with what the night's dump says about it in visits, service, orders and payments.

Only the small sources stand here, those that rolling windows of 7, 30 and 90 days look back on; at a million customers some
5 in 100 have a row. Calls, data and messages go straight into customer_month (no window looks back on their days). A late event
makes a row of its own day under the night that brought it, so that nothing written earlier changes.
"""

from pyspark.sql import DataFrame

from jobs.context import RunContext
from jobs.customer_view.measures import collected
from jobs.customer_view.shaping import beside, shaped


def customer_day(
    channel_visit: DataFrame, service_contact: DataFrame, order_event: DataFrame, payment: DataFrame, product_catalogue: DataFrame, run: RunContext
) -> DataFrame:
    by_source = beside(
        ["customer_id", "day"],
        channel_visit=shaped(run, "customer_day/channel_visit", channel_visit=channel_visit),
        service_contact=shaped(run, "customer_day/service_contact", service_contact=service_contact),
        order_event=shaped(run, "customer_day/order_event", order_event=order_event, product_catalogue=product_catalogue),
        payment=shaped(run, "customer_day/payment", payment=payment),
    )
    return collected(by_source, "customer_day", ["customer_id", "day"], run).select(run.columns("customer_day"))
