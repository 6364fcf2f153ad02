"""stored: a model that was kept predicts the same bytes; its name follows data, conf and code."""

import json

import numpy as np
import pandas as pd
import pytest

from jobs.match.learner import fit_propensity
from jobs.match.stored import as_bytes, as_data, from_data, keep_models
from jobs.match.version import version

pytestmark = pytest.mark.core

NUMBERS = (pd.util.hash_array(np.arange(4_000, dtype=np.uint64)) >> np.uint64(11)) / 2**53
FRAME = pd.DataFrame({"usage": NUMBERS[:2_000], "city": np.where(NUMBERS[:2_000] < 0.3, "a", "b")})
LABEL = pd.Series(NUMBERS[2_000:] < 0.1 + 0.3 * NUMBERS[:2_000])


def test_a_kept_model_predicts_the_same_bytes(tmp_path):
    model = fit_propensity(FRAME, LABEL)
    assert len(model.parts) == 2
    keep_models(tmp_path, "appetite", "appetite-1", {"one": model}, level={"sms": 1.5})
    kept = json.loads((tmp_path / "models/appetite/appetite-1/model.json").read_text())
    assert from_data(kept["models"]["one"]).predict(FRAME).tobytes() == model.predict(FRAME).tobytes()
    assert kept["level"] == {"sms": 1.5}
    assert as_bytes(from_data(as_data(model))) == as_bytes(model)


def test_a_version_follows_kind_conf_and_data(conf):
    names = {version(kind, settings, data) for kind in ("a", "b") for settings in (conf.match, conf.contact_rules) for data in (b"x", b"y")}
    assert len(names) == 8
    assert version("a", conf.match, b"x") == version("a", conf.match, b"x")
    assert version("a", conf.match, b"x", b"y") != version("a", conf.match, b"xy")
