"""customer_view: the fields of the catalogue compile as declared, and a handful of them are what a person works out by hand.

Business date 2026-11-05. C1 is a customer with a past, C2 is closed, C3 joined in October and pays by bank, of C4 nothing is known, of
C5 what an old warehouse delivers, sums of months without days.
"""

import inspect
from datetime import date

import pytest

from jobs.catalogue.view import CATEGORIES, categories, fields
from jobs.conf import Conf
from jobs.context import RunContext
from jobs.paths import ROOT
from tests.frames import rows
from tests.jobs.customer_view.nights import empty
from tests.jobs.customer_view.one_evening import INPUTS, MONTHS, PLACES

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def run(spark, tmp_path_factory):
    return RunContext(tmp_path_factory.mktemp("home"), date(2026, 11, 5), Conf(ROOT / "conf"), spark)


def made(run, frames):
    from jobs.customer_view.customer_view import customer_view

    names = [name for name in inspect.signature(customer_view).parameters if name != "run"]
    return customer_view(**{name: frames.get(name, empty(run, name.removeprefix("past_").removeprefix("previous_"))) for name in names}, run=run)


@pytest.fixture(scope="module")
def compiled(run):
    return dict(made(run, {}).dtypes)


@pytest.fixture(scope="module")
def view(spark, run):
    frames = {name: rows(spark, name.removeprefix("past_").removeprefix("previous_"), text.strip()) for name, text in (INPUTS | MONTHS).items()}
    entries = ", ".join(f"'{place}', struct({seen}L as seen, 1L as voice_seconds, 2L as bytes)" for place, seen in PLACES.items())
    month = frames["customer_month"]
    frames["customer_month"] = month.selectExpr(*(f"map({entries}) as places" if name == "places" else name for name in month.columns))
    return {row.customer_id: row.asDict() for row in made(run, frames).collect()}


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_category_compiles_to_the_names_order_and_types_of_its_file(compiled, category):
    declared = {field.name: field.type for field in categories()[category].fields}
    assert {name: kind for name, kind in compiled.items() if name in declared} == declared
    assert [name for name in compiled if name in declared] == list(declared)


def test_closed_lines_are_left_out_and_every_other_line_has_one_row(view):
    assert sorted(view) == ["C1", "C3", "C4", "C5"]


def test_a_field_that_may_not_be_null_is_not_null_where_nothing_is_known(view):
    assert [field.name for field in fields() if not field.nullable and view["C4"][field.name] is None] == []


def test_age_and_birthday(view):
    assert (view["C1"]["age"], view["C1"]["days_to_birthday"]) == (35, 3)
    assert (view["C3"]["age"], view["C3"]["days_to_birthday"]) == (26, 0)
    assert (view["C4"]["age"], view["C4"]["days_to_birthday"], view["C4"]["age_band"]) == (None, None, "unknown")


def test_tenure_and_life_cycle(view):
    assert (view["C1"]["tenure_months"], view["C3"]["tenure_months"], view["C4"]["tenure_months"]) == (81, 0, 89)
    assert [view[key]["lifecycle_stage"] for key in ("C1", "C3", "C4")] == ["decline", "identify", "mature"]


def test_flags_stand_for_what_identifies_a_person(view):
    assert (view["C1"]["has_number"], view["C1"]["has_email"]) == (True, True)
    assert (view["C3"]["has_number"], view["C3"]["has_email"]) == (True, False)
    assert "13900000001" not in str(view) and "a@b.test" not in str(view)


def test_holdings_are_those_of_the_day(view):
    held = view["C1"]
    assert (held["main_plan"], held["plan_fee_fen"], held["plan_data_bytes"], held["main_plan_ordered_by"]) == ("gotone_58", 5800, 5120 << 20, "hall")
    assert (held["main_plan_type"], view["C4"]["main_plan_type"]) == ("combined", None)
    assert (held["has_ringback_tone"], held["has_music_club"], held["has_video_member"], held["has_contract_handset"]) == (True, False, True, True)
    assert (held["ringback_tone_since"], held["value_added_services"], held["value_added_fees_fen"]) == (date(2026, 3, 1), 2, 2000)
    assert held["holdings_ended_90_days"] == 1
    assert not view["C4"]["has_ringback_tone"]


def test_a_binding_that_has_ended_binds_no_more(view):
    held = view["C1"]
    assert (held["contract_type"], held["contract_months_left"], held["contracts"]) == ("zero_down", 3, 1)
    assert (held["plan_not_changeable"], held["plan_not_changeable_reason"]) == (True, "zero_down")
    assert (view["C4"]["contract_months_left"], view["C4"]["plan_not_changeable"]) == (0, False)


