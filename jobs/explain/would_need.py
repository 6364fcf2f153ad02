"""What would have had to differ for a candidate to pass the rule that bound it. The pick's own reasons are in jobs/explain/place_taken.py."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from jobs.campaign.approval import decisions, standing
from jobs.campaign.campaign import Campaign
from jobs.contact.share_values import share_values
from jobs.context import RunContext
from jobs.explain.counted import counted_with, most, taking_allowance
from jobs.explain.customer_facts import Ban, Candidate, Contact, CustomerFacts
from jobs.feedback.states import FINAL_ANSWERS, GIVES_ALLOWANCE_BACK, OFFERED_AGAIN

OR_EARLIER = f"earlier where the channel reports one as {', '.join(GIVES_ALLOWANCE_BACK[:-1])} or {GIVES_ALLOWANCE_BACK[-1]}"
NEVER = "never, by design"


@dataclass(frozen=True)
class Need:
    """`earliest` is the first contact date on which this rule lets the candidate pass if nothing else happens; None where time alone
    does not help. `contacts` are the ids of the ledger rows that stand in the way."""

    text: str
    earliest: date | None = None
    contacts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """One candidate with all that its rule can ask; `excluding` are the campaigns that exclude its own, by either's word."""

    candidate: Candidate
    campaign: Campaign
    excluding: set[str]
    facts: CustomerFacts
    run: RunContext


def before_the_pick(asked: Asked) -> Need:
    return BY_REASON[asked.candidate.reason](asked)


def in_sequence(asked: Asked) -> list[Contact]:
    """Contacts of the campaign's period with the customer, those of the month where it is delivered monthly; the last one last."""
    first = max(asked.campaign.period.start, asked.run.contact_month_start) if asked.campaign.delivery.mode == "monthly" else asked.campaign.period.start
    mine = [one for one in asked.facts.earlier if one.campaign == asked.campaign.campaign and one.contact_date >= first]
    return sorted(mine, key=lambda one: (one.contact_date, one.wave, one.contact_id))


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _within_period(asked: Asked, day: date) -> date | None:
    return day if day <= asked.campaign.period.end else None


def _from(day: date | None, campaign: Campaign) -> str:
    return f"possible again from {day}" if day else f"not before the campaign ends on {campaign.period.end}"


def _listed(contacts: list[Contact]) -> str:
    return "; ".join(map(str, contacts)) or "contacts that the ledger does not show any more"


def _approval(asked: Asked) -> Need:
    name = asked.campaign.campaign
    word = standing(asked.campaign, decisions(asked.run.lake), asked.run.business_date)
    now = f"; as its file stands now it is {word}" if word == "approved" else f" (it is {word})"
    return Need(f"an approval of exactly this content of {name} that holds on the night{now}: `cpc campaign approve {name} --by YOU`")


def _due(asked: Asked) -> Need:
    candidate, campaign, rule = asked.candidate, asked.campaign, asked.candidate.rule
    wave, before = campaign.waves[min(candidate.wave, len(campaign.waves)) - 1], in_sequence(asked)[-1:]
    ids = [one.contact_id for one in before]
    if rule == "share":
        salt = asked.run.conf.contact_rules.tie_salt
        (draw,) = share_values(salt, [campaign.campaign, str(candidate.wave)], np.array([asked.facts.customer_id]))
        return Need(f"a draw below the share {wave.share:g} of wave {wave.wave}; the customer's is {draw:.4f}, the same on every night of the campaign")
    if not before:
        return Need(f"wave {candidate.wave} due; the contact it follows is not in the ledger any more")
    if rule == "delay_days":
        due = before[0].contact_date + timedelta(days=wave.delay_days)
        return Need(f"{wave.delay_days} days since {before[0]}: wave {wave.wave} is due on {due}", _within_period(asked, due), ids)
    later = [state for one in campaign.waves[before[0].wave :] for state in one.when]
    states = ", ".join(dict.fromkeys([*OFFERED_AGAIN, *later]))
    return Need(f"another answer than that of {before[0]}: delivered once, it goes on only after {states}", None, ids)


def _other_answer(asked: Asked) -> Need:
    campaign = asked.campaign
    since = [one for one in asked.facts.earlier if one.product == asked.candidate.product and one.contact_date >= campaign.period.start]
    # Any of them stops it; care alone goes on after an acceptance.
    answers = [one for one in since if one.state in FINAL_ANSWERS and not (campaign.type == "care_reminder" and one.state == "accepted")]
    text = f"no answer that stops {asked.candidate.product} since {campaign.period.start}: {_listed(answers)}; {_from(None, campaign)}"
    return Need(text, None, [one.contact_id for one in answers])


def _no_control(asked: Asked) -> Need:
    spared = ", ".join(asked.run.conf.contact_rules.control.global_.spares)
    return Need(f"{NEVER}: the customer is in the global control group, which gets nothing but {spared}, so that what marketing earns can be measured")


def _no_holdout(asked: Asked) -> Need:
    return Need(f"{NEVER}: it was chosen, but the customer is in the {asked.campaign.holdout:.0%} that {asked.campaign.campaign} holds out as long as it runs")


