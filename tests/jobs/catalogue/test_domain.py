"""The view holds what the operator's domain names: every phrase of domain.md section 4, by category, with the fields that answer it.

`identity.<column>` is a personal identifier, which stands in no other table. A phrase ends where the next one begins in the domain's table.
"""

import pytest

from jobs.catalogue.lineage import references
from jobs.catalogue.schema import columns_of
from jobs.catalogue.view import CATEGORIES, categories, fields

pytestmark = pytest.mark.core

PRODUCTS = [
    "ringback_tone",
    "mobile_newspaper",
    "mobile_reading",
    "music_club",
    "video_member",
    "mobile_game",
    "mms_plan",
    "mailbox_139",
    "fetion",
    "mobile_securities",
    "secretary_service",
    "call_back",
    "cloud_storage",
    "data_pack_1g",
    "data_pack_10g",
    "roaming_pack",
    "voice_pack",
    "family_plan",
    "plan_upgrade",
    "plan_advice",
    "contract_handset",
    "broadband_bundle",
    "deposit_gift",
    "loyalty_contract",
]
CHANNELS = ["sms", "mms", "email", "call", "hall", "hotline", "web", "palm_hall", "sms_hall", "self_service"]
VISITED = ["hall", "hotline", "web", "palm_hall", "sms_hall", "self_service"]


def each(pattern: str, words: list[str]) -> str:
    return " ".join(pattern.replace("*", word) for word in words)


def windows(name: str) -> str:
    return each(f"{name}_*_days", ["7", "30", "90"])


