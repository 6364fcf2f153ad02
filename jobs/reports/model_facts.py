"""What is known of every version of the models: on which nights it scored, what it learned from, and how honest its probabilities were.

Honesty is judged on contacts alone that had not been answered when they were predicted: those of the ledger whose channel's silence is final by the
date of the page. Read without a JVM.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from jobs.errors import UserError
from jobs.lists.query import connect
from jobs.match.calibration import Audit, audit
from jobs.match.gate import CHOICES

if TYPE_CHECKING:
    from jobs.context import RunContext

KINDS = {
    "product_channel": "product_channel_score",
    "customer_channel": "customer_channel_score",
    "customer_product": "customer_product_score",
    "churn": "churn_score",
}
BINS = 10
SHOWN_CHOICES = 60  # decisions of the gate that are told
FEWEST_TO_JUDGE = 10  # accepts below which no slope and no bins are told


@dataclass(frozen=True)
class Part:
    """A fitted model of a version: its training rows and positives, its learners with their weight in the log-odds, and its inputs."""

    name: str
    rows: int
    positives: int
    learners: list[tuple[str, float]]
    inputs: list[str]


@dataclass(frozen=True)
class Card:
    """A version. `nights` are the business dates it scored, ascending; `figures` what else its file says in a few numbers."""

    kind: str
    version: str
    nights: list[date]
    parts: list[Part]
    figures: dict[str, float]


@dataclass(frozen=True)
class Honesty:
    """Matured contacts and what came of them against what was predicted. `audit` is None below FEWEST_TO_JUDGE accepts."""

    of: str
    contacts: int
    expected: float
    accepted: int
    audit: Audit | None
    bins: list[dict[str, Any]]

    @property
    def observed_to_expected(self) -> float | None:
        return self.accepted / self.expected if self.expected else None


@dataclass(frozen=True)
class Models:
    business_date: date
    cards: list[Card]
    choices: list[dict[str, Any]]
    whole: Honesty
    trials: Honesty
    nights: list[Honesty]


def read_models(run: "RunContext") -> Models:
    """Raises UserError where no night up to the date has scored anything."""
    with connect(run, *KINDS.values(), "contact", "outcome") as connection:
        cards = [card for kind, table in KINDS.items() for card in _cards(connection, run, kind, table)]
        if not cards:
            raise UserError(f"report model: nothing was scored up to {run.business_date}; run `cpc run night --date {run.business_date}` first")
        rows = _matured(connection, run)
    nights = sorted(set(rows["night"].tolist()))
    return Models(
        run.business_date,
        cards,
        _choices(run),
        _honesty("all", rows, np.ones(len(rows["night"]), dtype=bool)),
        _honesty("trials", rows, rows["tried"]),
        [_honesty(night, rows, rows["night"] == night) for night in nights],
    )


def _choices(run: "RunContext") -> list[dict[str, Any]]:
    """What the gate decided, the newest night first; `of` says of what."""
    rows = [row | {"of": table.removesuffix("_choice")} for table in CHOICES for row in run.lake.scan(table, until=run.business_date).to_pylist()]
    return sorted(rows, key=lambda row: (row["business_date"], CHOICES.index(f"{row['of']}_choice")), reverse=True)[:SHOWN_CHOICES]


def _cards(connection: duckdb.DuckDBPyConnection, run: "RunContext", kind: str, table: str) -> list[Card]:
    """Newest first."""
    found = connection.execute(
        f"select model, list(distinct business_date order by business_date) from {table} where business_date <= ? and model is not null group by model",
        [run.business_date],
    ).fetchall()
    cards = [_card(run, kind, version, nights) for version, nights in found]
    return sorted(cards, key=lambda one: (one.nights[-1], one.version), reverse=True)


def _card(run: "RunContext", kind: str, version: str, nights: list[date]) -> Card:
    path = run.home / "models" / kind / version / "model.json"
    model = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    parts = [_part(name, part) for name, part in sorted(model.get("models", {}).items())]
    figures = {f"pseudo contacts of {name}": weight for name, weight in model.get("pseudo_contacts", {}).items()}
    if "cells" in model:
        figures["cells"] = len(model["cells"])
    return Card(kind, version, nights, parts, figures)


def _part(name: str, part: dict[str, Any]) -> Part:
    learners = [one["part"] for one in part["parts"]]
    return Part(name, part["rows"], part["positives"], list(zip(learners, part["top"][1:], strict=True)), [one["name"] for one in part["encoder"]["columns"]])


def _matured(connection: duckdb.DuckDBPyConnection, run: "RunContext") -> dict[str, np.ndarray]:
    """Contacts whose result is final by the newest feedback up to the date, in order of their key: night, probability, accepted, tried. What no feedback was
    taken in for is not judged: its silence says nothing."""
    days = [(start.channel, start.maturity_days) for start in run.conf.match.channels]
    connection.execute("create table maturity (channel varchar, days int)")
    connection.executemany("insert into maturity values (?, ?)", days)
    known_until = "(select max(business_date) from outcome where business_date <= $day)"
    return connection.execute(
        f"""
        select contact.business_date::varchar as night, probability, coalesce(state.outcome = 'accepted', false) as accepted,
            coalesce(mechanism = 'exploration', false) as tried
        from contact join maturity using (channel)
        left join (select contact_id, outcome from outcome where business_date = {known_until}) as state using (contact_id)
        where contact.contact_date + maturity.days <= {known_until} and (revoked_in is null or state.outcome is not null)
        order by contact_id
        """,
        {"day": run.business_date},
    ).fetchnumpy()


def _honesty(of: str, rows: dict[str, np.ndarray], chosen: np.ndarray) -> Honesty:
    probability, accepted = rows["probability"][chosen].astype(float), rows["accepted"][chosen].astype(float)
    enough = accepted.sum() >= FEWEST_TO_JUDGE
    judged = audit(probability, accepted) if enough else None
    return Honesty(of, len(probability), float(probability.sum()), int(accepted.sum()), judged, equal_bins(probability, accepted) if enough else [])


def equal_bins(probability: np.ndarray, accepted: np.ndarray) -> list[dict[str, Any]]:
    """Contacts in order of their probability, cut into BINS of equal number: mean expected and observed rate with its 95 % interval (Wilson)."""
    from statsmodels.stats.proportion import proportion_confint

    order = np.argsort(probability, kind="stable")
    bins = []
    for number, part in enumerate(np.array_split(order, BINS), start=1):
        if len(part):
            hits = int(accepted[part].sum())
            low, high = proportion_confint(hits, len(part), method="wilson")
            observed = hits / len(part)
            bins.append(
                {
                    "bin": number,
                    "contacts": len(part),
                    "expected": float(probability[part].mean()),
                    "observed": observed,
                    "low": float(low),
                    "high": float(high),
                }
            )
    return bins
