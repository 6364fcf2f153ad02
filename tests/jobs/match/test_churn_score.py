"""churn_score: the churn points alone before any fate is known, then what the fate of a past night's lines teaches beside them."""

import numpy as np
import pytest

from jobs.match.combination import logit
from tests.frames import rows

pytestmark = pytest.mark.spark

VIEW = "business_date | customer_id | churn_points | tenure_months | contract_months_left\n"
SNAPSHOT = "customer_id | status | status_changed_on | case\n"


def scores_of(run, view, past_view, customer):
    from jobs.match.churn_choice import churn_choice
    from jobs.match.churn_score import churn_score

    choice = churn_choice(past_view, customer, run.lake.empty("churn_choice"), run)
    return churn_score(view, choice, run).toPandas().set_index("customer_id").sort_index()


def test_before_any_night_lies_a_horizon_back_the_points_speak_alone(spark, spark_run_on):
    run = spark_run_on("2026-11-10")
    view = rows(spark, "customer_view", VIEW + "2026-11-10 | C1 | 0 | 30 | 0\n2026-11-10 | C2 | 50 | 30 | 0")
    past = rows(spark, "customer_view", VIEW + "2026-10-20 | C1 | 0 | 30 | 0")  # 21 days back, the horizon is 30
    scores = scores_of(run, view, past, rows(spark, "customer", SNAPSHOT + "C1 | active | |\nC2 | active | |"))
    assert scores.loc["C1", "probability"] == pytest.approx(0.008)
    assert logit(scores["probability"].to_numpy())[1] == pytest.approx(np.log(0.008 / 0.992) + 0.04 * 50)
    assert (scores["log_odds"] == 0).all() and (scores["evidence"] == 0).all()


def test_a_line_has_left_when_it_was_closed_within_the_horizon_or_is_gone(spark, spark_run_on):
    from jobs.match.churn_choice import lines_with_fate

    run = spark_run_on("2026-11-10")
    past = rows(
        spark,
        "customer_view",
        VIEW
        + "2026-10-09 | C1 | 1 | |\n2026-10-09 | C2 | 2 | |\n2026-10-09 | C3 | 3 | |\n2026-10-09 | C4 | 4 | |\n2026-10-09 | C5 | 5 | |\n2026-10-01 | C1 | 9 | |",
    )
    customer = rows(
        spark,
        "customer",
        SNAPSHOT
        + "C1 | active | | stays\nC2 | closed | 2026-11-08 | day 30\nC3 | closed | 2026-11-09 | day 31: too late to count\nC4 | one_way_stop | 2026-11-01 | stopped, not closed",
    )
    told = {row.churn_points: row.left for row in lines_with_fate(past, customer, run).collect()}
    assert told == {1: False, 2: True, 3: False, 4: False, 5: True}


def test_the_fate_of_lines_teaches_what_the_points_miss(spark, spark_run_on):
    """400 lines without a point: one young line in four was closed since, of the old ones nobody."""
    run = spark_run_on("2026-11-10")
    lines = [(f"C{place:03}", 4 if place < 200 else 90, place < 200 and place % 4 == 0) for place in range(400)]
    past = rows(spark, "customer_view", VIEW + "\n".join(f"2026-10-11 | {name} | 0 | {tenure} | 0" for name, tenure, _ in lines))
    customer = rows(spark, "customer", SNAPSHOT + "\n".join(f"{name} | {'closed | 2026-10-20' if left else 'active | '} |" for name, _, left in lines))
    view = rows(spark, "customer_view", VIEW + "2026-11-10 | C001 | 0 | 4 | 0\n2026-11-10 | C399 | 0 | 90 | 0\n2026-11-10 | C398 | 50 | 90 | 0")
    scores = scores_of(run, view, past, customer)
    assert 0.15 < scores.loc["C001", "probability"] < 0.35
    assert scores.loc["C399", "probability"] < 0.03
    assert scores.loc["C398", "probability"] > scores.loc["C399", "probability"]
    assert scores["evidence"].between(270, 330).all()  # a quarter is held back
    again = scores_of(run, view, past.repartition(5), customer.repartition(3))
    assert again["probability"].to_numpy().tobytes() == scores["probability"].to_numpy().tobytes()
