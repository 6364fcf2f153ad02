"""Shares of rows that are drawn by hash: the same rows on every machine and in every rerun."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.context import RunContext

PARTS_OF_SAMPLE = 1_000_000
CONTACT_KEYS = ["customer_id", "product", "channel", "contact_date"]


def sampled(frame: DataFrame, keys: list[str], salt: str, share: float | Column) -> DataFrame:
    """The rows whose hash of salt and keys falls into the share."""
    return frame.where(in_sample(keys, salt, share))


def in_sample(keys: list[str], salt: str, share: float | Column) -> Column:
    place = F.pmod(F.xxhash64(F.lit(salt), *keys), F.lit(PARTS_OF_SAMPLE))
    return place < (F.lit(share) if isinstance(share, float) else share) * PARTS_OF_SAMPLE


def is_held_back(run: RunContext) -> Column:
    """Of contacts with `tried`: the trials that no model learns from, for the gate alone."""
    return F.col("tried") & in_sample(CONTACT_KEYS, run.conf.match.gate.salt, run.conf.match.gate.held_back)
