"""A home of 400 customers on which every rule binds for someone, made by arithmetic: with both engines on it, a preview is held to the night."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from jobs.campaign.approval import decide
from jobs.campaign.campaign import load_campaigns
from jobs.context import RunContext
from tests.jobs.contact.house import campaign
from tests.jobs.reports.home import append

NIGHT = date(2026, 11, 10)
CUSTOMERS = 400
LOW, HIGH, ALERT, CARE = "low_value_recommendation", "high_value_recommendation", "movement_alert", "care_reminder"
CHANNELS = ["sms", "email", "call", "hall", "web"]
SEQUENCE = [
    {"wave": 1, "channels": ["sms", "email"], "share": 0.7},
    {"wave": 2, "channels": ["hall", "web"], "delay_days": 3, "when": ["no_response", "not_reached"]},
    {"wave": 3, "channels": ["call"], "delay_days": 5, "when": ["considering"]},
]
CAMPAIGNS = [
    campaign(
        "autumn",
        target="age between 18 and 60 and city <> 'xishan'",
        exclude="arrears_total > 0",
        waves=SEQUENCE,
        delivery={"mode": "once", "min_days_between": 4, "max_contacts": 3},
        exclusive_with=["music", "advice"],
        value=3.0,
    ),
    campaign("music", "music_club", waves=[{"wave": 1, "channels": ["web", "call"]}], delivery={"mode": "daily", "min_days_between": 24}, value=1.2),
    campaign(
        "advice",
        "plan_advice",
        type=HIGH,
        scene="raise.plan_advice",
        waves=[{"wave": 1, "channels": ["hall", "call"], "share": 0.4}, *SEQUENCE[1:2]],
        delivery={"mode": "monthly", "max_contacts": 1},
    ),
    campaign("alert", "deposit_gift", type=ALERT, scene="win_back.high_risk", waves=[{"wave": 1, "channels": ["sms", "call"]}]),
    campaign("points", "points_reminder", type=CARE, scene="care.points", target="points > 500", waves=[{"wave": 1, "channels": ["sms"]}], value=1.0),
    campaign("draft", "mobile_game", waves=[{"wave": 1, "channels": ["web", "sms"]}]),
]
PRODUCT = {one["campaign"]: one["product"] for one in CAMPAIGNS}
TYPE = {one["campaign"]: one["type"] for one in CAMPAIGNS}
RULES: dict[str, Any] = {
    "caps": [
        {"name": "product_month", "counts": ["customer", "product"], "types": [LOW, HIGH], "window": "month", "max": 2},
        {"name": "campaign_channel_month", "counts": ["customer", "campaign", "channel"], "types": [LOW, HIGH], "window": "month", "max": 1},
        {"name": "sms_month", "counts": ["customer"], "types": [LOW, HIGH], "channels": ["sms"], "window": "month", "max": 1},
        {"name": "channel_month", "counts": ["customer", "channel"], "types": [LOW, HIGH, ALERT], "across_types": True, "window": "month", "max": 1},
        {
            "name": "grade_month",
            "counts": ["customer"],
            "types": [LOW, HIGH, ALERT],
            "across_types": True,
            "window": "month",
            "max": 4,
            "by_grade": {"ordinary": 4, "vip": 2},
        },
        {"name": "cell_month", "counts": ["customer"], "types": [LOW, HIGH], "across_types": True, "window": "month", "max": 1, "by_cell": {"at_most_2": 1}},
        {"name": "switched_off", "counts": ["customer"], "types": [LOW], "window": "month", "max": 0, "enabled": False},
    ],
    "minimum_days": [
        {"name": "same_product_days", "counts": ["customer", "product"], "types": [LOW, HIGH], "days": 3},
        {"name": "call_days", "counts": ["customer"], "types": [LOW, HIGH, ALERT], "channels": ["call"], "days": 18},
        {"name": "channel_days", "counts": ["customer", "channel"], "types": [LOW, HIGH], "days": 20},
    ],
}


def customer(number: int) -> str:
    return f"C{number:09d}"


def make_home(run: RunContext) -> None:
    """Every table that a preview and a night read, for the night of 10 November; all campaigns but `draft` are approved."""
    append(run, "customer_view", [_person(one) for one in range(CUSTOMERS)])
    append(run, "identity", [_identity(one) for one in range(CUSTOMERS)])
    append(
        run,
        "control_assignment",
        [
            {"customer_id": customer(one), "layer": layer, "arm": arm}
            for one in range(CUSTOMERS)
            for layer, arm in (("global", "control" if one % 13 == 3 else "treated"), ("frequency", "at_most_2" if one % 6 == 1 else "treated"))
        ],
    )
    append(run, "do_not_disturb", [ban for one in range(CUSTOMERS) for ban in _bans(one)])
    contacts = [row for one in range(CUSTOMERS) for row in _contacts(one)]
    append(run, "contact", contacts)
    append(run, "outcome", [state for place, row in enumerate(contacts) if (state := _outcome(place, row))])
    _scores(run)
    decide(
        run.lake, [one for one in load_campaigns(run.conf) if one.campaign != "draft"], "approved", "wang", datetime(2026, 11, 1, 8, tzinfo=UTC), None, NIGHT
    )


def _person(one: int) -> dict[str, Any]:
    return {
        "customer_id": customer(one),
        "status": None if one == 5 else "closed" if one % 17 == 0 else "active",
        "vip_level": None if one == 7 else max(one % 5 - 2, 0),
        "age": None if one % 29 == 0 else 14 + one % 53,
        "city": ["anzhou", "beihe", "xishan"][one % 3],
        "arrears_total": 700 if one % 9 == 4 else 0,
        "points": one * 37 % 2000,
        "joined_on": date(2024, 1, 1) + timedelta(days=one),
        "home_branch": "B1",
    }


def _identity(one: int) -> dict[str, Any]:
    return {"customer_id": customer(one), "number": None if one % 11 == 2 else "13800000000", "email": "a@b.c" if one % 3 else None}


def _bans(one: int) -> list[dict[str, Any]]:
    """Each level, and the edges of time: in force from or until the contact date alone, over, not begun, prolonged, cut short."""
    if one % 4:
        return []
    level = ["system", "product", "channel", "product_channel"][one // 4 % 4]
    ban = {
        "customer_id": customer(one),
        "level": level,
        "product": list(PRODUCT.values())[one // 16 % 6] if "product" in level else None,
        "channel": CHANNELS[one // 16 % 5] if "channel" in level else None,
        "reason": "asked",
        "source": "register",
        "start_date": date(2026, 11, 12) if one % 10 == 0 else date(2026, 11, 11) if one % 10 == 2 else date(2026, 3, 1),
    }
    ends = [[None], [date(2026, 11, 11)], [date(2026, 11, 10)], [date(2026, 11, 9), None], [None, date(2026, 11, 5)]][one // 4 % 5]
    return [{**ban, "end_date": end, "business_date": NIGHT - timedelta(days=5 * (len(ends) - 1 - place))} for place, end in enumerate(ends)]


def _contacts(one: int) -> list[dict[str, Any]]:
    """Up to five contacts of each customer in the 25 days before, over all campaigns, channels and waves."""
    found = []
    for place in range(one % 6):
        name = list(PRODUCT)[(one // 6 + place * (1 + one % 2)) % 6]
        made = NIGHT - timedelta(days=1 + (one * 5 + place * 7) % 25)
        found.append(
            {
                "contact_id": f"{one:04d}-{place}",
                "contact_date": made + timedelta(days=1),
                "business_date": made,
                "customer_id": customer(one),
                "campaign": name,
                "campaign_type": TYPE[name],
                "product": PRODUCT[name],
                "channel": CHANNELS[(one // 2 + place) % 5],
                "wave": 1 + (one // 3 + place) % 3,
            }
        )
    return found


def _outcome(place: int, row: dict[str, Any]) -> dict[str, Any] | None:
    states = [None, "delivered", "considering", None, "not_reached", "refused", None, "failed", "accepted", "considering", "not_shown", None, "opted_out"]
    state = states[place * 7 % 13]
    return state and {"contact_id": row["contact_id"], "outcome": state}


def _scores(run: RunContext) -> None:
    """Who holds a product has no score for it; some customers have none on a channel; nothing is known of games on the web."""
    products = sorted({*PRODUCT.values()} - {"points_reminder"})
    append(
        run,
        "customer_product_score",
        [
            {"customer_id": customer(one), "product": product, "log_odds": (one % 21 - 10) / 4}
            for one in range(CUSTOMERS)
            for place, product in enumerate(products)
            if one % 7 != place
        ],
    )
    append(
        run,
        "customer_channel_score",
        [
            {"customer_id": customer(one), "channel": channel, "probability": 0.02 + one % 31 / 40, "log_odds": (one % 5 - 2) / 2}
            for one in range(CUSTOMERS)
            for place, channel in enumerate(CHANNELS)
            if one % 19 != place
        ],
    )
    append(
        run,
        "product_channel_score",
        [
            {"product": product, "channel": channel, "base_log_odds": -1.5, "log_odds": 0.25, "calibration": -0.125}
            for product in PRODUCT.values()
            for channel in CHANNELS
            if (product, channel) != ("mobile_game", "web")
        ],
    )
