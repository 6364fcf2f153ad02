"""view: the catalogue is whole and in order, and a mistake in it is one line that names file and field."""

import shutil

import pytest

from jobs.catalogue.schema import fields_of
from jobs.catalogue.view import CATEGORIES, categories, fields, load_categories, view_fields
from jobs.errors import UserError
from jobs.paths import SCHEMAS

pytestmark = pytest.mark.core

# What domain.md section 4 names for each category, with the fields that hold it. Name and e-mail stand in identity; the view has flags.
NAMED_BY_THE_DOMAIN = {
    "basic": "business_type city county joined_on days_to_birthday account_manager has_email is_group_member status days_since_status_change vip_level points"
    " is_zero_usage_last_month prints_invoice pay_way age brand tenure_months lifecycle_stage",
    "subscription": "main_plan main_plan_brand plan_fee_fen contract_type contract_months_left has_ringback_tone value_added_services has_bundle"
    " pays_by_bank_collection plan_not_changeable plan_not_changeable_reason",
    "account": "bill_rental_last_month_fen bill_last_month_fen charge_this_month_fen bill_average_3_months_fen bill_average_6_months_fen bill_data_last_month_fen"
    " bill_trend_percent overage_last_month_fen bill_discount_last_month_fen balance_total_fen balance_cash_fen balance_reserve_fen"
    " balance_total_first_of_month_fen balance_cash_first_of_month_fen balance_reserve_first_of_month_fen arrears_total arrears_last_month_fen arrears_since"
    " paid_this_month_fen paid_total_fen topped_up_twice commission_last_month_fen settlement_out_last_month_fen margin_last_month_fen",
    "contact": "last_pay_channel last_order_channel last_query_channel last_complaint_channel hall_visits_7_days palm_hall_visits_30_days hotline_contacts_90_days"
    " days_since_last_visit do_not_disturb do_not_disturb_texts days_since_last_hotline_contact complaints_30_days satisfaction_average_90_days"
    " sms_marketing_contacts_30_days sms_accepted_90_days last_marketing_product last_marketing_outcome last_refused_product",
    "location": "area_night area_morning area_afternoon area_evening voice_share_top_area_percent data_share_top_area_percent home_area work_area"
    " roaming_days_last_month",
    "voice": "voice_calls_out_last_month voice_seconds_last_month voice_seconds_in_last_month voice_seconds_local_last_month voice_seconds_long_last_month"
    " voice_seconds_roaming_last_month voice_seconds_on_net_last_month voice_seconds_competitor_last_month voice_seconds_busy_last_month"
    " voice_seconds_idle_last_month days_since_competitor_service_call forwarded_to_competitor_last_month",
    "data": "data_bytes_this_month data_average_3_months_bytes data_bytes_video_this_month data_bytes_busy_this_month data_bytes_4g_this_month"
    " data_bytes_outside_plan_this_month data_plan_share_used",
    "messaging": "messages_sms_out_this_month messages_mms_out_this_month ringback_tone_uses_this_month mobile_newspaper_uses_this_month favourite_content"
    " value_added_forwards_this_month value_added_downloads_this_month",
    "ordering": "ringback_tone_since mobile_newspaper_since call_back_since value_added_orders_90_days days_since_last_order",
    "terminal": "is_smartphone terminal_brand terminal_model operating_system screen_tenths_inch terminal_generation supports_4g terminal_held_months"
    " terminal_changes_12_months",
    "tags": "music_lover spend_sudden_fall data_sudden_fall needs_plan_advice churn_risk vip_level_changed suspected_fake_active_card",
}
# How many fields issue 2 asks of each category.
AT_LEAST = dict(zip(CATEGORIES, (30, 36, 52, 48, 18, 36, 36, 28, 20, 16, 20), strict=True))


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_category_holds_every_name_of_the_domain(category):
    declared = {field.name for field in categories()[category].fields}
    assert set(NAMED_BY_THE_DOMAIN[category].split()) <= declared
    assert len(declared) >= AT_LEAST[category]


def test_the_view_is_its_keys_and_then_every_field_once():
    names = [field.name for field in view_fields()]
    assert names[:2] == ["business_date", "customer_id"]
    assert names[2:] == [field.name for field in fields()]
    assert len(names) == len(set(names)) >= 334
    assert fields_of("customer_view") == view_fields()


def test_the_names_of_the_contract_are_fields():
    assert {"age", "has_ringback_tone", "arrears_total"} <= {field.name for field in fields()}


