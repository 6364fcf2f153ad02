"""learner: one model whatever the order of the rows, honest probabilities, and an answer for every kind of column."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from jobs.match.calibration import audit
from jobs.match.combination import logit, sigmoid
from jobs.match.learner import fit_propensity

pytestmark = pytest.mark.core


def uniform(rows: int, salt: int) -> np.ndarray:
    """Deterministic numbers in [0, 1) without a generator: a hash of (salt, row)."""
    return (pd.util.hash_array(np.arange(rows, dtype=np.uint64) + np.uint64(salt) * np.uint64(1_000_003)) >> np.uint64(11)).astype(np.float64) / 2**53


def customers(rows: int, salt: int = 1) -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    """Rows, labels and the true log-odds: a slope, a step, a category and noise columns of every type."""
    age, usage, city = uniform(rows, salt), uniform(rows, salt + 1), uniform(rows, salt + 2)
    truth = -2.2 + 2.0 * age + np.where(usage > 0.7, 1.2, 0.0) + np.where(city < 0.3, -1.0, 0.0)
    frame = pd.DataFrame(
        {
            "age": np.where(uniform(rows, salt + 3) < 0.1, np.nan, age),
            "usage": usage,
            "city": np.where(city < 0.3, "anzhou", np.where(city < 0.6, "beihe", "dongpu")),
            "smartphone": usage > 0.5,
            "constant": 1,
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta((age * 1000).astype(int), unit="D"),
        }
    )
    return frame, pd.Series((uniform(rows, salt + 4) < sigmoid(truth)).astype(int)), truth


@pytest.fixture(scope="module")
def fitted():
    frame, label, _ = customers(6_000)
    return fit_propensity(frame, label)


def test_shuffled_training_rows_and_columns_give_the_same_bytes(fitted):
    frame, label, _ = customers(6_000)
    later = customers(500, salt=90)[0]
    order = np.argsort(uniform(len(frame), 7))
    shuffled = fit_propensity(frame.iloc[order][frame.columns[::-1]], label.iloc[order])
    assert shuffled.predict(later).tobytes() == fitted.predict(later).tobytes()


def test_a_row_has_one_score_in_any_company(fitted):
    later = customers(501, salt=90)[0]
    whole = fitted.predict(later)
    order = np.argsort(uniform(len(later), 7))
    assert fitted.predict(later.iloc[order]).tobytes() == whole[order].tobytes()
    alone = np.concatenate([fitted.predict(later.iloc[[place]]) for place in range(0, 60)])
    assert alone.tobytes() == whole[:60].tobytes()


def test_probabilities_are_honest_and_tell_apart(fitted):
    later, label, truth = customers(20_000, salt=50)
    probability = fitted.predict(later)
    honesty = audit(probability, label.to_numpy())
    assert 0.93 < honesty.observed_to_expected < 1.07
    assert honesty.relative_error < 0.08
    assert 0.9 < honesty.slope < 1.1
    assert roc_auc_score(label, probability) > roc_auc_score(label, truth) - 0.02


def test_weights_undo_sampled_negatives():
    frame, label, _ = customers(8_000)
    kept = (label == 1) | (uniform(len(label), 77) < 0.25)
    weight = pd.Series(np.where(label == 1, 1.0, 4.0))
    sampled = fit_propensity(frame[kept], label[kept], weight=weight[kept])
    later, later_label, _ = customers(8_000, salt=50)
    assert 0.9 < audit(sampled.predict(later), later_label.to_numpy()).observed_to_expected < 1.1


def test_an_offset_is_learned_around_and_added_back():
    frame, _, truth = customers(6_000)
    known = np.where(uniform(len(frame), 31) < 0.5, -1.5, 1.5)
    label = pd.Series(uniform(len(frame), 32) < sigmoid(truth + known))
    model = fit_propensity(frame, label, offset=known)
    later, _, later_truth = customers(4_000, salt=50)
    assert np.corrcoef(model.log_odds(later), later_truth)[0, 1] > 0.95
    assert abs(model.log_odds(later).mean() - later_truth.mean()) < 0.15
    assert np.allclose(logit(model.predict(later, offset=np.full(len(later), 1.5))) - model.log_odds(later), 1.5)


@pytest.mark.parametrize(("positives", "rows", "expected"), [(0, 99, 0.5 / 100), (99, 99, 99.5 / 100), (4, 99, 4.5 / 100)])
def test_one_class_or_a_handful_gives_the_shrunken_base_rate(positives, rows, expected):
    frame = customers(rows)[0]
    label = pd.Series([1] * positives + [0] * (rows - positives))
    assert np.allclose(fit_propensity(frame, label).predict(frame), expected)


def test_few_positives_are_left_to_the_logistic():
    frame, _, truth = customers(2_000)
    label = pd.Series(uniform(2_000, 8) < sigmoid(truth - 2.3))
    assert 10 <= label.sum() < 100
    model = fit_propensity(frame, label)
    assert len(model.parts) == 1
    assert roc_auc_score(customers(4_000, salt=50)[1], model.predict(customers(4_000, salt=50)[0])) > 0.6


def test_every_kind_of_column_is_taken(fitted):
    rows = 400
    half = np.arange(rows) % 2 == 0
    frame = pd.DataFrame(
        {
            "text": np.where(half, "a", "b"),
            "category": pd.Categorical(np.where(half, 1, 2)),
            "object_boolean": pd.Series([True, None] * (rows // 2), dtype=object),
            "nullable_integer": pd.Series([1, None] * (rows // 2), dtype="Int64"),
            "day": [date(2026, 1, 1), None] * (rows // 2),
            "moment": [datetime(2026, 1, 1, 5), None] * (rows // 2),
            "empty": np.nan,
            "nothing": None,
            "infinite": np.where(half, np.inf, 1.0),
        }
    )
    label = pd.Series((uniform(rows, 3) < np.where(half, 0.6, 0.2)).astype(float))
    model = fit_propensity(frame, label)
    assert abs(model.predict(frame)[0] - label[half].mean()) < 0.1
    unseen = frame.assign(text="never seen", category=9, day=None, extra_column=1)
    assert np.isfinite(model.predict(unseen)).all()
    assert len(model.predict(frame.iloc[:0])) == 0


def test_what_cannot_be_learned_from_is_said(fitted):
    frame, label, _ = customers(50)
    with pytest.raises(ValueError, match="column 'city' was there in training and is missing"):
        fitted.predict(frame.drop(columns="city"))
    with pytest.raises(ValueError, match="label: 49 values for 50 rows"):
        fit_propensity(frame, label[:49])
    with pytest.raises(ValueError, match="something else than 0 and 1"):
        fit_propensity(frame, label + 1)
    with pytest.raises(ValueError, match="1 values are missing"):
        fit_propensity(frame, label.astype(float).where(label.index > 0))
    with pytest.raises(ValueError, match="weight"):
        fit_propensity(frame, label, weight=-np.ones(50))
    for other in ({"label": label[::-1]}, {"label": label, "weight": label[::-1] + 1}, {"label": label, "offset": pd.Series(0.0, index=label.index + 1)}):
        with pytest.raises(ValueError, match=r"the index of (label|weight|offset) differs from that of frame; order both alike"):
            fit_propensity(frame, **other)
    with pytest.raises(ValueError, match="the index of offset differs"):
        fitted.predict(frame, offset=pd.Series(0.0, index=label.index[::-1]))
    with pytest.raises(ValueError, match="no rows"):
        fit_propensity(frame[:0], label[:0])
