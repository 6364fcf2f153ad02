"""customer_channel_score: reach from conf and visits before any contact, from results afterwards; no contact knows its own result."""

import numpy as np
import pytest

from tests.frames import rows

pytestmark = pytest.mark.spark

VIEW = """
    customer_id | status | age | tenure_months
    visitor     | active | 30  | 20
    stranger    | active | 30  | 20
    gone        | closed | 30  | 20
"""
VISITS = """
    visit_id | customer_id | visited_at          | channel | case
    1        | visitor     | 2026-11-08 10:00:00 | hall    |
    2        | visitor     | 2026-10-01 10:00:00 | hall    | older than 30 days
    3        | visitor     | 2026-07-01 10:00:00 | hall    | older than 90 days
    4        | visitor     | 2026-11-09 20:00:00 | hall    | the 10th in Shanghai
"""


def scores_of(run, view, cells, *contacts_and_visits):
    """As the match stage makes them: first the choice of the models of reach, then the scores."""
    from jobs.match.customer_channel_score import customer_channel_score
    from jobs.match.reach_choice import reach_choice

    choice = reach_choice(view, *contacts_and_visits, run.lake.empty("reach_choice"), run)
    return customer_channel_score(view, cells, *contacts_and_visits, choice, run).toPandas().set_index(["customer_id", "channel"])


def test_before_any_contact_reach_is_conf_and_visits(spark, spark_run_on):
    run = spark_run_on("2026-11-10")
    empty = run.lake.empty
    visits = rows(spark, "channel_visit", VISITS)
    nothing = [empty(table) for table in ("product_channel_score", "contact", "outcome", "contact_history", "contact_history")]
    scores = scores_of(run, rows(spark, "customer_view", VIEW), *nothing, visits.limit(0), visits)
    assert set(scores.index.get_level_values(0)) == {"visitor", "stranger"}
    assert len(scores) == 2 * len(run.conf.channels)
    assert np.allclose(scores.xs("call", level="channel")["probability"], 0.45)
    assert (scores["log_odds"] == 0).all() and (scores["odds_ratio"] == 1).all()
    # hall: shown 0.85 of the times that the customer comes by; visits of 90 days, those of 30 twice, beside 45 days of the mean customer
    mean = 3 / (2 * 90)
    for customer, counted in (("visitor", 3 + 2), ("stranger", 0)):
        expected = 0.85 * (1 - np.exp(-(counted + 45 * mean) / (120 + 45)))
        assert np.isclose(scores.loc[(customer, "hall")]["probability"], expected)
    assert ((scores["low"] < scores["probability"]) & (scores["probability"] < scores["high"])).all()
    # worked out by hand: the Wilson interval of 0.45 with 5 pseudo contacts; a hall that the customer hardly visits is surely out of reach
    assert np.allclose(scores.xs("call", level="channel")[["low", "high"]], (0.1722, 0.7629), atol=2e-4)
    assert scores.loc[("stranger", "hall")]["high"] < 0.05


def test_no_contact_knows_its_own_result_or_later_ones(spark, spark_run_on):
    from jobs.match.reach import with_results_before

    contacts = """
        customer_id | product | channel | contact_date | outcome
        C1          | p       | call    | 2026-10-01   | {first}
        C1          | q       | call    | 2026-10-01   | not_reached
        C1          | p       | call    | 2026-10-09   | {last}
    """
    from jobs.match.evidence import past_contacts

    run = spark_run_on("2026-11-10")
    before = {}
    for first, last in (("refused", "refused"), ("refused", "not_reached"), ("not_reached", "refused")):
        history = rows(spark, "contact_history", contacts.format(first=first, last=last).replace("contact_date", "contacted_on"))
        evidence = past_contacts(run.lake.empty("contact"), run.lake.empty("outcome"), history.limit(0), history, run)
        found = with_results_before(evidence).collect()
        before[(first, last)] = {(row.product, row.contact_date.day): (row.contacts_before, row.reached_before) for row in found}
    assert before[("refused", "refused")] == {("p", 1): (0, 0), ("q", 1): (0, 0), ("p", 9): (2, 1)}
    assert before[("refused", "not_reached")] == before[("refused", "refused")]
    assert before[("not_reached", "refused")] == {("p", 1): (0, 0), ("q", 1): (0, 0), ("p", 9): (2, 0)}


def test_results_teach_reach_and_readiness(spark, spark_run_on):
    """200 customers, called twice: the older half never answers, one customer accepts both times."""
    run = spark_run_on("2026-11-10")
    people = [(f"C{place:03}", 25 if place < 100 else 70) for place in range(200)]
    view = rows(spark, "customer_view", "customer_id | status | age\n" + "\n".join(f"{name} | active | {age}" for name, age in people))
    lines = ["customer_id | contacted_on | product | channel | outcome"]
    for name, age in people:
        answers = "accepted" if name == "C000" else "refused" if age < 60 else "not_reached"
        lines += [f"{name} | 2026-10-{day:02} | ringback_tone | call | {answers}" for day in (1, 12)]
    history = rows(spark, "contact_history", "\n".join(lines))
    cells = rows(spark, "product_channel_score", "product | channel | probability\nringback_tone | call | 0.2")
    empty = run.lake.empty
    inputs = [view, cells, empty("contact"), empty("outcome"), history.limit(0), history, empty("channel_visit"), empty("channel_visit")]
    scores = scores_of(run, *inputs)
    calls = scores.xs("call", level="channel")
    assert calls.loc["C001"]["probability"] > 0.85 and calls.loc["C150"]["probability"] < 0.15
    assert np.allclose(scores.xs("sms", level="channel")["probability"], 0.95)  # nothing was heard of texts
    # 2 accepts where 0.4 were expected, 0 of 0.4, both beside 4 pseudo accepts
    assert np.isclose(calls.loc["C000"]["log_odds"], np.log(6 / 4.4)) and np.isclose(calls.loc["C001"]["log_odds"], np.log(4 / 4.4))
    assert calls.loc["C150"]["log_odds"] == 0.0  # never reached, never asked
    again = scores_of(run, view.repartition(5), *inputs[1:5], history.repartition(7), *inputs[6:])
    assert again["model"].unique() == scores["model"].unique()
    assert again.loc[scores.index, "probability"].to_numpy().tobytes() == scores["probability"].to_numpy().tobytes()
