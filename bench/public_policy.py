"""estimate_policy_value on the logs of open_bandit_men, and against known truth on logs drawn by hash (bench/logged_decisions.py)."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.logged_decisions import LEANS, decisions, true_value
from bench.public_figures import fact
from jobs.evaluation.off_policy import PolicyValue, estimate_policy_value

ITEMS = 34
LOGS, CUSTOMERS = 200, 1_000
# Mean clicks measured in the other policy's own log, with the half width of their 95 % interval.
MEASURED = {"random from Thompson": (0.0046, 0.0013), "Thompson from random": (0.0069, 0.0016)}
ARITHMETIC = {"random from Thompson": {"ips": 0.00301, "snips": 0.00319}, "Thompson from random": {"ips": 0.00566, "snips": 0.00574}}
EFFECTIVE = 656


def compare(folder: Path) -> list[dict[str, Any]]:
    thompson, uniform = (pd.read_csv(folder / f"open_bandit_men/{name}_men.csv.gz") for name in ("bts", "random"))
    shares = pd.crosstab(thompson["position"], thompson["item_id"], normalize="index").reindex(columns=range(ITEMS), fill_value=0.0)
    estimates = {
        "random from Thompson": _value(thompson, np.full((len(thompson), ITEMS), 1 / ITEMS)),
        "Thompson from random": _value(uniform, shares.loc[uniform["position"]].to_numpy()),
    }
    rows = [one for name, estimate in estimates.items() for one in _rows(name, estimate)]
    effective = estimates["random from Thompson"].effective_sample
    rows.append(fact("bandit, random from Thompson", "effective sample", str(EFFECTIVE), f"{effective:.0f}", round(effective) == EFFECTIVE))
    return rows


def _value(log: pd.DataFrame, target: np.ndarray) -> PolicyValue:
    return estimate_policy_value(log["click"], log["item_id"], log["propensity_score"], target)


def _rows(name: str, estimate: PolicyValue) -> list[dict[str, Any]]:
    found = {figure: round(estimate.estimators[figure], 5) for figure in ARITHMETIC[name]}
    rows = [
        fact(f"bandit, {name}", figure, f"{expected:.5f}", f"{found[figure]:.5f}", found[figure] == expected) for figure, expected in ARITHMETIC[name].items()
    ]
    measured, half = MEASURED[name]
    said = f"{estimate.value:.5f}, {estimate.low:.5f} to {estimate.high:.5f}; {'readable' if estimate.readable else estimate.reason}"
    overlaps = estimate.low <= measured + half and measured - half <= estimate.high
    return [*rows, fact(f"bandit, {name}", "doubly robust", f"measured {measured} ± {half}", said, overlaps)]


def against_truth() -> list[dict[str, Any]]:
    """Coverage, relative error and the winner of five policies, over logs of 3,000 decisions."""
    truths = np.array([true_value(lean) for lean in LEANS])
    estimates = [[estimate_policy_value(**decisions(log, lean, CUSTOMERS)) for lean in LEANS] for log in range(LOGS)]
    values = np.array([[one.value for one in of_log] for of_log in estimates])
    held = np.array([[one.low <= truth <= one.high for one, truth in zip(of_log, truths, strict=True)] for of_log in estimates])
    readable = np.array([[one.readable for one in of_log] for of_log in estimates])
    shares = {"readable": float(held[readable].mean()) if readable.any() else 0.0, "all": float(held.mean())}
    error = float(np.max(np.abs(values.mean(axis=0) / truths - 1)))
    winner = float(np.mean(values.argmax(axis=1) == truths.argmax()))
    name = f"known truth, {LOGS} logs x {len(LEANS)} policies"
    return [
        *(
            fact(name, f"95 % interval holds the truth, {which} estimates", "92 to 97 %", f"{100 * share:.1f} %", 0.92 <= share <= 0.97)
            for which, share in shares.items()
        ),
        fact(name, "largest relative error of a policy's mean estimate", "at most 5 %", f"{100 * error:.1f} %", error <= 0.05),
        fact(name, "right winner of five", "at least 90 %", f"{100 * winner:.1f} %", winner >= 0.9),
        fact(name, "passed all gates", "reported", f"{100 * readable.mean():.1f} %", True),
    ]