PHRASES = {
    "basic": {
        "name": "identity.name real_name_checked",
        "business type": "business_type",
        "region (city, county)": "city county",
        "joined on": "joined_on",
        "birthday": "birth_month days_to_birthday",
        "account manager": "account_manager",
        "e-mail": "identity.email has_email",
        "group/enterprise": "group_id is_group_member group_role",
        "status and last status change": "status days_since_status_change",
        "VIP level": "vip_level",
        "points": "points points_expiring",
        "zero-usage flag": "is_zero_usage_this_month is_zero_usage_last_month",
        "prints invoice": "prints_invoice",
        "way of paying": "pay_way",
        "age": "age",
        "brand": "brand",
        "tenure": "tenure_months",
        "life-cycle stage": "lifecycle_stage",
    },
    "subscription": {
        "main product and type": "main_plan main_plan_type main_plan_brand",
        "monthly fee": "plan_fee_fen monthly_fees_fen",
        "contract type and months left": "contract_type contract_months_left",
        "each small service on or off": each("has_*", PRODUCTS),
        "number of value-added services": "value_added_services",
        "bundle": "has_bundle has_broadband_bundle has_family_plan",
        "bank-collection payer": "pays_by_bank_collection",
        "plan not changeable (agreement, fine number, group, zero-down)": "plan_not_changeable plan_not_changeable_reason",
    },
    "account": {
        "last month's rental and total": "bill_rental_last_month_fen bill_last_month_fen",
        "this month so far": "charge_this_month_fen",
        "average of 3 (and 6) months": "bill_average_3_months_fen bill_average_6_months_fen",
        "item split": each("bill_*_last_month_fen", ["rental", "voice_local", "voice_long", "voice_roaming", "data", "message", "value_added", "other"])
        + " "
        + each("charge_*_this_month_fen", ["rental", "voice", "data", "message", "value_added", "other"]),
        "trend": "bill_trend_percent",
        "overage charges": "overage_last_month_fen overage_this_month_fen overage_average_3_months_fen",
        "discount": "bill_discount_last_month_fen",
        "balance total / cash / reserve today": "balance_total_fen balance_cash_fen balance_reserve_fen",
        "and on the 1st": each("balance_*_first_of_month_fen", ["total", "cash", "reserve"]),
        "arrears total, last month's, first period": "arrears_total arrears_last_month_fen arrears_since",
        "paid this month, paid in total": "paid_this_month_fen paid_total_fen",
        "topped up twice": "topped_up_twice",
        "commission and settlement cost": "commission_last_month_fen settlement_out_last_month_fen cost_last_month_fen",
        "margin": "margin_last_month_fen",
    },
    "contact": {
        "channel used to pay": "last_pay_channel",
        "channel used for each kind of business": each(
            "last_*_channel", ["order", "cancel", "change", "renewal", "query", "points", "sim", "complaint", "visit"]
        ),
        "contacts per channel in 7/30/90 days": " ".join(windows(f"{channel}_visits") for channel in VISITED)
        + " "
        + " ".join(windows(f"{channel}_marketing_contacts") for channel in CHANNELS),
        "last contact": "days_since_last_visit last_visit_channel days_since_last_marketing_contact last_marketing_channel",
        "DND flags": "do_not_disturb do_not_disturb_texts do_not_disturb_calls banned_channels banned_products",
        "hotline contact facts": windows("hotline_contacts") + " days_since_last_hotline_contact hotline_talk_seconds_90_days average_wait_seconds_90_days",
        "complaints": windows("complaints") + " days_since_last_complaint marketing_complaints_90_days network_complaints_90_days bill_complaints_90_days",
        "satisfaction": "satisfaction_average_90_days satisfaction_lowest_90_days",
        "marketing contacts and outcomes per channel": windows("marketing_contacts") + " " + each("*_accepted_90_days *_refused_90_days", CHANNELS),
        "and product": each("*_offers_90_days *_last_outcome", PRODUCTS),
    },
    "location": {
        "most frequent areas by time band": each("area_*", ["night", "morning", "afternoon", "evening"]) + " most_seen_area",
        "share of voice and data by area": each("voice_share_*_area_percent data_share_*_area_percent", ["top", "home", "work"]),
        "home/work area": "home_area work_area",
        "roaming days": "roaming_days_this_month roaming_days_last_month",
    },
    "voice": {
        "calls and minutes last month": "voice_calls_last_month voice_seconds_last_month",
        "by direction": each("voice_calls_*_last_month voice_seconds_*_last_month", ["out", "in"]),
        "band": "voice_seconds_busy_this_month voice_seconds_idle_this_month",
        "local/long-distance/roaming": each("voice_calls_*_last_month voice_seconds_*_last_month", ["local", "long", "roaming"]),
        "on-net/off-net": each("voice_calls_*_last_month voice_seconds_*_last_month", ["on_net", "competitor", "fixed"]),
        "busy/idle": each("voice_calls_*_last_month voice_seconds_*_last_month", ["busy", "idle"]),
        "days since last contact with a competitor's service line": "days_since_competitor_service_call",
        "forwarding to a competitor": "forwarded_to_competitor_this_month forwarded_to_competitor_last_month",
    },
    "data": {
        "volume this month": "data_bytes_this_month",
        "average of 3 months": "data_average_3_months_bytes",
        "by app class": each("data_bytes_*_this_month", ["video", "music", "social", "game", "reading", "finance", "shopping", "web", "other"]),
        "time band": "data_bytes_busy_this_month data_bytes_idle_this_month",
        "network type": each("data_bytes_*_this_month", ["2g", "3g", "4g", "5g"]),
        "volume outside the plan": "data_bytes_outside_plan_this_month data_bytes_outside_plan_last_month",
        "ratio to the plan": "data_plan_share_used data_plan_share_used_last_month",
    },
    "messaging": {
        "texts this month": "messages_sms_out_this_month messages_sms_in_this_month",
        "MMS": "messages_mms_out_this_month messages_mms_in_this_month",
        "ring-back, newspaper and other usage": each("*_uses_this_month", [*PRODUCTS[:13], "value_added"]),
        "content preference (sport, finance, music …)": each("content_*_uses_this_month", ["sport", "finance", "music", "news", "comic", "life"])
        + " favourite_content",
        "actions (forward, download …)": each("value_added_*_this_month", ["forwards", "downloads", "gifts"]),
    },
    "ordering": {
        "ring-back user": "ringback_tone_since",
        "newspaper user": "mobile_newspaper_since",
        "call-back user": "call_back_since",
        "number of value-added orders": "value_added_orders_this_month value_added_orders_90_days",
        "and when": "days_since_last_value_added_order days_since_last_order",
    },
    "terminal": {
        "smartphone": "is_smartphone",
        "brand": "terminal_brand",
        "model": "terminal_model",
        "operating system": "operating_system",
        "screen size": "screen_tenths_inch",
        "network generations supported": "terminal_generation supports_4g supports_5g",
        "age of the handset": "terminal_age_months terminal_held_months",
        "changes": "terminal_changes_12_months changed_terminal_brand",
    },
    "tags": {
        "probability of each product: newspaper, ring-back, …": each("probability_*", PRODUCTS) + " likeliest_product",
        "music lover": "music_lover",
        "sudden fall of spend": "spend_sudden_fall",
        "sudden fall of data": "data_sudden_fall",
        "needs plan advice": "needs_plan_advice",
        "churn probability": "churn_probability churn_risk",
        "VIP level changed": "vip_level_changed vip_level_change",
        "suspected fake-active card 养卡": "suspected_fake_active_card",
        "bundle exceeded (issue 2)": "bundle_exceeded bundle_nearly_exceeded",
    },
}
# How many fields issue 2 asks of each category, and of all.
AT_LEAST = dict(zip(CATEGORIES, (30, 36, 52, 48, 18, 36, 36, 28, 20, 16, 20), strict=True))
AT_LEAST_IN_ALL = 340


