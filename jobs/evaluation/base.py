"""The frames that indicators are counted over. The columns below are what the SQL of schemas/indicators may name.

contact       a row is an issued contact: contact_id, customer_id, the dimensions, outcome (`silent` without report), is_delivered, is_reached,
              is_revoked, complained, mechanism, delay_days, value_fen, cost_fen, expected_value, probability_billionth
customer      a row is a customer of the newest snapshot: city, county, grade, network, is_contacted, has_accepted, is_banned,
              is_banned_everywhere, is_global_control
channel_day   a row is a channel on a contact date with lists: channel, contact_date, capacity, issued

Fractions are made integers here, so that sums do not depend on the order of rows.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext

ANSWERED = ("considering", "refused", "accepted", "opted_out")
SHOWN = ("delivered", *ANSWERED)
GRADES = ("ordinary", "silver", "gold", "diamond")  # by vip_level of the customer source
UNKNOWN = "unknown"


def of_the_month(contact: DataFrame, revocation: DataFrame, run: RunContext) -> DataFrame:
    """Issued rows with a contact date of the month up to the business date, with `is_revoked`: taken out by a later revision or stopped by a revocation."""
    revoked = revocation.select("contact_id", F.lit(True).alias("is_stopped"))
    counted = contact.where(F.col("contact_date").between(run.month_start, run.business_date))
    return counted.join(revoked, "contact_id", how="left").withColumn("is_revoked", F.col("revoked_in").isNotNull() | F.coalesce("is_stopped", F.lit(False)))


def contact_base(contact: DataFrame, outcome: DataFrame, customers: DataFrame, complaints: DataFrame, run: RunContext) -> DataFrame:
    """`contact`: rows as `of_the_month` gives them."""
    states = outcome.select("contact_id", F.col("outcome").alias("state"), "received_date")
    complained = contacts_with_complaint(contact, complaints, run.conf.evaluation.complaint_window_days)
    joined = (
        contact.join(states, "contact_id", how="left")
        .join(customers.select("customer_id", "city", "county", "grade", "network"), "customer_id", how="left")
        .join(complained.withColumn("complained", F.lit(True)), "contact_id", how="left")
    )
    place = [F.coalesce(F.col(name), F.lit(UNKNOWN)).alias(name) for name in ("city", "county", "grade", "network")]
    of_contact = ("contact_id", "customer_id", "product", "channel", "campaign", "wave", "contact_date", "mechanism", "expected_value", "is_revoked")
    return joined.select(
        *of_contact,
        *place,
        F.coalesce("state", F.lit("silent")).alias("outcome"),
        is_one_of("state", SHOWN).alias("is_delivered"),
        is_one_of("state", ANSWERED).alias("is_reached"),
        cost_fen(run).alias("cost_fen"),
        F.coalesce("complained", F.lit(False)).alias("complained"),
        F.datediff("received_date", "contact_date").alias("delay_days"),
        F.round(F.col("value") * 100).cast("bigint").alias("value_fen"),
        F.round(F.col("probability") * 1_000_000_000).cast("bigint").alias("probability_billionth"),
    )


def cost_fen(run: RunContext) -> Column:
    """A message costs when it is sent; an offer laid ready where the customer may come costs only when it was shown (as the pick reckons)."""
    passive = [channel.channel for channel in run.conf.channels.values() if channel.kind == "passive"]
    return F.when(F.col("channel").isin(passive) & ~is_one_of("state", SHOWN), F.lit(0)).otherwise(F.col("cost_fen"))


def is_one_of(column: str, codes: tuple[str, ...]) -> Column:
    return F.coalesce(F.col(column).isin(*codes), F.lit(False))


def contacts_with_complaint(contact: DataFrame, complaints: DataFrame, within_days: int) -> DataFrame:
    """Contacts whose customer complained about marketing from the contact date on, within the days; about their channel where it is named."""
    issued = contact.select("contact_id", "customer_id", "contact_date", F.col("channel").alias("issued_channel"))
    days = F.datediff("complained_on", "contact_date")
    about_it = F.coalesce(F.col("about_channel") == F.col("issued_channel"), F.lit(True))
    return issued.join(complaints, "customer_id", how="inner").where(days.between(0, within_days) & about_it).select("contact_id").distinct()


def marketing_complaints(service_contact: DataFrame, past_service_contact: DataFrame, run: RunContext) -> DataFrame:
    """Complaints about being disturbed by marketing in the month: customer_id, complained_on in the operator's time zone, about_channel."""
    about_marketing = (F.col("kind") == "complaint") & (F.col("topic") == "marketing_disturbance")
    local_day = F.to_date(F.from_utc_timestamp("happened_at", run.conf.contact_rules.time_zone))
    complaints = service_contact.unionByName(past_service_contact).where(about_marketing)
    return complaints.select("customer_id", local_day.alias("complained_on"), "about_channel").where(
        F.col("complained_on").between(run.month_start, run.business_date)
    )


def newest_snapshot(today: DataFrame, previous: DataFrame) -> DataFrame:
    """Today's rows, or those of the newest date before where today has none."""
    both = today.unionByName(previous)
    return both.join(both.agg(F.max("business_date").alias("business_date")), "business_date", how="left_semi")


def customers_by_dimension(customer: DataFrame, previous_customer: DataFrame) -> DataFrame:
    grade = F.element_at(F.array(*[F.lit(grade) for grade in GRADES]), F.col("vip_level") + 1)
    return newest_snapshot(customer, previous_customer).select("customer_id", "city", "county", grade.alias("grade"), F.col("network_type").alias("network"))


def customer_base(customers: DataFrame, contact: DataFrame, outcome: DataFrame, do_not_disturb: DataFrame, controls: DataFrame, run: RunContext) -> DataFrame:
    in_force = (F.col("start_date") <= F.lit(run.business_date)) & F.coalesce(F.col("end_date") >= F.lit(run.business_date), F.lit(True))
    bans = (
        do_not_disturb.where(in_force)
        .groupBy("customer_id")
        .agg(F.lit(True).alias("is_banned"), F.bool_or(F.col("level") == "system").alias("is_banned_everywhere"))
    )
    accepted = outcome.where("outcome = 'accepted'").select("contact_id", F.lit(True).alias("accepted"))
    worked = (
        contact.join(accepted, "contact_id", how="left")
        .groupBy("customer_id")
        .agg(F.lit(True).alias("is_contacted"), F.bool_or("accepted").alias("has_accepted"))
    )
    held_out = controls.where("layer = 'global' and arm = 'control'").select("customer_id", F.lit(True).alias("is_global_control")).distinct()
    joined = customers.join(worked, "customer_id", how="left").join(bans, "customer_id", how="left").join(held_out, "customer_id", how="left")
    flags = ("is_contacted", "has_accepted", "is_banned", "is_banned_everywhere", "is_global_control")
    return joined.select("customer_id", "city", "county", "grade", "network", *[F.coalesce(F.col(flag), F.lit(False)).alias(flag) for flag in flags])


def channel_day_base(contact: DataFrame, run: RunContext) -> DataFrame:
    capacity = [(channel.channel, channel.capacity.day) for channel in run.conf.channels.values()]
    channels = run.session.createDataFrame(capacity, "channel string, capacity bigint")
    standing = contact.where("not is_revoked").groupBy("channel", "contact_date").agg(F.count("*").alias("issued"))
    days = contact.select("contact_date").distinct().crossJoin(F.broadcast(channels))
    return days.join(standing, ["channel", "contact_date"], how="left").select(
        "channel", "contact_date", "capacity", F.coalesce("issued", F.lit(0)).alias("issued")
    )
