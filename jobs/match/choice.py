"""Champion or challenger: what the tables appetite_choice, reach_choice and churn_choice say of a night's model, and how it is told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

from jobs.catalogue.schema import ddl_of
from jobs.context import RunContext
from jobs.match.gate import CHOICES, index_of_scores, reason_to_keep, record
from jobs.progress import Progress


@dataclass(frozen=True)
class Judged:
    """Rows that no model learned from: whether each came out positive, and the part of the whole (`cell`) that it belongs to."""

    label: np.ndarray
    cell: pd.Series


@dataclass(frozen=True)
class Says:
    """What a model says: probabilities of the judged rows, and scores of tonight's customers."""

    judged: np.ndarray
    tonight: np.ndarray


def choose(challenger: str, champion: str | None, unusable: str | None, judged: Judged, says: Callable[[str], Says], run: RunContext) -> dict[str, Any]:
    """Columns of the choice. `unusable` says why the champion cannot be asked, where it cannot; `says` is asked for both by name only where they are judged."""
    positives, gate = int(judged.label.sum()), run.conf.match.gate
    known: dict[str, Any] = {
        "challenger": challenger,
        "champion": champion,
        "used": challenger,
        "judged_rows": len(judged.label),
        "judged_positives": positives,
    }
    if champion is None:
        return known | {"reason": "no model before it"}
    if champion == challenger:
        return known | {"reason": "the same model as the night before"}
    if unusable:
        return known | {"reason": unusable}
    if min(positives, len(judged.label) - positives) < gate.fewest_positives:
        counted = f"{positives} positives among {len(judged.label)} held-back rows"
        return known | {"reason": f"not judged: {counted}, {gate.fewest_positives} of either kind asked for"}
    before, tonight = says(champion), says(challenger)
    old, new = (record(one.judged, judged.label, judged.cell) for one in (before, tonight))
    index = index_of_scores(before.tonight, tonight.tonight)
    reason = reason_to_keep(old, new, index, gate)
    return known | {
        "used": champion if reason else challenger,
        "reason": reason or "passed",
        "entropy_champion": old.entropy,
        "entropy_challenger": new.entropy,
        "observed_to_expected": new.observed_to_expected,
        "farthest_cell": new.farthest,
        "farthest_deviations": new.cells[new.farthest],
        "stability_index": index,
    }


def as_table(table: str, choice: dict[str, Any], run: RunContext) -> DataFrame:
    row = {"business_date": run.business_date} | choice
    return run.session.createDataFrame([tuple(row.get(column) for column in run.columns(table))], ddl_of(table))


def used_before(previous_choice: DataFrame) -> str | None:
    before = previous_choice.first()
    return before.used if before else None


def say_choices(run: RunContext, progress: Progress) -> dict[str, int]:
    """A line for each model that the gate kept out: the night goes on with the one before it."""
    for table in CHOICES:
        for row in run.lake.scan(table, day=run.business_date).to_pylist():
            if row["used"] != row["challenger"]:
                progress.say(f"model gate: {row['challenger']} is not used: {row['reason']}; the lists go out with {row['used']}; see `cpc report model`")
    return {}
