"""Preview, the rehearsal of an offer: how many customers match, and how many remain on each channel after the rules of the night.

Exact, from the tables of a business date, through DuckDB without a JVM. What remains of a campaign is what the night of that date hands to the pick:
rows of `decision` that end as issued, campaign_holdout, out_of_budget, no_capacity or lower_value. A night is judged as when its lists are made
first; earlier revisions of the same night's lists do not count.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from jobs.campaign import preview_bands
from jobs.campaign.approval import decisions, standing
from jobs.campaign.offer import Offer
from jobs.campaign.preview_known import known
from jobs.campaign.preview_rules import BEFORE_THE_RULES, Cell, Judgement, Question, allowances_left, judgements, reasons
from jobs.campaign.preview_sql import text
from jobs.campaign.preview_tables import Tables, tables_of
from jobs.context import RunContext
from jobs.errors import UserError
from jobs.lists.query import connect


@dataclass(frozen=True)
class OnChannel:
    """`removed` {reason: customers} in the order of the rules, nought where one took nobody; `rules` the same by reason and rule.
    `remaining` and all of `removed` add up to the customers who match."""

    remaining: int
    removed: dict[str, int]
    rules: list[dict[str, Any]]


@dataclass(frozen=True)
class Preview:
    """`channels` is what the night would do now. Where the campaign is not approved that is nothing, and `once_approved` says what it would be
    with an approval. `by` has a row for each combination of the asked fields."""

    business_date: date
    contact_date: date
    matched: int
    channels: dict[str, OnChannel]
    by: list[dict[str, Any]] = field(default_factory=list)
    campaign: str | None = None
    standing: str | None = None
    once_approved: dict[str, OnChannel] | None = None
    scored_on: date | None = None
    notes: list[str] = field(default_factory=list)


def preview(offer: Offer, run: RunContext, by: Sequence[str] = ()) -> Preview:
    """The rehearsal of the offer in the night of the run's business date. Raises UserError for an unknown field or a date without a view."""
    fields = preview_bands.known_fields(by)
    tables = tables_of(offer, run)
    with connect(run) as connection:
        _match(connection, offer, tables, fields, run.business_date)
        (matched,) = connection.execute("select count(*) from matched").fetchone() or (0,)
        rows = preview_bands.breakdown(connection, fields)
        question = Question(offer, run, _cells(connection, offer, tables))
        channels = _judged(connection, question, tables)
    word = standing(offer.campaign, decisions(run.lake), run.business_date) if offer.campaign else None
    approved = word in (None, "approved")
    return Preview(
        run.business_date,
        run.contact_date,
        matched,
        channels if approved else {channel: _unapproved(one, matched) for channel, one in channels.items()},
        rows,
        offer.campaign.campaign if offer.campaign else None,
        word,
        None if approved else channels,
        tables.scored_on if offer.campaign else None,
        _notes(offer, run, tables, word),
    )


def _match(connection: duckdb.DuckDBPyConnection, offer: Offer, tables: Tables, fields: dict[str, str], night: date) -> None:
    """`matched`: every customer of the view whom the filter means, with what rules and breakdowns need of the view."""
    asked = "".join(f', "{name}" as by_{position}' for position, name in enumerate(fields))
    columns = "customer_id, coalesce(status, 'closed') = 'closed' as is_closed, case when vip_level > 0 then 'vip' else 'ordinary' end as grade"
    try:
        connection.execute(f"create or replace temp table matched as select {columns}{asked} from {tables.customer_view} where {offer.condition.duckdb_sql}")
    except duckdb.BinderException as error:  # the filter fits the catalogue, so that it is the view that does not
        missing = str(error).splitlines()[0]
        cure = f"`cpc backfill --from {night} --to {night} --table customer_view --reason TEXT --apply`"
        raise UserError(f"--date: the view of {night} was made before a field was declared ({missing}); {cure} makes it anew") from None


