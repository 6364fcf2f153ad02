"""Why a customer got what, on one night: every candidate with its one reason, its score, and what would have had to differ.

Read from what the night wrote, without a JVM. Rules are told as conf/ has them now; `notes` says where that is no longer what made the night.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from jobs.campaign.campaign import Campaign, load_campaigns
from jobs.context import RunContext
from jobs.explain.customer_facts import Candidate, CustomerFacts, read_candidates, read_facts
from jobs.explain.no_candidate import why_no_candidate
from jobs.explain.place_taken import place_taken
from jobs.explain.words import rule_in_words, score_in_words, score_terms
from jobs.explain.would_need import Asked, Need, before_the_pick
from jobs.lists.layout import read_json
from jobs.lists.query import connect
from jobs.lists.run_manifest import run_manifest_path

OF_THE_PICK = ("out_of_budget", "no_capacity", "lower_value")


@dataclass(frozen=True)
class Explanation:
    """`candidates` hold the columns of `decision`, and beside them `would_need` (null for what was issued), `earliest` (the contact date from which time
    alone lets it pass that rule), `contacts` (ids of the rows behind it: for an issued one its own), `rule_in_words`, `score`, `score_terms`.
    Where there is no candidate, `why_none` says why, and `campaigns` for each live one."""

    customer_id: str
    business_date: date
    contact_date: date
    candidates: list[dict[str, Any]]
    why_none: str | None = None
    campaigns: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def explain(customer: str, run: RunContext) -> Explanation:
    """The explanation of the customer's night. Raises UserError for an unknown customer, or a night that has decided nothing."""
    campaigns = load_campaigns(run.conf)
    with connect(run) as connection:
        candidates = read_candidates(connection, customer, run)
        if not candidates:
            why, each = why_no_candidate(connection, customer, campaigns, run)
            return Explanation(customer, run.business_date, run.contact_date, [], why, each, _notes(run))
        by_name = {one.campaign: one for one in campaigns}
        facts = read_facts(connection, customer, candidates, by_name, run)
        told = [_told(one, by_name, facts, connection, run) for one in candidates]
    return Explanation(customer, run.business_date, run.contact_date, told, notes=_notes(run))


def _told(candidate: Candidate, campaigns: dict[str, Campaign], facts: CustomerFacts, connection: duckdb.DuckDBPyConnection, run: RunContext) -> dict[str, Any]:
    campaign = campaigns.get(candidate.campaign)
    need = _need(candidate, campaigns, facts, connection, run)
    return {
        **candidate.decided,
        "would_need": need.text or None,
        "earliest": need.earliest,
        "contacts": need.contacts,
        "rule_in_words": rule_in_words(candidate, campaign, run.conf),
        "score": score_in_words(candidate, run.conf),
        "score_terms": score_terms(candidate),
    }


def _need(candidate: Candidate, campaigns: dict[str, Campaign], facts: CustomerFacts, connection: duckdb.DuckDBPyConnection, run: RunContext) -> Need:
    if candidate.reason == "issued":
        own = [one.contact_id for one in facts.tonight if one.key == candidate.key]
        return Need("", None, own)
    campaign = campaigns.get(candidate.campaign)
    if campaign is None:
        return Need(f"{candidate.reason} by {candidate.rule}; conf/campaigns has no {candidate.campaign} any more, so that no more can be said")
    asked = Asked(candidate, campaign, set(campaign.exclusive_with), facts, run)
    return place_taken(asked, connection) if candidate.reason in OF_THE_PICK else before_the_pick(asked)


def _notes(run: RunContext) -> list[str]:
    path = run_manifest_path(run.home, run.business_date)
    if path.exists() and read_json(path)["conf_hash"] != run.conf.hash():
        return ["conf/ has changed since this night: reasons and scores are the night's, rules in words are as conf/ has them now"]
    return []