def test_account(view):
    account = view["C1"]
    assert (account["bill_last_month_fen"], account["bill_trend_percent"], account["data_share_of_bill_percent"]) == (3000, -50, 25)
    assert (account["balance_total_fen"], account["balance_days_left"], account["arrears_total"], account["arrears_months"]) == (800, 6, 700, 2)
    assert (account["paid_this_month_fen"], account["paid_total_fen"], account["topped_up_twice"]) == (1000, 21000, True)
    assert account["margin_last_month_fen"] == 3000 + 30 - 100 - 50


def test_plan_advice_goes_to_those_who_may_change_and_save_enough(view):
    assert [view[key]["needs_plan_advice"] for key in ("C1", "C3", "C4")] == [False, True, False]
    assert [(view[key]["advised_plan"], view[key]["plan_saving_fen"]) for key in ("C1", "C3", "C4")] == [(None, None), ("m_zone_28", 1000), ("m_zone_28", 999)]
    held = view["C1"]
    assert (held["own_plan_cost_fen"], held["cheapest_plan"], held["cheapest_plan_cost_fen"], held["plan_advice_exclusion"]) == (
        *(5800, "m_zone_28", 2800),
        "zero_down",
    )


def test_a_half_year_that_is_not_of_last_month_is_not_taken_for_it(view):
    assert (view["C3"]["bill_last_month_fen"], view["C3"]["paid_total_fen"]) == (None, 0)


def test_usage_of_this_month_and_of_last_month(view):
    use = view["C1"]
    assert (use["data_bytes_this_month"], use["data_bytes_last_month"]) == (6 << 30, 5 << 30)
    assert (use["data_plan_share_used"], use["data_plan_left_bytes"]) == (1.2, 0)
    assert (use["voice_seconds_this_month"], use["voice_plan_share_used"], use["days_since_competitor_service_call"]) == (660, 600 / 18000, 3)
    assert (use["competitor_share_last_month_percent"], use["active_days_this_month"]) == (25, 4)
    # greatest and least pass over nulls: what is not known must not become 0 or a whole month
    assert (view["C4"]["active_days_last_month"], view["C4"]["data_plan_left_bytes"], view["C4"]["balance_days_left"]) == (None, None, None)
    assert view["C3"]["active_days_this_month"] == 5  # the old warehouse counted four days, of which two come again, late
    assert (use["favourite_app_class"], view["C4"]["favourite_app_class"], view["C4"]["favourite_content"]) == ("music", None, None)
    assert (view["C4"]["data_bytes_this_month"], view["C4"]["data_bytes_last_month"], view["C4"]["is_zero_usage_this_month"]) == (0, None, True)


def test_windows_of_visits_end_on_the_business_date(view):
    visits = view["C1"]
    assert [visits[f"hall_visits_{days}_days"] for days in (7, 30, 90)] == [1, 5, 13]
    assert [visits[f"web_visits_{days}_days"] for days in (7, 30, 90)] == [2, 2, 2]
    assert [visits[f"complaints_{days}_days"] for days in (7, 30, 90)] == [1, 1, 17]
    assert (visits["days_since_last_visit"], visits["last_visit_channel"], visits["preferred_visit_channel"]) == (0, "hall", "hall")
    assert visits["e_channel_share_90_days_percent"] == 13  # 2 of 15, rounded down
    assert (visits["last_cancel_channel"], visits["last_order_channel"], visits["days_since_last_value_added_order"]) == ("web", None, 6)


def test_marketing_contacts_and_outcomes(view):
    marketing = view["C1"]
    assert [marketing[f"sms_marketing_contacts_{days}_days"] for days in (7, 30, 90)] == [2, 2, 2]
    assert [marketing[f"marketing_contacts_{days}_days"] for days in (7, 30, 90)] == [3, 3, 4]
    assert marketing["marketing_contacts_this_month"] == 2
    assert (marketing["call_accepted_90_days"], marketing["hall_accepted_90_days"], marketing["marketing_refused_90_days"]) == (1, 1, 1)
    assert (marketing["last_marketing_product"], marketing["last_marketing_outcome"], marketing["days_since_last_marketing_contact"]) == (
        "music_club",
        "refused",
        1,
    )
    assert (marketing["last_accepted_product"], marketing["products_offered_90_days"], marketing["best_marketing_channel"]) == ("ringback_tone", 3, "call")


