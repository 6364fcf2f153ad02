"""preview against the night: the same tables, judged by Spark's candidate, rules and decision, give the same customers for the same reasons."""

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from pyspark.sql import functions as F

from bench.preview_reference import reference
from jobs.campaign.offer import offer_of_campaign, offer_of_filter
from jobs.campaign.preview import OnChannel, preview
from jobs.campaign.preview_rules import BEFORE_THE_RULES
from jobs.contact.candidate import candidate
from jobs.contact.decision import decision
from jobs.contact.frequency_cap import frequency_cap
from jobs.contact.precedence import LEVELS, NEEDS, ORDER
from jobs.contact.share import share_of
from jobs.feedback.states import FINAL_ANSWERS
from tests.jobs.campaign.rehearsed_home import CAMPAIGNS, NIGHT, RULES, make_home
from tests.jobs.contact.house import house

pytestmark = pytest.mark.spark
REASONS = {reason for reason, _ in ORDER}


@pytest.fixture(scope="module")
def run(spark, tmp_path_factory):
    made = house(tmp_path_factory.mktemp("rehearsed"), spark, str(NIGHT), CAMPAIGNS, **RULES)
    make_home(made)
    return made


@pytest.fixture(scope="module")
def read(run):
    """The tables of the night by the names of parameters, as the runner reads them."""
    return cache(lambda parameter: run.lake.read_parameter(parameter, run.business_date))


@pytest.fixture(scope="module")
def decided(run, read):
    """(campaign, channel) -> how many candidates end with each (reason, rule) in the night's decision."""
    scores = [read(f"{name}_score") for name in ("customer_product", "customer_channel", "product_channel")]
    candidates = candidate(read("customer_view"), *scores, read("past_contact"), read("outcome"), read("approval"), run).cache()
    counted = frequency_cap(read("past_contact"), read("issued_before"), read("outcome"), run)
    facts = [read(name) for name in ("past_contact", "issued_before", "outcome", "identity")]
    found: dict[tuple, Counter] = {}
    for row in decision(candidates, read("do_not_disturb"), read("control_assignment"), counted, *facts, run).collect():
        found.setdefault((row.campaign, row.channel), Counter())[row.reason, row.rule] += 1
    return found


def removed(one: OnChannel) -> Counter:
    return Counter({(rule["reason"], rule["rule"]): rule["removed"] for rule in one.rules if rule["removed"] and rule["reason"] not in BEFORE_THE_RULES})


def test_what_remains_and_what_each_rule_removes_is_what_the_decision_then_holds(run, decided):
    compared = set()
    for name in [one["campaign"] for one in CAMPAIGNS]:
        found = preview(offer_of_campaign(name, run.conf), run)
        for channel, one in found.channels.items():
            of_decision = decided.get((name, channel), Counter())
            by_rules = Counter({key: count for key, count in of_decision.items() if key[0] in REASONS})
            assert removed(one) == by_rules, (name, channel)
            assert one.remaining == of_decision.total() - by_rules.total(), (name, channel)
            assert one.remaining + sum(one.removed.values()) == found.matched
            compared.add((name, channel))
    assert compared >= set(decided)
    bound = {key for counts in decided.values() for key in counts}
    named = {rule["name"] for rule in (*RULES["caps"], *RULES["minimum_days"]) if rule.get("enabled", True)}
    assert {reason for reason, _ in bound} >= REASONS, "every rule binds for someone"
    assert {rule for _, rule in bound} >= {*named, *LEVELS, *NEEDS, *FINAL_ANSWERS, "share", "delay_days", "once", "max_contacts", "min_days_between"}


def test_a_draft_goes_nowhere_now_and_is_judged_as_if_approved_beside(run, decided):
    found = preview(offer_of_campaign("draft", run.conf), run)
    assert found.standing == "not approved" and decided["draft", "sms"] == {("not_approved", "approval"): found.channels["sms"].removed["not_approved"]}
    assert found.once_approved["sms"].remaining > 0 == found.channels["sms"].remaining
    assert found.once_approved["web"].removed["no_score"] + sum(found.once_approved["web"].removed[one] for one in ("closed", "product_held")) == found.matched


def test_an_ad_hoc_filter_is_judged_as_a_first_contact_that_names_neither_product_nor_campaign(run):
    offer = offer_of_filter("age >= 20 and city <> 'beihe'", [], run.conf)
    found = preview(offer, run, ["city", "vip_level"])
    expected = reference(offer, run, [F.col("city"), F.col("vip_level")])
    assert {channel: removed(one) for channel, one in found.channels.items()} == expected.removed
    assert {reason for counts in expected.removed.values() for reason, _ in counts} == {"global_control", "do_not_disturb", "no_address", "cap", "min_interval"}
    assert found.matched == expected.matched
    assert {(row["city"], row["vip_level"]): row["matched"] for row in found.by} == expected.by


def test_before_the_night_has_drawn_the_control_group_it_is_the_one_that_will_be_drawn(run, read, tmp_path):
    before = replace(run, home=tmp_path)
    for table in ("customer_view", "identity"):
        before.lake.append(run.lake.scan(table), table)
    control = run.conf.contact_rules.control.global_
    drawn = read("customer_view").where("status <> 'closed'").where(share_of(control.salt, "customer_id") < control.share).count()
    assert preview(offer_of_filter("true", ["web"], run.conf), before).channels["web"].removed["global_control"] == drawn > 0