def _cells(connection: duckdb.DuckDBPyConnection, offer: Offer, tables: Tables) -> dict[str, Cell] | None:
    if offer.campaign is None or tables.scored_on is None:
        return None
    found = connection.execute(
        f"select channel, base_log_odds, log_odds, calibration from {tables.product_channel_score} where product = ?", [offer.campaign.product]
    ).fetchall()
    return {channel: Cell(*terms) for channel, *terms in found}


def _judged(connection: duckdb.DuckDBPyConnection, question: Question, tables: Tables) -> dict[str, OnChannel]:
    """Every matching customer is judged on all channels in one pass; the customers of each combination of judgements are counted."""
    rules = {channel: judgements(question, channel) for channel in question.offer.channels}
    codes = ", ".join(f"{_first_that_binds(judged)} as code_{position}" for position, judged in enumerate(rules.values()))
    counted = connection.execute(f"select {codes}, count(*) from {known(connection, question, tables)} group by all").fetchall()
    return {channel: _on_channel(judged, counted, position, reasons(question.offer)) for position, (channel, judged) in enumerate(rules.items())}


def _first_that_binds(rules: list[Judgement]) -> str:
    arms = " ".join(f"when {rule.binds} then {position}" for position, rule in enumerate(rules))
    return f"(case {arms} end)::utinyint"


def _on_channel(rules: list[Judgement], counted: list[tuple], position: int, all_reasons: list[str]) -> OnChannel:
    customers: Counter[int | None] = Counter()
    for row in counted:
        customers[row[position]] += row[-1]
    removed = dict.fromkeys(all_reasons, 0)
    for code, rule in enumerate(rules):
        removed[rule.reason] += customers[code]
    each = [{"reason": rule.reason, "rule": rule.rule, "removed": customers[code]} for code, rule in enumerate(rules)]
    return OnChannel(customers[None], removed, each)


def passing(connection: duckdb.DuckDBPyConnection, offer: Offer, run: RunContext) -> None:
    """`passing`: customer_id and channel wherever no rule binds, with `left_<cap>` of every cap in force: what is left of it, null where it does not cover
    the offer on the channel."""
    tables = tables_of(offer, run)
    _match(connection, offer, tables, {}, run.business_date)
    question = Question(offer, run, _cells(connection, offer, tables))
    parts = [
        f"select customer_id, {text(channel)} as channel, {allowances_left(question, channel)} from judged where {_first_that_binds(judgements(question, channel))} is null"
        for channel in offer.channels
    ]
    judged = known(connection, question, tables)
    connection.execute(f"create or replace temp table passing as with judged as materialized (select * from {judged}) {' union all '.join(parts)}")


def _unapproved(once_approved: OnChannel, matched: int) -> OnChannel:
    """The same while no approval stands, which is the first rule."""
    removed = {reason: customers if reason in BEFORE_THE_RULES else 0 for reason, customers in once_approved.removed.items()}
    removed["not_approved"] = matched - sum(removed.values())
    earlier = [one for one in once_approved.rules if one["reason"] in BEFORE_THE_RULES]
    return OnChannel(0, removed, [*earlier, {"reason": "not_approved", "rule": "approval", "removed": removed["not_approved"]}])


def _notes(offer: Offer, run: RunContext, tables: Tables, word: str | None) -> list[str]:
    """What a person must know to read the figures."""
    if offer.campaign is None:
        return [f"judged as a first contact by a new {offer.campaign_type}; rules on a product, a campaign, its waves or its value cannot be asked"]
    period = offer.campaign.period
    notes = []
    if word != "approved":
        notes.append(f"{word}: no list gets any of it; the figures once approved stand beside")
    if not offer.campaign.is_live(run.contact_date):
        notes.append(f"its period {period.start} to {period.end} does not hold {run.contact_date}; judged as if it did")
    if tables.scored_on is None:
        notes.append("there are no matches yet: who holds the product and what is worth less than it costs is not known")
    elif tables.scored_on != run.business_date:
        notes.append(f"there are no matches of {run.business_date} yet; those of {tables.scored_on} are used")
    return notes
