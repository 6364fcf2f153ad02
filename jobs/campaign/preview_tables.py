"""The tables that a preview reads: the partitions that the night of the business date reads, as DuckDB selects from them."""

from dataclasses import dataclass
from datetime import date, timedelta

from jobs.campaign.offer import Offer
from jobs.context import RunContext
from jobs.errors import UserError
from jobs.lake import Lake


@dataclass(frozen=True)
class Tables:
    """One relation a table. `control_assignment` is None until the night has written it; `scored_on` is the date of the matches:
    of the night itself or else the newest before it, None where there are none."""

    customer_view: str
    identity: str
    contact: str
    outcome: str
    do_not_disturb: str
    control_assignment: str | None
    product_channel_score: str
    customer_channel_score: str
    customer_product_score: str
    scored_on: date | None


def newest_view(lake: Lake) -> date:
    """Business date of the newest customer view. Raises UserError where there is none."""
    days = list(lake.files("customer_view"))
    if not days:
        raise UserError(f"preview: there is no customer view in {lake.home}; `cpc run night --date D` makes one, or name another --home")
    return days[-1]


def tables_of(offer: Offer, run: RunContext) -> Tables:
    lake, night = run.lake, run.business_date
    views = lake.files("customer_view")
    if night not in views:
        newest_view(lake)
        raise UserError(f"--date: no customer view of {night} (there is {_spelt(list(views))}); `cpc run customer_view --date {night}` makes it")

    def source(table: str, chosen: "list[date] | None" = None) -> str:
        files = lake.files(table)
        wanted = [night] if chosen is None else chosen
        return lake.duckdb_source(table, [path for one in wanted for path in files.get(one, [])])

    def dates(table: str) -> list[date]:
        return [one for one in lake.files(table) if one <= night]

    first = first_ledger_day(offer, run) - timedelta(days=1)  # a contact date is the day after its business date
    scored = dates("customer_product_score")[-1:]
    return Tables(
        customer_view=source("customer_view"),
        identity=source("identity"),
        contact=source("contact", [one for one in dates("contact") if first <= one < night]),
        outcome=source("outcome", dates("outcome")[-1:]),
        do_not_disturb=source("do_not_disturb", dates("do_not_disturb")),
        control_assignment=source("control_assignment") if night in lake.files("control_assignment") else None,
        product_channel_score=source("product_channel_score", scored),
        customer_channel_score=source("customer_channel_score", scored),
        customer_product_score=source("customer_product_score", scored),
        scored_on=scored[0] if scored else None,
    )


def first_ledger_day(offer: Offer, run: RunContext) -> date:
    """The earliest contact date that any rule looks back to."""
    longest = max((rule.days for rule in run.conf.contact_rules.minimum_days), default=0)
    own = [offer.campaign.period.start] if offer.campaign else []
    return min([run.contact_month_start, run.contact_date - timedelta(days=longest), *own])


def _spelt(days: list[date]) -> str:
    return f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
