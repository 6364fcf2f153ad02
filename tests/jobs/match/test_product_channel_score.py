"""product_channel_score: priors before any outcome, outcomes afterwards, and a calibration that does not count them twice."""

import numpy as np
import pandas as pd
import pytest

from jobs.match.combination import logit, sigmoid
from tests.frames import rows


@pytest.mark.spark
def test_before_any_outcome_every_cell_is_its_prior(spark, spark_run_on):
    from jobs.match.product_channel_score import product_channel_score

    run = spark_run_on("2026-11-10")
    nothing = [run.lake.empty(table) for table in ("contact", "outcome", "contact_history", "contact_history", "product_channel_score")]
    scores = product_channel_score(*nothing, run).toPandas()
    assert len(scores) == sum(product.kind in channel.carries for product in run.conf.products.values() for channel in run.conf.channels.values())
    assert not scores.duplicated(["product", "channel"]).any()
    assert (scores["log_odds"].abs() < 1e-9).all() and (scores["calibration"] == 0).all() and (scores["evidence"] == 0).all()
    call = scores.set_index(["product", "channel"]).loc[("ringback_tone", "call")]
    # odds of the prior 0.045, times the 5.0 of conf/match.yaml
    assert np.isclose(call["probability"], 5 * 0.045 / (5 * 0.045 + 0.955))
    assert call["low"] < call["probability"] < call["high"]
    assert (run.home / "models" / "product_channel" / call["model"] / "model.json").exists()


@pytest.mark.spark
def test_outcomes_of_ledger_and_older_systems_move_the_cell(spark, spark_run_on):
    from jobs.match.evidence import past_contacts
    from jobs.match.product_channel_score import counted_by_day, decayed_counts, product_channel_score

    run = spark_run_on("2026-11-10")
    contact = rows(
        spark,
        "contact",
        "contact_id | customer_id | product | channel | contact_date | business_date | probability\n"
        + "\n".join(f"{place} | C{place} | ringback_tone | call | 2026-11-05 | 2026-11-04 | 0.2" for place in range(40)),
    )
    outcome = rows(spark, "outcome", "contact_id | outcome\n" + "\n".join(f"{place} | {'accepted' if place < 30 else 'refused'}" for place in range(40)))
    history = rows(spark, "contact_history", "customer_id | contacted_on | product | channel | outcome\nC1 | 2026-08-27 | ringback_tone | call | accepted")
    nothing = run.lake.empty("product_channel_score")
    # 5 days old: 0.5 ** (5 / 75) each; 75 days old: one half
    accepted, reached = decayed_counts(counted_by_day(past_contacts(contact, outcome, history.limit(0), history, run)), run)
    assert np.isclose(accepted.sum(), 30 * 0.5 ** (5 / 75) + 0.5) and np.isclose(reached.sum(), 40 * 0.5 ** (5 / 75) + 0.5)
    scores = product_channel_score(contact, outcome, history.limit(0), history, nothing, run).toPandas().set_index(["product", "channel"])
    cell, prior = scores.loc[("ringback_tone", "call")], 5 * 0.045 / (5 * 0.045 + 0.955)
    assert prior + 0.05 < cell["probability"] < 0.75
    assert np.isclose(logit(cell["probability"]), cell["base_log_odds"] + cell["log_odds"])
    assert np.isclose(cell["odds_ratio"], np.exp(cell["log_odds"])) and cell["log_odds"] > 0
    assert np.isclose(cell["evidence"], reached.sum())
    # what one product taught about calls helps the others there, and the product elsewhere
    assert scores.loc[("music_club", "call")]["base_log_odds"] > logit(np.array(5 * 0.03 / (5 * 0.03 + 0.97)))
    assert scores.loc[("ringback_tone", "sms")]["base_log_odds"] > logit(np.array(0.4 * 0.045 / (0.4 * 0.045 + 0.955)))


@pytest.mark.spark
def test_a_trial_counts_for_several_contacts_in_the_calibration_and_is_one_accept(spark, spark_run_on):
    from jobs.match.evidence import past_contacts
    from jobs.match.product_channel_score import counted_predictions

    run = spark_run_on("2026-11-10")
    contact = rows(
        spark,
        "contact",
        """
        contact_id | customer_id | product       | channel | contact_date | business_date | probability | mechanism   | case
        a          | C1          | ringback_tone | sms     | 2026-11-05   | 2026-11-04    | 0.1         | optimised   |
        b          | C2          | ringback_tone | sms     | 2026-11-05   | 2026-11-04    | 0.1         | exploration | accepted
        c          | C3          | ringback_tone | sms     | 2026-11-05   | 2026-11-04    | 0.1         | exploration | nobody answers a text
        """,
    )
    outcome = rows(spark, "outcome", "contact_id | outcome\nb | accepted")
    nothing = run.lake.empty("contact_history")
    (cell,) = counted_predictions(past_contacts(contact, outcome, nothing, nothing, run), run).to_dict("records")
    times = run.conf.match.trial_counts_for
    assert times > 1
    assert (cell["contacts"], cell["accepted"], cell["accepts"]) == (1 + 2 * times, times, 1)


@pytest.mark.core
def test_the_calibration_asks_for_what_tonights_terms_do_not_say_yet(run_on):
    from jobs.match.product_channel_score import STEPS_OF_LOG_ODDS, calibration_shifts

    run = run_on("2026-11-10")
    night = pd.Timestamp("2026-11-04").date()
    predicted = pd.DataFrame(
        {"product": "p", "channel": ["c", "d"], "business_date": night, "step": -2 * STEPS_OF_LOG_ODDS, "contacts": [1_000, 1_000], "accepted": [50, 0]}
    ).assign(accepts=[50, 0])
    then = pd.DataFrame({"product": "p", "channel": ["c", "d"], "business_date": night, "then": [-2.5, -2.5]})
    moved = float(logit(np.array(0.05)) + 2.0)  # tonight's terms predict exactly the 5 % that were observed
    told = pd.DataFrame({"product": "p", "channel": ["c", "d"], "base_log_odds": [-2.5 + moved, -2.5], "log_odds": 0.0})
    shifts = calibration_shifts(predicted, then, told, run).set_index("channel")["calibration"]
    assert abs(shifts["c"]) < 1e-6 and shifts["d"] == 0.0
    untold = told.assign(base_log_odds=-2.5)
    half_believed = calibration_shifts(predicted, then, untold, run).set_index("channel")["calibration"]["c"]
    assert np.isclose(half_believed, moved / 2)  # 50 accepts against 50 pseudo accepts
    assert np.isclose(sigmoid(np.array(-2.0 + 2 * half_believed)), 0.05)


@pytest.mark.core
def test_without_predictions_there_is_nothing_to_shift(run_on):
    from jobs.match.product_channel_score import calibration_shifts

    nothing = pd.DataFrame(columns=["product", "channel", "business_date", "step", "contacts", "accepted", "accepts"])
    cells = pd.DataFrame({"product": ["p"], "channel": ["c"], "base_log_odds": [-2.0], "log_odds": [0.0]})
    assert calibration_shifts(nothing, nothing.assign(then=0.0)[["product", "channel", "business_date", "then"]], cells, run_on("2026-11-10")).empty
