"""Columns of dumps out of numpy arrays: words by position, days and moments by number, nulls where a number says none."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Table = dict[str, pa.Array]


def words(names: Sequence[str] | pa.Array, positions: np.ndarray) -> pa.Array:
    """The name at each position; null where the position is negative."""
    numbers = np.asarray(positions)
    index = pa.array(numbers, mask=numbers < 0) if len(numbers) and numbers.min() < 0 else pa.array(numbers)
    array = names if isinstance(names, pa.Array) else pa.array(list(names), type=pa.string())
    return array.take(index)


def texts(pattern: str, *parts: np.ndarray) -> pa.Array:
    """Text with numbers in it: `{}` stands for each part in turn."""
    pieces = pattern.split("{}")
    arrays: list[object] = [pieces[0]]
    for piece, part in zip(pieces[1:], parts, strict=True):
        arrays += [pa.array(part).cast(pa.string()) if not isinstance(part, pa.Array) else part, piece]
    return pc.binary_join_element_wise(*[pa.scalar(one) if isinstance(one, str) else one for one in arrays], "")


def days(numbers: np.ndarray) -> pa.Array:
    """Dates; null for 0."""
    whole = np.asarray(numbers)
    return pa.array(whole.astype(np.int32), mask=whole == 0).cast(pa.date32())


def integers(numbers: np.ndarray, none: int | None = None) -> pa.Array:
    whole = np.asarray(numbers).astype(np.int64)
    return pa.array(whole) if none is None else pa.array(whole, mask=whole == none)


def flags(values: np.ndarray, unknown: np.ndarray | None = None) -> pa.Array:
    return pa.array(np.asarray(values, dtype=bool), mask=unknown)


def moments(seconds: np.ndarray) -> pa.Array:
    """Seconds of the operator's wall clock since 1970 as ISO 8601 with its offset."""
    stamps = np.asarray(seconds).astype("datetime64[s]")
    text = pa.array(stamps).cast(pa.string())
    return pc.binary_join_element_wise(pc.replace_substring(text, " ", "T"), pa.scalar("+08:00"), "")


def nulls(count: int) -> pa.Array:
    return pa.nulls(count, pa.string())


def rows_of(table: Table) -> int:
    return len(next(iter(table.values()))) if table else 0


def stacked(*tables: Table) -> Table:
    """Tables of the same columns below each other."""
    filled = [table for table in tables if rows_of(table)] or list(tables[:1])
    if len(filled) == 1:
        return filled[0]
    return {name: pa.concat_arrays([one.cast(filled[0][name].type) for one in (table[name] for table in filled)]) for name in filled[0]}


def sliced(table: Table, which: np.ndarray) -> Table:
    """Some rows, by position or mask."""
    positions = pa.array(np.flatnonzero(which) if which.dtype == bool else which)
    return {name: column.take(positions) for name, column in table.items()}
