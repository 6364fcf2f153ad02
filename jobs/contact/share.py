"""A share of customers by hash: the same customer falls on the same side every night, whatever the rows' order."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def share_of(salt: str, *keys: str) -> Column:
    """A number in [0, 1) from the salt and the keys."""
    word = F.xxhash64(F.lit(salt), *[F.col(key).cast("string") for key in keys])
    return F.shiftrightunsigned(word, 11) / F.lit(float(2**53))
