"""share_values: Spark's hash in numpy, for texts of any length."""

import numpy as np
import pytest

from jobs.contact.share_values import hashed, share_values


@pytest.mark.core
def test_the_hash_is_xxh64():
    # Published test values of XXH64 with seed 0.
    texts = {b"": 0xEF46DB3751D8E999, b"a": 0xD24EC4F1A98C6E5B, b"abc": 0x44BC2CF5AD770999, b"Nobody inspects the spammish repetition": 0xFBCEA83C8A378BF1}
    assert [int(hashed(np.array([one]), np.zeros(1, dtype=np.uint64))[0]) for one in texts] == list(texts.values())


@pytest.mark.spark
def test_every_customer_falls_where_spark_lets_it_fall(spark):
    from jobs.contact.share import share_of

    names = ["C" * length + str(length) for length in range(1, 80)] + ["C000000001", "客户甲", "é"]
    frame = spark.createDataFrame([(place, "autumn", 2, name) for place, name in enumerate(names)], "place int, campaign string, wave int, customer string")
    expected = [row.share for row in frame.select("place", share_of("tie-1", "campaign", "wave", "customer").alias("share")).orderBy("place").collect()]
    assert share_values("tie-1", ["autumn", "2"], np.array(names, dtype=object)).tolist() == expected
