"""What the evaluation page shows beside indicators: the night's decisions, feedback classes, lifts and campaigns, read without a JVM."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from jobs.reports.query import query

if TYPE_CHECKING:
    from jobs.context import RunContext

# The order in which a candidate meets the rules (contract section 7); what is left behind the last is issued.
REASONS = (
    "not_approved",
    "not_due",
    "stopped_by_outcome",
    "global_control",
    "do_not_disturb",
    "no_address",
    "cap",
    "min_interval",
    "excluded",
    "negative_value",
    "out_of_budget",
    "no_capacity",
    "lower_value",
    "campaign_holdout",
    "issued",
)
REASON_TEXTS = {
    "not_approved": "no approval for this content of the campaign",
    "not_due": "the wave is not due for the customer",
    "stopped_by_outcome": "an earlier answer stops the product",
    "global_control": "held out of all marketing",
    "do_not_disturb": "a ban is in force",
    "no_address": "the channel has no address of the customer",
    "cap": "a frequency cap is used up",
    "min_interval": "too soon after the last contact",
    "excluded": "another campaign excludes this one",
    "negative_value": "the contact costs more than it is worth",
    "out_of_budget": "the campaign's budget is spent",
    "no_capacity": "the channel or place is full",
    "lower_value": "another contact of the customer is worth more, or was drawn for a trial",
    "campaign_holdout": "chosen, then held out to measure the campaign",
    "issued": "on a list",
}
CLASSES = {
    "accepted_as_new": "changed the state of its contact",
    "late_but_used": "changed the state, but came late",
    "superseded": "a stronger or earlier report was known",
    "duplicate": "came before",
    "unknown_contact": "no such contact on this channel and customer",
    "malformed": "could not be read",
}


@dataclass(frozen=True)
class Decisions:
    """Candidates of one night by campaign, channel and reason."""

    business_date: date | None
    counts: list[tuple[str, str, str, int]]

    def total(self, reason: str | None = None, campaign: str | None = None, channel: str | None = None) -> int:
        return sum(
            number
            for of_campaign, of_channel, of_reason, number in self.counts
            if reason in (None, of_reason) and campaign in (None, of_campaign) and channel in (None, of_channel)
        )

    @property
    def reasons(self) -> list[str]:
        return [reason for reason in REASONS if self.total(reason)]

    @property
    def campaigns(self) -> list[str]:
        """Most candidates first."""
        return sorted({campaign for campaign, _, _, _ in self.counts}, key=lambda campaign: (-self.total(campaign=campaign), campaign))

    @property
    def channels(self) -> list[str]:
        """Most candidates first."""
        return sorted({channel for _, channel, _, _ in self.counts}, key=lambda channel: (-self.total(channel=channel), channel))


def read_decisions(run: "RunContext") -> Decisions:
    """Of the newest night up to the business date: the evaluation may run before the night of its own date."""
    nights = [night for night in run.lake.dates("decision") if night <= run.business_date]
    if not nights:
        return Decisions(None, [])
    sql = "select campaign, channel, reason, count(*) from decision where business_date = ? group by all order by all"
    return Decisions(nights[-1], query(run, "decision", sql, [nights[-1]]))


def read_feedback_classes(run: "RunContext") -> dict[str, dict[str, int]]:
    """Rows received in the month up to the business date: class by channel."""
    sql = "select channel, class, count(*) from contact_feedback where business_date between ? and ? group by all order by all"
    found: dict[str, dict[str, int]] = {}
    for channel, kind, number in query(run, "contact_feedback", sql, [run.month_start, run.business_date]):
        found.setdefault(channel, {})[kind] = number
    return found


def read_lifts(run: "RunContext") -> list[dict]:
    """Global first, then campaigns by the number of treated customers."""
    return sorted(run.lake.scan("lift", day=run.business_date).to_pylist(), key=lambda row: (row["layer"] != "global", -row["treated"], row["layer"]))
