"""What took the place of an option that passed the rules: the customer's chosen options, and the poorest of those who filled a channel or a budget."""

from datetime import date
from decimal import Decimal

import pytest

from tests.jobs.explain.explained_home import LOW, contact, night, option, told

pytestmark = pytest.mark.core
TONIGHT = date(2026, 11, 11)


def issued(contact_id: str, worth: str, **changes) -> dict:
    return contact(contact_id, TONIGHT, **{"expected_value": Decimal(worth), **changes})


def test_one_channel_a_campaign_names_the_chosen_channel_and_the_difference(tmp_path):
    others = [option("issued", "", channel="web", expected_value=1.4), option("issued", "", "music", "web", expected_value=0.5)]
    rows = [issued("a", "1.4", channel="web"), issued("b", "0.5", campaign="music", channel="web")]
    said = told(night(tmp_path), option("lower_value", "one_channel_a_campaign"), *others, contact=rows)
    assert "a value above 1.4000 yuan; it is 1.1500, 0.2500 less" in said["would_need"] and "autumn by web, worth 1.4000 yuan" in said["would_need"]
    assert "music" not in said["would_need"] and said["contacts"] == ["a"]


def test_contacts_a_night_names_all_and_the_poorest_counts(tmp_path):
    others = [option("issued", "", channel="web", expected_value=3.0), option("campaign_holdout", "holdout", "music", "web", expected_value=2.0)]
    said = told(night(tmp_path), option("lower_value", "contacts_a_night"), *others)
    assert "a value above 2.0000 yuan; it is 1.1500, 0.8500 less" in said["would_need"]
    assert "autumn by web, worth 3.0000 yuan and music by web, worth 2.0000 yuan" in said["would_need"]


def test_exclusive_campaigns_count_by_either_ones_word(tmp_path):
    # autumn names music, music names nobody.
    said = told(night(tmp_path), option("lower_value", "exclusive_with", "music", "web"), option("issued", "", expected_value=1.2))
    assert "autumn by sms, worth 1.2000 yuan" in said["would_need"]


@pytest.mark.parametrize("rule", ["cap:sms_month", "min_interval:channel_days"])
def test_a_shared_allowance_names_the_option_that_took_it(tmp_path, rule):
    others = [option("issued", "", "music", expected_value=1.65), option("issued", "", channel="web", expected_value=9.0)]
    said = told(night(tmp_path), option("lower_value", rule), *others)
    assert "a value above 1.6500 yuan; it is 1.1500, 0.5000 less" in said["would_need"] and "autumn by web" not in said["would_need"]


def test_a_better_option_that_lost_to_the_plan_is_not_called_poorer(tmp_path):
    said = told(night(tmp_path), option("lower_value", "contacts_a_night"), option("issued", "", channel="web", expected_value=1.0))
    assert "worth 0.1500 yuan more to this customer" in said["would_need"] and "a value above" not in said["would_need"]


def test_a_full_channel_tells_its_capacity_and_its_poorest_row(tmp_path):
    rows = [
        issued("a", "2.25", customer_id="C2", channel="call"),
        issued("b", "7.5", customer_id="C3", channel="call"),
        issued("c", "0.1", customer_id="C4", channel="call", revoked_in=2),  # taken out again
        issued("d", "0.1", customer_id="C5", channel="web"),
    ]
    said = told(night(tmp_path), option("no_capacity", "channel:call", channel="call"), option("issued", "", channel="web", expected_value=0.4), contact=rows)
    assert "a value above 2.2500 yuan, what the poorest of them is worth; it is 1.1500, 1.1000 less" in said["would_need"]
    assert "call works 400 rows a day, and all went to others (2 of them issued); the customer got autumn by web, worth 0.4000 yuan" in said["would_need"]


def test_a_full_place_counts_its_own_rows(tmp_path):
    rows = [issued("a", "2.25", customer_id="C2", channel="hall", place="B1"), issued("b", "1.2", customer_id="C3", channel="hall", place="B2")]
    said = told(night(tmp_path), option("no_capacity", "place:hall:B1", channel="hall", place="B1"), contact=rows)
    assert "hall at B1 works 60 rows a day" in said["would_need"] and "a value above 2.2500 yuan" in said["would_need"]
    assert "the customer got nothing else" in said["would_need"]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("money:autumn", "0.10 of 30 yuan were spent before this night, the rest on its 1 contacts; this one costs 0.05 yuan"),
        ("contacts:autumn", "2 of 40 contacts were used before this night, the rest by its 1"),
    ],
)
def test_a_spent_budget_tells_what_it_went_to(tmp_path, rule, says):
    before = [
        contact("a", date(2026, 11, 2), customer_id="C2"),
        contact("b", date(2026, 11, 9), customer_id="C3"),
        contact("c", date(2026, 10, 20), customer_id="C4"),
    ]
    said = told(night(tmp_path), option("out_of_budget", rule), contact=[*before, issued("d", "1.35", customer_id="C5")])
    assert f"budget of autumn: {says}" in said["would_need"] and "a value above 1.3500 yuan" in said["would_need"] and LOW not in said["would_need"]
