"""Uniform draws by hash, as the house draws everything: u = hash(salt, number)."""

import numpy as np


def uniform(salt: int, shape: tuple[int, ...]) -> np.ndarray:
    """SplitMix64 of the entry's number under a salt, as numbers in (0, 1)."""
    with np.errstate(over="ignore"):
        state = (np.arange(int(np.prod(shape)), dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt) * np.uint64(
            0xD1B54A32D192ED03
        )
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = state ^ (state >> np.uint64(31))
    return ((state >> np.uint64(11)).astype(np.float64) + 0.5).reshape(shape) / 2.0**53
