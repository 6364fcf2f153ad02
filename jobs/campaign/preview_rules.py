"""The night's rules in DuckDB, for one offer on one channel: the twin of jobs/contact/rules.py and jobs/contact/wave.py, in the order of
jobs/contact/precedence.py. Tests hold both engines equal, rule by rule.

Four reasons come first that no candidate has, since these customers never become one:

| reason | who |
| --- | --- |
| closed | the line is closed |
| product_held | the customer holds the product already |
| other_wave | the customer stands at a wave of the campaign that this channel has no part in |
| no_score | the matches say nothing of the customer or the product on this channel |
"""

from dataclasses import dataclass, field

from jobs.campaign.campaign import Campaign
from jobs.campaign.offer import Offer
from jobs.campaign.preview_sql import Asked, any_of, day, joined, number, text, texts
from jobs.contact.precedence import LEVELS, NEEDS, ORDER, caps
from jobs.contact_rules import Cap, MinimumDays
from jobs.context import RunContext
from jobs.feedback.states import FINAL_ANSWERS, OFFERED_AGAIN

BEFORE_THE_RULES = ("closed", "product_held", "other_wave", "no_score")
OF_ANY_FILTER = ("control", "bans", "addresses", "caps", "minimum_days")  # kinds of rules that need no campaign


@dataclass(frozen=True)
class Judgement:
    """`binds` is SQL over `known`; null counts as false."""

    reason: str
    rule: str
    binds: str


@dataclass(frozen=True)
class Cell:
    """Terms of the product's score on a channel, the same for all customers."""

    base: float
    product_channel: float
    calibration: float


@dataclass(frozen=True)
class Question:
    """What is asked of every matching customer, and the columns of `known` that the answer needs. `cells` are the matches of the offer's product
    by channel, None where no matches exist or none are needed."""

    offer: Offer
    run: RunContext
    cells: dict[str, Cell] | None
    ledger: Asked = field(default_factory=lambda: Asked("ledger"))
    bans: Asked = field(default_factory=lambda: Asked("bans"))
    reach: Asked = field(default_factory=lambda: Asked("reach"))

    @property
    def is_care(self) -> bool:
        """Care has no product to hold."""
        return self.offer.campaign is not None and self.run.conf.products[self.offer.campaign.product].kind == "care"


def reasons(offer: Offer) -> list[str]:
    """Every reason for which the offer's customers can be removed, in order."""
    if offer.campaign is None:
        return ["closed", *dict.fromkeys(reason for reason, kind in ORDER if kind in OF_ANY_FILTER)]
    return [*BEFORE_THE_RULES, *dict.fromkeys(reason for reason, _ in ORDER)]


def judgements(question: Question, channel: str) -> list[Judgement]:
    """The rules in the order in which they are asked; the first that binds speaks. Approval is no part of them: it holds for all or for none."""
    run, campaign = question.run, question.offer.campaign
    by_kind: dict[str, list[tuple[str, str]]] = {  # name of the rule, when it binds
        "approval": [],
        "due": _due(question, campaign) if campaign else [],
        "stopped": [(answer, f"{_stopped_by(question, campaign)} = {text(answer)}") for answer in sorted(FINAL_ANSWERS)] if campaign else [],
        "control": [] if question.offer.campaign_type in run.conf.contact_rules.control.global_.spares else [("global", "in_global_control")],
        "bans": [(level, binds) for level in LEVELS if (binds := _banned(question, level, channel))],
        "addresses": [(need, f"not coalesce(has_{need}, false)") for need in NEEDS if run.conf.channels[channel].needs == need],
        "caps": [(cap.name, f"{_left(question, cap, channel)} <= 0") for cap in caps(run.conf.contact_rules) if _asks(cap, question.offer, channel)],
        "max_contacts": _reached_maximum(question, campaign) if campaign else [],
        "minimum_days": [(one.name, _too_soon(question, one, channel)) for one in run.conf.contact_rules.minimum_days if _asks(one, question.offer, channel)],
        "min_days_between": _too_soon_for_campaign(question, campaign) if campaign else [],
        "exclusive_with": _exclusive(question, campaign) if campaign else [],
        "expected_value": _worthless(question, campaign, channel) if campaign else [],
    }
    rules = [Judgement(reason, rule, binds) for reason, kind in ORDER for rule, binds in by_kind[kind]]
    return [*_no_candidates(question, channel), *rules]


