"""The campaigns that are live on the contact date, as lists and as small frames to join customers with."""

from pyspark.sql import DataFrame

from jobs.campaign.campaign import Campaign, load_campaigns
from jobs.context import RunContext

CAMPAIGN_COLUMNS = """campaign string, content_hash string, campaign_type string, product string, is_care boolean, since date, mode string, monthly boolean,
    value double, waves array<struct<wave:int,share:double,delay_days:int,when:array<string>,channels:array<string>>>"""
CHANNEL_COLUMNS = "channel string, cost_fen bigint, place_kind string, is_passive boolean"


def live_campaigns(run: RunContext) -> list[Campaign]:
    """Campaigns whose period holds the contact date, in order of the names, approved or not."""
    return [campaign for campaign in load_campaigns(run.conf) if campaign.is_live(run.contact_date)]


def campaign_frame(campaigns: list[Campaign], run: RunContext) -> DataFrame:
    """One row a live campaign."""
    rows = [
        (
            one.campaign,
            one.content_hash,
            one.type,
            one.product,
            run.conf.products[one.product].kind == "care",
            one.period.start,
            one.delivery.mode,
            one.delivery.mode == "monthly",
            one.value,
            [(wave.wave, wave.share, wave.delay_days, list(wave.when), list(wave.channels)) for wave in one.waves],
        )
        for one in campaigns
    ]
    return run.session.createDataFrame(rows, CAMPAIGN_COLUMNS)


def channel_frame(run: RunContext) -> DataFrame:
    """One row a channel: what a contact costs, and by which kind of place its rows are worked."""
    channels = run.conf.channels.values()
    rows = [(one.channel, one.unit_cost_fen, one.capacity.place.kind if one.capacity.place else None, one.kind == "passive") for one in channels]
    return run.session.createDataFrame(rows, CHANNEL_COLUMNS)
