"""Ten nights of the whole loop on a simulated operator, and what other policies would have earned on the very state that they left.

    cpc bench policies --customers 4000      # makes the nights where they are not there yet, then judges the last one
    python -m bench.policies HOME NIGHT      # judges a night of any simulated home

Every policy picks from the same eligible offers under the same capacities, caps and exclusions, without trials; what a pick is worth is told by the world's
true probabilities. Oracle: the same allocation, knowing them. Ceiling: the same, knowing what all that the night knows tells of them and no more: boosted
trees taught with the true probabilities, on the view's features and the matches' own terms, each half of the customers told by the other
half. Trials of the last nights judge how honest the predictions are, against the truth.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import lightgbm
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.stats import spearmanr

from bench.hidden import Hidden
from bench.nights import carry_out
from jobs.campaign.campaign import load_campaigns
from jobs.cli.demo import FIRST_NIGHT, loop
from jobs.conf import Conf
from jobs.contact.allocation import Problem, allocate
from jobs.contact.baselines import greedy
from jobs.contact.night_options import KEYS, night_options
from jobs.contact.night_problem import night_problem
from jobs.contact.problem_layout import lay_out
from jobs.contact.what_if import eligible_offers, spent_before
from jobs.context import RunContext
from jobs.lists.query import connect
from jobs.match.appetite import feature_expressions
from jobs.match.combination import SUMMED_TERMS, logit, sigmoid
from jobs.match.likeness import half_of
from jobs.paths import ROOT

NIGHTS, SEED, BINS = 10, 1, 20
JUDGED_NIGHTS = 3
ROUNDS = 300
MOST_TAUGHT = 300_000  # offers that teach the ceiling
TREES = {"objective": "cross_entropy", "num_leaves": 63, "learning_rate": 0.1, "min_data_in_leaf": 50, "deterministic": True, "num_threads": 1, "verbosity": -1}
TERMS = (*SUMMED_TERMS, "term_reach")


def run(customers: int, folder: Path) -> dict[str, Any]:
    home = folder / f"customers={customers}"
    carry_out(home, loop(customers, NIGHTS, SEED))
    return judged(home, FIRST_NIGHT + timedelta(days=NIGHTS - 1))


def judged(home: Path, night: date) -> dict[str, Any]:
    run = RunContext(home, night, Conf(ROOT / "conf"))
    values = policy_values(run)
    ours, ceiling = (next(row["true yuan"] for row in values if row["policy"] == name) for name in ("ours", "ceiling"))
    return {
        "policies": values,
        **honesty(run),
        "rank correlation of product x channel with the truth": round(margins_found(run), 2),
        "ok": True,
        "ratio": round(ours / ceiling, 2),
    }


def policy_values(run: RunContext) -> list[dict[str, Any]]:
    """What each policy's pick is worth by the true probabilities, and the share of the ceiling's and the oracle's."""
    live = [one for one in load_campaigns(run.conf) if one.is_live(run.contact_date)]
    with connect(run, "candidate", "contact") as connection:
        eligible = eligible_offers(connection, live, run)
        options = night_options(eligible)
        problem = night_problem(options, live, spent_before(connection, live, run), run.conf, run.contact_date)
        offers = with_terms(connection, eligible, run).iloc[options.row].reset_index(drop=True)
        offers = offers.merge(features(connection, run), on="customer_id", how="left")
    truth = Hidden(run.home, run.business_date).probabilities(*(pa.array(offers[name]) for name in ("customer_id", "product", "channel")))
    probability = (truth["reach"] * truth["accept"]).to_numpy()
    worth = value_of(offers, probability, truth["comes"])
    salt = run.conf.contact_rules.tie_salt
    ceiling = ceiling_of(offers, probability)
    known = offers["term_reach"]
    margins = sigmoid((offers["term_base"] + offers["term_product_channel"] + offers["term_calibration"]).to_numpy())
    mean_reach = known.groupby(offers["channel"]).transform("mean").to_numpy()
    margins_alone = value_of(offers, margins * mean_reach, mean_reach)
    rates = _product_of_rates(offers, margins)
    picks: dict[str, Callable[[Problem], np.ndarray]] = {
        "oracle": lambda one: allocate(replace(one, value=worth), salt=salt).chosen,
        "ceiling": lambda one: allocate(replace(one, value=value_of(offers, ceiling, known)), salt=salt).chosen,
        "ours": lambda one: allocate(one, salt=salt).chosen,
        "ours, greedy by value": lambda one: greedy(lay_out(one), salt)["greedy_by_value"],
        "product of the three rates": lambda one: allocate(replace(one, value=value_of(offers, rates, known)), salt=salt).chosen,
        "product and channel alone": lambda one: allocate(replace(one, value=margins_alone), salt=salt).chosen,
        "priority list": lambda one: greedy(lay_out(replace(one, value=margins_alone)), salt)["greedy_by_priority"],
        "random": lambda one: greedy(lay_out(replace(one, value=np.ones(len(worth)))), salt)["greedy_by_value"],
    }
    found = {name: contacts_and_worth(pick(problem), worth) for name, pick in picks.items()}
    return [
        {
            "policy": name,
            "contacts": count,
            "true yuan": round(total, 1),
            "of the ceiling": f"{total / found['ceiling'][1]:.0%}",
            "of the oracle": f"{total / found['oracle'][1]:.0%}",
        }
        for name, (count, total) in found.items()
    ]


