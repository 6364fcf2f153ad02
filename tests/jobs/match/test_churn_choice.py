"""churn_choice: tonight's model of lines about to leave follows last night's unless the gate keeps it out."""

import numpy as np
import pandas as pd
import pytest

from jobs.match.churn import learned
from jobs.match.churn_choice import KIND, chosen
from jobs.match.stored import keep_models
from tests.frames import rows
from tests.jobs.match.gated import numbers

ROWS = 1_000
NUMBERS = numbers(3 * ROWS)


def the_new(tenure):
    return np.where(tenure < 12, 0.3, 0.02)


def the_loyal(tenure):
    return np.where(tenure < 12, 0.02, 0.3)


def lines(conf, leaving, part: int) -> pd.DataFrame:
    tenure = np.floor(40 * NUMBERS[:ROWS])
    frame = pd.DataFrame({"customer_id": [f"C{part}{row:08}" for row in range(ROWS)]} | dict.fromkeys(conf.match.churn.features, 0.0))
    return frame.assign(churn_points=0, tenure_months=tenure, left=NUMBERS[part * ROWS : (part + 1) * ROWS] < leaving(tenure))


def keep(run, name, leaving):
    model = learned(lines(run.conf, leaving, 1), run.conf.match.churn)
    keep_models(run.home, KIND, name, {KIND: model} if model else {})


@pytest.mark.core
def test_a_model_that_is_wrong_about_lines_is_kept_out_and_one_that_is_right_is_used(run_on):
    run = run_on("2026-11-10")
    keep(run, "wrong", the_loyal)
    keep(run, "right", the_new)
    keep(run, "right again", the_new)
    judged = lines(run.conf, the_new, 2)
    made = chosen("wrong", "right", judged, run)
    assert made["used"] == "right" and made["reason"].startswith("normalised entropy ")
    made = chosen("right again", "right", judged, run)
    assert (made["used"], made["reason"], made["judged_rows"], made["farthest_cell"]) == ("right again", "passed", ROWS, "all lines")


@pytest.mark.core
def test_before_any_fate_is_known_the_points_speak_and_nothing_is_judged(run_on):
    run = run_on("2026-11-10")
    for name in ("first", "second"):
        keep_models(run.home, KIND, name, {})
    nothing = lines(run.conf, the_new, 2).head(0)
    assert chosen("first", None, nothing, run)["reason"] == "no model before it"
    assert chosen("second", "first", nothing, run)["reason"] == "not judged: 0 positives among 0 held-back rows, 30 of either kind asked for"
    assert chosen("second", "gone", nothing, run)["reason"] == "the file of gone is gone"


@pytest.mark.spark
def test_a_share_of_the_lines_is_held_back(spark, spark_run_on):
    from jobs.match.churn_choice import churn_choice, lines_with_fate

    run = spark_run_on("2026-11-10")
    past = rows(
        spark,
        "customer_view",
        "business_date | customer_id | churn_points | tenure_months\n" + "\n".join(f"2026-10-11 | C{n:03} | 0 | {n % 40}" for n in range(400)),
    )
    snapshot = "customer_id | status | status_changed_on | case\n" + "\n".join(
        f"C{n:03} | {'closed | 2026-10-20' if n % 5 == 0 else 'active | '} |" for n in range(400)
    )
    customer = rows(spark, "customer", snapshot)
    told = lines_with_fate(past, customer, run).toPandas()
    assert len(told) == 400 and 70 <= told["held_back"].sum() <= 130
    made = churn_choice(past, customer, run.lake.empty("churn_choice"), run).first()
    assert made.used == made.challenger and made.reason == "no model before it" and made.judged_rows == told["held_back"].sum()
