"""approval: the newest decision on exactly a content counts, from the night on that it holds for."""

from datetime import UTC, date, datetime

import pytest

from jobs.campaign.approval import approved_contents, decide, decisions, first_open_night, standing
from jobs.campaign.campaign import load_campaigns
from jobs.conf import Conf
from jobs.errors import Refusal
from jobs.paths import ROOT
from tests.frames import rows

NOON, ONE = datetime(2026, 11, 4, 12, tzinfo=UTC), datetime(2026, 11, 4, 13, tzinfo=UTC)
NIGHT = date(2026, 11, 5)


@pytest.fixture(scope="module")
def ringback():
    return next(campaign for campaign in load_campaigns(Conf(ROOT / "conf")) if campaign.campaign == "ringback_autumn")


@pytest.fixture(scope="module")
def other():
    return next(campaign for campaign in load_campaigns(Conf(ROOT / "conf")) if campaign.campaign == "ringback_spring")


@pytest.mark.core
def test_a_later_decision_replaces_an_earlier_one(run_on, ringback):
    lake = run_on("2026-11-05").lake
    assert standing(ringback, decisions(lake), NIGHT) == "not approved"
    decide(lake, [ringback], "approved", "wang", NOON, None, None)
    assert standing(ringback, decisions(lake), NIGHT) == "approved"
    decide(lake, [ringback], "rejected", "li", ONE, "too many", None)
    assert standing(ringback, decisions(lake), NIGHT) == "rejected"
    assert [(one.decision, one.by, one.note) for one in decisions(lake)] == [("rejected", "li", "too many"), ("approved", "wang", None)]


@pytest.mark.core
def test_a_rejection_wins_over_an_approval_of_the_same_moment(run_on, ringback):
    lake = run_on("2026-11-05").lake
    decide(lake, [ringback], "approved", "wang", NOON, None, None)
    decide(lake, [ringback], "rejected", "li", NOON, None, None)
    assert standing(ringback, decisions(lake), NIGHT) == "rejected"


@pytest.mark.core
def test_a_decision_that_would_not_count_is_refused_and_none_of_its_command_is_taken(run_on, ringback, other):
    lake = run_on("2026-11-05").lake
    decide(lake, [ringback], "approved", "wang", datetime(2099, 1, 1, tzinfo=UTC), None, None)
    for at in (NOON, datetime(2098, 12, 31, tzinfo=UTC)):
        with pytest.raises(Refusal, match=r"ringback_autumn: wang approved this content at 2099-01-01T00:00:00.*name a later moment with --at"):
            decide(lake, [other, ringback], "rejected", "li", at, None, None)
    assert standing(other, decisions(lake), NIGHT) == "not approved"
    decide(lake, [other, ringback], "rejected", "li", datetime(2099, 1, 2, tzinfo=UTC), None, None)
    assert [standing(one, decisions(lake), NIGHT) for one in (ringback, other)] == ["rejected", "rejected"]


@pytest.mark.core
def test_published_nights_are_not_reached(run_on, ringback, other):
    lake = run_on("2026-11-05").lake
    decide(lake, [ringback], "approved", "wang", NOON, None, NIGHT)
    published = lake.home / "lists" / "channel=sms" / "contact_date=2026-11-06" / "revision=1"
    published.mkdir(parents=True)
    (published / "_SUCCESS").touch()
    for campaign, decision, stood in ((ringback, "rejected", "approved"), (other, "approved", "not approved")):
        with pytest.raises(Refusal, match=rf"night of 2026-11-05 was published with this content {stood}.*can hold from the night of 2026-11-06"):
            decide(lake, [campaign], decision, "li", ONE, None, NIGHT)
    assert decide(lake, [ringback], "approved", "wang", ONE, None, NIGHT) == [NIGHT]  # says the same again: nothing to add
    assert len(decisions(lake)) == 1
    assert decide(lake, [ringback], "rejected", "li", ONE, None, None) == [date(2026, 11, 6)]
    assert [standing(ringback, decisions(lake), date(2026, 11, day)) for day in (5, 6)] == ["approved", "rejected"]


@pytest.mark.core
def test_an_edit_needs_a_new_approval(run_on, ringback):
    lake = run_on("2026-11-05").lake
    decide(lake, [ringback], "approved", "wang", NOON, None, None)
    edited = ringback.model_copy()
    edited._content_hash = "0" * 64
    assert standing(edited, decisions(lake), NIGHT) == "edited since approval"


@pytest.mark.core
def test_a_decision_holds_from_the_night_it_names(run_on, ringback):
    lake = run_on("2026-11-05").lake
    assert decide(lake, [ringback], "approved", "wang", NOON, None, date(2026, 11, 6)) == [date(2026, 11, 6)]
    made = decisions(lake)
    assert [standing(ringback, made, date(2026, 11, day)) for day in (5, 6)] == ["not approved", "approved"]


@pytest.mark.core
def test_without_a_night_a_decision_holds_from_the_first_open_one_of_the_period(run_on, ringback):
    home = run_on("2026-11-05").home
    assert first_open_night(home, ringback) == date(2026, 10, 31), "nothing is published: the night whose lists are for the first day of the period"
    published = home / "lists" / "channel=sms" / "contact_date=2026-11-06" / "revision=1"
    published.mkdir(parents=True)
    (published / "_SUCCESS").touch()
    assert first_open_night(home, ringback) == date(2026, 11, 6), "the night of 5 November is published"


@pytest.mark.spark
def test_the_night_sees_contents_whose_newest_decision_is_an_approval(spark):
    approval = rows(
        spark,
        "approval",
        """
        business_date | campaign | content_hash | decision | by   | at                  | case
        2026-11-01    | a        | h1           | approved | wang | 2026-11-01 10:00:00 | approved once
        2026-11-01    | b        | h2           | approved | wang | 2026-11-01 10:00:00 | rejected later
        2026-11-01    | b        | h2           | rejected | li   | 2026-11-01 11:00:00 | rejected later
        2026-11-02    | c        | h3           | rejected | li   | 2026-11-02 10:00:00 | approved in the end
        2026-11-03    | c        | h3           | approved | wang | 2026-11-03 10:00:00 | approved in the end
        2026-11-03    | c        | h4           | rejected | wang | 2026-11-04 10:00:00 | another content of c
        2026-11-03    | d        | h5           | approved | wang | 2026-11-04 10:00:00 | both at one moment
        2026-11-03    | d        | h5           | rejected | li   | 2026-11-04 10:00:00 | both at one moment
        """,
    )
    assert sorted(tuple(row) for row in approved_contents(approval).collect()) == [("a", "h1"), ("c", "h3")]
