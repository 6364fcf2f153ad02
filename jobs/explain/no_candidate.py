"""Why a customer of the view is no candidate of any live campaign: who is closed, whom no filter means, who holds the product, whom the matches do not know."""

import duckdb

from jobs.campaign.campaign import Campaign
from jobs.context import RunContext
from jobs.errors import UserError, did_you_mean
from jobs.explain.customer_facts import source


def why_no_candidate(connection: duckdb.DuckDBPyConnection, customer: str, campaigns: list[Campaign], run: RunContext) -> tuple[str, dict[str, str]]:
    """The reason for the customer, and for each live campaign. Raises UserError for a customer whom the night's view does not have."""
    view, night = source(run, "customer_view"), run.business_date
    live = [one for one in campaigns if one.is_live(run.contact_date)]
    conditions = "".join(f", ({one.condition.duckdb_sql}) is true" for one in live)
    row = connection.execute(f"select status{conditions} from {view} where customer_id = ?", [customer]).fetchone()
    if row is None:
        raise UserError(_unknown(connection, customer, run))
    if row[0] == "closed" or row[0] is None:
        return f"the line is {row[0] or 'without a status'}: no campaign means it", {}
    if not live:
        return f"no campaign is live on {run.contact_date}", {}
    meant = {one.campaign: fits for one, fits in zip(live, row[1:], strict=True)}
    holds_or_unknown = _scores(connection, customer, run)
    each = {one.campaign: _why_not(one, meant[one.campaign], *holds_or_unknown, run) for one in live}
    if not any(meant.values()):
        return f"matches the target of none of the {len(live)} live campaigns on {night}", each
    return f"matches {sum(meant.values())} of the {len(live)} live campaigns on {night}, but can be offered none", each


def _scores(connection: duckdb.DuckDBPyConnection, customer: str, run: RunContext) -> tuple[set[str], set[str], set[tuple[str, str]]]:
    """Products and channels for which the night's matches have a score of the customer, and pairs of both that they know at all."""
    products = connection.execute(f"select distinct product from {source(run, 'customer_product_score')} where customer_id = ?", [customer]).fetchall()
    channels = connection.execute(f"select distinct channel from {source(run, 'customer_channel_score')} where customer_id = ?", [customer]).fetchall()
    pairs = connection.execute(f"select distinct product, channel from {source(run, 'product_channel_score')}").fetchall()
    return {one for (one,) in products}, {one for (one,) in channels}, {(product, channel) for product, channel in pairs}


def _why_not(campaign: Campaign, fits: bool, products: set[str], channels: set[str], pairs: set[tuple[str, str]], run: RunContext) -> str:
    if not fits:
        return f"does not match {campaign.condition.text}"
    if run.conf.products[campaign.product].kind != "care" and campaign.product not in products:
        return f"holds {campaign.product}"
    if not any(channel in channels and (campaign.product, channel) in pairs for channel in campaign.channels):
        return f"the matches know nothing of the customer for {campaign.product} on {', '.join(campaign.channels)}"
    return "the wave at which the customer stands has no channel that the matches know"


def _unknown(connection: duckdb.DuckDBPyConnection, customer: str, run: RunContext) -> str:
    near = [
        one
        for (one,) in connection.execute(
            f"select customer_id from {source(run, 'customer_view')} order by jaccard(customer_id, ?) desc limit 5", [customer]
        ).fetchall()
    ]
    return f"--customer: '{customer}' is not in the customer view of {run.business_date}{did_you_mean(customer, near)}; name a customer_id as lists and the view have it"
