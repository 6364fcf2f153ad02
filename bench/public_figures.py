"""What one row of `cpc bench public` says, and the figures of a ranking by probability. Definitions: README of the public data sets."""

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score


def row(case: str, figure: str, baseline: float, ours: float, spread: float = 0.0, same_bytes: bool | None = None) -> dict[str, Any]:
    """Compared with the baseline's decimals, at least three. `spread`: standard deviation of the baseline over its splits;
    `same_bytes`: whether shuffled training and scored rows gave the same predictions (None: not tried in this row)."""
    decimals = max(3, len(str(baseline).partition(".")[2]))
    verdict = "at least" if round(ours, decimals) >= baseline else "within its spread" if ours >= baseline - spread else "below"
    shuffled = "" if same_bytes is None else "same bytes" if same_bytes else "other bytes"
    return {"case": case, "figure": figure, "baseline": baseline, "ours": round(ours, 4), "verdict": verdict, "shuffled": shuffled}


def fact(case: str, figure: str, expected: str, ours: str, holds: bool) -> dict[str, Any]:
    """A statement that holds or not."""
    return {"case": case, "figure": figure, "baseline": expected, "ours": ours, "verdict": "holds" if holds else "does not hold", "shuffled": ""}


def ranking(label: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    order = np.argsort(-probability, kind="stable")
    best_first, rows = label[order], len(label)
    captured = np.append(0.0, np.cumsum(best_first) / label.sum())
    return {
        "AUC": float(roc_auc_score(label, probability)),
        "ALIFT": float(np.trapezoid(captured, np.arange(rows + 1) / rows)),
        "lift10": float(best_first[: rows // 10].mean() / label.mean()),
        "cap50": float(captured[rows // 2]),
    }


def shuffled_order(rows: int) -> np.ndarray:
    """An order that has nothing to do with the rows' own."""
    return np.argsort((np.arange(rows, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15), kind="stable")
