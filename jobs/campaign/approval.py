"""Approvals: a decision on exactly one content of a campaign. An edited campaign has another content, and none for it.

One row of the table `approval` is a decision; its business_date is the first night for which it holds. Of several decisions on the
same content the newest counts, and a rejection among equals.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jobs.campaign.campaign import Campaign
from jobs.errors import Refusal
from jobs.lake import Lake
from jobs.lists.layout import published_contact_dates

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Standing = Literal["approved", "rejected", "edited since approval", "not approved"]


@dataclass(frozen=True)
class Decision:
    holds_from: date
    campaign: str
    content_hash: str
    decision: str
    by: str
    at: datetime
    note: str | None


def decide(
    lake: Lake, campaigns: list[Campaign], decision: Literal["approved", "rejected"], by: str, at: datetime, note: str | None, holds_from: date | None
) -> list[date]:
    """Append one decision a campaign. Returns the night from which each holds: `holds_from`, or else the first night still open
    on which the campaign can reach a list. Raises Refusal, and appends nothing, where a decision could not count: for a published night that
    was made by another one, or beside a newer one. What a published night was made by already is said again without a word."""
    import pyarrow as pa

    made = decisions(lake)
    nights = [holds_from or first_open_night(lake.home, campaign) for campaign in campaigns]
    rows = []
    for night, one in zip(nights, campaigns, strict=True):
        if night < first_open_night(lake.home):
            _refuse_another(lake.home, one, made, night, decision)
            continue
        _refuse_older(one, made, decision, at)
        rows.append(
            {"business_date": night, "campaign": one.campaign, "content_hash": one.content_hash, "decision": decision, "by": by, "at": at, "note": note}
        )
    if rows:
        lake.append(pa.Table.from_pylist(rows), "approval")
    return nights


def _refuse_another(home: Path, campaign: Campaign, made: list[Decision], night: date, decision: str) -> None:
    stood = standing(campaign, made, night)
    if stood != decision:
        raise Refusal(
            f"campaign {campaign.campaign}: the night of {night} was published with this content {stood}, which stays; "
            f"a decision can hold from the night of {first_open_night(home)}"
        )


def _refuse_older(campaign: Campaign, made: list[Decision], decision: str, at: datetime) -> None:
    newest = next((one for one in made if (one.campaign, one.content_hash) == (campaign.campaign, campaign.content_hash)), None)
    if newest is not None and (newest.at, newest.decision) > (at, decision):
        raise Refusal(
            f"campaign {campaign.campaign}: {newest.by} {newest.decision} this content at {newest.at.isoformat()}, and the newest decision counts: "
            f"one of {at.isoformat()} would change nothing; name a later moment with --at"
        )


def first_open_night(home: Path, campaign: Campaign | None = None) -> date:
    """The first night after those whose lists are published, any night where none is; with a campaign, not before the night ahead of its period."""
    published = published_contact_dates(home)
    after_published = published[-1] if published else date.min  # the night of a contact date is the business date before it
    return max(after_published, campaign.period.start - timedelta(days=1)) if campaign else after_published


def decisions(lake: Lake) -> list[Decision]:
    """All decisions, newest first; a rejection before an approval of the same moment."""
    import duckdb

    files = [path for of_day in lake.files("approval").values() for path in of_day]
    columns = 'business_date, campaign, content_hash, decision, "by", epoch_us("at"), note'
    with duckdb.connect() as connection:
        rows = connection.execute(f"select {columns} from {lake.duckdb_source('approval', files)}").fetchall()
    made = [Decision(night, name, content, word, by, EPOCH + timedelta(microseconds=at), note) for night, name, content, word, by, at, note in rows]
    return sorted(made, key=lambda one: (one.at, one.decision), reverse=True)


def standing(campaign: Campaign, made: list[Decision], night: date) -> Standing:
    """What the newest decision on exactly this content says that holds on the night, or on the campaign's first night where that is
    later; `made` as `decisions` orders them."""
    night = max(night, campaign.period.start - timedelta(days=1))
    of_campaign = [one for one in made if one.campaign == campaign.campaign and one.holds_from <= night]
    newest = next((one for one in of_campaign if one.content_hash == campaign.content_hash), None)
    if newest is not None:
        return "approved" if newest.decision == "approved" else "rejected"
    return "edited since approval" if any(one.decision == "approved" for one in of_campaign) else "not approved"


def approved_contents(approval: "DataFrame") -> "DataFrame":
    """(campaign, content_hash) whose newest decision is an approval, from the table `approval` up to the night."""
    from pyspark.sql import functions as F

    newest = F.max_by("decision", F.struct("at", "decision")).alias("decision")
    return approval.groupBy("campaign", "content_hash").agg(newest).where(F.col("decision") == "approved").select("campaign", "content_hash")
