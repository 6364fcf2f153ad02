"""The learner, the effects and the value of a policy on the public data sets, beside the baselines of the same splits. `cpc bench public`.

The sets lie in shared/data beside the repository or above it, and are read here alone. Without them nothing is measured but what is drawn by
hash. `ratio` is the smallest AUC over its baseline. A figure below its baseline is named and does not fail the run: what fails it is a shuffled
row that changes a byte, or a statement that does not hold.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from bench import public_policy, public_propensity, public_uplift
from jobs.paths import ROOT


def run(customers: int, folder: Path) -> dict[str, Any]:
    """Rows of the comparison, also as public.csv in the folder. The sets have the customers that they have: `customers` changes nothing."""
    data = data_folder()
    rows = public_policy.against_truth()
    write(rows, folder)
    for compare in (public_policy.compare, public_propensity.compare, public_uplift.compare) if data is not None else ():
        rows += compare(data)
        write(rows, folder)
    return summary(rows, data)


def write(rows: list[dict[str, Any]], folder: Path) -> None:
    """After each part, so that a run which is stopped leaves what it found."""
    pd.DataFrame(rows).to_csv(folder / "public.csv", index=False)


def data_folder() -> Path | None:
    return next((parent / "shared" / "data" for parent in ROOT.parents if (parent / "shared" / "data").is_dir()), None)


def summary(rows: list[dict[str, Any]], data: Path | None) -> dict[str, Any]:
    below = [f"{one['case']} {one['figure']}" for one in rows if one["verdict"] == "below"]
    wrong = [f"{one['case']} {one['figure']}" for one in rows if one["verdict"] == "does not hold" or one["shuffled"] == "other bytes"]
    ratios = [one["ours"] / one["baseline"] for one in rows if one["figure"] == "AUC"]
    return {
        "compared": rows,
        "public data": str(data) if data else "not there (no shared/data above the repository): skipped",
        "below their baseline": ", ".join(below) or "none",
        "does not hold": ", ".join(wrong) or "none",
        "ratio": round(min(ratios), 3) if ratios else "nothing to compare",
        "ok": not wrong,
    }
