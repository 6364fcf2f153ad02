"""The customer-product match against the simulator's hidden tastes. Needs a home whose first night has run up to `match`:

    python -m bench.appetite HOME BUSINESS_DATE

Fits on half of the customers of the older systems' contacts and judges the other half. Prints the AUC of acceptance by product and
channel alone, with the match, and with the hidden tastes instead; and how far the match agrees with them within a product.
"""

import sys
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import yaml
from sklearn.metrics import roc_auc_score

from jobs.conf import Conf
from jobs.context import RunContext
from jobs.match.appetite import feature_expressions, held_columns, learn_appetite
from jobs.match.combination import sigmoid
from jobs.match.evidence import REACHED
from jobs.match.likeness import half_of
from jobs.paths import ROOT


def contacts_with_view(run: RunContext) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Past contacts that reached, with the view's columns; and tonight's customers."""
    view = run.lake.scan("customer_view", day=run.business_date).to_pandas()
    database = duckdb.connect()
    database.execute("create macro try_divide(a, b) as a::double / nullif(b, 0)")
    columns = ", ".join([*feature_expressions(run.conf), *held_columns(view, run.conf)])
    people = database.execute(f"select customer_id, {columns} from view where status <> 'closed'").df()
    history = run.lake.scan("contact_history", until=run.business_date).to_pandas().rename(columns={"contacted_on": "contact_date"})
    reached = history[history["outcome"].isin(REACHED)]
    reached = reached.assign(accepted=reached["outcome"] == "accepted", stands_for=1.0).drop(columns=["business_date", "occurred_on"])
    rows = reached.merge(people, on="customer_id").assign(**dict.fromkeys(run.conf.match.customer_product.features_of_the_night, np.nan))
    return rows, people.sort_values("customer_id", key=lambda keys: pd.util.hash_array(keys.to_numpy(dtype=object)))


def hidden_tastes(run: RunContext) -> pd.DataFrame:
    products = yaml.safe_load((ROOT / "conf/worlds/province.yaml").read_text(encoding="utf-8"))["products"]
    people = pd.concat([pd.read_parquet(path) for path in sorted((run.home / "truth/customer").rglob("*.parquet"))]).drop_duplicates("customer_id")
    tastes = [
        pd.DataFrame(
            {
                "customer_id": people["customer_id"],
                "product": product,
                "taste": sum(weight * people[f"taste_{taste}"] for taste, weight in is_["tastes"].items()),
            }
        )
        for product, is_ in products.items()
        if is_["tastes"]
    ]
    return pd.concat(tastes)


def main(home: Path, day: date) -> None:
    run = RunContext(home, day, Conf(ROOT / "conf"))
    rows, people = contacts_with_view(run)
    cells = run.lake.scan("product_channel_score", day=day).to_pandas()
    cells = cells.assign(offset=cells["base_log_odds"] + cells["log_odds"])[["product", "channel", "evidence", "offset"]]
    learned = half_of(rows["customer_id"] + "/bench") == 0
    appetite = learn_appetite(rows[learned], people, cells, run)
    judged = []
    for product, some in rows[~learned].groupby("product"):
        log_odds, _ = appetite.log_odds(some, appetite.likeness_of(some), run.conf.products[str(product)], run.conf)
        judged.append(some[["customer_id", "product", "channel", "accepted"]].assign(log_odds=log_odds))
    table = pd.concat(judged).merge(cells, on=["product", "channel"]).merge(hidden_tastes(run), on=["customer_id", "product"])
    agreement = [np.corrcoef(some["log_odds"], some["taste"])[0, 1] for _, some in table.groupby("product")]
    with_match = table["offset"] + table["log_odds"]
    print(f"{int(rows[learned]['accepted'].sum())} acceptances among {int(learned.sum())} contacts that reached; slope of likeness {appetite.slope:.2f}")
    print(
        f"AUC  product and channel {roc_auc_score(table['accepted'], table['offset']):.3f}  with the match {roc_auc_score(table['accepted'], with_match):.3f}",
        end="  ",
    )
    print(f"with the hidden tastes {roc_auc_score(table['accepted'], table['offset'] + table['taste']):.3f}")
    print(f"observed / expected accepts {table['accepted'].sum() / sigmoid(with_match.to_numpy()).sum():.2f}")
    print(f"agreement with the hidden tastes within a product: {np.mean(agreement):.3f}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m bench.appetite HOME BUSINESS_DATE")
    main(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]))
