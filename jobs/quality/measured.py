"""A check with what was measured for it. Great Expectations judges all of them at once, on a frame with a row for each measured value."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.quality.rules import OnFail


@dataclass(frozen=True)
class Measured:
    """`values` must all lie between low and high; a value of None (nothing there to measure) passes. An open bound is None."""

    table: str
    check: str
    on_fail: OnFail
    values: tuple[float | None, ...]
    low: float | None
    high: float | None
    observed: str
    expected: str


def no_rows(table: str, check: str, on_fail: OnFail, rows: int, of: str = "rows break it") -> Measured:
    """A check that no row may break."""
    return Measured(table, check, on_fail, (float(rows),), None, 0, f"{rows} {of}", f"0 {of}")


def judge(measured: Sequence[Measured]) -> list[bool]:
    """Whether each check holds, in the order given.

    Two expectations over all rows of the frame instead of one or two a check: each takes 5 ms, whatever its data."""
    if not measured:
        return []
    import pandas as pd

    gx, context = library(), quiet_context()
    values = [(number, value, one.low, one.high) for number, one in enumerate(measured) for value in one.values]
    frame = pd.DataFrame(values, columns=["number", "value", "low", "high"]).astype({"value": "float64", "low": "float64", "high": "float64"})
    suite = gx.ExpectationSuite(name="night")
    for larger, smaller in (("value", "low"), ("high", "value")):
        suite.expectations.append(
            gx.expectations.ExpectColumnPairValuesAToBeGreaterThanB(column_A=larger, column_B=smaller, or_equal=True, ignore_row_if="either_value_is_missing")
        )
    whole = context.data_sources.add_pandas("measures").add_dataframe_asset("measures").add_batch_definition_whole_dataframe("measures")
    outcome = whole.get_batch(batch_parameters={"dataframe": frame}).validate(
        suite, result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["number"]}
    )
    broken = {row["number"] for result in outcome.results for row in result.result.get("unexpected_index_list") or []}
    return [number not in broken for number in range(len(measured))]


def library() -> Any:
    """Great Expectations, which imports for seconds: only where it is used."""
    # Before the import: it would report its use over the network.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations

    return great_expectations


def quiet_context(folder: Path | None = None) -> Any:
    """A context in memory, or one that keeps its files in `folder`."""
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = library().get_context(mode="file", project_root_dir=str(folder)) if folder else library().get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context
