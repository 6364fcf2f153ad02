"""what_if: without a change it is the night's own pick; a change moves what it must; nothing is written."""

import pytest

from jobs.contact.what_if import changed_conf, what_if
from jobs.errors import UserError
from tests.jobs.campaign.rehearsed_home import CAMPAIGNS, NIGHT, RULES, make_home
from tests.jobs.contact.house import house


@pytest.fixture(scope="module")
def decided(spark, tmp_path_factory):
    """A run whose night is decided by Spark."""
    from jobs.contact.candidate import candidate
    from jobs.contact.decision import decision
    from jobs.contact.frequency_cap import frequency_cap

    run = house(tmp_path_factory.mktemp("decided"), spark, str(NIGHT), CAMPAIGNS, **RULES)
    make_home(run)

    def read(name):
        return run.lake.read_parameter(name, run.business_date)

    scores = [read(f"{name}_score") for name in ("customer_product", "customer_channel", "product_channel")]
    candidates = candidate(read("customer_view"), *scores, read("past_contact"), read("outcome"), read("approval"), run)
    run.lake.write(candidates, "candidate", run.business_date)
    counted = frequency_cap(read("past_contact"), read("issued_before"), read("outcome"), run)
    facts = [read(name) for name in ("past_contact", "issued_before", "outcome", "identity")]
    run.lake.write(decision(read("candidate"), read("do_not_disturb"), read("control_assignment"), counted, *facts, run), "decision", run.business_date)
    return run


@pytest.mark.spark
def test_without_a_change_in_effect_it_is_the_pick_of_the_night(decided):
    files = sorted(path for path in decided.home.rglob("*") if path.is_file())
    found = what_if(decided, ["sms=+0%"], [])
    assert found.notes == []
    assert found.before == found.after and found.before.contacts > 10
    assert found.customers == {"newly": 0, "no_longer": 0, "otherwise": 0} and found.examples == []
    assert sorted(path for path in decided.home.rglob("*") if path.is_file()) == files


@pytest.mark.spark
def test_a_channel_that_is_closed_loses_its_contacts_and_a_wider_cap_lets_more_pass(decided):
    closed = what_if(decided, ["sms=0"], [])
    assert closed.channels["sms"]["capacity"]["after"] == 0
    assert closed.channels["sms"]["before"].contacts > 0 == closed.channels["sms"]["after"].contacts
    assert closed.after.value < closed.before.value
    assert closed.customers["no_longer"] > 0 and closed.examples[0]["before"] != closed.examples[0]["after"]
    caps = [cap.name for cap in decided.conf.contact_rules.caps if cap.enabled]
    wider = what_if(decided, [], [f"{name}=+5" for name in caps])
    assert wider.after.value > wider.before.value
    assert wider.channels["sms"]["after"].contacts > wider.channels["sms"]["before"].contacts


@pytest.mark.core
def test_changes_are_told_in_words_and_a_share_holds_for_places_too(conf):
    changed, told = changed_conf(conf, ["hall=-50%", "sms=+500"], ["sms=3", "customer_month=-1"])
    hall, sms = changed.channels["hall"].capacity, changed.channels["sms"].capacity
    assert hall.day == conf.channels["hall"].capacity.day // 2
    assert hall.place.day == conf.channels["hall"].capacity.place.day // 2
    assert sms.day == conf.channels["sms"].capacity.day + 500
    assert {cap.name: cap.max for cap in changed.contact_rules.caps if cap.name in ("sms_month", "customer_month")} == {"sms_month": 3, "customer_month": 4}
    assert told[0].endswith("its places alike") and told[2] == "cap sms_month: 2 -> 3 a month"
    assert conf.channels["hall"].capacity.day != hall.day, "the conf itself stays"


@pytest.mark.core
def test_a_cap_of_frequency_cells_changes_in_every_cell(conf):
    changed, _ = changed_conf(conf, [], ["frequency_cell=-50%"])
    before, after = (next(cap.by_cell for cap in one.contact_rules.caps if cap.name == "frequency_cell") for one in (conf, changed))
    assert after == {cell: most // 2 for cell, most in before.items()} and min(before.values()) > 1


@pytest.mark.core
@pytest.mark.parametrize(
    ("capacities", "limits", "reason"),
    [
        (["cal=+10%"], [], "--capacity: unknown channel 'cal' (did you mean 'call'?)"),
        (["call"], [], "--capacity: 'call' is no change"),
        (["call=-1e9"], [], "is no change"),
        (["call=-99999999"], [], "is below 0"),
        ([], ["grade_month=9"], "--cap: no cap 'grade_month'"),
        ([], ["=3"], "--cap: no cap ''"),
    ],
)
def test_a_wrong_change_is_one_line(conf, capacities, limits, reason):
    with pytest.raises(UserError) as error:
        changed_conf(conf, capacities, limits)
    assert reason in str(error.value)


@pytest.mark.core
def test_a_night_that_is_not_decided_is_refused(run_on):
    with pytest.raises(UserError, match=r"there is no decided night of 2026-11-10; `cpc run night --date 2026-11-10` makes one"):
        what_if(run_on("2026-11-10"), ["sms=+1"], [])
