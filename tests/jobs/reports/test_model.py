"""The model page: which contacts judge a probability, sums by hand, a card for every version, and a page that opens offline."""

import re
from datetime import date

import numpy as np
import pytest

from jobs.errors import UserError
from jobs.match.version import keep_model
from jobs.reports.model import write_model_page
from jobs.reports.model_facts import equal_bins, read_models
from tests.jobs.reports.home import append

pytestmark = pytest.mark.home

NIGHT = date(2026, 11, 5)


def contact(number: int, channel: str, probability: float, day: date = NIGHT, **more: object) -> dict:
    own = {"contact_id": f"k{number:03d}", "business_date": day, "contact_date": date.fromordinal(day.toordinal() + 1), "mechanism": "optimised"}
    return own | {"channel": channel, "probability": probability} | more


@pytest.fixture
def run(run_on):
    """Business date 10 November; silence of a call is final after 2 days, of a text after 3 (conf/match.yaml)."""
    run = run_on("2026-11-10")
    for number, version in enumerate(("customer_product-a", "customer_product-b")):
        append(run, "customer_product_score", [{"business_date": date(2026, 11, 5 + number), "model": version, "customer_id": one} for one in ("C1", "C2")])
    append(
        run,
        "customer_product_score",
        [{"business_date": date(2026, 11, 7), "model": "customer_product-b"}, {"business_date": date(2026, 11, 11), "model": "customer_product-c"}],
    )
    part = {
        "parts": [{"part": "trees"}, {"part": "linear"}],
        "top": [0.1, 0.5, 0.25],
        "rows": 1000,
        "positives": 40,
        "encoder": {"columns": [{"name": "age"}, {"name": "bill"}]},
    }
    keep_model(run.home, "customer_product", "customer_product-b", {"models": {"appetite": part}})
    return run


def judged(run) -> None:
    rows = [
        contact(1, "call", 0.5),
        contact(2, "call", 0.25, mechanism="exploration"),
        contact(3, "sms", 0.125),
        contact(4, "sms", 0.5, day=date(2026, 11, 6)),  # for the 7th: final on the 10th
        contact(5, "sms", 0.5, day=date(2026, 11, 7)),  # for the 8th: the text may still be answered
        contact(6, "call", 0.5, revoked_in=2),  # taken out, and nobody reported on it
        contact(7, "call", 0.25, revoked_in=2),  # taken out after the channel had worked it
    ]
    append(run, "contact", rows)
    outcome = [("k001", "accepted"), ("k002", "refused"), ("k003", "delivered"), ("k005", "accepted"), ("k007", "accepted")]
    append(run, "outcome", [{"contact_id": key, "outcome": said} for key, said in outcome])
    append(run, "outcome", [{"business_date": date(2026, 11, 9), "contact_id": "k003", "outcome": "accepted"}])  # an older state


def test_contacts_count_once_their_silence_is_final(run):
    judged(run)
    models = read_models(run)
    told = {one.of: (one.contacts, one.expected, one.accepted) for one in (models.whole, models.trials, *models.nights)}
    assert told == {"all": (5, 1.625, 2), "trials": (1, 0.25, 0), "2026-11-05": (4, 1.125, 2), "2026-11-06": (1, 0.5, 0)}
    assert models.whole.observed_to_expected == 2 / 1.625
    assert models.whole.audit is None and models.whole.bins == []  # two acceptances tell of no slope


def test_what_no_feedback_was_taken_in_for_is_not_judged(run):
    append(run, "contact", [contact(1, "call", 0.5)])  # for the 6th: final on the 8th
    append(run, "outcome", [{"business_date": date(2026, 11, 7), "contact_id": "k009", "outcome": "accepted"}])
    assert read_models(run).whole.contacts == 0
    append(run, "outcome", [{"business_date": date(2026, 11, 8), "contact_id": "k009", "outcome": "accepted"}])
    assert read_models(run).whole.contacts == 1


def test_a_card_for_every_version_newest_first_with_what_it_learned_from(run):
    cards = read_models(run).cards
    assert [(one.version, [night.day for night in one.nights]) for one in cards] == [("customer_product-b", [6, 7]), ("customer_product-a", [5])]
    (part,) = cards[0].parts
    assert (part.name, part.rows, part.positives, part.learners, part.inputs) == ("appetite", 1000, 40, [("trees", 0.5), ("linear", 0.25)], ["age", "bill"])
    assert cards[1].parts == []  # its file is not there


def test_bins_hold_equal_numbers_in_order_of_the_probability():
    probability = np.arange(100)[::-1] / 100
    accepted = (probability >= 0.9).astype(float)
    bins = equal_bins(probability, accepted)
    assert [one["contacts"] for one in bins] == [10] * 10
    assert [one["observed"] for one in bins] == [0.0] * 9 + [1.0]
    assert [round(one["expected"], 3) for one in bins] == [round(0.045 + 0.1 * number, 3) for number in range(10)]
    # Wilson's interval for 0 of 10 and 10 of 10: 10 / (10 + z * z), z = 1.95996
    assert (bins[0]["low"], round(bins[0]["high"], 4), round(bins[-1]["low"], 4)) == (pytest.approx(0, abs=1e-12), 0.2775, 0.7225)


def test_the_page_draws_calibration_and_needs_no_network(run):
    append(run, "contact", [contact(number, "call", number / 100) for number in range(100)])
    append(run, "outcome", [{"contact_id": f"k{number:03d}", "outcome": "accepted"} for number in range(0, 100, 3)])
    path = write_model_page(run)
    page = path.read_text(encoding="utf-8")
    assert path.parent.parent.name == "model"
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=\"http", page)
    assert set(re.findall(r'data-chart="(\w+)"', page)) == {"calibration_all", "by_night"}  # nobody was drawn by hash
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[: page.index('type="application/json"')]))
    assert "all nights 100 49.5 34 0.69" in text
    assert "appetite 1,000 40 trees 0.50, linear 0.25 age, bill" in text
    assert "Nothing learned yet" in text


def test_a_model_that_the_gate_kept_out_is_told(run):
    kept = {"challenger": "b", "champion": "a", "used": "a", "reason": "stability index of the scores 0.30 above 0.25"}
    figures = {"entropy_challenger": 0.91, "entropy_champion": 0.94, "observed_to_expected": 1.05, "farthest_deviations": -2.13, "stability_index": 0.3}
    append(run, "appetite_choice", [kept | figures | {"judged_rows": 1234, "judged_positives": 56, "farthest_cell": "ringback_tone on sms"}])
    append(run, "appetite_choice", [kept | {"business_date": date(2026, 11, 11), "judged_rows": 0, "judged_positives": 0}])  # after the page's date
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", write_model_page(run).read_text(encoding="utf-8")))
    assert "2026-11-10 appetite a kept: stability index of the scores 0.30 above 0.25 1,234 56 0.91 0.94 1.05 ringback_tone on sms -2.1 0.30" in text
    assert "2026-11-11 appetite" not in text


def test_without_scores_there_is_nothing_to_tell(run_on):
    with pytest.raises(UserError, match="nothing was scored up to 2026-11-05; run `cpc run night --date 2026-11-05` first"):
        write_model_page(run_on("2026-11-05"))
