"""The night's eligible candidates as arrays: text as codes, in one canonical order, so that the order in which Spark delivers them changes nothing."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

KEYS = ["customer_id", "campaign", "product", "channel", "wave"]
TEXTS = ["customer_id", "campaign", "product", "channel", "place", "campaign_type"]


@dataclass(frozen=True)
class Text:
    """A column of text: `codes` into its `names`, which ascend; -1 is null."""

    codes: np.ndarray
    names: list[str]


@dataclass(frozen=True)
class NightOptions:
    """Options in the order of their keys; `row` is where each stood in the table. `text` and `number` by column; what a cap leaves (left_<cap>) is NaN where it
    does not cover the option."""

    row: np.ndarray
    text: dict[str, Text]
    number: dict[str, np.ndarray]

    def codes(self, column: str) -> np.ndarray:
        return self.text[column].codes

    def within(self, columns: list[str], rows: np.ndarray) -> np.ndarray:
        """A number for each of the rows, the same where all these columns are the same; not dense."""
        key = np.zeros(len(rows), dtype=np.int64)
        for column in columns:
            part = self.text[column].codes[rows].astype(np.int64) + 1 if column in self.text else self.number[column][rows].astype(np.int64)
            key = key * (int(part.max(initial=0)) + 1) + part
        return key


def night_options(eligible: pa.Table) -> NightOptions:
    """`eligible` has the keys, place and campaign_type as text or as dictionaries, and numbers."""
    text = {name: _text(eligible[name]) for name in TEXTS}
    number = {name: _number(eligible[name]) for name in eligible.column_names if name not in TEXTS}
    unordered = NightOptions(np.arange(eligible.num_rows), text, number)
    key = unordered.within(KEYS, unordered.row)
    order = unordered.row if (key[1:] > key[:-1]).all() else np.argsort(key, kind="stable")
    return NightOptions(
        order, {name: Text(one.codes[order], one.names) for name, one in text.items()}, {name: values[order] for name, values in number.items()}
    )


def _text(column: pa.ChunkedArray) -> Text:
    whole = column.combine_chunks() if pa.types.is_dictionary(column.type) else column.combine_chunks().dictionary_encode()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], pa.dictionary(pa.int32(), pa.string()))
    names = whole.dictionary.cast(pa.string())
    order = compute.sort_indices(names).to_numpy()
    rank = np.empty(len(order) + 1, dtype=np.int32)
    rank[order], rank[-1] = np.arange(len(order)), -1
    codes = whole.indices.cast(pa.int32()).fill_null(len(order)).to_numpy()
    return Text(rank[codes], names.take(pa.array(order)).to_pylist())


def _number(column: pa.ChunkedArray) -> np.ndarray:
    return column.combine_chunks().to_numpy(zero_copy_only=False) if column.num_chunks else column.to_numpy()
