"""Approvals: a decision on exactly one content of a campaign. An edited campaign has another content, and none for it.

One row of the table `approval` is a decision; its business_date is the first night for which it holds. Of several decisions on the
same content the newest counts, and a rejection among equals.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jobs.campaign.campaign import Campaign
from jobs.lake import Lake
from jobs.lists.layout import business_date_of, published_contact_dates

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
    on which the campaign can reach a list."""
    import pyarrow as pa

    nights = [holds_from or first_open_night(lake.home, campaign) for campaign in campaigns]
    if campaigns:
        rows = [
            {"business_date": night, "campaign": one.campaign, "content_hash": one.content_hash, "decision": decision, "by": by, "at": at, "note": note}
            for night, one in zip(nights, campaigns, strict=True)
        ]
        lake.append(pa.Table.from_pylist(rows), "approval")
    return nights


def first_open_night(home: Path, campaign: Campaign) -> date:
    """The night before the campaign's period begins, or the first one after the nights whose lists are published, whichever is later."""
    published = published_contact_dates(home)
    before_the_period = campaign.period.start - timedelta(days=1)
    return max(before_the_period, business_date_of(published[-1]) + timedelta(days=1)) if published else before_the_period


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
