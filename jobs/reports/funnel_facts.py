"""The funnel of a night: candidates, what each rule took, what the pick chose, what was issued; by campaign and channel, read without a JVM.

Counted from four places that must agree to the row: `candidate` (what came in), `decision` (where each ended), `contact` (what was issued and stands) and the
manifests of the published lists.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from jobs.errors import Refusal, UserError
from jobs.lists.layout import newest_revision, published_channels, read_list_manifest, revision_folder
from jobs.reports.evaluation_facts import REASONS
from jobs.reports.query import query

if TYPE_CHECKING:
    from jobs.context import RunContext

OF_THE_PICK = ("out_of_budget", "no_capacity", "lower_value")
CHOSEN = ("campaign_holdout", "issued")
OF_THE_RULES = tuple(reason for reason in REASONS if reason not in (*OF_THE_PICK, *CHOSEN))

Cell = tuple[str, str]  # campaign, channel


@dataclass(frozen=True)
class Funnel:
    """`ends` counts candidates by (campaign, channel, reason), `rules` by (reason, rule). Customers and yuan of the issued rows stand beside."""

    business_date: date
    contact_date: date
    ends: dict[tuple[str, str, str], int]
    rules: dict[tuple[str, str], int]
    customers: int
    issued_customers: int
    issued_value: float
    is_published: bool

    def count(self, *reasons: str, campaign: str | None = None, channel: str | None = None) -> int:
        """Candidates that ended for one of the reasons, or all."""
        return sum(
            number
            for (of_campaign, of_channel, reason), number in self.ends.items()
            if (not reasons or reason in reasons) and campaign in (None, of_campaign) and channel in (None, of_channel)
        )

    def passed(self, campaign: str | None = None, channel: str | None = None) -> int:
        """What the rules let through to the pick."""
        return self.count(*OF_THE_PICK, *CHOSEN, campaign=campaign, channel=channel)

    def allocated(self, campaign: str | None = None, channel: str | None = None) -> int:
        """What the pick chose, the held-out among it."""
        return self.count(*CHOSEN, campaign=campaign, channel=channel)

    @property
    def reasons(self) -> list[str]:
        """Reasons that took or kept anyone, in the order in which a candidate meets them."""
        found = {reason for _, _, reason in self.ends}
        return [reason for reason in REASONS if reason in found]

    def rules_of(self, reason: str) -> list[tuple[str, int]]:
        """Rules behind a reason, most first."""
        return sorted(((rule, number) for (of, rule), number in self.rules.items() if of == reason), key=lambda one: (-one[1], one[0]))

    @property
    def campaigns(self) -> list[str]:
        """Most candidates first."""
        return self._members(0)

    @property
    def channels(self) -> list[str]:
        return self._members(1)

    def _members(self, place: int) -> list[str]:
        totals: Counter[str] = Counter()
        for key, number in self.ends.items():
            totals[key[place]] += number
        return sorted(totals, key=lambda one: (-totals[one], one))


def read_funnel(run: "RunContext") -> Funnel:
    """The funnel of the run's night. Raises UserError where it decided nothing, and Refusal where the sources do not add up."""
    night = run.business_date
    by_rule = query(run, "decision", "select campaign, channel, reason, rule, count(*) from decision where business_date = ? group by all", [night])
    if not by_rule:
        raise UserError(f"report funnel: nothing was decided for {night}; run `cpc run night --date {night}` first")
    ends: Counter[tuple[str, str, str]] = Counter()
    rules: Counter[tuple[str, str]] = Counter()
    for campaign, channel, reason, rule, number in by_rule:
        ends[campaign, channel, reason] += number
        rules[reason, rule] += number
    stands = "from contact where business_date = ? and revoked_in is null"
    issued = query(run, "contact", f"select campaign, channel, count(*) {stands} group by all", [night])
    came_in = query(run, "candidate", "select campaign, channel, count(*) from candidate where business_date = ? group by all", [night])
    listed = _listed(run)
    check_sums(dict(ends), {row[:2]: row[2] for row in came_in}, {row[:2]: row[2] for row in issued}, listed, night)
    ((customers,),) = query(run, "decision", "select count(distinct customer_id) from decision where business_date = ?", [night])
    ((contacted, value),) = query(run, "contact", f"select count(distinct customer_id), coalesce(sum(expected_value), 0)::double {stands}", [night])
    return Funnel(night, run.contact_date, dict(ends), dict(rules), customers, contacted, value, bool(listed))


def _listed(run: "RunContext") -> dict[str, int]:
    """Rows of the newest published list of each channel; empty before anything is published."""
    found = {}
    for channel in published_channels(run.home, run.contact_date):
        revision = newest_revision(run.home, channel, run.contact_date)
        if revision is not None:
            found[channel] = read_list_manifest(revision_folder(run.home, channel, run.contact_date, revision)).rows
    return found


def check_sums(ends: dict[tuple[str, str, str], int], came_in: dict[Cell, int], issued: dict[Cell, int], listed: dict[str, int], night: date) -> None:
    """Raises Refusal, naming campaign, channel and both numbers, for the first sum that does not add up."""
    decided: Counter[Cell] = Counter()
    decided_issued: Counter[Cell] = Counter()
    for (campaign, channel, reason), number in sorted(ends.items()):
        if reason not in REASONS:
            raise Refusal(f"report funnel: {night}: {campaign} by {channel} has candidates that ended as '{reason}', which no rule is called")
        decided[campaign, channel] += number
        decided_issued[campaign, channel] += number if reason == "issued" else 0
    _same(decided, came_in, "decision", "candidate", night)
    _same(decided_issued, issued, "decision (issued)", "contact", night)
    of_channel: Counter[str] = Counter()
    for (_, channel), number in issued.items():
        of_channel[channel] += number
    for channel in sorted({*of_channel, *listed} if listed else ()):
        if of_channel[channel] != listed.get(channel, 0):
            raise Refusal(
                f"report funnel: {night}: {channel}: contact has {of_channel[channel]} rows, but its published list {listed.get(channel, 0)}; "
                "a making of the lists stopped half-way: run `cpc run publish` again"
            )


def _same(left: Counter[Cell], right: dict[Cell, int], left_name: str, right_name: str, night: date) -> None:
    for campaign, channel in sorted({*left, *right}):
        one, other = left[campaign, channel], right.get((campaign, channel), 0)
        if one != other:
            raise Refusal(
                f"report funnel: {night}: {campaign} by {channel}: {left_name} has {one} rows, but {right_name} {other}; "
                f"run `cpc run contact --date {night}` again before you read the funnel"
            )
