"""What a night knew of one customer, read by DuckDB from the tables that the night wrote and read: candidates, contacts, bans, allowances used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb

from jobs.campaign.campaign import Campaign
from jobs.catalogue.schema import columns_of
from jobs.conf import Conf
from jobs.context import RunContext
from jobs.errors import UserError
from jobs.feedback.states import GIVES_ALLOWANCE_BACK, NO_RESPONSE
from jobs.lists.layout import published_contact_dates

CHOSEN = ("issued", "campaign_holdout")  # what the pick took; the held-out are taken from it afterwards
OWN = ("campaign", "product", "channel", "wave", "probability", "expected_value", "term_reach", "reason", "rule")
BESIDE = ("campaign_type", "value", "cost_fen", "place", "grade")  # columns of `candidate` that `decision` lacks


@dataclass(frozen=True)
class Candidate:
    """A row of `decision`, whole in `decided`, with what `candidate` says beside it: `value` of an acceptance in yuan, `cost_fen` of a contact."""

    decided: dict[str, Any]
    campaign: str
    product: str
    channel: str
    wave: int
    probability: float
    expected_value: float
    term_reach: float
    reason: str
    rule: str
    campaign_type: str
    value: float
    cost_fen: int
    place: str | None
    grade: str
    frequency_cell: str | None

    @property
    def is_chosen(self) -> bool:
        return self.reason in CHOSEN

    @property
    def key(self) -> tuple[str, str, str, int]:
        return self.campaign, self.product, self.channel, self.wave

    def cost_in_yuan(self, conf: Conf) -> float:
        """A message costs when it is sent; an offer laid ready where the customer may come only as far as the customer is likely to come."""
        is_passive = self.channel in conf.channels and conf.channels[self.channel].kind == "passive"
        return self.cost_fen / 100 * (self.term_reach if is_passive else 1.0)

    def __str__(self) -> str:
        return f"{self.campaign} by {self.channel}, worth {self.expected_value:.4f} yuan"


@dataclass(frozen=True)
class Contact:
    """A row of the ledger with its final state as the night knew it; `kept` says whether it keeps its allowance, `making` which
    making of its night's lists issued it."""

    contact_date: date
    contact_id: str
    campaign: str
    campaign_type: str
    product: str
    channel: str
    wave: int
    making: int
    state: str

    @property
    def key(self) -> tuple[str, str, str, int]:
        return self.campaign, self.product, self.channel, self.wave

    @property
    def kept(self) -> bool:
        return self.state not in GIVES_ALLOWANCE_BACK

    def __str__(self) -> str:
        return f"{self.campaign} by {self.channel} on {self.contact_date} ({self.state.replace('_', ' ')})"


@dataclass(frozen=True)
class Ban:
    level: str
    product: str | None
    channel: str | None
    reason: str
    source: str
    start_date: date
    end_date: date | None

    def __str__(self) -> str:
        what = {"system": "everything"}.get(self.level) or " on ".join(one for one in (self.product, self.channel) if one)
        until = f"until {self.end_date}" if self.end_date else "without end"
        return f"{self.level} ban of {what} ({self.reason}, from {self.source}), since {self.start_date}, {until}"


@dataclass(frozen=True)
class Used:
    """A row of `frequency_cap`: allowances taken, `tonight` of them by earlier makings of the same night's lists."""

    cap: str
    campaign_type: str | None
    product: str | None
    campaign: str | None
    channel: str | None
    used: int
    tonight: int


@dataclass(frozen=True)
class CustomerFacts:
    """`earlier` are contacts of earlier nights, `tonight` those that the night itself issued and that stand, `taken_out` those that a later revision of the
    night took out: they keep their allowance."""

    customer_id: str
    candidates: list[Candidate]
    earlier: list[Contact]
    tonight: list[Contact]
    taken_out: list[Contact]
    bans: list[Ban]
    used: list[Used]

    @property
    def chosen(self) -> list[Candidate]:
        return [one for one in self.candidates if one.is_chosen]


