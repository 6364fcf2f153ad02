"""Chance as a function: every draw is a 64-bit hash of the seed, a word that says what for, and integer keys. Same keys, same luck."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Numbers = float | Floats | Integers

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
# Above this mean a Poisson count is drawn as a rounded normal: the exact walk would take as many steps as the mean.
_NORMAL_FROM = 40.0


def mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finisher of splitmix64: every bit of the input moves half the bits of the output."""
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


class Draws:
    """All chance of one world. Keys are integers or integer arrays that broadcast against each other."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def bits(self, what: str, *keys: object) -> NDArray[np.uint64]:
        start = hashlib.blake2b(f"{self.seed}/{what}".encode(), digest_size=8).digest()
        result = np.frombuffer(start, dtype="<u8").astype(np.uint64)
        for key in keys:
            numbers = np.atleast_1d(np.asarray(key)).astype(np.int64).view(np.uint64)
            result = mixed(result ^ (numbers * _STEP + _SECOND))
        return result

    def uniform(self, what: str, *keys: object) -> Floats:
        """In (0, 1), never the ends."""
        return ((self.bits(what, *keys) >> np.uint64(12)).astype(np.float64) + 0.5) / 4503599627370496.0

    def happens(self, probability: Numbers, what: str, *keys: object) -> NDArray[np.bool_]:
        return self.uniform(what, *keys) < probability

    def normal(self, what: str, *keys: object) -> Floats:
        return ndtri(self.uniform(what, *keys))

    def below(self, limit: Numbers, what: str, *keys: object) -> Integers:
        """An integer in 0 .. limit-1."""
        return np.floor(self.uniform(what, *keys) * limit).astype(np.int64)

    def choice(self, weights: Sequence[float] | Floats, what: str, *keys: object) -> Integers:
        """An index by weight; `weights` is one list for all, or a row of weights for each key of the first axis."""
        shares = np.asarray(weights, dtype=np.float64)
        luck = self.uniform(what, *keys)
        if shares.ndim == 1:
            ends = np.cumsum(shares) / shares.sum()
            return np.minimum(np.searchsorted(ends, luck, side="right"), len(shares) - 1)
        ends = np.cumsum(shares, axis=1) / shares.sum(axis=1, keepdims=True)
        return np.minimum((luck[:, None] > ends).sum(axis=1), shares.shape[1] - 1)

    def poisson(self, mean: Numbers, what: str, *keys: object) -> Integers:
        """Counts by inverse transform."""
        luck = self.uniform(what, *keys)
        means = np.broadcast_to(np.asarray(mean, dtype=np.float64), luck.shape)
        counts = np.zeros(luck.shape, dtype=np.int64)
        flat_luck, flat_mean, flat = luck.reshape(-1), means.reshape(-1), counts.reshape(-1)
        large = flat_mean > _NORMAL_FROM
        if large.any():
            flat[large] = np.maximum(np.rint(flat_mean[large] + np.sqrt(flat_mean[large]) * ndtri(flat_luck[large])), 0).astype(np.int64)
        chance = np.exp(-np.minimum(flat_mean, _NORMAL_FROM))
        open_ = np.flatnonzero(~large & (flat_luck > chance))
        _walk(flat, open_, flat_luck[open_], flat_mean[open_], chance[open_])
        return counts


def _walk(counts: Integers, open_: Integers, luck: Floats, mean: Floats, chance: Floats) -> None:
    """Steps up the distribution until it passes the luck of each open place, dropping those that are done."""
    reached = chance.copy()
    step = 0
    while len(open_):
        step += 1
        chance = chance * mean / step
        reached = reached + chance
        counts[open_] = step
        on = (luck > reached) & (chance > 1e-18)
        open_, luck, mean, chance, reached = open_[on], luck[on], mean[on], chance[on], reached[on]