def _no_candidates(question: Question, channel: str) -> list[Judgement]:
    found = [Judgement("closed", "status", "is_closed")]
    campaign = question.offer.campaign
    if campaign is None:
        return found
    if question.cells is not None and not question.is_care:
        found.append(Judgement("product_held", campaign.product, "appetite is null"))
    of_channel = [str(wave.wave) for wave in campaign.waves if channel in wave.channels]
    found.append(Judgement("other_wave", "waves", f"wave_now not in ({', '.join(of_channel)})"))
    if question.cells is not None:
        missing = f"{_reach(question, channel)} is null" if channel in question.cells else "true"
        found.append(Judgement("no_score", "matches", missing))
    return found


# Where the customer stands in the campaign's sequence


def _mine(campaign: Campaign) -> str:
    return f"campaign = {text(campaign.campaign)} and contact_date >= {day(campaign.period.start)}"


def _in_sequence(question: Question, campaign: Campaign) -> str:
    """Monthly delivery begins its sequence anew each month."""
    return f"{_mine(campaign)} and contact_date >= {day(question.run.contact_month_start)}" if campaign.delivery.mode == "monthly" else _mine(campaign)


def _last(question: Question, campaign: Campaign, what: str) -> str:
    """Wave or state of the customer's last contact in the sequence."""
    return question.ledger.column(f"arg_max({what}, row(contact_date, wave, contact_id)) filter ({_in_sequence(question, campaign)})")


def wave_of(question: Question, campaign: Campaign) -> str:
    """The wave at which the customer stands, the column `wave_now` of `known`."""
    last, state = _last(question, campaign, "wave"), _last(question, campaign, "state")
    later = " ".join(f"when {last} < {wave.wave} and {state} in {texts(wave.when)} then {wave.wave}" for wave in campaign.waves[1:])
    return f"(case when {last} is null then 1 {later} else least({last}, {len(campaign.waves)}) end)"


def _due(question: Question, campaign: Campaign) -> list[tuple[str, str]]:
    last, state = _last(question, campaign, "wave"), _last(question, campaign, "state")
    last_date = question.ledger.column(f"max(contact_date) filter ({_in_sequence(question, campaign)})")
    goes_on = f"{last} is not null and wave_now <> {last}"
    outside_share = [f"(wave_now = {one.wave} and share_{one.wave} >= {number(one.share)})" for one in campaign.waves if one.share < 1]
    early = [
        f"(wave_now = {one.wave} and {goes_on} and {last_date} > {day(question.run.contact_date)} - {one.delay_days})"
        for one in campaign.waves
        if one.delay_days
    ]
    over = f"{last} is not null and wave_now = {last} and {state} not in {texts(OFFERED_AGAIN)}"
    return [("share", any_of(outside_share)), ("delay_days", any_of(early)), ("once", over if campaign.delivery.mode == "once" else "false")]


def _stopped_by(question: Question, campaign: Campaign) -> str:
    """Of the answers that stop the product since the campaign's first day, the last by name. Care goes on after an acceptance."""
    stops = [answer for answer in FINAL_ANSWERS if not (campaign.type == "care_reminder" and answer == "accepted")]
    of_product = f"product = {text(campaign.product)} and contact_date >= {day(campaign.period.start)}"
    return question.ledger.column(f"max(state) filter ({of_product} and state in {texts(stops)})")


# The rules


def _banned(question: Question, level: str, channel: str) -> str:
    campaign = question.offer.campaign
    if level in ("product", "product_channel") and campaign is None:
        return ""
    what = [f"level = {text(level)}"]
    if "product" in level and campaign:
        what.append(f"product = {text(campaign.product)}")
    if "channel" in level:
        what.append(f"channel = {text(channel)}")
    return question.bans.column(f"bool_or({joined(what)})")


def _asks(rule: Cap | MinimumDays, offer: Offer, channel: str) -> bool:
    """Whether the rule covers the offer on the channel at all; without a campaign there is no product or campaign to count by."""
    known = offer.campaign is not None or not {"product", "campaign"} & set(rule.counts)
    return known and offer.campaign_type in rule.types and (not rule.channels or channel in rule.channels)