def _no_ban(asked: Asked) -> Need:
    bans = [one for one in asked.facts.bans if _hits(one, asked.candidate)]
    ends = [one.end_date for one in bans if one.end_date]
    free = max(ends) + timedelta(days=1) if bans and len(ends) == len(bans) else None
    when = f"free from {free}" if free else "it has no end; whoever set it must lift it"
    told = "; ".join(map(str, bans)) or f"a ban of level {asked.candidate.rule} that is in force no more"
    return Need(f"no {told}; {when}", free)


def _hits(ban: Ban, candidate: Candidate) -> bool:
    """A ban of a level names the product and the channel that the level has, and no others."""
    return (ban.product in (None, candidate.product)) and (ban.channel in (None, candidate.channel))


def _address(asked: Asked) -> Need:
    what = {"number": "a telephone number", "email": "an e-mail address"}[asked.candidate.rule]
    return Need(f"{what} of the customer in the source `identity`, which had none on {asked.run.business_date}")


def _allowance(asked: Asked) -> Need:
    candidate, run = asked.candidate, asked.run
    if candidate.rule == "max_contacts":
        return _allowance_of_campaign(asked)
    cap = next((one for one in run.conf.contact_rules.caps if one.name == candidate.rule), None)
    if cap is None:
        return Need(f"an allowance of the cap {candidate.rule}, which conf/contact_rules.yaml has no more")
    used, contacts = taking_allowance(cap, candidate, asked.facts, run.contact_month_start)
    back = next_month(run.contact_date)
    month = f"{run.contact_date:%B %Y}"
    text = f"an allowance of {cap.name}: {used} of {most(cap, candidate)} are used in {month} by {_listed(contacts)}; they return on {back}, {OR_EARLIER}"
    return Need(text, _within_period(asked, back), [one.contact_id for one in contacts])


def _allowance_of_campaign(asked: Asked) -> Need:
    delivery = asked.campaign.delivery
    contacts = [one for one in in_sequence(asked) if one.kept]
    back = _within_period(asked, next_month(asked.run.contact_date)) if delivery.mode == "monthly" else None
    text = f"fewer than {delivery.max_contacts} contacts of {asked.campaign.campaign}: {_listed(contacts)}; {_from(back, asked.campaign)}, {OR_EARLIER}"
    return Need(text, back, [one.contact_id for one in contacts])


def _time(asked: Asked) -> Need:
    candidate, name = asked.candidate, asked.candidate.rule
    kept = [one for one in asked.facts.earlier if one.kept]
    if name == "min_days_between":
        days = asked.campaign.delivery.min_days_between
        contacts = [one for one in kept if one.campaign == candidate.campaign and one.contact_date >= asked.campaign.period.start]
    else:
        rule = next((one for one in asked.run.conf.contact_rules.minimum_days if one.name == name), None)
        if rule is None:
            return Need(f"longer since the last contact by the rule {name}, which conf/contact_rules.yaml has no more")
        days, contacts = rule.days, counted_with(rule, candidate, kept)
    near = [one for one in contacts if one.contact_date > asked.run.contact_date - timedelta(days=days)]
    if not near:  # a new revision: a row of an earlier one has tonight's place
        free = asked.run.contact_date + timedelta(days=days)
        return Need(f"no row of an earlier revision of this night's lists in its place by {name}; possible again from {free}", _within_period(asked, free))
    free = near[-1].contact_date + timedelta(days=days)
    text = f"{days} days since {near[-1]}, by {name}; possible again from {free}"
    return Need(text, _within_period(asked, free), [one.contact_id for one in near])


def _no_other_campaign(asked: Asked) -> Need:
    start, other = asked.campaign.period.start, asked.candidate.rule
    since = min(start, asked.run.contact_month_start)
    contacts = [one for one in asked.facts.earlier if one.kept and one.campaign == other and one.contact_date >= since]
    in_period = any(one.contact_date >= start for one in contacts)
    free = None if in_period else _within_period(asked, next_month(asked.run.contact_date))
    return Need(
        f"no contact of {other} since {since}: {_listed(contacts)}; {_from(free, asked.campaign)}, {OR_EARLIER}", free, [one.contact_id for one in contacts]
    )


def _value(asked: Asked) -> Need:
    candidate = asked.candidate
    cost = candidate.cost_in_yuan(asked.run.conf)
    least = cost / candidate.value if candidate.value else float("inf")
    if least >= 1:
        return Need(
            f"an acceptance worth more than {cost:.4f} yuan, the cost of the contact; it is worth {candidate.value:g}, so that no probability is enough"
        )
    worth = cost / candidate.probability
    return Need(
        f"a probability above {least:.4%} (it is {candidate.probability:.4%}), or an acceptance worth more than {worth:.2f} yuan (it is {candidate.value:g}): "
        f"the contact costs {cost:.4f} yuan"
    )


BY_REASON: dict[str, Callable[[Asked], Need]] = {
    "not_approved": _approval,
    "not_due": _due,
    "stopped_by_outcome": _other_answer,
    "global_control": _no_control,
    "campaign_holdout": _no_holdout,
    "do_not_disturb": _no_ban,
    "no_address": _address,
    "cap": _allowance,
    "min_interval": _time,
    "excluded": _no_other_campaign,
    "negative_value": _value,
}
