"""Campaigns: strict models of conf/campaigns/<campaign>.yaml, checked against channels, products, the marketing map and the customer view."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, NoReturn

from pydantic import Field as Key
from pydantic import PrivateAttr, model_validator

from jobs.campaign.filter import Filter, FilterError, parse_filter
from jobs.campaign.marketing_map import load_marketing_map
from jobs.catalogue.schema import Label, fields_of
from jobs.conf import Conf
from jobs.contact_rules import CampaignType, Text
from jobs.errors import UserError, did_you_mean
from jobs.strict import Day, Strict, parse, read_yaml, shown

State = Literal["no_response", "not_reached", "not_shown", "failed", "considering"]


class Period(Strict):
    """First and last contact date, both included."""

    start: Day = Key(alias="from")
    end: Day = Key(alias="to")

    @model_validator(mode="after")
    def is_forward(self) -> "Period":
        if self.start > self.end:
            raise ValueError(f"from {self.start} is after to {self.end}")
        return self


class Delivery(Strict):
    """`max_contacts` to one customer over the whole campaign; null is as many as the caps allow."""

    mode: Literal["daily", "monthly", "once"]
    min_days_between: int = Key(default=0, ge=0, le=366)
    max_contacts: int | None = Key(default=None, ge=1)


class Wave(Strict):
    """A step: `delay_days` after the customer's contact in the step before, `when` that contact's state is one of these.
    `share` of the target group takes part."""

    wave: int = Key(ge=1)
    channels: list[str] = Key(min_length=1)
    share: float = Key(default=1.0, gt=0, le=1)
    delay_days: int = Key(default=0, ge=0, le=90)
    when: list[State] = []


class Budget(Strict):
    """Over the whole period: yuan, and bounds on contacts. Null is no bound."""

    money: float | None = Key(default=None, ge=0)
    contacts_min: int = Key(default=0, ge=0)
    contacts_max: int | None = Key(default=None, ge=0)

    @model_validator(mode="after")
    def minimum_fits(self) -> "Budget":
        if self.contacts_max is not None and self.contacts_min > self.contacts_max:
            raise ValueError(f"contacts_min {self.contacts_min} is above contacts_max {self.contacts_max}")
        return self


class Goal(Strict):
    accepted: int | None = Key(default=None, ge=0)
    success_rate: float | None = Key(default=None, ge=0, le=1)


CONTROL_LAYERS = ("global", "frequency")  # of control_assignment, where campaigns with a holdout are layers by their names


class Campaign(Strict):
    """A campaign as its file says. `value` is never null once loaded: the product's where the file names none."""

    campaign: str = Key(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    name: Label
    type: CampaignType
    scene: str
    product: str
    period: Period
    delivery: Delivery
    target: str
    exclude: str | None = None
    waves: list[Wave] = Key(min_length=1)
    value: float | None = Key(default=None, ge=0)
    budget: Budget = Budget()
    exclusive_with: list[str] = []
    holdout: float = Key(default=0.0, ge=0, le=0.5)
    goal: Goal = Goal()
    script: dict[str, Text]

    _condition: Filter = PrivateAttr()
    _content_hash: str = PrivateAttr()

    @model_validator(mode="after")
    def name_is_free(self) -> "Campaign":
        if self.campaign in CONTROL_LAYERS:
            raise ValueError(f"campaign: '{self.campaign}' is the name of a control layer; take another")
        return self

    @model_validator(mode="after")
    def waves_are_numbered(self) -> "Campaign":
        numbers = [wave.wave for wave in self.waves]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError(f"waves: must be numbered 1 to {len(numbers)} in order, not {', '.join(map(str, numbers))}")
        if self.waves[0].when or self.waves[0].delay_days:
            raise ValueError("waves: wave 1 waits for nothing; leave out delay_days and when")
        for wave in self.waves[1:]:
            if not wave.when or not wave.delay_days:
                raise ValueError(f"waves: wave {wave.wave} needs delay_days of at least 1 and when")
        return self

    @property
    def condition(self) -> Filter:
        """Who is meant: target, and exclude not true."""
        return self._condition

    @property
    def content_hash(self) -> str:
        """What an approval is for."""
        return self._content_hash

    @property
    def channels(self) -> list[str]:
        """Channels of all waves, in order of their first use."""
        return list(dict.fromkeys(channel for wave in self.waves for channel in wave.channels))

    def is_live(self, contact_date: date) -> bool:
        return self.period.start <= contact_date <= self.period.end


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of a campaign file's content as JSON, keys sorted, without blanks: layout and comments do not count, every value does."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def campaign_paths(conf: Conf) -> list[Path]:
    return sorted((conf.folder / "campaigns").glob("*.yaml"))


def load_campaigns(conf: Conf, fields: Mapping[str, str] | None = None) -> list[Campaign]:
    """Every campaign in order of the names. Campaigns exclude each other whichever of the two files says so. Raises UserError for the first thing that is wrong."""
    fields = view_field_types() if fields is None else fields
    scenes = set(load_marketing_map(conf.folder).scenes)
    campaigns = [read_campaign(path, conf, fields, scenes) for path in campaign_paths(conf)]
    return [excluding(one, {other.campaign for other in campaigns if one.campaign in other.exclusive_with}) for one in campaigns]


def excluding(campaign: Campaign, named_by: set[str]) -> Campaign:
    """The campaign with those that name it in their `exclusive_with` beside those that it names itself."""
    if named_by <= set(campaign.exclusive_with):
        return campaign
    return campaign.model_copy(update={"exclusive_with": sorted({*campaign.exclusive_with, *named_by})})


def read_campaign(path: Path, conf: Conf, fields: Mapping[str, str], scenes: set[str]) -> Campaign:
    """One campaign file. Raises UserError naming file, field, reason and, where a name is wrong, the nearest right one."""
    content = read_yaml(path)
    campaign = parse(Campaign, content, path)
    _check_names(campaign, path, conf, scenes)
    _check_channels(campaign, path, conf)
    resolved = campaign if campaign.value is not None else campaign.model_copy(update={"value": conf.products[campaign.product].value})
    resolved._condition = _condition(campaign, path, fields)
    resolved._content_hash = content_hash(content)
    return resolved


def view_field_types() -> dict[str, str]:
    """The fields that a filter may name, with their Spark types."""
    return {field.name: field.type for field in fields_of("customer_view")}


def _check_names(campaign: Campaign, path: Path, conf: Conf, scenes: set[str]) -> None:
    if campaign.campaign != path.stem:
        _fail(path, "campaign", f"is '{campaign.campaign}' in a file named {path.name}; both must agree")
    if campaign.scene not in scenes:
        _fail(path, "scene", f"unknown scene '{campaign.scene}'{did_you_mean(campaign.scene, scenes)}; conf/marketing_map.yaml has them")
    if campaign.product not in conf.products:
        _fail(path, "product", f"unknown product '{campaign.product}'{did_you_mean(campaign.product, set(conf.products))}")
    # Care reminders reach the control group and are never capped, so that nothing may be sold under their name.
    if campaign.type == "care_reminder" and conf.products[campaign.product].kind != "care":
        _fail(path, "type", f"a care reminder offers nothing, but product '{campaign.product}' is of kind {conf.products[campaign.product].kind}")
    campaigns = {one.stem for one in campaign_paths(conf)}
    for other in campaign.exclusive_with:
        if other not in campaigns or other == campaign.campaign:
            _fail(path, "exclusive_with", f"unknown campaign '{other}'{did_you_mean(other, campaigns - {campaign.campaign})}")


def _check_channels(campaign: Campaign, path: Path, conf: Conf) -> None:
    kind = conf.products[campaign.product].kind
    for wave in campaign.waves:
        for channel in wave.channels:
            if channel not in conf.channels:
                _fail(path, f"waves.{wave.wave}.channels", f"unknown channel '{channel}'{did_you_mean(channel, set(conf.channels))}")
            if kind not in conf.channels[channel].carries:
                _fail(path, f"waves.{wave.wave}.channels", f"channel '{channel}' does not carry kind {kind} of product '{campaign.product}'")
            if wave.channels.count(channel) > 1:
                _fail(path, f"waves.{wave.wave}.channels", f"channel '{channel}' stands twice")
            if channel not in campaign.script:
                _fail(path, "script", f"no script for channel '{channel}' of wave {wave.wave}")
    for channel in campaign.script:
        if channel not in conf.channels:
            _fail(path, "script", f"unknown channel '{channel}'{did_you_mean(channel, set(conf.channels))}")


def _condition(campaign: Campaign, path: Path, fields: Mapping[str, str]) -> Filter:
    target = _filter(campaign.target, "target", path, fields)
    if campaign.exclude is None:
        return target
    exclude = _filter(campaign.exclude, "exclude", path, fields)
    return Filter(
        text=f"({target.text}) and ({exclude.text}) is not true",
        fields=target.fields | exclude.fields,
        spark_sql=f"({target.spark_sql} AND ({exclude.spark_sql} IS NOT TRUE))",
        duckdb_sql=f"({target.duckdb_sql} AND ({exclude.duckdb_sql} IS NOT TRUE))",
    )


def _filter(text: str, field: str, path: Path, fields: Mapping[str, str]) -> Filter:
    try:
        return parse_filter(text, fields)
    except FilterError as error:
        _fail(path, field, str(error))


def _fail(path: Path, field: str, reason: str) -> NoReturn:
    raise UserError(f"{shown(path)}: {field}: {reason}")
