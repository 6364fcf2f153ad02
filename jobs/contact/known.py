"""What the night knows of each customer, one row a customer, for the rules: bans, addresses, control, allowances used, last contacts."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.contact.contact import KEYS as CANDIDATE_KEYS
from jobs.contact.frequency_cap import KEYS, covers
from jobs.contact.ledger import is_tonight
from jobs.contact.rules import rule_key
from jobs.context import RunContext

BANS = "struct<system:boolean,products:array<string>,channels:array<string>,pairs:array<string>>"


def with_known(
    candidate: DataFrame, bans: DataFrame, control_assignment: DataFrame, frequency_cap: DataFrame, ledger: DataFrame, identity: DataFrame, run: RunContext
) -> DataFrame:
    """Candidates with what is known of their customers. `bans` are those in force; `ledger` the rows that keep their
    allowance, as far back as any rule looks."""
    joined = candidate
    for facts in (
        _bans(bans),
        _addresses(identity),
        _global_control(control_assignment),
        _frequency_cell(control_assignment),
        _used(frequency_cap),
        _last_contacts(ledger, run),
        _contacts_tonight(ledger, run),
        _campaigns_met(ledger, run),
    ):
        joined = joined.join(facts, "customer_id", how="left")
    before = ledger.where(is_tonight(run)).select(
        *CANDIDATE_KEYS, F.lit(True).alias("issued_before"), (F.col("mechanism") == "exploration").alias("tried_before")
    )
    joined = joined.join(before, CANDIDATE_KEYS, how="left")
    return joined.withColumns(
        {
            "bans": F.coalesce("bans", F.struct(F.lit(False), *[F.array().cast("array<string>")] * 3).cast(BANS)),
            **{name: F.coalesce(name, F.lit(False)) for name in ("has_number", "has_email", "in_global_control", "issued_before", "tried_before")},
            "contacts_tonight": F.coalesce("contacts_tonight", F.lit(0).cast("bigint")),
        }
    )


def _bans(bans: DataFrame) -> DataFrame:
    def named(level: str, what: Column) -> Column:
        return F.collect_set(F.when(F.col("level") == level, what))

    pair = F.concat_ws("|", "product", "channel")
    found = F.struct(
        F.max(F.col("level") == "system").alias("system"),
        named("product", F.col("product")).alias("products"),
        named("channel", F.col("channel")).alias("channels"),
        named("product_channel", pair).alias("pairs"),
    )
    return bans.groupBy("customer_id").agg(found.cast(BANS).alias("bans"))


def _addresses(identity: DataFrame) -> DataFrame:
    return identity.select("customer_id", *[F.col(need).isNotNull().alias(f"has_{need}") for need in ("number", "email")])


def _global_control(control_assignment: DataFrame) -> DataFrame:
    held = control_assignment.where((F.col("layer") == "global") & (F.col("arm") == "control"))
    return held.select("customer_id", F.lit(True).alias("in_global_control"))


def _frequency_cell(control_assignment: DataFrame) -> DataFrame:
    return control_assignment.where((F.col("layer") == "frequency") & (F.col("arm") != "treated")).select("customer_id", F.col("arm").alias("frequency_cell"))


def _used(frequency_cap: DataFrame) -> DataFrame:
    key = F.concat_ws("|", *[F.coalesce(name, F.lit("")) for name in ("cap", "campaign_type", *KEYS)])
    entry = F.struct(key, F.struct("used", "used_tonight"))
    return frequency_cap.groupBy("customer_id").agg(F.map_from_entries(F.collect_list(entry)).alias("used"))


def _last_contacts(ledger: DataFrame, run: RunContext) -> DataFrame:
    """Last contact dates by rule on minimum days: of earlier nights (`last`), and of earlier revisions of tonight (`last_tonight`)."""
    rules = run.conf.contact_rules.minimum_days
    if not rules:
        return run.session.createDataFrame([], "customer_id string, last map<string,date>, last_tonight map<string,date>")
    recent = ledger.where(F.datediff(F.lit(run.contact_date), F.col("contact_date")) < max(rule.days for rule in rules))
    keys = F.filter(F.array(*[F.when(covers(rule), rule_key(rule)) for rule in rules]), lambda key: key.isNotNull())
    rows = recent.select("customer_id", "contact_date", is_tonight(run).alias("tonight"), F.explode(keys).alias("key"))
    dates = rows.groupBy("customer_id", "tonight", "key").agg(F.max("contact_date").alias("day"))

    def as_map(which: Column) -> Column:
        return F.map_from_entries(F.filter(F.collect_list(F.when(which, F.struct("key", "day"))), lambda one: one.isNotNull()))

    return dates.groupBy("customer_id").agg(as_map(~F.col("tonight")).alias("last"), as_map(F.col("tonight")).alias("last_tonight"))


def _contacts_tonight(ledger: DataFrame, run: RunContext) -> DataFrame:
    return ledger.where(is_tonight(run)).groupBy("customer_id").agg(F.count("*").alias("contacts_tonight"))


def _campaigns_met(ledger: DataFrame, run: RunContext) -> DataFrame:
    """When each campaign last contacted the customer, before tonight and at any time."""
    before = F.max(F.when(~is_tonight(run), F.col("contact_date"))).alias("before")
    last = ledger.groupBy("customer_id", "campaign").agg(F.struct(before, F.max("contact_date").alias("any")).alias("met"))
    return last.groupBy("customer_id").agg(F.map_from_entries(F.collect_list(F.struct("campaign", "met"))).alias("campaigns_met"))
