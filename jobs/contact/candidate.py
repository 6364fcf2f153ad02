"""candidate: every offer that a live campaign could make to a customer on the contact date, scored, before any rule.

One row is a customer who matches the campaign's target and not its exclusion, and does not hold its product, on a channel of the
wave at which the customer stands (jobs/contact/wave.py). Terms of the score are kept as columns.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.campaign.approval import approved_contents
from jobs.campaign.campaign import Campaign
from jobs.contact.ledger import keeping_their_allowance, since, with_state
from jobs.contact.live_campaign import campaign_frame, channel_frame, live_campaigns
from jobs.contact.wave import due_rule, wave_of
from jobs.context import RunContext
from jobs.feedback.states import FINAL_ANSWERS
from jobs.match.combination import acceptance

UNASSIGNED = "unassigned"  # place of a customer without home branch or city, which has a capacity like any other


def candidate(
    customer_view: DataFrame,
    customer_product_score: DataFrame,
    customer_channel_score: DataFrame,
    product_channel_score: DataFrame,
    past_contact: DataFrame,
    outcome: DataFrame,
    approval: DataFrame,
    run: RunContext,
) -> DataFrame:
    campaigns = live_campaigns(run)
    if not campaigns:
        return run.lake.empty("candidate")
    approved = approved_contents(approval).withColumn("approved", F.lit(True))
    told = F.broadcast(campaign_frame(campaigns, run).join(approved, ["campaign", "content_hash"], how="left"))
    matched = _matched(customer_view, campaigns).join(told, "campaign", how="inner")
    past = since(past_contact, min(campaign.period.start for campaign in campaigns))
    standing = _with_progress(matched, past, outcome, run)
    offers = standing.join(F.broadcast(channel_frame(run)), "channel", how="inner")
    scored = _scored(offers, customer_product_score, customer_channel_score, product_channel_score)
    scored = scored.withColumn("business_date", F.lit(run.business_date))
    return scored.select(run.columns("candidate"))


def _matched(customer_view: DataFrame, campaigns: list[Campaign]) -> DataFrame:
    """A row for each customer and campaign whose filter it passes. All filters are evaluated in one pass over the view."""
    codes = F.array(*[F.when(F.expr(campaign.condition.spark_sql), F.lit(campaign.campaign)) for campaign in campaigns])
    customers = customer_view.where(F.col("status") != "closed").select(
        "customer_id",
        F.col("home_branch").alias("branch"),
        "city",
        F.when(F.col("vip_level") > 0, "vip").otherwise("ordinary").alias("grade"),
        F.array_compact(codes).alias("campaigns"),
    )
    return customers.select("customer_id", "branch", "city", "grade", F.explode("campaigns").alias("campaign"))


def _with_progress(matched: DataFrame, past: DataFrame, outcome: DataFrame, run: RunContext) -> DataFrame:
    """Customers and campaigns with the wave they stand at, one row a channel of it."""
    progress, stops = _progress(matched, past, outcome, run), _stops(past, outcome)
    known = matched.join(progress, ["customer_id", "campaign"], how="left").join(stops, ["customer_id", "product"], how="left")
    # What stops a product counts from the first day of the campaign's period. Care goes on after an acceptance: a thank-you is no sale.
    relevant = F.filter(
        "stops", lambda stop: (stop.contact_date >= F.col("since")) & ~((F.col("campaign_type") == "care_reminder") & (stop.outcome == "accepted"))
    )
    stopped_by = F.coalesce(F.array_max(F.transform(relevant, lambda stop: stop.outcome)), F.lit(""))
    at_wave = known.withColumns({"wave_now": wave_of(), "stopped_by": stopped_by})
    due = at_wave.withColumn("due_rule", due_rule(run))
    return due.select(
        *matched.columns,
        F.col("wave_now.wave").alias("wave"),
        F.explode("wave_now.channels").alias("channel"),
        "due_rule",
        (F.col("due_rule") == "").alias("due"),
        "stopped_by",
        (F.col("stopped_by") != "").alias("stopped"),
        F.coalesce("contacts_before", F.lit(0).cast("bigint")).alias("contacts_before"),
        "last_contact",
    )


def _progress(matched: DataFrame, past: DataFrame, outcome: DataFrame, run: RunContext) -> DataFrame:
    """How far each customer is in each live campaign's period: the last contact, its state, and how many count."""
    periods = matched.select("campaign", "since", "monthly").distinct()
    mine = with_state(past, outcome).join(F.broadcast(periods), "campaign", how="inner").where(F.col("contact_date") >= F.col("since"))
    kept = keeping_their_allowance(mine, outcome).select("contact_id", F.lit(True).alias("kept"))
    rows = mine.join(kept, "contact_id", how="left")
    latest = F.struct("contact_date", "wave", "contact_id")
    # Monthly delivery begins its sequence anew each month.
    in_sequence = ~F.col("monthly") | (F.col("contact_date") >= F.lit(run.contact_month_start))
    return rows.groupBy("customer_id", "campaign").agg(
        F.max_by("wave", F.when(in_sequence, latest)).alias("last_wave"),
        F.max(F.when(in_sequence, F.col("contact_date"))).alias("last_date"),
        F.max_by("state", F.when(in_sequence, latest)).alias("last_state"),
        F.count_if(in_sequence & F.col("kept")).alias("contacts_before"),
        F.max(F.when(F.col("kept"), F.col("contact_date"))).alias("last_contact"),
    )


