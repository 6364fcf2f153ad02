"""The learner against the baselines of the public data sets, on the same splits. Needs the folder of the data sets:

    python -m bench.learner /path/to/data

Prints a table; the last line is the smallest ratio of AUC to baseline. The data are read here and in no part of the product.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from jobs.match.calibration import audit
from jobs.match.learner import fit_propensity

MACRO = ["emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m", "nr.employed"]
# Known after the fact, or nearly: never inputs of churn.
LEAKS = ["Churn Label", "Churn Value", "Churn Score", "Churn Category", "Churn Reason", "Customer Status", "Satisfaction Score", "CLTV"]
CONSTANTS = ["Customer ID", "Count", "Country", "State", "Quarter", "ID", "Lat Long", "Zip Code"]


@dataclass(frozen=True)
class Case:
    """One split: fit on the first pair, score the second."""

    name: str
    baseline: float
    frame: pd.DataFrame
    label: pd.Series
    later: pd.DataFrame
    later_label: pd.Series


def bank(folder: Path) -> Iterator[Case]:
    """Calls in the order of time: the first 28,831 train. `duration` is known after the call."""
    calls = pd.read_csv(folder / "bank_additional/bank-additional-full.csv.gz", sep=";")
    label, inputs, first = (calls["y"] == "yes").astype(int), calls.drop(columns=["y", "duration"]), 28_831
    for name, baseline, frame in (("bank, no macro columns", 0.689, inputs.drop(columns=MACRO)), ("bank, all columns", 0.605, inputs)):
        yield Case(name, baseline, frame[:first], label[:first], frame[first:], label[first:])


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
    yield from _folds("telco, churn", 0.911, frame, (joined["Churn Label"] == "Yes").astype(int))
    charges = [column for column in frame.columns if "Charge" in column or "Revenue" in column or "Refund" in column]
    internet = frame[frame["Internet Service"] == "Yes"].reset_index(drop=True)
    for product, baseline in (("Online Security", 0.767), ("Premium Tech Support", 0.786), ("Streaming TV", 0.779)):
        inputs = internet.drop(columns=[*charges, product])
        yield from _folds(f"telco, {product}", baseline, inputs, (internet[product] == "Yes").astype(int))


def _folds(name: str, baseline: float, frame: pd.DataFrame, label: pd.Series) -> Iterator[Case]:
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(frame, label):
        yield Case(name, baseline, frame.iloc[train], label.iloc[train], frame.iloc[test], label.iloc[test])


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
    yield Case("journey, redeemed", 0.753, frame[started], label[started], frame[~started], label[~started])


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


def compare(folder: Path) -> pd.DataFrame:
    results = []
    for case in (*bank(folder), *telco(folder), *journey(folder)):
        began = perf_counter()
        probability = fit_propensity(case.frame, case.label).predict(case.later)
        seconds = perf_counter() - began
        honesty = audit(probability, case.later_label.to_numpy())
        best_tenth = np.argsort(-probability, kind="stable")[: len(probability) // 10]
        results.append(
            {
                "case": case.name,
                "baseline": case.baseline,
                "auc": roc_auc_score(case.later_label, probability),
                "lift10": case.later_label.to_numpy()[best_tenth].mean() / case.later_label.mean(),
                "observed_to_expected": honesty.observed_to_expected,
                "relative_error": honesty.relative_error,
                "slope": honesty.slope,
                "seconds": seconds,
            }
        )
    table = pd.DataFrame(results).groupby("case", sort=False).mean()
    table.insert(2, "ratio", table["auc"] / table["baseline"])
    return table


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python -m bench.learner FOLDER_OF_THE_DATA_SETS")
    compared = compare(Path(sys.argv[1]))
    print(compared.round(3).to_string())
    print(f"smallest ratio to baseline: {compared['ratio'].min():.3f}")