def test_offers_and_outcomes_by_product(view):
    offered = view["C1"]
    assert (offered["ringback_tone_offers_90_days"], offered["ringback_tone_last_outcome"]) == (2, "accepted")  # silence of the day before it is older
    assert (offered["music_club_offers_90_days"], offered["music_club_last_outcome"]) == (1, "refused")
    assert (offered["family_plan_offers_90_days"], offered["family_plan_last_outcome"]) == (1, "accepted")
    assert (offered["voice_pack_offers_90_days"], offered["voice_pack_last_outcome"]) == (0, None)
    assert (offered["sms_refused_90_days"], offered["call_refused_90_days"]) == (1, 0)


def test_scores_are_those_of_the_night_before(view):
    scored = view["C1"]
    assert (scored["probability_mobile_newspaper"], scored["probability_video_member"], scored["probability_ringback_tone"]) == (0.25, 0.04, None)
    assert (scored["likeliest_product"], scored["churn_probability"]) == ("mobile_newspaper", 0.125)
    assert (view["C4"]["likeliest_product"], view["C4"]["churn_probability"]) == (None, None)


def test_bans_in_force(view):
    assert (view["C1"]["do_not_disturb"], view["C1"]["do_not_disturb_texts"], view["C1"]["banned_channels"]) == (False, True, 1)
    assert (view["C3"]["do_not_disturb"], view["C3"]["is_staff_or_test"]) == (True, True)
    assert (view["C4"]["do_not_disturb"], view["C4"]["banned_channels"]) == (False, 0)


def test_places_by_time_band(view):
    place = view["C1"]
    assert (place["area_night"], place["area_morning"], place["area_afternoon"]) == ("anzhou_a1", "anzhou_a3", None)
    assert (place["home_area"], place["work_area"], place["most_seen_area"]) == ("anzhou_a2", "anzhou_a3", "anzhou_a3")
    assert (place["home_city"], place["lives_in_own_city"], place["areas_seen"]) == ("anzhou", True, 3)
    assert (place["seen_share_roaming_percent"], place["voice_share_top_area_percent"]) == (52, 40)  # 20 of 38, 2 of 5
    # home is anzhou_a2 with 2 of 5 places' seconds and bytes, work is anzhou_a3 with 1 of 5
    assert (place["voice_share_home_area_percent"], place["data_share_home_area_percent"]) == (40, 40)
    assert (place["voice_share_work_area_percent"], place["data_share_work_area_percent"]) == (20, 20)
    assert view["C4"]["voice_share_home_area_percent"] is None


def test_terminal(view):
    terminal = view["C1"]
    assert (terminal["is_smartphone"], terminal["terminal_brand"], terminal["supports_5g"], terminal["changed_terminal_brand"]) == (True, "B1", True, True)
    assert (terminal["terminal_age_months"], terminal["terminal_held_months"]) == (12, 6)
    assert (view["C4"]["is_smartphone"], view["C4"]["terminal_changes_12_months"]) == (None, 0)


def test_sums_of_the_old_warehouse_count_where_their_days_are_not_known(view):
    known = view["C5"]
    assert (known["competitor_service_calls_last_month"], known["days_since_competitor_service_call"], known["competitor_interest"]) == (2, None, True)
    assert (known["voice_seconds_roaming_this_month"], known["roaming_days_this_month"]) == (60, None)
    assert (view["C3"]["roaming_days_this_month"], view["C4"]["roaming_days_this_month"], view["C4"]["competitor_interest"]) == (0, 0, False)


def test_use_of_a_month_that_is_not_known_raises_no_tag(view):
    unknown = view["C5"]
    assert {unknown[name] for name in ("voice_seconds_last_month", "data_bytes_last_month", "is_zero_usage_last_month", "active_days_last_month")} == {None}
    assert {unknown[name] for name in ("data_sudden_fall", "voice_sudden_fall", "needs_plan_advice")} == {False}


def test_tags_follow_from_other_fields(view):
    tags = view["C1"]
    assert (tags["spend_sudden_fall"], tags["competitor_interest"], tags["bundle_exceeded"], tags["music_lover"]) == (True, True, True, True)
    assert (tags["contract_ending"], tags["vip_level_changed"], tags["vip_level_change"]) == (True, True, 1)
    assert tags["churn_points"] == 25 + 20 + 10 + 10  # spend, competitor, complaint, contract
    assert tags["churn_risk"] == "high"
    assert view["C4"]["churn_risk"] == "low"
    # C3 joined in October without a checked name and does nothing; C4 does nothing either, for years
    assert [view[key]["suspected_fake_active_card"] for key in ("C1", "C3", "C4")] == [False, True, False]
