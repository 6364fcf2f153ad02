"""The rules that every candidate is judged by before the pick, in the order of jobs/contact/precedence.py; the first that binds gives reason and rule.

What the rules leave of an allowance goes to the pick with the candidate (`left_<cap>`), since two campaigns may share one tonight.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.campaign.campaign import Campaign
from jobs.contact.frequency_cap import KEYS, covers, most
from jobs.contact.precedence import LEVELS, NEEDS, ORDER, caps
from jobs.contact_rules import Cap, MinimumDays
from jobs.context import RunContext

Judgement = tuple[Column, Column]  # whether it binds, name of the rule


def judged(candidates: DataFrame, campaigns: list[Campaign], run: RunContext) -> DataFrame:
    """Candidates joined with what is known of their customers (jobs/contact/known.py), with `reason` and `rule` of the first rule
    that binds, both null where none does."""
    rules = run.conf.contact_rules
    measured = candidates.select("*", *[_left(cap).alias(left_column(cap)) for cap in caps(rules)])
    by_kind = _judgements(campaigns, run)
    first = F.lit(None).cast("struct<reason:string,rule:string>")
    for reason, binds, rule in reversed([(reason, *judgement) for reason, kind in ORDER for judgement in by_kind[kind]]):
        first = F.when(binds, F.struct(F.lit(reason).alias("reason"), rule.alias("rule"))).otherwise(first)
    return measured.withColumn("judgement", first).select("*", "judgement.reason", "judgement.rule")


def left_column(cap: Cap) -> str:
    return f"left_{cap.name}"


def _judgements(campaigns: list[Campaign], run: RunContext) -> dict[str, list[Judgement]]:
    """The rules by their kind in jobs/contact/precedence.py."""
    rules = run.conf.contact_rules
    exclusive = _exclusive_campaign(campaigns, run)
    in_control = F.col("in_global_control") & ~F.col("campaign_type").isin(*rules.control.global_.spares)
    return {
        "approval": [(~F.col("approved"), F.lit("approval"))],
        "due": [(~F.col("due"), F.col("due_rule"))],
        "stopped": [(F.col("stopped"), F.col("stopped_by"))],
        "control": [(in_control, F.lit("global"))],
        "bans": [(_banned(level), F.lit(level)) for level in LEVELS],
        "addresses": [(_no_address(need, run), F.lit(need)) for need in NEEDS],
        "caps": [(F.col(left_column(cap)) <= 0, F.lit(cap.name)) for cap in caps(rules)],
        "max_contacts": [(_reached_maximum(campaigns), F.lit("max_contacts"))],
        "minimum_days": [(_too_soon(rule, run), F.lit(rule.name)) for rule in rules.minimum_days],
        "min_days_between": [(_too_soon_for_campaign(campaigns, run), F.lit("min_days_between"))],
        "exclusive_with": [(exclusive.isNotNull(), exclusive)],
        "expected_value": [(F.col("expected_value") <= 0, F.lit("expected_value"))],
    }


def _banned(level: str) -> Column:
    """Whether `bans`, which holds what is in force for the customer on the contact date, has one of this level for the candidate."""
    if level == "system":
        return F.col("bans.system")
    if level == "product":
        return F.array_contains("bans.products", F.col("product"))
    if level == "channel":
        return F.array_contains("bans.channels", F.col("channel"))
    return F.array_contains("bans.pairs", F.concat_ws("|", "product", "channel"))


def _no_address(need: str, run: RunContext) -> Column:
    channels = [one.channel for one in run.conf.channels.values() if one.needs == need]
    return F.col("channel").isin(*channels) & ~F.col(f"has_{need}")


def _left(cap: Cap) -> Column:
    """Allowances of the cap left for the candidate; null where the cap does not cover it. A row that an earlier
    revision of tonight's lists issued has its allowance already: to it, only earlier nights count."""
    campaign_type = F.lit("") if cap.across_types else F.col("campaign_type")
    key = F.concat_ws("|", F.lit(cap.name), campaign_type, *[F.col(key) if key in cap.keys else F.lit("") for key in KEYS])
    used = F.try_element_at("used", key)
    counted = F.coalesce(used.used - F.when(F.col("issued_before"), used.used_tonight).otherwise(0), F.lit(0))
    return F.when(covers(cap), (most(cap) - counted).cast("int"))


def _too_soon(rule: MinimumDays, run: RunContext) -> Column:
    """A contact of earlier nights is too near, or another row of an earlier revision of tonight stands in the way of a new one."""
    days_since = F.datediff(F.lit(run.contact_date), F.try_element_at("last", rule_key(rule)))
    met_tonight = ~F.col("issued_before") & F.try_element_at("last_tonight", rule_key(rule)).isNotNull()
    return covers(rule) & (F.coalesce(days_since < rule.days, F.lit(False)) | F.coalesce(met_tonight, F.lit(False)))


def rule_key(rule: MinimumDays) -> Column:
    """What the customer's last contacts are looked up by, for a rule on minimum days."""
    return F.concat_ws("|", F.lit(rule.name), *[F.col(key) for key in rule.counts if key != "customer"])


def _reached_maximum(campaigns: list[Campaign]) -> Column:
    limits = {one.campaign: one.delivery.max_contacts for one in campaigns if one.delivery.max_contacts is not None}
    return F.coalesce(F.col("contacts_before") >= _of_campaign(limits), F.lit(False))


def _too_soon_for_campaign(campaigns: list[Campaign], run: RunContext) -> Column:
    limits = {one.campaign: one.delivery.min_days_between for one in campaigns if one.delivery.min_days_between}
    return F.coalesce(F.datediff(F.lit(run.contact_date), F.col("last_contact")) < _of_campaign(limits), F.lit(False))


def _exclusive_campaign(campaigns: list[Campaign], run: RunContext) -> Column:
    """The first campaign of the candidate's exclusive ones that contacted the customer this month or in the candidate's period; null for none."""
    result = F.lit(None).cast("string")
    for campaign in campaigns:
        since = F.lit(min(campaign.period.start, run.contact_month_start))
        for other in sorted(campaign.exclusive_with, reverse=True):
            met = F.try_element_at("campaigns_met", F.lit(other))
            met = F.when(F.col("issued_before"), met.before).otherwise(met.any) >= since
            result = F.when((F.col("campaign") == campaign.campaign) & met, F.lit(other)).otherwise(result)
    return result


def _of_campaign(values: dict[str, int]) -> Column:
    if not values:
        return F.lit(None).cast("int")
    return F.try_element_at(F.create_map(*[F.lit(one) for pair in sorted(values.items()) for one in pair]), F.col("campaign"))
