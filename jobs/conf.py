"""Strict models of conf/: channels, products, plans and contact rules. What a table needs of conf comes through RunContext.conf.

Campaigns are modelled in jobs/campaign/campaign.py, since they are checked against the customer view as well.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, model_validator
from pydantic import Field as Key

from jobs.catalogue.schema import Label
from jobs.errors import UserError, did_you_mean
from jobs.match.conf import Match
from jobs.strict import Strict, load, refuse_repeated

CampaignType = Literal["care_reminder", "movement_alert", "high_value_recommendation", "low_value_recommendation"]
Kind = Literal["service", "plan", "contract", "retention", "care"]
Text = Annotated[str, Key(min_length=1)]
Count = Annotated[int, Key(ge=0)]
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


def _per_customer(counts: list[str]) -> list[str]:
    if "customer" not in counts:
        raise ValueError(f"must hold 'customer', not only [{', '.join(counts)}]: contacts are counted per customer")
    refuse_repeated("key", counts)
    return counts


Counts = Annotated[list[Literal["customer", "product", "campaign", "channel"]], AfterValidator(_per_customer)]


class Cap(Strict):
    """At most `max` issued contacts of the same customer and the named keys in the window; within one campaign type unless across_types. With `by_cell` the
    cap is of customers in these cells of the frequency layer alone, each with its own maximum."""

    name: str
    counts: Counts
    types: list[CampaignType]
    across_types: bool = False
    channels: list[str] = []
    window: Literal["month"]
    max: int = Key(ge=0)
    by_grade: dict[Literal["ordinary", "vip"], Count] = {}
    by_cell: dict[str, Count] = {}
    enabled: bool = True

    @property
    def keys(self) -> list[str]:
        """Columns that the cap counts by, beside the customer."""
        return [key for key in self.counts if key != "customer"]


class MinimumDays(Strict):
    """At least `days` between two contacts of the same customer and the named keys."""

    name: str
    counts: Counts
    types: list[CampaignType]
    channels: list[str] = []
    days: int = Key(ge=1)


class AutomaticBan(Strict):
    """A ban that the night sets by itself from what customers did."""

    cause: Literal["opt_out", "complaint", "refusals", "low_satisfaction"]
    level: Literal["system", "product", "channel", "product_channel"]
    at_least: int = Key(ge=1)
    within_days: int = Key(ge=1)
    lasts_days: int | None = Key(default=None, ge=1)


class GlobalControl(Strict):
    share: float = Key(ge=0, le=0.5)
    salt: Text
    spares: list[CampaignType]


class FrequencyLayer(Strict):
    """Cells of customers, drawn by hash, whose contacts a cap holds lower to learn what contact pressure does: share of all customers by cell."""

    salt: Text = "frequency"
    cells: dict[str, Annotated[float, Key(gt=0, le=0.2)]] = {}

    @model_validator(mode="after")
    def cells_fit(self) -> "FrequencyLayer":
        if sum(self.cells.values()) > 0.5:
            raise ValueError("cells: more than half of all customers")
        if "control" in self.cells or "treated" in self.cells:
            raise ValueError("cells: control and treated are arms of every layer; take another name")
        return self

    @property
    def ends(self) -> dict[str, float]:
        """The number in [0, 1) below which a draw falls into the cell, or into one before it."""
        return dict(zip(self.cells, accumulate(self.cells.values()), strict=True))


class Control(Strict):
    global_: GlobalControl = Key(alias="global")
    frequency: FrequencyLayer = FrequencyLayer()
    holdout_salt: Text


class Exploration(Strict):
    """Which campaigns' offers are tried by hash, and on which share of each capacity; none where the section is left out."""

    share: float = Key(default=0.0, ge=0, le=0.05)
    types: list[CampaignType] = []
    salt: Text = "exploration"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"unknown time zone '{name}'{did_you_mean(name, available_timezones())}") from None
    return name


class ContactRules(Strict):
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    contacts_a_night: int = Key(ge=0, le=3)
    tie_salt: Text
    caps: list[Cap]
    minimum_days: list[MinimumDays]
    special_lists: dict[Literal["staff", "test", "complaint_specialist", "key_customer", "red", "black"], Literal["system"]]
    automatic_bans: list[AutomaticBan]
    control: Control
    exploration: Exploration = Exploration()

    @model_validator(mode="after")
    def names_are_unique(self) -> "ContactRules":
        refuse_repeated("rule name", [*(cap.name for cap in self.caps), *(rule.name for rule in self.minimum_days)])
        for cap in self.caps:
            for cell in cap.by_cell:
                if cell not in self.control.frequency.cells:
                    raise ValueError(f"{cap.name}.by_cell: unknown cell '{cell}'{did_you_mean(cell, set(self.control.frequency.cells))}")
            if cap.by_cell and cap.by_grade:
                raise ValueError(f"{cap.name}: by_cell and by_grade do not go together")
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
