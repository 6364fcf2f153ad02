"""Frames as numbers: what the learner does with text, missing values, dates, rare and unseen categories.

Everything is learned from the set of the training rows, never from their order; `row_order` gives the one order that depends
on the rows' content alone, so that every later sum has one result.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from numbers import Real
from typing import Literal

import numpy as np
import pandas as pd

MOST_LEVELS = 200  # of a text column; the others are one level, "anything else"
RAREST_LEVEL = 10  # rows a level needs to be told apart
ELSE = "\0anything else"


@dataclass(frozen=True)
class Column:
    """`levels` of a category in the order of their codes; numbers and moments have none."""

    name: str
    kind: Literal["number", "moment", "category"]
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Encoder:
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def categories(self) -> list[int]:
        """Positions of the categories."""
        return [place for place, column in enumerate(self.columns) if column.kind == "category"]

    def encode(self, frame: pd.DataFrame) -> np.ndarray:
        """float64[rows, columns]: numbers as they are, moments as days, categories as codes, NaN for missing or unseen."""
        require_columns(frame, self.names)
        matrix = np.empty((len(frame), len(self.columns)), dtype=np.float64)
        for place, column in enumerate(self.columns):
            matrix[:, place] = _encoded(frame[column.name], column)
        return matrix


def require_columns(frame: pd.DataFrame, names: list[str]) -> None:
    repeated = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
    if repeated:
        raise ValueError(f"frame: column '{repeated[0]}' stands twice")
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise ValueError(f"frame: column '{missing[0]}' was there in training and is missing ({len(missing)} missing in all)")


def learn_encoder(frame: pd.DataFrame) -> Encoder:
    """How to read every column; the columns in the order of their names, so that a frame's column order does not matter."""
    require_columns(frame, [])
    return Encoder(tuple(_learned(frame[name], name) for name in sorted(frame.columns, key=str)))


def _learned(values: pd.Series, name: str) -> Column:
    kind = _kind(values)
    if kind != "category":
        return Column(name, kind)
    counts = _texts(values).value_counts()
    ranked = sorted(counts.items(), key=lambda level: (-level[1], level[0]))
    frequent = [level for level, rows in ranked[:MOST_LEVELS] if rows >= RAREST_LEVEL]
    others = len(frequent) < len(ranked)
    return Column(name, "category", (*sorted(frequent), ELSE) if others else tuple(sorted(frequent)))


def _kind(values: pd.Series) -> Literal["number", "moment", "category"]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return "category"
    if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_numeric_dtype(values.dtype):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(values.dtype) or pd.api.types.is_timedelta64_dtype(values.dtype):
        return "moment"
    known = values.dropna()
    if all(isinstance(value, bool | np.bool_ | Real | Decimal) for value in known):
        return "number"
    if all(isinstance(value, date | np.datetime64) for value in known):
        return "moment"
    return "category"


def _encoded(values: pd.Series, column: Column) -> np.ndarray:
    if column.kind == "category":
        code = {level: place for place, level in enumerate(column.levels)}
        otherwise = code.get(ELSE, np.nan)
        texts = _texts(values)
        return texts.map({text: code.get(text, otherwise) for text in texts.dropna().unique()}).to_numpy(dtype=np.float64)
    if column.kind == "moment":
        return _days(values)
    if isinstance(values.dtype, pd.CategoricalDtype) or pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = values.astype(object)
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan) + 0.0  # + 0.0 makes one zero of two


def _days(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_timedelta64_dtype(values.dtype):
        return (values / pd.Timedelta(days=1)).to_numpy(dtype=np.float64)
    moments = pd.to_datetime(values, errors="coerce", utc=True)
    return ((moments - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta(days=1)).to_numpy(dtype=np.float64)


def _texts(values: pd.Series) -> pd.Series:
    """Every value as text; a whole number reads alike as 1, 1.0 and "1"."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        names = [_text(value) for value in values.cat.categories]
        return pd.Series(np.array([*names, None], dtype=object)[values.cat.codes.to_numpy()], index=values.index)
    present = values.astype(object).where(values.notna(), None)
    if pd.api.types.infer_dtype(present, skipna=True) == "string":
        return present
    return present.map(lambda value: None if value is None else _text(value))


def _text(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def row_order(matrix: np.ndarray, *beside: np.ndarray, seed: int) -> np.ndarray:
    """The order of the rows by a 128-bit hash of their content. Rows that share a hash are equal: their order does not matter."""
    first, second = np.full(len(matrix), _mixed_seed(seed)), np.full(len(matrix), _mixed_seed(seed + 1))
    for values in (*matrix.T, *beside):
        bits = np.ascontiguousarray(np.where(np.isnan(values), np.nan, values)).view(np.uint64)
        first = mix(first ^ bits)
        second = mix(second + (bits ^ np.uint64(0x9E3779B97F4A7C15)))
    return np.lexsort((second, first))


def _mixed_seed(seed: int) -> np.uint64:
    return mix(np.array([seed % 2**64], dtype=np.uint64))[0]


def mix(values: np.ndarray) -> np.ndarray:
    """The finaliser of splitmix64: unsigned 64-bit numbers to ones that look drawn by chance."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