def _stops(past: DataFrame, outcome: DataFrame) -> DataFrame:
    """Customers and products with the answers that end the recommending, over all campaigns and channels."""
    answers = past.join(outcome.select("contact_id", "outcome").where(F.col("outcome").isin(*FINAL_ANSWERS)), "contact_id", how="inner")
    return answers.groupBy("customer_id", "product").agg(F.sort_array(F.collect_set(F.struct("contact_date", "outcome"))).alias("stops"))


def _scored(offers: DataFrame, customer_product_score: DataFrame, customer_channel_score: DataFrame, product_channel_score: DataFrame) -> DataFrame:
    """Offers with probability and value. A missing customer-product score means that the customer holds the product; care has none to hold."""
    product_channel = F.broadcast(product_channel_score.select("product", "channel", "base_log_odds", F.col("log_odds").alias("pc"), "calibration"))
    customer_product = customer_product_score.select("customer_id", "product", F.col("log_odds").alias("cp"))
    customer_channel = customer_channel_score.select("customer_id", "channel", F.col("log_odds").alias("cc"), F.col("probability").alias("reach"))
    joined = (
        offers.join(product_channel, ["product", "channel"], how="inner")
        .join(customer_product, ["customer_id", "product"], how="left")
        .join(customer_channel, ["customer_id", "channel"], how="inner")
        .where(F.col("cp").isNotNull() | F.col("is_care"))
    )
    appetite = F.coalesce("cp", F.lit(0.0))
    probability = acceptance(F.col("base_log_odds"), F.col("pc"), appetite, F.col("cc"), F.col("calibration"), F.col("reach"))
    # A message costs when it is sent; an offer laid ready where the customer may come costs only when it is shown.
    cost = F.col("cost_fen") / F.lit(100.0) * F.when(F.col("is_passive"), F.col("reach")).otherwise(F.lit(1.0))
    return joined.withColumns(
        {
            "term_base": F.col("base_log_odds"),
            "term_product_channel": F.col("pc"),
            "term_customer_product": appetite,
            "term_customer_channel": F.col("cc"),
            "term_calibration": F.col("calibration"),
            "term_reach": F.col("reach"),
            "probability": probability,
            "expected_value": F.round(probability * F.col("value") - cost, 4),
            "place": _place(),
            "approved": F.coalesce("approved", F.lit(False)),
        }
    )


def _place() -> Column:
    """Where the row would be worked: the customer's home branch, or the city whose agents or counters serve it."""
    where = F.when(F.col("place_kind") == "branch", F.col("branch")).otherwise(F.col("city"))
    return F.when(F.col("place_kind").isNotNull(), F.coalesce(where, F.lit(UNASSIGNED)))