def _counted(rule: Cap | MinimumDays, offer: Offer, channel: str) -> list[str]:
    """Which ledger rows of a customer the rule counts for the offer."""
    of_rule = ["kept", f"campaign_type in {texts(rule.types)}"]
    if rule.channels:
        of_rule.append(f"channel in {texts(rule.channels)}")
    if "channel" in rule.counts:
        of_rule.append(f"channel = {text(channel)}")
    if offer.campaign:
        same = {"product": offer.campaign.product, "campaign": offer.campaign.campaign}
        of_rule += [f"{key} = {text(value)}" for key, value in same.items() if key in rule.counts]
    return of_rule


def allowances_left(question: Question, channel: str) -> str:
    """Columns left_<cap> of every cap in force."""
    return ", ".join(
        f"{_left(question, cap, channel) if _asks(cap, question.offer, channel) else 'null::int'} as left_{cap.name}"
        for cap in caps(question.run.conf.contact_rules)
    )


def _left(question: Question, cap: Cap, channel: str) -> str:
    """Allowances of the cap left to the customer."""
    counted = [*_counted(cap, question.offer, channel), f"contact_date >= {day(question.run.contact_month_start)}"]
    if not cap.across_types:
        counted.append(f"campaign_type = {text(question.offer.campaign_type)}")
    used = question.ledger.column(f"count(*) filter ({joined(counted)})")
    return f"({_most(cap)} - coalesce({used}, 0))::int"


def _most(cap: Cap) -> str:
    """The cap's maximum; null for customers in none of its cells, whom it does not bind."""
    column, by = ("frequency_cell", cap.by_cell) if cap.by_cell else ("grade", cap.by_grade)
    cases = " ".join(f"when {column} = {text(value)} then {most}" for value, most in sorted(by.items()))
    otherwise = "" if cap.by_cell else f" else {cap.max}"
    return f"case {cases}{otherwise} end" if cases else str(cap.max)


def _too_soon(question: Question, rule: MinimumDays, channel: str) -> str:
    last = question.ledger.column(f"max(contact_date) filter ({joined(_counted(rule, question.offer, channel))})")
    return f"{last} > {day(question.run.contact_date)} - {rule.days}"


def _reached_maximum(question: Question, campaign: Campaign) -> list[tuple[str, str]]:
    if campaign.delivery.max_contacts is None:
        return []
    before = question.ledger.column(f"count(*) filter (kept and {_in_sequence(question, campaign)})")
    return [("max_contacts", f"{before} >= {campaign.delivery.max_contacts}")]


def _too_soon_for_campaign(question: Question, campaign: Campaign) -> list[tuple[str, str]]:
    if not campaign.delivery.min_days_between:
        return []
    last = question.ledger.column(f"max(contact_date) filter (kept and {_mine(campaign)})")
    return [("min_days_between", f"{last} > {day(question.run.contact_date)} - {campaign.delivery.min_days_between}")]


def _exclusive(question: Question, campaign: Campaign) -> list[tuple[str, str]]:
    since = min(campaign.period.start, question.run.contact_month_start)
    others = sorted(set(campaign.exclusive_with))
    return [(one, question.ledger.column(f"bool_or(kept and campaign = {text(one)} and contact_date >= {day(since)})")) for one in others]


# The value of the contact


def _reach(question: Question, channel: str) -> str:
    return question.reach.column(f"any_value(probability) filter (channel = {text(channel)})")


def _worthless(question: Question, campaign: Campaign, channel: str) -> list[tuple[str, str]]:
    """Whether value times probability, less the cost, rounds to nothing or less at four decimals: the SQL of jobs/match/combination.py."""
    from jobs.match.combination import HIGHEST, LOWEST, STEEPEST

    cell, one = (question.cells or {}).get(channel), question.run.conf.channels[channel]
    if cell is None:
        return []
    reach, own = _reach(question, channel), question.reach.column(f"any_value(log_odds) filter (channel = {text(channel)})")
    total = f"{number(cell.base + cell.product_channel)} + coalesce(appetite, 0) + {own} + {number(cell.calibration)}"
    bounded = f"greatest({number(-STEEPEST)}, least({number(STEEPEST)}, {total}))"
    probability = f"greatest({number(LOWEST)}, least({number(HIGHEST)}, {reach} / (1 + exp(-{bounded}))))"
    cost = f"{number(one.unit_cost_fen / 100.0)} * {reach}" if one.kind == "passive" else number(one.unit_cost_fen / 100.0)
    return [("expected_value", f"{probability} * {number(campaign.value or 0.0)} - {cost} < {number(0.00005)}")]
