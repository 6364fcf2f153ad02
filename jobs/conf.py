"""Strict models of conf/: channels, products and plans; contact rules have jobs/contact_rules.py. What a table needs of conf comes through RunContext.conf.

Campaigns are modelled in jobs/campaign/campaign.py, since they are checked against the customer view as well.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field as Key
from pydantic import model_validator

from jobs.catalogue.schema import Label
from jobs.contact_rules import ContactRules, Count
from jobs.errors import UserError, did_you_mean
from jobs.match.conf import Match
from jobs.strict import Strict, load, refuse_repeated

Kind = Literal["service", "plan", "contract", "retention", "care"]
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


class PlaceCapacity(Strict):
    kind: Literal["branch", "city", "agent_group"]
    day: int = Key(ge=0)
    but: dict[str, Count] = {}


class Capacity(Strict):
    day: int = Key(ge=0)
    place: PlaceCapacity | None = None


class Hours(Strict):
    """When a channel may reach a customer on one day, 00:00 to 23:59."""

    start: str = Key(alias="from", pattern=CLOCK)
    end: str = Key(alias="to", pattern=CLOCK)

    @model_validator(mode="after")
    def is_forward(self) -> "Hours":
        if self.start >= self.end:
            raise ValueError(f"from {self.start} is not before to {self.end}")
        return self


class Channel(Strict):
    channel: str
    name: Label
    kind: Literal["broadcast", "active", "passive"]
    needs: Literal["number", "email", "none"]
    capacity: Capacity
    unit_cost_fen: int = Key(ge=0)
    hours: Hours
    carries: list[Kind]
    marketing_text: bool
    talks: bool
    list_format: Literal["parquet", "csv"]


class Channels(Strict):
    channels: list[Channel]

    @model_validator(mode="after")
    def codes_are_unique(self) -> "Channels":
        refuse_repeated("channels: channel", (one.channel for one in self.channels))
        return self


class Product(Strict):
    product: str
    name: Label
    kind: Kind
    family: str
    price_fen: int = Key(ge=0)
    term_months: int = Key(ge=0)
    margin: float = Key(ge=0, le=1)
    value: float = Key(ge=0)
    prior: float = Key(gt=0, lt=1)
    needs_smartphone: bool


class Products(Strict):
    products: list[Product]

    @model_validator(mode="after")
    def codes_are_unique(self) -> "Products":
        refuse_repeated("products: product", (one.product for one in self.products))
        return self


class Plan(Strict):
    plan: str
    name: Label
    brand: Literal["gotone", "m_zone", "easy"]
    fee_fen: int = Key(ge=0)
    minutes: int = Key(ge=0)
    megabytes: int = Key(ge=0)
    messages: int = Key(ge=0)
    fen_per_minute: int = Key(ge=0)
    fen_per_megabyte: int = Key(ge=0)
    fen_per_message: int = Key(ge=0)


class Plans(Strict):
    plans: list[Plan]

    @model_validator(mode="after")
    def codes_are_unique(self) -> "Plans":
        refuse_repeated("plans: plan", (one.plan for one in self.plans))
        return self


class Base(Strict):
    """Settings of the engine and of the house that are no rules. `master` as spark-submit takes it; `driver_memory` as the JVM does: 4g, 512m."""

    master: str = Key(pattern=r"^(local(\[(\d+|\*)(,\s*\d+)?\])?|yarn|(spark|k8s)://\S+)$")
    driver_memory: str = Key(pattern=r"^[1-9]\d*[kmgtKMGT]$")
    java_options: str = ""
    shuffle_partitions: int = Key(ge=1)
    late_days: int = Key(ge=0)
    history_contacts: int = Key(ge=0)
    certificate_red_line_bp: float = Key(default=10.0, ge=0)


class Evaluation(Strict):
    """How feedback is judged and effects are read."""

    late_feedback_days: int = Key(ge=0)
    purchase_window_days: int = Key(ge=1)
    complaint_window_days: int = Key(ge=1)


@dataclass(frozen=True)
class Conf:
    """Everything in conf/ but campaigns, validated once. Raises UserError for the first thing that is wrong."""

    folder: Path

    @cached_property
    def base(self) -> Base:
        return load(Base, self.folder / "base.yaml")

    @cached_property
    def channels(self) -> dict[str, Channel]:
        return {channel.channel: channel for channel in load(Channels, self.folder / "channels.yaml").channels}

    @cached_property
    def products(self) -> dict[str, Product]:
        return {product.product: product for product in load(Products, self.folder / "products.yaml").products}

    @cached_property
    def plans(self) -> dict[str, Plan]:
        return {plan.plan: plan for plan in load(Plans, self.folder / "plans.yaml").plans}

    @cached_property
    def contact_rules(self) -> ContactRules:
        path = self.folder / "contact_rules.yaml"
        rules = load(ContactRules, path)
        named = [*((cap.name, cap.channels) for cap in rules.caps), *((rule.name, rule.channels) for rule in rules.minimum_days)]
        for name, channels in named:
            for channel in channels:
                if channel not in self.channels:
                    raise UserError(f"conf/contact_rules.yaml: {name}.channels: unknown channel '{channel}'{did_you_mean(channel, set(self.channels))}")
        return rules

    @cached_property
    def evaluation(self) -> Evaluation:
        return load(Evaluation, self.folder / "evaluation.yaml")

    @cached_property
    def match(self) -> Match:
        match = load(Match, self.folder / "match.yaml")
        known = [start.channel for start in match.channels]
        for channel in sorted({*known, *self.channels}):
            if channel not in self.channels:
                raise UserError(f"conf/match.yaml: channels: unknown channel '{channel}'{did_you_mean(channel, set(self.channels))}")
            if known.count(channel) != 1:
                raise UserError(f"conf/match.yaml: channels: '{channel}' stands {known.count(channel)} times instead of once")
        return match

    def with_parts(self, **parts: Any) -> "Conf":
        """The same conf but for the named parts, which stand in no file: for what would be if."""
        other = Conf(self.folder)
        other.__dict__.update(parts)
        return other

    def hash(self) -> str:
        """SHA-256 over every conf file's name and bytes: two nights with the same hash were configured alike."""
        digest = hashlib.sha256()
        for path in sorted(self.folder.rglob("*.yaml")):
            digest.update(f"{path.relative_to(self.folder)}\0".encode() + path.read_bytes() + b"\0")
        return digest.hexdigest()
