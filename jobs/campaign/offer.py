"""An offer: what a preview rehearses. A campaign as its file stands, approved or not, or an ad-hoc filter."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.campaign.campaign import Campaign, campaign_paths, excluding, read_campaign, view_field_types
from jobs.campaign.filter import Filter, FilterError, parse_filter
from jobs.campaign.marketing_map import load_marketing_map
from jobs.conf import Conf
from jobs.contact_rules import CampaignType
from jobs.errors import UserError, did_you_mean
from jobs.strict import read_yaml

AD_HOC_TYPE: CampaignType = "low_value_recommendation"


@dataclass(frozen=True)
class Offer:
    """`campaign` is None for an ad-hoc filter: a first contact on each of the channels by a new recommendation of a product not yet named.
    So no rule on a product, a campaign, its waves or its value can bind; all others do."""

    condition: Filter
    campaign_type: CampaignType
    channels: list[str]
    campaign: Campaign | None = None


def offer_of_campaign(name: str, conf: Conf) -> Offer:
    """The offer of conf/campaigns/<name>.yaml. Raises UserError for what is wrong with the name or the file."""
    paths = {path.stem: path for path in campaign_paths(conf)}
    if name not in paths:
        raise UserError(f"--campaign: unknown campaign '{name}'{did_you_mean(name, set(paths))}; `cpc campaign list` has them")
    own = read_campaign(paths[name], conf, view_field_types(), set(load_marketing_map(conf.folder).scenes))
    campaign = excluding(own, {other for other, path in paths.items() if name in (read_yaml(path).get("exclusive_with") or [])})
    return Offer(campaign.condition, campaign.type, campaign.channels, campaign)


def offer_of_filter(text: str, channels: Sequence[str], conf: Conf) -> Offer:
    """The offer of a filter on the channels, on all channels when none is named. Raises UserError for a wrong filter or channel."""
    for channel in channels:
        if channel not in conf.channels:
            raise UserError(f"--channel: unknown channel '{channel}'{did_you_mean(channel, set(conf.channels))}; conf/channels.yaml has them")
    try:
        condition = parse_filter(text, view_field_types())
    except FilterError as error:
        raise UserError(f"--where: {error}") from None
    return Offer(condition, AD_HOC_TYPE, list(dict.fromkeys(channels)) or list(conf.channels))
