"""Effects and rankings by effect on two randomised tests: hillstrom (two offers and none) and insurance_rct (no effect on average)."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from bench.public_figures import fact, row
from bench.uplift import qini_coefficient, raw_qini, uplift_at, uplift_coefficient
from jobs.evaluation.effect import estimate_lift
from jobs.evaluation.off_policy import estimate_policy_value
from jobs.match.learner import fit_propensity

INPUTS = ["recency", "history", "mens", "womens", "newbie", "zip_code", "channel"]
SEEDS = range(5)
TENTHS = 10
Figures = dict[str, float]
# Means over the seeds; of "response" the table knows no more than the Qini figures and one uplift.
HILLSTROM: dict[str, dict[str, Figures]] = {
    "Womens": {
        "two models": {"Qini": 0.061, "uplift@30": 0.066, "raw Qini": 0.0074},
        "one model with the arm": {"Qini": 0.057, "uplift@30": 0.069, "raw Qini": 0.0069},
        "response of the treated": {"Qini": 0.030, "uplift@30": 0.064, "raw Qini": 0.0036},
    },
    "Mens": {
        "two models": {"Qini": 0.011, "uplift@30": 0.088, "raw Qini": 0.0015},
        "one model with the arm": {"Qini": 0.006, "uplift@30": 0.083, "raw Qini": 0.0009},
        "response of the treated": {"Qini": 0.017, "uplift@30": 0.086, "raw Qini": 0.0022},
    },
}
EFFECTS = {"Womens": 4.52, "Mens": 7.66}  # points of visits
INSURANCE: dict[str, Figures] = {
    "two models": {"Qini": 0.160, "AUUC": 0.106, "uplift@30": 0.103, "raw Qini": 0.0290},
    "one model with the arm": {"Qini": 0.166, "AUUC": 0.110, "uplift@30": 0.104, "raw Qini": 0.0300},
}
CHOICE, ALWAYS_MENS = 0.179, 0.182  # mean visits where the choice is the arm received


def compare(folder: Path) -> list[dict[str, Any]]:
    customers = pd.read_csv(folder / "hillstrom/hillstrom.csv.gz")
    return [*(one for offer in HILLSTROM for one in _offer(customers, offer)), *_choice(customers), *_insurance(folder)]


def predicted_effects(frame: pd.DataFrame, outcome: np.ndarray, treated: np.ndarray, later: pd.DataFrame) -> dict[str, np.ndarray]:
    """Effect that each way of using the learner predicts for the later customers."""
    of_treated = fit_propensity(frame[treated == 1], outcome[treated == 1]).predict(later)
    of_control = fit_propensity(frame[treated == 0], outcome[treated == 0]).predict(later)
    one = fit_propensity(frame.assign(arm=treated), outcome)
    with_arm = one.predict(later.assign(arm=1)) - one.predict(later.assign(arm=0))
    return {"two models": of_treated - of_control, "one model with the arm": with_arm, "response of the treated": of_treated}


def figures(outcome: np.ndarray, predicted: np.ndarray, treated: np.ndarray) -> Figures:
    return {
        "Qini": qini_coefficient(outcome, predicted, treated),
        "AUUC": uplift_coefficient(outcome, predicted, treated),
        "uplift@30": uplift_at(0.3, outcome, predicted, treated),
        "raw Qini": raw_qini(outcome, predicted, treated),
    }


def _offer(customers: pd.DataFrame, offer: str) -> list[dict[str, Any]]:
    known = customers[customers["segment"].isin([f"{offer} E-Mail", "No E-Mail"])]
    frame, outcome, treated = known[INPUTS], known["visit"].to_numpy(), (known["segment"] != "No E-Mail").to_numpy().astype(int)
    found: dict[str, list[Figures]] = {way: [] for way in HILLSTROM[offer]}
    for seed in SEEDS:
        first, second = train_test_split(np.arange(len(known)), test_size=0.5, stratify=2 * treated + outcome, random_state=seed)
        predicted = predicted_effects(frame.iloc[first], outcome[first], treated[first], frame.iloc[second])
        for way in found:
            found[way].append(figures(outcome[second], predicted[way], treated[second]))
    effect = estimate_lift(outcome, treated, expected_share=0.5)
    points = f"{100 * effect.effect:+.2f} points, {100 * effect.low:.2f} to {100 * effect.high:.2f}; ratio of arms p {effect.srm_p_value:.2f}"
    is_right = effect.readable and round(100 * effect.effect, 2) == EFFECTS[offer]
    return [
        fact(f"hillstrom {offer}, visit", "effect", f"{EFFECTS[offer]:+.2f} points", points, is_right),
        *(
            row(f"hillstrom {offer}, {way}", figure, baseline, float(pd.DataFrame(found[way])[figure].mean()), float(pd.DataFrame(found[way])[figure].std()))
            for way, baselines in HILLSTROM[offer].items()
            for figure, baseline in baselines.items()
        ),
    ]


def _choice(customers: pd.DataFrame) -> list[dict[str, Any]]:
    """For each customer the arm with the most predicted visits, judged where it is the arm received."""
    arms, outcome = customers["segment"].to_numpy(), customers["visit"].to_numpy()
    names = np.unique(arms)
    chosen_values, mens_values = [], []
    for seed in SEEDS:
        first, second = train_test_split(np.arange(len(customers)), test_size=0.5, stratify=customers["segment"] + outcome.astype(str), random_state=seed)
        trained = {name: first[arms[first] == name] for name in names}
        later = customers[INPUTS].iloc[second]
        predicted = np.column_stack([fit_propensity(customers[INPUTS].iloc[rows], outcome[rows]).predict(later) for rows in trained.values()])
        received, odds = np.searchsorted(names, arms[second]), np.full(len(second), 1 / len(names))
        chosen_values.append(estimate_policy_value(outcome[second], received, odds, (received == predicted.argmax(axis=1)).astype(float)).value)
        mens_values.append(estimate_policy_value(outcome[second], received, odds, (arms[second] == "Mens E-Mail").astype(float)).value)
    return [
        row("hillstrom, choose the arm", "visits", CHOICE, float(np.mean(chosen_values)), float(np.std(chosen_values))),
        row("hillstrom, always Mens", "visits", ALWAYS_MENS, float(np.mean(mens_values)), float(np.std(mens_values))),
    ]


def _insurance(folder: Path) -> list[dict[str, Any]]:
    train, valid = (pd.read_csv(folder / f"insurance_rct/{name}.csv.gz") for name in ("train", "valid"))
    rows = []
    for name, table, points in (("train", train, 0.8), ("valid", valid, -0.5)):
        effect = estimate_lift(table["PURCHASE"], table["TREATMENT"], expected_share=0.5)
        said = f"{100 * effect.effect:+.1f} points, {100 * effect.low:.1f} to {100 * effect.high:.1f}; ratio of arms p {effect.srm_p_value:.2f}"
        is_right = effect.readable and effect.low < 0 < effect.high and round(100 * effect.effect, 1) == points
        rows.append(fact(f"insurance {name}", "effect", f"{points:+.1f} points, none", said, is_right))
    frame, later = (table.drop(columns=["TREATMENT", "PURCHASE", "UNIQUE_ID"]) for table in (train, valid))
    bought, treated = valid["PURCHASE"].to_numpy(), valid["TREATMENT"].to_numpy().astype(int)
    purchase = fit_propensity(frame, train["PURCHASE"]).predict(later)
    rows.append(row("insurance, purchase", "AUC", 0.845, float(roc_auc_score(bought, purchase))))
    predicted = predicted_effects(frame, train["PURCHASE"].to_numpy(), train["TREATMENT"].to_numpy().astype(int), later)
    for way, baselines in INSURANCE.items():
        found, spreads = figures(bought, predicted[way], treated), _spreads(bought, predicted[way], treated)
        rows += [row(f"insurance, {way}", figure, baseline, found[figure], spreads[figure]) for figure, baseline in baselines.items()]
    return rows


def _spreads(outcome: np.ndarray, predicted: np.ndarray, treated: np.ndarray) -> Figures:
    """Standard error of each figure, from ten disjoint tenths of the rows: there is one split only."""
    tenths = [slice(start, None, TENTHS) for start in range(TENTHS)]
    return (pd.DataFrame([figures(outcome[one], predicted[one], treated[one]) for one in tenths]).std() / np.sqrt(TENTHS)).to_dict()
