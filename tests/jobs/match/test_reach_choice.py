"""reach_choice: tonight's models of reach follow last night's unless the gate keeps them out; trials that are held back teach nothing."""

import numpy as np
import pandas as pd
import pytest

from jobs.match.reach import OWN_COLUMNS, fit_reach
from jobs.match.reach_choice import KIND, Reach, chosen
from jobs.match.stored import keep_models
from tests.frames import rows
from tests.jobs.match.gated import contacts_with_trials, held_back_of, numbers

ROWS = 800
NUMBERS = numbers(3 * ROWS)


def the_young(age):
    return np.where(age < 45, 0.8, 0.2)


def the_old(age):
    return np.where(age < 45, 0.2, 0.8)


def calls(conf, answering, part: int) -> pd.DataFrame:
    """Calls of October; `answering` says how likely a customer of an age is to be reached."""
    age = 20 + np.floor(50 * NUMBERS[:ROWS])
    columns = dict.fromkeys([*OWN_COLUMNS, *conf.match.customer_channel.features], 0.0)
    frame = pd.DataFrame({"customer_id": [f"C{part}{row:08}" for row in range(ROWS)]} | columns)
    reached = NUMBERS[part * ROWS : (part + 1) * ROWS] < answering(age)
    return frame.assign(product="ringback_tone", channel="call", contact_date=pd.Timestamp("2026-10-20"), start_reach=0.45, age=age, reached=reached)


def choice_of(run, challenger, champion, judged):
    models = {name: fit_reach(calls(run.conf, answering, 1), run) for name, answering in (("new", challenger), ("old", champion))}
    keep_models(run.home, KIND, "old", models["old"])
    return chosen(Reach("new", models["new"]), "old", judged, run)


@pytest.mark.core
def test_models_that_are_wrong_about_trials_are_kept_out(run_on):
    run = run_on("2026-11-10")
    made = choice_of(run, the_old, the_young, calls(run.conf, the_young, 2))
    assert made["used"] == "old" and made["reason"].startswith("normalised entropy ")
    assert made["entropy_challenger"] > 1 > made["entropy_champion"] and made["farthest_cell"] == "call"


@pytest.mark.core
def test_models_that_are_no_worse_are_used(run_on):
    run = run_on("2026-11-10")
    made = choice_of(run, the_young, the_young, calls(run.conf, the_young, 2))
    assert (made["used"], made["reason"], made["stability_index"]) == ("new", "passed", 0.0)
    assert made["judged_rows"] == ROWS and 300 < made["judged_positives"] < 500


@pytest.mark.core
def test_where_nothing_can_be_judged_tonights_models_are_used(run_on):
    run = run_on("2026-11-10")
    models, judged = fit_reach(calls(run.conf, the_young, 1), run), calls(run.conf, the_young, 2)
    assert chosen(Reach("new", models), None, judged, run)["reason"] == "no model before it"
    assert chosen(Reach("new", models), "old", judged, run)["reason"] == "the file of old is gone"
    keep_models(run.home, KIND, "old", models)
    assert chosen(Reach("new", models), "old", judged.drop(columns="age"), run)["reason"] == "inputs have changed since the model before it"
    few = pd.concat([judged[~judged["reached"]].head(29), judged[judged["reached"]]], ignore_index=True)
    assert chosen(Reach("new", models), "old", few, run)["reason"].endswith("30 of either kind asked for")


@pytest.mark.spark
def test_a_share_of_the_trials_is_held_back_and_nothing_else(spark, spark_run_on):
    from jobs.match.evidence import past_contacts
    from jobs.match.reach import dated_visits, living_customers
    from jobs.match.reach_choice import training_rows

    run = spark_run_on("2026-11-10")
    outcome = rows(spark, "outcome", "contact_id | outcome\n" + "\n".join(f"k{number} | refused" for number in range(0, 800, 2)))
    view = rows(spark, "customer_view", "customer_id | status | age\n" + "\n".join(f"C{number:03} | active | 30" for number in range(800)))
    empty = run.lake.empty
    evidence = past_contacts(contacts_with_trials(spark, "call"), outcome, empty("contact_history"), empty("contact_history"), run)
    told = training_rows(evidence, dated_visits(empty("channel_visit"), empty("channel_visit"), run), living_customers(view, run), run)
    held_back = held_back_of(told)
    assert 0.3 < held_back["reached"].mean() < 0.7  # those who were not met count as well