@pytest.mark.parametrize(("category", "phrase"), [(category, phrase) for category, phrases in PHRASES.items() for phrase in phrases])
def test_every_phrase_of_the_domain_has_its_fields(category, phrase):
    declared = {field.name for field in categories()[category].fields}
    for name in PHRASES[category][phrase].split():
        table, _, column = name.rpartition(".")
        assert column in (columns_of(table) if table else declared), f"schemas/customer_view/{category}.yaml: no {name} for '{phrase}'"


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_category_has_as_many_fields_as_the_issue_asks(category):
    assert len(categories()[category].fields) >= AT_LEAST[category]


def test_the_view_has_as_many_fields_as_the_issue_asks():
    assert len(fields()) >= AT_LEAST_IN_ALL


def test_every_product_that_is_sold_is_among_the_products_above(conf):
    assert [product.product for product in conf.products.values() if product.kind != "care"] == PRODUCTS
    assert list(conf.channels) == CHANNELS


def test_every_field_has_a_check_or_says_why_none_can_be():
    assert [field.name for field in fields() if not field.checks and not field.unchecked] == []


def test_every_field_that_may_be_null_says_when():
    assert [field.name for field in fields() if field.nullable and "null" not in field.doc.lower()] == []


def test_no_two_fields_are_the_same_under_two_names():
    told: dict[str, str] = {}
    for field in fields():
        assert field.expr not in told, f"{field.name} repeats {told[field.expr]}"
        told[field.expr] = field.name


def test_the_likeliest_product_is_one_of_all_that_are_sold():
    likeliest = next(field for field in fields() if field.name == "likeliest_product")
    assert likeliest.expr.split("'")[1::2] == PRODUCTS
    assert references(likeliest.expr)[1] == {f"probability_{product}" for product in PRODUCTS}


WINDOWS = {
    "this_month": ("1st", "this month", "running one"),
    "last_month": ("last month",),
    "first_of_month": ("on the 1st",),
    "7_days": ("7 days",),
    "30_days": ("30 days",),
    "90_days": ("90 days",),
    "3_months": ("last 3",),
    "6_months": ("last 6",),
}


def test_every_field_with_a_window_in_its_name_says_it():
    named = [(field, words) for field in fields() for window, words in WINDOWS.items() if window in field.name]
    assert [field.name for field, words in named if not any(word in field.doc.lower() for word in words)] == []
