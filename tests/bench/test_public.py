"""The comparison with the public data: its figures by hand, and what it says where something is below, wrong or not there."""

import numpy as np
import pytest

from bench import public
from bench.public_figures import fact, ranking, row, shuffled_order

pytestmark = pytest.mark.core


def test_figures_of_a_ranking_by_hand():
    label = np.array([0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
    probability = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0])
    found = ranking(label, probability)
    assert found["AUC"] == pytest.approx(13 / 16)  # 7 and 6 of the 8 others stand behind the two
    # Captured after 0..10 customers: 0 0 .5 .5 1 1 1 1 1 1 1; trapezoids of a tenth each.
    assert found["ALIFT"] == pytest.approx((0 + 0.25 + 0.5 + 0.75 + 6) / 10)
    assert found["lift10"] == 0.0
    assert found["cap50"] == 1.0


def test_a_verdict_compares_as_baselines_are_written():
    assert row("a", "AUC", 0.767, 0.7666)["verdict"] == "at least"
    assert row("a", "raw Qini", 0.0074, 0.0072)["verdict"] == "below"
    assert row("a", "Qini", 0.061, 0.0598, spread=0.007)["verdict"] == "within its spread"
    assert row("a", "Qini", 0.061, 0.05, spread=0.007)["verdict"] == "below"


def test_the_summary_names_what_is_below_and_fails_for_what_is_wrong():
    good, low = row("bank", "AUC", 0.689, 0.694, same_bytes=True), row("bank", "lift10", 1.92, 1.81, same_bytes=True)
    found = public.summary([good, low], None)
    assert found["ok"] is True
    assert found["below their baseline"] == "bank lift10"
    assert found["ratio"] == 1.007
    assert "skipped" in found["public data"]
    assert public.summary([good | {"shuffled": "other bytes"}], None)["does not hold"] == "bank AUC"
    assert public.summary([fact("insurance", "effect", "none", "+3 points", False)], None)["ok"] is False


def test_without_the_data_only_the_drawn_logs_are_judged(tmp_path, monkeypatch):
    monkeypatch.setattr(public, "data_folder", lambda: None)
    monkeypatch.setattr(public.public_policy, "LOGS", 2)
    monkeypatch.setattr(public.public_policy, "CUSTOMERS", 50)
    found = public.run(1, tmp_path)
    assert {one["case"] for one in found["compared"]} == {"known truth, 2 logs x 5 policies"}
    assert found["ratio"] == "nothing to compare"
    assert (tmp_path / "public.csv").read_text(encoding="utf-8").startswith("case,figure,baseline,ours")


def test_the_shuffled_order_holds_every_row_once():
    order = shuffled_order(1_000)
    assert sorted(order) == list(range(1_000))
    assert (order != np.arange(1_000)).mean() > 0.9
