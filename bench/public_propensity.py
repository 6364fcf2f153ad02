"""fit_propensity on the public data sets, on the splits of their baselines: who said yes, who churned, who owns, who redeemed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from bench.public_figures import ranking, row, shuffled_order
from jobs.match.learner import fit_propensity

MACRO = ["emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m", "nr.employed"]
# Known after the fact, or nearly: never inputs of churn.
LEAKS = ["Churn Label", "Churn Value", "Churn Score", "Churn Category", "Churn Reason", "Customer Status", "Satisfaction Score", "CLTV"]
CONSTANTS = ["Customer ID", "Count", "Country", "State", "Quarter", "ID", "Lat Long", "Zip Code"]
ADD_ONS = {
    "Online Security": 0.767,
    "Online Backup": 0.727,
    "Device Protection Plan": 0.760,
    "Premium Tech Support": 0.786,
    "Streaming TV": 0.779,
    "Unlimited Data": 0.515,  # no signal
}
BANK_TRAIN = 28_831
ROLLING_TRAIN, ROLLING_TEST = 20_000, 1_000


@dataclass(frozen=True)
class Split:
    """Fit on the first pair, score the second."""

    frame: pd.DataFrame
    label: pd.Series
    later: pd.DataFrame
    later_label: pd.Series


@dataclass(frozen=True)
class Case:
    """Splits with one list of baselines. Figures are means over the splits, or of all scored rows together where `pooled`."""

    name: str
    baselines: dict[str, float]
    splits: list[Split]
    pooled: bool = False


def bank(folder: Path) -> Iterator[Case]:
    """Calls in the order of time. `duration` is known after the call. Baselines: the better of logistic and boosted trees by AUC."""
    calls = pd.read_csv(folder / "bank_additional/bank-additional-full.csv.gz", sep=";")
    label, inputs = (calls["y"] == "yes").astype(int), calls.drop(columns=["y", "duration"])

    def split(frame: pd.DataFrame, first: int, middle: int, last: int) -> Split:
        return Split(frame[first:middle], label[first:middle], frame[middle:last], label[middle:last])

    plain, rows = inputs.drop(columns=MACRO), len(calls)
    yield Case("bank, no macro columns", {"AUC": 0.689, "ALIFT": 0.643, "lift10": 1.92, "cap50": 0.697}, [split(plain, 0, BANK_TRAIN, rows)])
    yield Case("bank, all columns", {"AUC": 0.605, "ALIFT": 0.579, "lift10": 1.65, "cap50": 0.616}, [split(inputs, 0, BANK_TRAIN, rows)])
    windows = [split(inputs, at - ROLLING_TRAIN, at, at + ROLLING_TEST) for at in range(ROLLING_TRAIN, rows, ROLLING_TEST)]
    yield Case("bank, rolling, all columns", {"AUC": 0.743, "ALIFT": 0.700, "cap50": 0.772}, windows, pooled=True)


def telco(folder: Path) -> Iterator[Case]:
    """Stratified five folds, seed 0: churn of all customers, add-ons of internet customers."""
    tables = [pd.read_csv(folder / f"ibm_telco/{name}.csv.gz", keep_default_na=False) for name in ("demographics", "location", "services", "status")]
    joined = tables[0]
    for table in tables[1:]:
        joined = joined.merge(
            table.drop(columns=[column for column in table.columns if column in joined.columns and column != "Customer ID"]), on="Customer ID"
        )
    joined = joined.merge(pd.read_csv(folder / "ibm_telco/population.csv.gz")[["Zip Code", "Population"]], on="Zip Code", how="left")
    frame = joined.drop(columns=[column for column in [*LEAKS, *CONSTANTS] if column in joined.columns])
    yield _folds("telco, churn", {"AUC": 0.911, "lift10": 3.37}, frame, (joined["Churn Label"] == "Yes").astype(int))
    charges = [column for column in frame.columns if "Charge" in column or "Revenue" in column or "Refund" in column]
    internet = frame[frame["Internet Service"] == "Yes"].reset_index(drop=True)
    for product, baseline in ADD_ONS.items():
        inputs = internet.drop(columns=[*charges, product])
        yield _folds(f"telco, {product}", {"AUC": baseline}, inputs, (internet[product] == "Yes").astype(int))


def _folds(name: str, baselines: dict[str, float], frame: pd.DataFrame, label: pd.Series) -> Case:
    folds = StratifiedKFold(5, shuffle=True, random_state=0).split(frame, label)
    return Case(name, baselines, [Split(frame.iloc[train], label.iloc[train], frame.iloc[test], label.iloc[test]) for train, test in folds])


def journey(folder: Path) -> Iterator[Case]:
    """Did a contacted household redeem: campaigns before 2017-08-01 train, later ones test; features as of the start of the campaign."""
    campaigns, described, redeemed, homes, baskets = (
        pd.read_csv(folder / f"complete_journey/{name}.csv.gz")
        for name in ("campaigns", "campaign_descriptions", "coupon_redemptions", "demographics", "transactions_sample")
    )
    contacts = campaigns.merge(described, on="campaign_id").sort_values(["start_date", "campaign_id", "household_id"], ignore_index=True)
    first_redeemed = redeemed.groupby(["household_id", "campaign_id"], as_index=False)["redemption_date"].min()
    contacts = contacts.merge(first_redeemed, on=["household_id", "campaign_id"], how="left")
    baskets["day"] = baskets["transaction_timestamp"].str[:10]
    earlier = [_before(start, of_start, redeemed, contacts, baskets) for start, of_start in contacts.groupby("start_date")]
    table = pd.concat(earlier).sort_index().merge(homes, on="household_id", how="left")
    label, started = table["redemption_date"].notna().astype(int), table["start_date"] < "2017-08-01"
    frame = table.drop(columns=["redemption_date", "household_id", "campaign_id", "start_date", "end_date"])
    split = Split(frame[started], label[started], frame[~started], label[~started])
    yield Case("journey, redeemed", {"AUC": 0.753, "lift10": 3.00}, [split])


def _before(start: str, of_start: pd.DataFrame, redeemed: pd.DataFrame, contacts: pd.DataFrame, baskets: pd.DataFrame) -> pd.DataFrame:
    known_redeemed = redeemed[redeemed["redemption_date"] < start]
    known_contacts = contacts[contacts["start_date"] < start]
    known_baskets = baskets[baskets["day"] < start]
    days = max((pd.Timestamp(start) - pd.Timestamp("2017-01-01")).days, 1)
    home = of_start["household_id"]
    return of_start.assign(
        length=(pd.to_datetime(of_start["end_date"]) - pd.to_datetime(of_start["start_date"])).dt.days,
        prior_redemptions=home.map(known_redeemed.groupby("household_id").size()).fillna(0),
        prior_contacts=home.map(known_contacts.groupby("household_id").size()).fillna(0),
        spend_a_day=home.map(known_baskets.groupby("household_id")["sales_value"].sum()).fillna(0) / days,
        trips_a_day=home.map(known_baskets.groupby("household_id")["basket_id"].nunique()).fillna(0) / days,
    )


def compare(folder: Path) -> list[dict[str, Any]]:
    return [one for case in (*bank(folder), *telco(folder), *journey(folder)) for one in _rows(case)]


def _rows(case: Case) -> list[dict[str, Any]]:
    scored = [(split.later_label.to_numpy(), fit_propensity(split.frame, split.label).predict(split.later)) for split in case.splits]
    if case.pooled:
        found = ranking(np.concatenate([label for label, _ in scored]), np.concatenate([probability for _, probability in scored]))
    else:
        found = pd.DataFrame([ranking(label, probability) for label, probability in scored]).mean().to_dict()
    same = _shuffled(case.splits[0]).tobytes() == scored[0][1].tobytes()
    return [row(case.name, figure, baseline, found[figure], same_bytes=same) for figure, baseline in case.baselines.items()]


def _shuffled(split: Split) -> np.ndarray:
    """Predictions when the training rows, the columns and the scored rows come in another order, put back into the rows' own."""
    learned, scored = shuffled_order(len(split.frame)), shuffled_order(len(split.later))
    model = fit_propensity(split.frame.iloc[learned][split.frame.columns[::-1]], split.label.iloc[learned])
    predicted = np.empty(len(scored))
    predicted[scored] = model.predict(split.later.iloc[scored])
    return predicted
