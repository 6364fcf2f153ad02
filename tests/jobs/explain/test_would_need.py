"""For each reason before the pick: what would have had to differ, by name, count, contact and date. Worked out by hand."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from jobs.campaign.approval import decide
from jobs.campaign.campaign import load_campaigns
from jobs.contact.share_values import share_values
from tests.jobs.explain.explained_home import LOW, contact, night, option, told

pytestmark = pytest.mark.home


def state(contact_id: str, outcome: str) -> dict:
    return {"contact_id": contact_id, "outcome": outcome}


def test_no_approval_names_the_command(tmp_path):
    said = told(night(tmp_path), option("not_approved", "approval"))
    assert "(it is not approved): `cpc campaign approve autumn --by YOU`" in said["would_need"]


def test_an_approval_that_came_after_the_night_is_told_apart(tmp_path):
    run = night(tmp_path)
    autumn = [one for one in load_campaigns(run.conf) if one.campaign == "autumn"]
    decide(run.lake, autumn, "rejected", "wang", datetime(2026, 11, 1, tzinfo=UTC), None, run.business_date)
    assert "(it is rejected)" in told(run, option("not_approved", "approval"))["would_need"]


def test_outside_the_share_tells_the_draw(tmp_path):
    run = night(tmp_path)
    said = told(run, option("not_due", "share"))
    (draw,) = share_values(run.conf.contact_rules.tie_salt, ["autumn", "1"], np.array(["C1"]))
    assert f"a draw below the share 0.25 of wave 1; the customer's is {draw:.4f}" in said["would_need"] and said["earliest"] is None


def test_a_later_wave_is_due_after_its_delay(tmp_path):
    said = told(night(tmp_path), option("not_due", "delay_days", channel="hall", wave=2), contact=[contact("a", date(2026, 11, 9))])
    assert "3 days since autumn by sms on 2026-11-09 (no response): wave 2 is due on 2026-11-12" in said["would_need"]
    assert (said["earliest"], said["contacts"]) == (date(2026, 11, 12), ["a"])


def test_delivered_once_goes_on_only_after_certain_answers(tmp_path):
    said = told(night(tmp_path), option("not_due", "once"), contact=[contact("a", date(2026, 11, 2))], outcome=[state("a", "refused")])
    assert (
        "autumn by sms on 2026-11-02 (refused): delivered once, it goes on only after considering, not_reached, not_shown, failed, no_response"
        in said["would_need"]
    )


def test_an_answer_stops_the_product_until_the_campaign_ends(tmp_path):
    rows = [contact("a", date(2026, 11, 3), channel="web"), contact("b", date(2026, 11, 5)), contact("c", date(2026, 10, 30))]
    said = told(night(tmp_path), option("stopped_by_outcome", "refused"), contact=rows, outcome=[state("a", "refused"), state("c", "accepted")])
    assert (
        "no answer that stops ringback_tone since 2026-11-01: autumn by web on 2026-11-03 (refused); not before the campaign ends on 2026-11-30"
        in said["would_need"]
    )
    assert (said["earliest"], said["contacts"]) == (None, ["a"])


@pytest.mark.parametrize(
    ("reason", "rule", "says"), [("global_control", "global", "global control group"), ("campaign_holdout", "holdout", "in the 10% that autumn holds out")]
)
def test_held_out_customers_are_never_contacted_by_design(tmp_path, reason, rule, says):
    said = told(night(tmp_path), option(reason, rule))
    assert said["would_need"].startswith("never, by design") and says in said["would_need"] and said["earliest"] is None


def ban(level: str, end: date | None, **changes) -> dict:
    return {"customer_id": "C1", "level": level, "reason": "asked", "source": "register", "start_date": date(2026, 3, 1), "end_date": end, **changes}


def test_bans_tell_level_reason_source_and_end(tmp_path):
    bans = [
        ban("channel", date(2026, 11, 20), channel="sms"),
        ban("product", date(2026, 12, 24), product="ringback_tone", reason="2 in 90 days", source="refusals"),
        ban("channel", None, channel="call"),  # another channel
        ban("product", date(2026, 11, 10), product="ringback_tone", reason="over"),  # ended the day before the contact date
    ]
    said = told(night(tmp_path), option("do_not_disturb", "product"), do_not_disturb=bans)
    assert "channel ban of sms (asked, from register), since 2026-03-01, until 2026-11-20" in said["would_need"]
    assert "product ban of ringback_tone (2 in 90 days, from refusals), since 2026-03-01, until 2026-12-24; free from 2026-12-25" in said["would_need"]
    assert "call" not in said["would_need"] and "over" not in said["would_need"] and said["earliest"] == date(2026, 12, 25)


def test_a_ban_without_end_must_be_lifted(tmp_path):
    said = told(
        night(tmp_path),
        option("do_not_disturb", "system"),
        do_not_disturb=[ban("system", date(2026, 12, 1), business_date=date(2026, 11, 5)), ban("system", None)],
    )
    assert "system ban of everything (asked, from register), since 2026-03-01, without end; it has no end" in said["would_need"] and said["earliest"] is None


def test_a_missing_address_is_named(tmp_path):
    assert "an e-mail address of the customer" in told(night(tmp_path), option("no_address", "email", channel="email"))["would_need"]


CAPS = [{"name": "sms_month", "counts": ["customer"], "types": [LOW], "channels": ["sms"], "window": "month", "max": 2, "by_grade": {"vip": 1}}]


def test_a_cap_tells_what_used_it_and_when_it_returns(tmp_path):
    rows = [
        contact("a", date(2026, 11, 3)),
        contact("b", date(2026, 11, 8), "music"),
        contact("c", date(2026, 11, 9)),  # failed: gave its allowance back
        contact("d", date(2026, 10, 31)),  # last month
        contact("e", date(2026, 11, 9), channel="web"),  # another channel
    ]
    used = [{"customer_id": "C1", "cap": "sms_month", "campaign_type": LOW, "used": 2, "used_tonight": 0}]
    said = told(night(tmp_path, caps=CAPS), option("cap", "sms_month"), contact=rows, outcome=[state("c", "failed")], frequency_cap=used)
    assert (
        "an allowance of sms_month: 2 of 2 are used in November 2026 by autumn by sms on 2026-11-03 (no response); music by sms on 2026-11-08"
        in said["would_need"]
    )
    assert "they return on 2026-12-01, earlier where the channel reports one as not_reached, not_shown or failed" in said["would_need"]
    assert said["contacts"] == ["a", "b"] and said["earliest"] is None  # the campaign ends on 30 November
    assert said["rule_in_words"] == "sms_month: at most 2 contacts by sms a calendar month, one campaign type"


def test_the_cap_of_a_cell_is_told_with_the_maximum_of_the_customers_cell(tmp_path):
    cap = {"name": "cell", "counts": ["customer"], "types": [LOW], "across_types": True, "window": "month", "max": 6, "by_cell": {"at_most_2": 2}}
    tables = {
        "contact": [contact("a", date(2026, 11, 3)), contact("b", date(2026, 11, 8), "music")],
        "frequency_cap": [{"customer_id": "C1", "cap": "cell", "used": 2, "used_tonight": 0}],
        "control_assignment": [{"customer_id": "C1", "layer": "frequency", "arm": "at_most_2"}],
    }
    said = told(night(tmp_path, caps=[cap]), option("cap", "cell"), **tables)
    assert "an allowance of cell: 2 of 2 are used" in said["would_need"] and said["contacts"] == ["a", "b"]


@pytest.mark.parametrize("revoked_in", [None, 2])  # a row that the second revision took out keeps its allowance
def test_an_earlier_revision_of_the_same_night_uses_allowances_too(tmp_path, revoked_in):
    rows = [contact("a", date(2026, 11, 3)), contact("b", date(2026, 11, 11), "music", revoked_in=revoked_in), contact("z", date(2026, 11, 11), round=2)]
    used = [{"customer_id": "C1", "cap": "sms_month", "campaign_type": LOW, "used": 2, "used_tonight": 1}]
    said = told(night(tmp_path, caps=CAPS), option("cap", "sms_month", channel="sms", wave=2, grade="vip"), contact=rows, frequency_cap=used)
    assert said["contacts"] == ["a", "b"] and "2 of 1 are used" in said["would_need"]


def test_the_campaigns_own_maximum_lasts_as_long_as_the_campaign(tmp_path):
    rows = [contact("a", date(2026, 11, 2)), contact("b", date(2026, 11, 6))]
    said = told(night(tmp_path), option("cap", "max_contacts"), contact=rows)
    assert "fewer than 2 contacts of autumn" in said["would_need"] and "not before the campaign ends on 2026-11-30" in said["would_need"]
    assert said["contacts"] == ["a", "b"]


@pytest.mark.parametrize(("rule", "days", "free"), [("same_product_days", 3, date(2026, 11, 12)), ("min_days_between", 4, date(2026, 11, 13))])
def test_minimum_days_tell_the_earliest_date(tmp_path, rule, days, free):
    rows = [contact("a", date(2026, 11, 9)), contact("b", date(2026, 11, 10), "music", "web")]
    said = told(night(tmp_path), option("min_interval", rule), contact=rows)
    assert f"{days} days since autumn by sms on 2026-11-09 (no response), by {rule}; possible again from {free}" in said["would_need"]
    assert (said["earliest"], said["contacts"]) == (free, ["a"])


def test_an_excluding_campaign_and_its_contact_are_named(tmp_path):
    said = told(night(tmp_path), option("excluded", "music"), contact=[contact("a", date(2026, 11, 4), "music", "web")])
    assert "no contact of music since 2026-11-01: music by web on 2026-11-04 (no response); not before the campaign ends on 2026-11-30" in said["would_need"]
    assert said["contacts"] == ["a"]


def test_a_negative_value_tells_the_probability_that_pays(tmp_path):
    # A call costs 3 yuan: of 12 yuan a quarter must accept, or each must be worth 30.
    said = told(night(tmp_path), option("negative_value", "expected_value", channel="call", cost_fen=300, expected_value=-1.8))
    assert "a probability above 25.0000% (it is 10.0000%), or an acceptance worth more than 30.00 yuan (it is 12)" in said["would_need"]


def test_a_passive_channel_costs_as_far_as_the_customer_comes(tmp_path):
    # The hall costs 1 yuan where the customer comes, which is 1 of 5: 0.2 yuan.
    said = told(night(tmp_path), option("negative_value", "expected_value", channel="hall", cost_fen=100, value=1.0, expected_value=-0.1))
    assert "a probability above 20.0000%" in said["would_need"]


def test_no_probability_is_enough_where_an_acceptance_is_worth_less_than_the_contact(tmp_path):
    said = told(night(tmp_path), option("negative_value", "expected_value", channel="call", cost_fen=300, value=2.0, expected_value=-2.8))
    assert "worth more than 3.0000 yuan" in said["would_need"] and "no probability is enough" in said["would_need"]
