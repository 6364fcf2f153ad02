"""A home of one decided night, 10 November 2026 with lists of the 11th, written without a JVM: tests add the rows that they are about."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from jobs.context import RunContext
from jobs.explain.explanation import explain
from tests.jobs.contact.house import campaign, house
from tests.jobs.reports.home import append

LOW = "low_value_recommendation"
CAMPAIGNS = [
    campaign(
        "autumn",
        waves=[
            {"wave": 1, "channels": ["sms", "web"], "share": 0.25},
            {"wave": 2, "channels": ["hall", "call"], "delay_days": 3, "when": ["no_response"]},
        ],
        delivery={"mode": "once", "min_days_between": 4, "max_contacts": 2},
        exclusive_with=["music"],
        holdout=0.1,
        value=12.0,
        budget={"money": 30, "contacts_max": 40},
    ),
    campaign("music", "music_club", waves=[{"wave": 1, "channels": ["web", "call"]}], target="age > 60"),
]
PRODUCT = {one["campaign"]: one["product"] for one in CAMPAIGNS}
# 0.25 - 0.5 + 1 - 0.25 - 0.5 = 0: half of those who are reached accept; a fifth is reached, so that the probability is 0.1.
TERMS = {
    "term_base": 0.25,
    "term_product_channel": -0.5,
    "term_customer_product": 1.0,
    "term_customer_channel": -0.25,
    "term_calibration": -0.5,
    "term_reach": 0.2,
}


def night(folder: Path, **rules: Any) -> RunContext:
    return house(folder, None, "2026-11-10", CAMPAIGNS, **rules)


def option(reason: str, rule: str, campaign: str = "autumn", channel: str = "sms", wave: int = 1, **changes: Any) -> dict[str, Any]:
    """A row of `decision` and `candidate`: 0.1 x 12 yuan less 5 fen for a text."""
    key = {"customer_id": "C1", "campaign": campaign, "product": PRODUCT[campaign], "channel": channel, "wave": wave}
    score = {"probability": 0.1, "expected_value": 1.15, **TERMS, "value": 12.0, "cost_fen": 5, "grade": "ordinary", "campaign_type": LOW}
    return {**key, **score, "reason": reason, "rule": rule, **changes}


def contact(contact_id: str, day: date, campaign: str = "autumn", channel: str = "sms", wave: int = 1, **changes: Any) -> dict[str, Any]:
    key = {"customer_id": "C1", "campaign": campaign, "campaign_type": LOW, "product": PRODUCT[campaign], "channel": channel, "wave": wave}
    return {"contact_id": contact_id, "contact_date": day, "business_date": day - timedelta(days=1), "cost_fen": 5, "round": 1, **key, **changes}


def told(run: RunContext, *options: dict[str, Any], **tables: list[dict[str, Any]]) -> dict[str, Any]:
    """What is said of the first option, with these rows in the other tables."""
    for table in ("decision", "candidate"):
        append(run, table, list(options))
    for table, rows in tables.items():
        append(run, table, rows)
    found = explain("C1", run).candidates
    return next(one for one in found if all(one[key] == options[0][key] for key in ("campaign", "channel", "wave")))
