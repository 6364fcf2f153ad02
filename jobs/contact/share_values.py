"""The numpy twin of jobs/contact/share.py, for engines without Spark's hash; a test holds them equal.

Spark's xxhash64 of several values is XXH64 of each value's bytes, seeded by the hash of the one before; the first seed is 42.
"""

from collections.abc import Sequence

import numpy as np

SEED = 42
ONE, TWO, THREE, FOUR, FIVE = (
    np.uint64(prime) for prime in (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
)


def share_values(salt: str, keys: Sequence[str], last: np.ndarray) -> np.ndarray:
    """A number in [0, 1) for every text of `last`, behind the salt and keys that all of them share."""
    seed = np.full(1, SEED, dtype=np.uint64)
    for key in (salt, *keys):
        seed = hashed(np.array([key.encode()]), seed)
    encoded = np.char.encode(last.astype(str), "utf-8")
    return (hashed(encoded, np.broadcast_to(seed, encoded.shape)) >> np.uint64(11)) / float(2**53)


def hashed(texts: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """XXH64 of every byte string under its seed."""
    lengths = np.char.str_len(texts)
    result = np.empty(len(texts), dtype=np.uint64)
    for length in np.unique(lengths):
        same = lengths == length
        table = np.ascontiguousarray(texts[same]).view(np.uint8).reshape(int(same.sum()), texts.dtype.itemsize)[:, :length]
        result[same] = _of_one_length(table, seed[same])
    return result


def _of_one_length(table: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """A row of `table` is the bytes of a text."""
    length = table.shape[1]
    start = length - length % 32
    word = (_lanes(table, seed) if start else seed + FIVE) + np.uint64(length)
    while start + 8 <= length:
        word = _turned(word ^ _mixed(_number(table[:, start : start + 8])), 27) * ONE + FOUR
        start += 8
    if start + 4 <= length:
        word = _turned(word ^ (_number(table[:, start : start + 4]) * ONE), 23) * TWO + THREE
        start += 4
    for place in range(start, length):
        word = _turned(word ^ (table[:, place].astype(np.uint64) * FIVE), 11) * ONE
    word = (word ^ (word >> np.uint64(33))) * TWO
    word = (word ^ (word >> np.uint64(29))) * THREE
    return word ^ (word >> np.uint64(32))


def _lanes(table: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """Whole blocks of 32 bytes, in four lanes of 8."""
    lanes = [seed + ONE + TWO, seed + TWO, seed.copy(), seed - ONE]
    for block in range(0, table.shape[1] - 31, 32):
        for lane in range(4):
            start = block + 8 * lane
            lanes[lane] = _turned(lanes[lane] + _number(table[:, start : start + 8]) * TWO, 31) * ONE
    word = _turned(lanes[0], 1) + _turned(lanes[1], 7) + _turned(lanes[2], 12) + _turned(lanes[3], 18)
    for full in lanes:
        word = (word ^ _mixed(full)) * ONE + FOUR
    return word


def _mixed(word: np.ndarray) -> np.ndarray:
    return _turned(word * TWO, 31) * ONE


def _turned(word: np.ndarray, bits: int) -> np.ndarray:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


def _number(parts: np.ndarray) -> np.ndarray:
    """Little-endian numbers of 4 or 8 bytes."""
    return np.ascontiguousarray(parts).view(f"<u{parts.shape[1]}").ravel().astype(np.uint64)
