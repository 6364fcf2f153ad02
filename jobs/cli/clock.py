"""The wall clock, for what people do (approvals, backfills). Jobs never read it: they know their business date."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    return datetime.now(UTC)


def operator_day() -> date:
    """Today where the operator is."""
    return now().astimezone(ZoneInfo("Asia/Shanghai")).date()
