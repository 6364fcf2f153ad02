"""What the tests of the three choices share: numbers by hash, contacts half of which were trials, and what may be held back of them."""

import numpy as np
import pandas as pd

from tests.frames import rows

CONTACTS, TRIALS = 800, 400


def numbers(count: int) -> np.ndarray:
    """Numbers in [0, 1), the same in every run."""
    return (pd.util.hash_array(np.arange(count, dtype=np.uint64)) >> np.uint64(11)) / 2**53


def contacts_with_trials(spark, channel: str):
    """Of C000 to C799 on a channel; those of the first half were drawn by hash."""
    lines = ["contact_id | customer_id | product | channel | contact_date | business_date | mechanism | probability"]
    lines += [
        f"k{number} | C{number:03} | ringback_tone | {channel} | 2026-11-05 | 2026-11-04 | {'exploration' if number < TRIALS else 'optimised'} | 0.1"
        for number in range(CONTACTS)
    ]
    return rows(spark, "contact", "\n".join(lines))


def held_back_of(told: pd.DataFrame) -> pd.DataFrame:
    """The rows held back, once it is sure that they are a quarter of the trials and nothing else."""
    held_back = told[told["held_back"]]
    assert len(told) == CONTACTS and 70 <= len(held_back) <= 130
    assert {int(key[1:]) < TRIALS for key in held_back["customer_id"]} == {True}
    return held_back