def read_candidates(connection: duckdb.DuckDBPyConnection, customer: str, run: RunContext) -> list[Candidate]:
    """The customer's candidates of the night: what was chosen first, then by value. Raises UserError where the night has not decided anything."""
    nights = run.lake.files("decision")
    if run.business_date not in nights:
        if run.contact_date in published_contact_dates(run.home):  # a night without a single candidate
            return []
        known = f"decided are {', '.join(map(str, list(nights)[-3:]))}" if nights else f"{run.home} has no night"
        raise UserError(f"--date: no decisions of {run.business_date} ({known}); `cpc run night --date {run.business_date}` makes them")
    keys = ("campaign", "product", "channel", "wave")
    beside = {row[:4]: row[4:] for row in _rows(connection, run, "candidate", customer, [*keys, *BESIDE])}
    columns = columns_of("decision")
    decided = [dict(zip(columns, row, strict=True)) for row in _rows(connection, run, "decision", customer, columns)]
    arms = dict(_rows(connection, run, "control_assignment", customer, ["layer", "arm"]))
    cell = arms.get("frequency")
    found = [
        Candidate(
            decided=row,
            frequency_cell=cell,
            **{name: row[name] for name in OWN},
            **dict(zip(BESIDE, beside[tuple(row[key] for key in keys)], strict=True)),
        )
        for row in decided
    ]
    return sorted(found, key=lambda one: (not one.is_chosen, -one.expected_value, one.campaign, one.channel, one.wave))


def read_facts(
    connection: duckdb.DuckDBPyConnection, customer: str, candidates: list[Candidate], campaigns: dict[str, Campaign], run: RunContext
) -> CustomerFacts:
    """What else the rules asked about the customer, as far back as they look."""
    longest = max((rule.days for rule in run.conf.contact_rules.minimum_days), default=0)
    starts = [campaigns[one.campaign].period.start for one in candidates if one.campaign in campaigns]
    first = min([run.contact_month_start, run.contact_date - timedelta(days=longest), *starts])
    nights = [night for night in run.lake.files("contact") if first - timedelta(days=1) <= night <= run.business_date]
    columns = ["contact_date", "contact_id", "campaign", "campaign_type", "product", "channel", "wave", "round", "revoked_in"]
    rows = _rows(connection, run, "contact", customer, columns, nights)
    states = _states(connection, run, [contact_id for _, contact_id, *_ in rows])
    with_state = [([*row, states.get(row[1], NO_RESPONSE)], revoked_in) for *row, revoked_in in sorted(rows, key=lambda row: row[:2])]
    contacts = [(Contact(*row), revoked_in) for row, revoked_in in with_state]
    return CustomerFacts(
        customer,
        candidates,
        earlier=[one for one, _ in contacts if one.contact_date < run.contact_date],
        tonight=[one for one, revoked_in in contacts if one.contact_date == run.contact_date and revoked_in is None],
        taken_out=[one for one, revoked_in in contacts if one.contact_date == run.contact_date and revoked_in is not None],
        bans=_bans(connection, run, customer),
        used=[
            Used(*row)
            for row in _rows(connection, run, "frequency_cap", customer, ["cap", "campaign_type", "product", "campaign", "channel", "used", "used_tonight"])
        ],
    )


def source(run: RunContext, table: str, nights: Sequence[date] | None = None) -> str:
    """What DuckDB selects from: the table's rows of these nights, or of the run's night."""
    files = run.lake.files(table)
    return run.lake.duckdb_source(table, [path for night in ([run.business_date] if nights is None else nights) for path in files.get(night, [])])


def _rows(
    connection: duckdb.DuckDBPyConnection, run: RunContext, table: str, customer: str, columns: Sequence[str], nights: Sequence[date] | None = None
) -> list[tuple[Any, ...]]:
    named = ", ".join(f'"{name}"' for name in columns)
    return connection.execute(f"select {named} from {source(run, table, nights)} where customer_id = ?", [customer]).fetchall()


def _states(connection: duckdb.DuckDBPyConnection, run: RunContext, contact_ids: list[str]) -> dict[str, str]:
    """Final states of these contacts in the newest `outcome` up to the night; delivery alone is no answer."""
    nights = [night for night in run.lake.files("outcome") if night <= run.business_date][-1:]
    if not contact_ids or not nights:
        return {}
    asked = ", ".join("?" for _ in contact_ids)
    sql = f"select contact_id, outcome from {source(run, 'outcome', nights)} where contact_id in ({asked}) and outcome <> 'delivered'"
    return dict(connection.execute(sql, contact_ids).fetchall())


def _bans(connection: duckdb.DuckDBPyConnection, run: RunContext, customer: str) -> list[Ban]:
    """Bans in force on the contact date, the row that counts of each as in jobs/contact/ban.py."""
    nights = [night for night in run.lake.files("do_not_disturb") if night <= run.business_date]
    ban = "level, product, channel, reason, source, start_date"
    rows = connection.execute(
        f"""
        select {ban}, nullif(newest_end, date 'infinity') from (
            select {ban}, max(row(business_date, coalesce(end_date, date 'infinity')))[2] as newest_end
            from {source(run, "do_not_disturb", nights)} where customer_id = $customer and start_date <= $day group by all
        ) where newest_end >= $day order by all""",
        {"customer": customer, "day": run.contact_date},
    ).fetchall()
    return [Ban(*row) for row in rows]
