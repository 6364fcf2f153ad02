"""What stood in each field of the customer view on a business date: share of nulls, and the shape of the values, never a value of one person.

Numbers and dates are shown by their 5th, 50th and 95th percent and ten bins between the outer two; codes by their shares, where
fewer than FEWEST customers share one together as `others`; personal texts and texts of many values by the count of different ones.
Of fewer than four times FEWEST known values the share of nulls alone is told.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.catalogue.view import ViewField, fields

if TYPE_CHECKING:
    from jobs.context import RunContext

COLUMNS_AT_A_TIME = 25  # of a million rows: some 200 MB
FEWEST = 5
MOST_CODES = 8
BINS = 10
MEASURES = ("fen", "byte", "second")  # shown by quantiles however few values there are


@dataclass(frozen=True)
class FieldFigures:
    """`bars` are labels with shares of the known values, `bins` shares from the 5th to the 95th percent (what lies outside counts in the outer ones)."""

    null_share: float
    different: int | None = None
    zero_share: float | None = None
    quantiles: tuple[float, float, float] | None = None
    bins: tuple[float, ...] = ()
    bars: tuple[tuple[str, float], ...] = ()


def field_figures(run: "RunContext") -> dict[str, FieldFigures]:
    """Figures of every field on the business date; none when the view has no rows of it."""
    view = run.lake.dataset("customer_view")
    # A night written before a field was declared has no column of it.
    there = [field for field in fields() if field.name in view.schema.names]
    found: dict[str, FieldFigures] = {}
    for start in range(0, len(there), COLUMNS_AT_A_TIME):
        some = there[start : start + COLUMNS_AT_A_TIME]
        rows = view.to_table(columns=[field.name for field in some], filter=pc.field("business_date") == run.business_date)
        if rows.num_rows:
            found |= {field.name: figures_of(field, rows[field.name]) for field in some}
    return found


def figures_of(field: ViewField, values: pa.ChunkedArray) -> FieldFigures:
    null_share = values.null_count / len(values)
    known = values.drop_null()
    if len(known) < 4 * FEWEST:
        return FieldFigures(null_share)
    if field.type == "boolean":
        true = pc.sum(known).as_py() / len(known)
        return FieldFigures(null_share, bars=(("true", true), ("false", 1 - true)))
    if field.type == "string":
        return _texts(field, known, null_share)
    if field.type == "date":
        known = known.cast(pa.int32())
    numbers = known.to_numpy().astype(np.float64)
    values, counts = np.unique(numbers, return_counts=True)
    if len(values) <= MOST_CODES and field.type != "date" and field.unit not in MEASURES:
        return FieldFigures(
            null_share, different=len(values), bars=_bars([(f"{value:g}", int(times)) for value, times in zip(values, counts, strict=True)], len(numbers))
        )
    return _numbers(numbers, null_share, is_date=field.type == "date")


def _texts(field: ViewField, known: pa.ChunkedArray, null_share: float) -> FieldFigures:
    counted = {one["values"]: one["counts"] for one in pc.value_counts(known).to_pylist()}
    has_codes = any(check.in_ is not None for check in field.checks)
    if not has_codes and (field.pii != "none" or len(counted) > 2 * MOST_CODES):
        return FieldFigures(null_share, different=len(counted))
    common = sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:MOST_CODES]
    return FieldFigures(null_share, different=len(counted), bars=_bars(common, len(known)))


def _bars(counted: list[tuple[str, int]], of: int) -> tuple[tuple[str, float], ...]:
    """Shares in the order given; values of too few customers, and all that are not given, together at the end."""
    told = [(label, times) for label, times in counted if times >= FEWEST]
    others = of - sum(times for _, times in told)
    return tuple((label, times / of) for label, times in [*told, *([("others", others)] if others else [])])


def _numbers(known: np.ndarray, null_share: float, is_date: bool) -> FieldFigures:
    low, middle, high = (float(one) for one in np.quantile(known, [0.05, 0.5, 0.95], method="inverted_cdf"))
    edges = np.linspace(low, high, BINS + 1)
    bins = np.histogram(np.clip(known, low, high), edges)[0] / len(known) if high > low else ()
    zeros = None if is_date else float(np.mean(known == 0))
    return FieldFigures(null_share, zero_share=zeros, quantiles=(low, middle, high), bins=tuple(float(one) for one in bins))
