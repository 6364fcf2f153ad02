"""daily_indicator: the indicators daily_* of every contact date of the month so far, as known on the business date.

One row is an indicator of schemas/indicators that names a contact date, on one of them. Reports on a day go on for days, so that a later business date
knows more of it; `indicator` holds of each business date its own contact date alone.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext
from jobs.evaluation.base import contact_base, customers_by_dimension, marketing_complaints, of_the_month
from jobs.evaluation.declared import daily
from jobs.evaluation.indicator import figures_of


def daily_indicator(
    contact: DataFrame,
    outcome: DataFrame,
    customer: DataFrame,
    previous_customer: DataFrame,
    service_contact: DataFrame,
    past_service_contact: DataFrame,
    revocation: DataFrame,
    run: RunContext,
) -> DataFrame:
    customers = customers_by_dimension(customer, previous_customer)
    complaints = marketing_complaints(service_contact, past_service_contact, run)
    contacts = contact_base(of_the_month(contact, revocation, run), outcome, customers, complaints, run)
    return figures_of(contacts, daily()).withColumn("business_date", F.lit(run.business_date)).select(run.columns("daily_indicator"))
