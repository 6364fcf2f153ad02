"""customer_product_score: no appetite before any outcome, a learned one afterwards, as of the night of each contact."""

import numpy as np
import pytest

from jobs.match.combination import logit
from tests.frames import rows

pytestmark = pytest.mark.spark

VIEW = "business_date | customer_id | status | age | has_ringback_tone | has_music_club | overage_average_3_months_fen\n"
CELLS = "product | channel | evidence | base_log_odds | log_odds\n"


def scores_of(run, view, past_view, history, contact=None, outcome=None):
    from jobs.match.appetite_choice import appetite_choice
    from jobs.match.customer_product_score import customer_product_score

    spark = run.spark
    cells = rows(spark, "product_channel_score", CELLS + "\n".join(f"{product} | sms | 10 | -3.0 | 0.5" for product in run.conf.products))
    contact = contact if contact is not None else run.lake.empty("contact")
    outcome = outcome if outcome is not None else run.lake.empty("outcome")
    choice = appetite_choice(view, past_view, cells, contact, outcome, history.limit(0), history, run.lake.empty("appetite_choice"), run)
    table = customer_product_score(view, cells, choice, run)
    return table.toPandas().set_index(["customer_id", "product"]).sort_index()


def test_before_any_outcome_nobody_has_an_appetite(spark, spark_run_on):
    run = spark_run_on("2026-11-10")
    view = rows(
        spark,
        "customer_view",
        VIEW + "2026-11-10 | C1 | active | 30 | true | false |\n2026-11-10 | C2 | active | 30 | | |\n2026-11-10 | C3 | closed | 30 | | |",
    )
    scores = scores_of(run, view, view.limit(0), run.lake.empty("contact_history"))
    assert len(scores.loc["C2"]) == len(run.conf.products)
    assert set(scores.loc["C2"].index) - set(scores.loc["C1"].index) == {"ringback_tone"}  # held: not offered
    assert "C3" not in scores.index
    assert (scores["log_odds"] == 0).all()
    assert np.allclose(logit(scores["probability"].to_numpy()), -2.5)
    assert ((scores["low"] < scores["probability"]) & (scores["probability"] < scores["high"])).all()


def test_outcomes_teach_appetite_and_it_is_the_same_however_the_rows_lie(spark, spark_run_on):
    """400 customers offered two products: the young take the tone, the old the newspaper; nobody was offered music."""
    run = spark_run_on("2026-11-10")
    people = [(f"C{place:03}", 22 + place // 10) for place in range(400)]
    lines = [f"2026-11-10 | {name} | active | {age} | false | false |" for name, age in people]
    view = rows(spark, "customer_view", VIEW + "\n".join(lines))
    contacts = ["customer_id | contacted_on | product | channel | outcome"]
    for place, (name, age) in enumerate(people):
        likes_tone = (place * 7919) % 100 < (30 if age < 40 else 2)
        likes_news = (place * 104_729) % 100 < (2 if age < 40 else 30)
        contacts.append(f"{name} | 2026-10-01 | ringback_tone | sms | {'accepted' if likes_tone else 'delivered'}")
        contacts.append(f"{name} | 2026-10-03 | mobile_newspaper | sms | {'accepted' if likes_news else 'delivered'}")
    history = rows(spark, "contact_history", "\n".join(contacts))
    scores = scores_of(run, view, view.limit(0), history)
    young, old = scores.loc["C050"], scores.loc["C350"]
    assert young.loc["ringback_tone", "log_odds"] > old.loc["ringback_tone", "log_odds"] + 1.0
    assert young.loc["mobile_newspaper", "log_odds"] < old.loc["mobile_newspaper", "log_odds"] - 1.0
    music = scores.xs("music_club", level="product")
    assert np.isclose(music["probability"].mean(), 1 / (1 + np.exp(2.5)), rtol=0.02)  # a product without accepts keeps its level
    again = scores_of(run, view.repartition(6), view.limit(0), history.repartition(5))
    assert list(again["model"].unique()) == list(scores["model"].unique())
    assert again["log_odds"].to_numpy().tobytes() == scores["log_odds"].to_numpy().tobytes()


def test_a_contact_sees_the_view_of_its_own_night(spark, spark_run_on):
    from jobs.match.appetite import training_contacts, with_view
    from jobs.match.evidence import past_contacts

    run = spark_run_on("2026-11-10")
    past = rows(
        spark,
        "customer_view",
        VIEW
        + "2026-11-04 | C1 | active | 30 | false | false | 400\n2026-11-03 | C1 | active | 29 | false | false | 300\n2026-11-03 | C2 | active | 50 | | | 70",
    )
    today = rows(spark, "customer_view", VIEW + "2026-11-10 | C1 | active | 31 | true | false | 900")
    contact = rows(
        spark,
        "contact",
        """
        contact_id | customer_id | product       | channel | contact_date | business_date | probability
        a          | C1          | ringback_tone | hall    | 2026-11-05   | 2026-11-04    | 0.1
        """,
    )
    outcome = rows(spark, "outcome", "contact_id | outcome\na | accepted")
    history = rows(spark, "contact_history", "customer_id | contacted_on | product | channel | outcome\nC2 | 2026-10-01 | music_club | hall | refused")
    contacts = training_contacts(past_contacts(contact, outcome, history.limit(0), history, run), run)
    known = {row.customer_id: (row.age, row.overage, row.accepted) for row in with_view(contacts, past, today, run).collect()}
    # the first view there is stands in for older contacts, without what an acceptance may have changed
    assert known == {"C1": (30, 400, True), "C2": (50, None, False)}
