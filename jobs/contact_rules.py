"""Strict models of conf/contact_rules.yaml: how often, how soon, to whom never, who is held out, what is tried."""

from itertools import accumulate
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, model_validator
from pydantic import Field as Key

from jobs.errors import did_you_mean
from jobs.strict import Strict, refuse_repeated

CampaignType = Literal["care_reminder", "movement_alert", "high_value_recommendation", "low_value_recommendation"]
Text = Annotated[str, Key(min_length=1)]
Count = Annotated[int, Key(ge=0)]


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
