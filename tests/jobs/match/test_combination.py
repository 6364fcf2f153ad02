"""combination: a sum of log-odds times reach; the Spark column and its numpy twin agree."""

import numpy as np
import pytest

from jobs.match.combination import SUMMED_TERMS, acceptance_values, logit, sigmoid


@pytest.mark.core
def test_odds_multiply_and_reach_multiplies():
    zero = np.zeros(1)
    # odds 1/9 doubled are 2/9: probability 2/11, of the half that is reached 1/11
    found = acceptance_values(logit(np.array([0.1])), np.log([2.0]), zero, zero, zero, np.array([0.5]))
    assert np.allclose(found, 1 / 11)


@pytest.mark.core
def test_no_certainty_comes_out():
    extreme = acceptance_values(np.array([90.0, -90.0, 0.0]), *[np.zeros(3)] * 4, np.array([1.0, 1.0, 0.0]))
    assert (extreme > 0).all() and (extreme < 1).all()


@pytest.mark.core
def test_logit_undoes_sigmoid():
    values = np.linspace(-8, 8, 33)
    assert np.allclose(logit(sigmoid(values)), values)


@pytest.mark.spark
def test_spark_and_numpy_agree(spark):
    from jobs.match.combination import acceptance

    names = [*SUMMED_TERMS, "term_reach"]
    cases = [(-3.0, 0.5, 1.0, -0.2, 0.1, 0.4), (90.0, 0.0, 0.0, 0.0, 0.0, 1.0), (-90.0, 0.0, 0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)]
    frame = spark.createDataFrame(cases, ", ".join(f"{name} double" for name in names))
    found = [row[0] for row in frame.select(acceptance(*[frame[name] for name in names])).collect()]
    assert np.allclose(found, acceptance_values(*np.array(cases).T), rtol=1e-12)