def contacts_and_worth(chosen: np.ndarray, worth: np.ndarray) -> tuple[int, float]:
    return int(chosen.sum()), float(worth[chosen].sum())


def value_of(offers: pd.DataFrame, probability: Any, comes: Any) -> np.ndarray:
    """Expected yuan, to four decimals; what a passive channel costs is spent only on who comes."""
    passive = offers["passive"].to_numpy()
    return np.round(np.asarray(probability) * offers["value"].to_numpy() - offers["cost_fen"].to_numpy() / 100 * np.where(passive, np.asarray(comes), 1.0), 4)


def _product_of_rates(offers: pd.DataFrame, margins: np.ndarray) -> np.ndarray:
    """Customer's rate for the product x customer's rate on the channel x the product's rate on the channel, brought to the mean of our probabilities."""
    customer_product = sigmoid((offers["term_base"] + offers["term_customer_product"]).to_numpy())
    customer_channel = offers["term_reach"].to_numpy() * sigmoid((offers["term_base"] + offers["term_customer_channel"]).to_numpy())
    product = customer_product * customer_channel * margins
    return product * offers["probability"].mean() / product.mean()


def with_terms(connection: duckdb.DuckDBPyConnection, eligible: pa.Table, run: RunContext) -> pd.DataFrame:
    """The eligible offers, in their order, with what `candidate` says of them."""
    keys = eligible.select(KEYS).append_column("place_in_table", pa.array(np.arange(eligible.num_rows)))
    connection.register("eligible", keys)
    columns = ", ".join(f"candidate.{name}" for name in (*KEYS, "value", "cost_fen", "probability", *TERMS))
    on = " and ".join(f"candidate.{key} = eligible.{key}" for key in KEYS)
    query = f"select {columns} from candidate join eligible on {on} where business_date = ? order by place_in_table"
    passive = [name for name, channel in run.conf.channels.items() if channel.kind == "passive"]
    frame = connection.execute(query, [run.business_date]).df()
    return frame.assign(passive=frame["channel"].isin(passive))


def features(connection: duckdb.DuckDBPyConnection, run: RunContext) -> pd.DataFrame:
    """What the view tells of each customer, as the customer-product match sees it."""
    view = run.lake.scan("customer_view", day=run.business_date)
    connection.register("view_of_the_night", view)
    connection.execute("create or replace macro try_divide(a, b) as a::double / nullif(b, 0)")
    frame = connection.execute(f"select customer_id, {', '.join(feature_expressions(run.conf))} from view_of_the_night").df()
    texts = [name for name in frame.columns if frame[name].dtype == object and name != "customer_id"]
    return frame.assign(**{name: frame[name].astype("category") for name in texts})


