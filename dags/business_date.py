"""The business date of a DAG run: one rule for schedule, manual run, asset trigger and backfill.

A run at 02:00 on the 23rd (Asia/Shanghai) is the night of the 22nd. In order: the param `business_date` of a manual run; the
partition key that the cron timetable and partition backfills set; the key of the asset event that triggered the run; and for
runs that only have a logical date, the operator's day before it.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

OPERATOR_ZONE = ZoneInfo("Asia/Shanghai")


def business_date(params: dict[str, Any] | None, dag_run: Any, triggering_asset_events: Any = None) -> str:
    """YYYY-MM-DD. Raises ValueError when the run says no date at all, or says one that is none."""
    said = (params or {}).get("business_date") or _key(dag_run) or _key_of_events(triggering_asset_events)
    if said:
        return date.fromisoformat(str(said)[:10]).isoformat()
    logical_date: datetime | None = getattr(dag_run, "logical_date", None)
    if logical_date is not None:
        return (logical_date.astimezone(OPERATOR_ZONE).date() - timedelta(days=1)).isoformat()
    raise ValueError("this run has no business date: trigger it with the param business_date, for example 2026-11-05")


def _key(dag_run: Any) -> str | None:
    return getattr(dag_run, "partition_key", None)


def _key_of_events(triggering_asset_events: Any) -> str | None:
    """The newest date that the triggering events carry, as partition key or in their extra."""
    keys = []
    for events in (triggering_asset_events or {}).values():
        for event in events:
            key = getattr(event, "partition_key", None) or (getattr(event, "extra", None) or {}).get("business_date")
            keys += [str(key)] if key else []
    return max(keys, default=None)