def test_every_product_that_is_not_care_has_its_flag(conf):
    declared = {field.name: field.type for field in fields()}
    for product in conf.products.values():
        if product.kind != "care":
            assert declared.get(f"has_{product.product}") == "boolean", f"schemas/customer_view/subscription.yaml: add has_{product.product}"


def test_windows_stand_for_one_field_per_number_of_days():
    seven = next(field for field in fields() if field.name == "hall_visits_7_days")
    assert (seven.expr, seven.label.zh) == ("coalesce(recent.visits_hall_7_days, 0)", "近7天营业厅访问次数")
    assert "7 days" in seven.doc and "{d}" not in seven.doc


def test_parts_of_a_window_are_those_of_the_same_window():
    visits = next(field for field in fields() if field.name == "visits_7_days")
    parts = next(check for check in visits.checks if check.sum_of)
    assert parts.rule == (
        "equal to hall_visits_7_days + hotline_visits_7_days + web_visits_7_days + palm_hall_visits_7_days + sms_hall_visits_7_days + self_service_visits_7_days"
    )


def test_a_part_behind_a_minus_is_taken_off():
    margin = next(field for field in fields() if field.name == "margin_last_month_fen")
    assert margin.checks[1].rule == "equal to bill_last_month_fen + settlement_in_last_month_fen - cost_last_month_fen"
    assert margin.checks[1].other_fields == ["bill_last_month_fen", "settlement_in_last_month_fen", "cost_last_month_fen"]


def test_codes_of_an_in_check_are_codes_of_the_column():
    assert next(field for field in view_fields() if field.name == "brand").codes == ["gotone", "m_zone", "easy"]


def test_no_field_identifies_a_person():
    assert {field.pii for field in fields()} <= {"none", "indirect"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("    nullable: false\n    doc: City", "    nulable: false\n    doc: City"), "fields.city.nulable: unknown key 'nulable' (did you mean 'nullable'?)"),
        (("doc: City the line belongs to, as a code of the customer source.", "doc: City."), "fields.city.doc: String should have at least 15 characters"),
        (
            ("doc: City the line belongs to, as a code of the customer source.", "doc: TODO say what this is"),
            "fields.city.doc: 'TODO say what this is' is placeholder text",
        ),
        (("  - name: county", "  - name: city"), "city: declared twice"),
        (("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{between: [0, 1e9], on_fail: warn}]"), "fields.age.checks.0.between.1"),
        (("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{between: [120, 0], on_fail: warn}]"), "between: 120 is above 0"),
        (("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{between: [0, 120], not_null: true, on_fail: warn}]"), "a check is exactly one of"),
        (("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{not_below: tenure, on_fail: warn}]"), "age: not_below: unknown field 'tenure'"),
        (
            ("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{sum_of: [points, pints], on_fail: warn}]"),
            "age: sum_of: unknown field 'pints' (did you mean 'points'?)",
        ),
        (("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{sum_of: [points, brand], on_fail: warn}]"), "only whole numbers add up exactly"),
        (("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{sum_of: [points], on_fail: warn}]"), "fields.age.checks.0.sum_of"),
        (("checks: [{in: [f, m], on_fail: warn}]", "checks: [{in: [yes, no], on_fail: warn}]"), "fields.gender.checks.0.in.0"),
        (("    nullable: false\n    doc: City", "    nullable: maybe\n    doc: City"), "fields.city.nullable"),
        (("    type: string\n    unit: code\n    label: {en: City", "    type: varchar\n    unit: code\n    label: {en: City"), "fields.city.type"),
        (("    pii: indirect", "    pii: direct"), "stands in identity alone"),
        (("  - name: city\n", "  - name: city\n    windows: [7, 30]\n"), "`windows` and {d} in the name belong together"),
        (("category: basic", "category: basics"), "category: the name inside is 'basics'"),
    ],
)
def test_a_mistake_in_a_category_is_one_line(tmp_path, change, message):
    shutil.copytree(SCHEMAS / "customer_view", tmp_path / "customer_view")
    path = tmp_path / "customer_view" / "basic.yaml"
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(UserError) as raised:
        load_categories(tmp_path / "customer_view")
    assert message in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_file_that_is_no_category_is_refused(tmp_path):
    shutil.copytree(SCHEMAS / "customer_view", tmp_path / "customer_view")
    (tmp_path / "customer_view" / "voices.yaml").write_text("category: voices\n")
    with pytest.raises(UserError, match=r"no such category \(did you mean 'voice'\?\)"):
        load_categories(tmp_path / "customer_view")