def ceiling_of(offers: pd.DataFrame, probability: np.ndarray) -> np.ndarray:
    """The probability as far as features, product, channel and the terms of the night tell of it."""
    known = [name for name in offers.columns if name not in (*KEYS, "value", "cost_fen", "probability", "passive")]
    inputs = offers[known].assign(product=offers["product"].astype("category"), channel=offers["channel"].astype("category"))
    half, start = half_of(offers["customer_id"]), logit(offers["probability"].to_numpy())
    found = np.zeros(len(offers))
    for judged_half in (0, 1):
        taught = np.flatnonzero(half != judged_half)
        taught = taught[:: max(len(taught) // MOST_TAUGHT, 1)]
        lessons = lightgbm.Dataset(inputs.iloc[taught], probability[taught], init_score=start[taught])
        model = lightgbm.train(TREES, lessons, num_boost_round=ROUNDS)
        told = model.predict(inputs[half == judged_half], raw_score=True)
        found[half == judged_half] = sigmoid(start[half == judged_half] + told)
    return found


def honesty(run: RunContext) -> dict[str, Any]:
    """True acceptances of those predicted, and the mean distance of both over bins of equal mass as a share of the true rate: of the trials of the last nights,
    which are few, and of all that tonight's draw may draw, each by how likely it is to be drawn."""
    trials = pd.concat([trials_of(run, run.business_date - timedelta(days=back)) for back in range(JUDGED_NIGHTS)])
    drawable = drawable_offers(run)
    told: dict[str, Any] = {}
    for name, rows in ((f"trials of {JUDGED_NIGHTS} nights", trials.assign(mass=1.0)), ("offers that may be drawn tonight", drawable)):
        ratio, error = calibration(rows.sort_values(["probability", "customer_id", "product", "channel"], ignore_index=True))
        told |= {name: len(rows), f"{name}, true of predicted": round(ratio, 3), f"{name}, relative calibration error": round(error, 3)}
    return told


def calibration(rows: pd.DataFrame) -> tuple[float, float]:
    """Of rows by ascending probability with their truth and mass."""
    share = (rows["mass"].cumsum() - rows["mass"] / 2) / rows["mass"].sum()
    sums = rows.assign(said=rows["probability"] * rows["mass"], true=rows["truth"] * rows["mass"]).groupby((share * BINS).astype(int))[["said", "true"]].sum()
    return float(sums["true"].sum() / sums["said"].sum()), float((sums["said"] - sums["true"]).abs().sum() / sums["true"].sum())


def drawable_offers(run: RunContext) -> pd.DataFrame:
    """Every offer that exploration may try on the night: of each customer one is drawn, each as likely as any other."""
    live = [one for one in load_campaigns(run.conf) if one.is_live(run.contact_date)]
    with connect(run, "candidate", "contact") as connection:
        eligible = eligible_offers(connection, live, run)
        offers = with_terms(connection, eligible, run)
    types = {one.campaign: one.type for one in live}
    offers = offers[offers["campaign"].map(types).isin(run.conf.contact_rules.exploration.types)].reset_index(drop=True)
    return with_truth(offers, run).assign(mass=1.0 / offers.groupby("customer_id")["product"].transform("size"))


def trials_of(run: RunContext, night: date) -> pd.DataFrame:
    """What was drawn by hash on a night, as predicted and in truth."""
    with connect(run, "contact") as connection:
        query = "select customer_id, product, channel, probability from contact where mechanism = 'exploration' and business_date = ?"
        rows = connection.execute(query, [night]).df()
    return with_truth(rows, replace(run, business_date=night))


def with_truth(rows: pd.DataFrame, run: RunContext) -> pd.DataFrame:
    """The truth before the day: a visit of a passive channel is a probability too."""
    truth = Hidden(run.home, run.business_date).probabilities(*(pa.array(rows[name]) for name in ("customer_id", "product", "channel")))
    return rows.assign(truth=(truth["reach"] * truth["accept"]).to_numpy())


def margins_found(run: RunContext) -> float:
    cells = run.lake.scan("product_channel_score", day=run.business_date).to_pandas()
    both = cells.merge(Hidden(run.home, run.business_date).margins(), on=["product", "channel"])
    both = both[both["product"].isin([name for name, product in run.conf.products.items() if product.kind != "care"])]
    return float(spearmanr(both["base_log_odds"] + both["log_odds"], both["truth"]).statistic)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m bench.policies HOME NIGHT")
    print(json.dumps(judged(Path(sys.argv[1]), date.fromisoformat(sys.argv[2])), indent=1))
