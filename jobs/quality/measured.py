"""A check with what was measured for it. Great Expectations judges them all at once, on a frame of measures that fits on a page."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

OnFail = Literal["stop", "warn"]


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
    """Whether each check holds, in the order given."""
    if not measured:
        return []
    # Before the import: it would report its use over the network.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig

    names = [f"{number}. {one.table}: {one.check}" for number, one in enumerate(measured)]
    height = max(len(one.values) for one in measured)
    frame = pd.DataFrame({name: [*one.values, *[None] * (height - len(one.values))] for name, one in zip(names, measured, strict=True)}, dtype="float64")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    suite = gx.ExpectationSuite(name="night")
    for name, one in zip(names, measured, strict=True):
        suite.expectations.append(
            gx.expectations.ExpectColumnValuesToBeBetween(column=name, min_value=one.low, max_value=one.high, meta={"on_fail": one.on_fail})
        )
    whole = context.data_sources.add_pandas("measures").add_dataframe_asset("measures").add_batch_definition_whole_dataframe("measures")
    outcome = whole.get_batch(batch_parameters={"dataframe": frame}).validate(suite, result_format="BOOLEAN_ONLY")
    passed = {result.expectation_config.kwargs["column"]: bool(result.success) for result in outcome.results if result.expectation_config}
    return [passed[name] for name in names]
