"""Rules and scores in words."""

from math import exp
from typing import Any

from jobs.campaign.campaign import Campaign
from jobs.conf import Conf
from jobs.contact_rules import Cap, MinimumDays
from jobs.explain.counted import most
from jobs.explain.customer_facts import Candidate

TERMS = {
    "term_base": "base, what products and channels have in common",
    "term_product_channel": "the product on this channel",
    "term_customer_product": "this customer for the product",
    "term_customer_channel": "this customer on the channel",
    "term_calibration": "calibration",
}
PLAIN = {
    "not_approved": "a campaign needs an approval for exactly its content",
    "global_control": "the control group of the house gets nothing but care reminders",
    "campaign_holdout": "chosen, then held out to measure the campaign",
    "negative_value": "a contact must be worth more than it costs",
    "do_not_disturb": "a ban always wins",
}


def rule_in_words(candidate: Candidate, campaign: Campaign | None, conf: Conf) -> str:
    """The rule that bound, as conf/ has it now."""
    reason, rule = candidate.reason, candidate.rule
    if reason == "issued":
        return "on a list"
    if reason in PLAIN:
        return PLAIN[reason]
    if reason == "stopped_by_outcome":
        return f"an answer ({rule.replace('_', ' ')}) stops the product on every channel until the campaign is over"
    if reason == "no_address":
        return f"the channel {candidate.channel} needs the customer's {rule}"
    if reason == "excluded":
        return f"excludes campaign {rule}"
    name = rule.partition(":")[2] or rule
    declared: list[Cap | MinimumDays] = [*conf.contact_rules.caps, *conf.contact_rules.minimum_days]
    counting = next((one for one in declared if one.name == name), None)
    if counting is not None:
        return _counting(counting, candidate)
    return _of_campaign(rule, campaign) or _of_the_pick(candidate, conf) or rule


def _counting(rule: Cap | MinimumDays, candidate: Candidate) -> str:
    same = [key for key in rule.counts if key != "customer"]
    what = f" of the same {' and '.join(same)}" if same else ""
    where = f" by {', '.join(rule.channels)}" if rule.channels else ""
    if isinstance(rule, MinimumDays):
        return f"{rule.name}: at least {rule.days} days between contacts{what}{where}"
    types = "all its types together" if rule.across_types else "one campaign type"
    return f"{rule.name}: at most {most(rule, candidate)} contacts{what}{where} a calendar month, {types}"


def _of_campaign(rule: str, campaign: Campaign | None) -> str:
    if campaign is None:
        return ""
    waves = "; ".join(
        f"wave {one.wave}: {one.share:.0%} of the group" + (f", {one.delay_days} days after {', '.join(one.when)}" if one.when else "")
        for one in campaign.waves
    )
    return {
        "share": f"only a share of the group takes part ({waves})",
        "delay_days": f"the next wave waits ({waves})",
        "once": "delivered once",
        "max_contacts": f"at most {campaign.delivery.max_contacts} contacts of the campaign" + (" a month" if campaign.delivery.mode == "monthly" else ""),
        "min_days_between": f"at least {campaign.delivery.min_days_between} days between contacts of the campaign",
    }.get(rule, "")


def _of_the_pick(candidate: Candidate, conf: Conf) -> str:
    kind, _, name = candidate.rule.partition(":")
    return {
        "one_channel_a_campaign": "at most one channel a campaign for a customer and night",
        "contacts_a_night": f"at most {conf.contact_rules.contacts_a_night} contacts of a customer a night",
        "exclusive_with": "campaigns that exclude each other do not go to one customer",
        "plan": "the best plan over all customers",
        "exploration": "who is drawn for a trial gets nothing else that night",
        "money": f"the money of campaign {name}",
        "contacts": f"the most contacts of campaign {name}",
        "channel": f"what channel {name} can work in a day",
        "place": f"what the place {name.partition(':')[2]} can work in a day",
    }.get(kind, "")


def score_terms(candidate: Candidate) -> list[dict[str, Any]]:
    """The score term by term: log-odds that are summed, then reach, which multiplies."""
    summed = [{"term": term, "means": words, "value": candidate.decided[term]} for term, words in TERMS.items()]
    return [*summed, {"term": "term_reach", "means": "probability that the channel reaches the customer", "value": candidate.term_reach}]


def score_in_words(candidate: Candidate, conf: Conf) -> str:
    sum_of_terms = sum(candidate.decided[term] for term in TERMS)
    terms = ", ".join(f"{words.partition(',')[0]} {candidate.decided[term]:+.2f}" for term, words in TERMS.items())
    accepted = 1 / (1 + exp(-sum_of_terms))
    return (
        f"{terms} = log-odds {sum_of_terms:+.2f}, so {accepted:.2%} accept when reached; reached are {candidate.term_reach:.2%}; "
        f"probability {candidate.probability:.3%} of {candidate.value:g} yuan less {candidate.cost_in_yuan(conf):.4f} yuan of cost = {candidate.expected_value:.4f} yuan"
    )
