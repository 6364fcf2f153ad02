"""Strict model of conf/planning.yaml: how the demands of a month are ranked and spread."""

from datetime import date

from pydantic import Field as Key
from pydantic import model_validator

from jobs.campaign.marketing_map import load_marketing_map
from jobs.catalogue.schema import Label
from jobs.conf import Conf
from jobs.errors import UserError, did_you_mean
from jobs.strict import Day, Strict, load, shown


class Holiday(Strict):
    """Days on which a contact weighs another than 1; on the channels, or on all."""

    name: Label
    first: Day = Key(alias="from")
    last: Day = Key(alias="to")
    weight: float = Key(ge=0, le=10)
    channels: list[str] = []

    @model_validator(mode="after")
    def is_forward(self) -> "Holiday":
        if self.first > self.last:
            raise ValueError(f"from {self.first} is after to {self.last}")
        return self


class Planning(Strict):
    policy: dict[str, float] = {}
    behind_goal: float = Key(ge=0)
    busiest_day: float = Key(ge=1)
    holidays: list[Holiday] = []

    def weight_of(self, day: date, channel: str) -> float:
        """The product of all holidays that concern the day and the channel."""
        weight = 1.0
        for one in self.holidays:
            if one.first <= day <= one.last and (not one.channels or channel in one.channels):
                weight *= one.weight
        return weight


def load_planning(conf: Conf) -> Planning:
    """Raises UserError for a purpose or a channel that does not exist."""
    path = conf.folder / "planning.yaml"
    planning = load(Planning, path)
    purposes = {one.purpose for one in load_marketing_map(conf.folder).purposes}
    for purpose in planning.policy:
        if purpose not in purposes:
            raise UserError(f"{shown(path)}: policy: unknown purpose '{purpose}'{did_you_mean(purpose, purposes)}; conf/marketing_map.yaml has them")
    for channel in (channel for one in planning.holidays for channel in one.channels):
        if channel not in conf.channels:
            raise UserError(f"{shown(path)}: holidays: unknown channel '{channel}'{did_you_mean(channel, set(conf.channels))}; conf/channels.yaml has them")
    return planning
