"""Strict model of conf/match.yaml: what the matches start from, how fast they forget, what they look at."""

from typing import Annotated

from pydantic import Field as Key
from pydantic import model_validator

from jobs.strict import Strict


class ChannelStart(Strict):
    """What is assumed of a channel before any outcome exists, and when its silence is final."""

    channel: str
    acceptance_odds: float = Key(gt=0)
    reach: float = Key(gt=0, lt=1)
    maturity_days: int = Key(ge=0)


class PseudoContacts(Strict):
    everything: float = Key(gt=0)
    product: float = Key(gt=0)
    channel: float = Key(gt=0)
    cell: float = Key(gt=0)


class ProductChannelMatch(Strict):
    pseudo_contacts: PseudoContacts
    calibration_days: int = Key(ge=1)
    calibration_pseudo_accepts: float = Key(gt=0)


class CustomerChannelMatch(Strict):
    visit_pseudo_days: float = Key(gt=0)
    reach_pseudo_contacts: float = Key(gt=0)
    accept_pseudo_accepts: float = Key(gt=0)
    most_rows: int = Key(ge=1)
    salt: str = Key(min_length=1)
    features: dict[str, str]


class CustomerProductMatch(Strict):
    negatives_per_accept: float = Key(gt=0)
    most_rows: int = Key(ge=1)
    ledger_nights: int = Key(ge=1)
    likeness_customers: int = Key(ge=1)
    reference_customers: int = Key(ge=1)
    steepest: float = Key(gt=0)
    salt: str = Key(min_length=1)
    features: dict[str, str]
    features_of_the_night: dict[str, str]

    @model_validator(mode="after")
    def names_are_unique(self) -> "CustomerProductMatch":
        twice = sorted(set(self.features) & set(self.features_of_the_night))
        if twice:
            raise ValueError(f"features_of_the_night.{twice[0]}: stands in features as well")
        return self


class ChurnMatch(Strict):
    """`start_rate` is the share of lines without a churn point that are closed within the horizon; each point adds `log_odds_a_point`."""

    horizon_days: int = Key(ge=1)
    start_rate: float = Key(gt=0, lt=1)
    log_odds_a_point: float = Key(ge=0)
    most_rows: int = Key(ge=1)
    salt: str
    features: dict[str, str]


class Gate(Strict):
    """When tonight's model may follow last night's (jobs/match/gate.py). `held_back` is the share of trials that no model learns from."""

    held_back: float = Key(gt=0, lt=1)
    most_contacts: int = Key(ge=1)
    fewest_positives: int = Key(ge=1)
    entropy_above: float = Key(ge=0)
    observed_to_expected: Annotated[tuple[float, float], Key(strict=False)]  # YAML has lists only
    chance_deviations: float = Key(gt=0)
    cell_deviations: float = Key(gt=0)
    stability_index: float = Key(gt=0)
    salt: str = Key(min_length=1)


class Match(Strict):
    half_life_days: float = Key(gt=0)
    evidence_days: int = Key(ge=1)
    trial_counts_for: int = Key(ge=1)
    channels: list[ChannelStart]
    product_channel: ProductChannelMatch
    customer_channel: CustomerChannelMatch
    customer_product: CustomerProductMatch
    churn: ChurnMatch
    gate: Gate

    def start(self, channel: str) -> ChannelStart:
        return next(start for start in self.channels if start.channel == channel)
