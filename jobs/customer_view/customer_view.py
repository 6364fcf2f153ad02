"""customer_view: one row is a living customer on a business date, with every field of schemas/customer_view/*.yaml.

A line is in the view from the night it is opened until the night it is closed: closed lines are nobody's target, and what evaluation
needs of them is in earlier partitions. What a field means, where it comes from and what it may be stands in the catalogue alone;
sql/customer_view/*_base.sql bring each source to one row a customer. Marketing facts are those known when the night starts: contacts of
earlier nights (`past_contact`) with the outcomes received so far. Scores are the models' of the night before, since tonight's read this view.
"""

from datetime import timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.catalogue.view import categories
from jobs.context import RunContext
from jobs.customer_view.building import beside_customers, evaluated
from jobs.customer_view.shaping import shaped


def customer_view(
    customer: DataFrame,
    identity: DataFrame,
    special_list: DataFrame,
    subscription: DataFrame,
    plan_catalogue: DataFrame,
    balance: DataFrame,
    terminal: DataFrame,
    terminal_library: DataFrame,
    do_not_disturb_register: DataFrame,
    past_do_not_disturb: DataFrame,
    customer_day: DataFrame,
    customer_month: DataFrame,
    customer_half_year: DataFrame,
    plan_advice: DataFrame,
    past_contact: DataFrame,
    outcome: DataFrame,
    contact_history: DataFrame,
    past_contact_history: DataFrame,
    product_catalogue: DataFrame,
    previous_customer_product_score: DataFrame,
    previous_churn_score: DataFrame,
    run: RunContext,
) -> DataFrame:
    month = customer_month.where(F.col("month") == F.lit(run.month_start))
    half_year = customer_half_year.where(F.col("month") == F.lit((run.month_start - timedelta(days=1)).replace(day=1)))
    old_contacts = contact_history.unionByName(past_contact_history)
    contacts = shaped(run, "customer_view/marketing_contact", past_contact=past_contact, outcome=outcome, contact_history=old_contacts)
    frames = {  # narrow ones first: each join copies what stands before it
        "basic": _base(run, "basic", identity=identity, special_list=special_list),
        "churn": previous_churn_score,
        "plan_advice": plan_advice,
        "ban": _base(run, "ban", do_not_disturb_register=do_not_disturb_register, past_do_not_disturb=past_do_not_disturb, special_list=special_list),
        "balance": balance,
        "terminal": _base(run, "terminal", terminal=terminal, terminal_library=terminal_library),
        "subscription": _base(run, "subscription", subscription=subscription, plan_catalogue=plan_catalogue),
        "offer": _base(run, "offer", marketing_contact=contacts),
        "marketing": _base(run, "marketing", marketing_contact=contacts),
        "location": _base(run, "location", month=month, half_year=half_year),
        "affinity": _base(run, "affinity", previous_customer_product_score=previous_customer_product_score, product_catalogue=product_catalogue),
        "recent": _base(run, "recent", customer_day=customer_day),
        "half_year": half_year,
        "month": month,
    }
    living = customer.where(F.col("status") != "closed")
    expressions = [field.expr for category in categories().values() for field in category.fields]
    return evaluated(beside_customers(living, frames, expressions), categories()).select(run.columns("customer_view"))


def _base(run: RunContext, name: str, **frames: DataFrame) -> DataFrame:
    """sql/customer_view/<name>_base.sql: one row a customer."""
    return shaped(run, f"customer_view/{name}_base", **frames)
