"""outcome: the strongest outcome, the earliest time among equals, whatever the order and repetition of what came."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.catalogue.schema import ddl_of
from jobs.feedback.outcome import outcome
from jobs.feedback.states import GIVES_ALLOWANCE_BACK, STRONGEST_FIRST
from tests.frames import rows
from tests.jobs.feedback.landing import land

pytestmark = pytest.mark.spark


def test_the_strongest_outcome_holds_at_its_earliest_time(spark, spark_run_on):
    feedback = rows(
        spark,
        "contact_feedback",
        """
        contact_id | outcome     | occurred_at          | received_date | class           | case
        a          | delivered   | 2026-11-02T01:00:00Z | 2026-11-02    | accepted_as_new | weaker
        a          | accepted    | 2026-11-02T05:00:00Z | 2026-11-03    | accepted_as_new | strongest, but a later time
        a          | accepted    | 2026-11-02T03:00:00Z | 2026-11-05    | late_but_used   | strongest and earliest: holds
        a          | accepted    | 2026-11-02T03:00:00Z | 2026-11-06    | duplicate       | known on the fifth already
        a          | refused     | 2026-11-02T01:30:00Z | 2026-11-06    | superseded      | weaker
        b          | accepted    | 2026-11-02T01:00:00Z | 2026-11-02    | unknown_contact | says nothing
                   |             |                      | 2026-11-02    | malformed       | says nothing
        """,
    )
    found = outcome(feedback, spark_run_on("2026-11-06")).collect()
    assert [(row.contact_id, row.outcome, row.occurred_at, row.received_date, row.business_date) for row in found] == [
        ("a", "accepted", datetime(2026, 11, 2, 3), date(2026, 11, 5), date(2026, 11, 6))
    ]


def test_two_answers_of_one_moment_contradict_each_other(spark, spark_run_on):
    feedback = rows(
        spark,
        "contact_feedback",
        """
        contact_id   | outcome    | occurred_at          | received_date | class           | case
        shown_or_not | not_shown  | 2026-11-02T12:00:00Z | 2026-11-02    | accepted_as_new | nobody came
        shown_or_not | accepted   | 2026-11-02T12:00:00Z | 2026-11-02    | accepted_as_new | and accepted
        yes_or_no    | accepted   | 2026-11-02T12:00:00Z | 2026-11-02    | accepted_as_new | one answer
        yes_or_no    | refused    | 2026-11-02T12:00:00Z | 2026-11-03    | superseded      | and another
        shown        | delivered  | 2026-11-02T12:00:00Z | 2026-11-02    | accepted_as_new | shown
        shown        | accepted   | 2026-11-02T12:00:00Z | 2026-11-02    | accepted_as_new | and accepted at once: no contradiction
        never_again  | refused    | 2026-11-02T12:00:00Z | 2026-11-02    | accepted_as_new | no
        never_again  | opted_out  | 2026-11-02T12:00:00Z | 2026-11-02    | accepted_as_new | and never again: no contradiction
        second_call  | not_reached| 2026-11-02T12:00:00Z | 2026-11-02    | accepted_as_new | nobody there
        second_call  | accepted   | 2026-11-02T15:00:00Z | 2026-11-02    | accepted_as_new | reached later: no contradiction
        twice        | accepted   | 2026-11-02T12:00:00Z | 2026-11-02    | accepted_as_new | once
        twice        | accepted   | 2026-11-02T12:00:00Z | 2026-11-03    | duplicate       | and the same again: no contradiction
        """,
    )
    found = {row.contact_id: (row.outcome, row.contradicted) for row in outcome(feedback, spark_run_on("2026-11-06")).collect()}
    assert found == {
        "shown_or_not": ("accepted", True),
        "yes_or_no": ("accepted", True),
        "shown": ("accepted", False),
        "never_again": ("opted_out", False),
        "second_call": ("accepted", False),
        "twice": ("accepted", False),
    }


def test_each_outcome_yields_to_every_stronger_one(spark, spark_run_on):
    pairs = list(itertools.combinations(STRONGEST_FIRST, 2))
    text = "contact_id | outcome | occurred_at | received_date | class\n"
    for strong, weak in pairs:  # the weaker one comes first, occurs first, and is repeated afterwards
        text += f"{strong}:{weak} | {weak} | 2026-11-02T01:00:00Z | 2026-11-02 | accepted_as_new\n{strong}:{weak} | {strong} | 2026-11-02T02:00:00Z | 2026-11-03 | accepted_as_new\n"
    found = outcome(rows(spark, "contact_feedback", text), spark_run_on("2026-11-03")).collect()
    assert len(found) == 28 and all(row.contact_id.split(":")[0] == row.outcome for row in found)


def test_only_what_never_reached_the_customer_gives_its_allowance_back():
    assert {state: state in GIVES_ALLOWANCE_BACK for state in STRONGEST_FIRST} == {
        "opted_out": False,
        "accepted": False,
        "refused": False,
        "considering": False,
        "not_reached": True,
        "not_shown": True,
        "failed": True,
        "delivered": False,
    }


event = st.tuples(st.sampled_from(STRONGEST_FIRST), st.integers(0, 5), st.integers(3, 6))  # outcome, hour, day received
histories = st.lists(st.lists(event, min_size=1, max_size=6), min_size=8, max_size=8)


@settings(max_examples=3, deadline=None)
@given(histories=histories, data=st.data())
def test_shuffled_and_repeated_events_give_the_same_state(spark, spark_run_on_a_date, histories, data):
    """Each history is folded as it is and shuffled with repetitions, as contacts of their own in one batch; a plain Python fold says what is right."""
    batch = []
    for number, history in enumerate(histories):
        repeated = [*history, *data.draw(st.lists(st.sampled_from(history), max_size=4))]
        batch += [(f"{number}-plain", *one) for one in history] + [(f"{number}-shuffled", *one) for one in data.draw(st.permutations(repeated))]
    found = {row.contact_id: (row.outcome, row.occurred_at, row.received_date) for row in outcome(feedback_of(spark, batch), spark_run_on_a_date).collect()}
    for number, history in enumerate(histories):
        expected = folded(history)
        assert found[f"{number}-plain"] == expected and found[f"{number}-shuffled"] == expected


def folded(history):
    strongest = min(history, key=lambda one: (STRONGEST_FIRST.index(one[0]), one[1], one[2]))
    return strongest[0], datetime(2026, 11, 2) + timedelta(hours=strongest[1]), date(2026, 11, strongest[2])


def feedback_of(spark, batch):
    text = [
        (contact, state, datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=hour), date(2026, 11, day), "duplicate" if number % 2 else "accepted_as_new")
        for number, (contact, state, hour, day) in enumerate(batch)
    ]
    frame = spark.createDataFrame(text, "contact_id string, outcome string, occurred_at timestamp, received_date date, class string")
    return spark.createDataFrame([], ddl_of("contact_feedback")).unionByName(frame, allowMissingColumns=True)


@pytest.fixture(scope="module")
def spark_run_on_a_date(spark, tmp_path_factory):
    from jobs.conf import Conf
    from jobs.context import RunContext
    from jobs.paths import ROOT

    return RunContext(tmp_path_factory.mktemp("outcome"), date(2026, 11, 6), Conf(ROOT / "conf"), spark)


def test_classes_and_state_agree_when_files_come_in_any_order(spark, spark_run_on):
    """The classes depend on the order of arrival, the state does not: two homes receive the same rows on swapped days."""
    from jobs.feedback.contact_feedback import contact_feedback

    contact = rows(spark, "contact", "contact_id | customer_id | channel | contact_date\na | C1 | call | 2026-11-02")
    states = {}
    for first, second in (("considering", "accepted"), ("accepted", "considering")):
        run = spark_run_on("2026-11-04")
        land(run.home / first, "call", "2026-11-03", f"a | C1 | {first} | 2026-11-02 10:00 |")
        land(run.home / first, "call", "2026-11-04", f"a | C1 | {second} | 2026-11-02 10:00 |")
        home = type(run)(run.home / first, run.business_date, run.conf, spark)
        feedback = contact_feedback(run.lake.empty("contact_feedback"), contact, home)
        states[first] = ([row["class"] for row in feedback.orderBy("received_date").collect()], [row.outcome for row in outcome(feedback, run).collect()])
    assert states == {"considering": (["accepted_as_new", "accepted_as_new"], ["accepted"]), "accepted": (["accepted_as_new", "superseded"], ["accepted"])}
