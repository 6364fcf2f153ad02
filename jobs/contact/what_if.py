"""What-if: the pick of a made night once more, as it was and under other capacities or caps. Nothing is published, nothing is kept.

Who may be picked comes from the rules in DuckDB (jobs/campaign/preview_rules.py), judged under the changed caps, since a wider cap lets more pass; values
are those of the night's `candidate`. A night is picked as when its lists are made first.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as compute

from jobs.campaign.campaign import Campaign, load_campaigns
from jobs.campaign.offer import Offer
from jobs.campaign.preview import passing
from jobs.conf import Channel, Conf
from jobs.contact.night_options import KEYS, night_options
from jobs.contact.night_problem import Spent
from jobs.contact.pick import pick
from jobs.contact.precedence import caps
from jobs.contact.rules import left_column
from jobs.contact_rules import Cap
from jobs.context import RunContext
from jobs.errors import UserError, did_you_mean
from jobs.lists.query import connect

CHANGE = re.compile(r"^([+-]?)(\d+(?:\.\d+)?)(%?)$")
SHOWN = 20  # customers told one by one

Offered = tuple[str, str, str, str, int]  # keys of a candidate


@dataclass(frozen=True)
class Figures:
    """Of a plan, or of its part on one channel or in one campaign. Yuan."""

    contacts: int
    value: float


@dataclass(frozen=True)
class WhatIf:
    """`before` is the night's pick as conf/ is, `after` the one under the changes. `channels` and `campaigns` {name: {before, after}}; a channel tells its
    `capacity` too. Customers are counted as `newly` contacted, `no_longer` contacted, and contacted `otherwise`; the first few stand in `examples`.
    A bound is what no plan exceeds."""

    business_date: date
    changes: list[str]
    before: Figures
    after: Figures
    bounds: dict[str, float]
    channels: dict[str, dict[str, Any]]
    campaigns: dict[str, dict[str, Any]]
    customers: dict[str, int]
    examples: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Solved:
    chosen: dict[Offered, float]
    bound: float


def what_if(run: RunContext, capacities: Sequence[str], limits: Sequence[str]) -> WhatIf:
    """`capacities` such as call=+10%, sms=+500 or hall=200, `limits` such as customer_month=4 or sms=3, the cap of that channel. Raises UserError for an
    unknown name, a wrong change, or a night that has no candidates."""
    if run.business_date not in run.lake.files("candidate"):
        raise UserError(f"--date: there is no decided night of {run.business_date}; `cpc run night --date {run.business_date}` makes one")
    changed, told = changed_conf(run.conf, capacities, limits)
    before, after = solved(run), solved(replace(run, conf=changed))
    return WhatIf(
        run.business_date,
        told,
        _figures(before.chosen),
        _figures(after.chosen),
        {"before": before.bound, "after": after.bound},
        {name: {"capacity": _capacities(name, run.conf, changed), **each} for name, each in _by(3, before, after).items()},
        _by(1, before, after),
        *_customers(before.chosen, after.chosen),
        _notes(run, before.chosen),
    )


def solved(run: RunContext) -> Solved:
    """The pick of the night under run.conf, trials included."""
    live = [one for one in load_campaigns(run.conf) if one.is_live(run.contact_date)]
    with connect(run, "candidate", "contact") as connection:
        eligible = eligible_offers(connection, live, run)
        picked = pick(night_options(eligible), live, spent_before(connection, live, run), run.conf, run.contact_date)
    chosen = eligible.filter(compute.equal(picked.rows["picked"].cast(pa.string()), "issued"))
    return Solved(dict(zip(_keys(chosen), chosen["expected_value"].to_pylist(), strict=True)), picked.facts["bound"])


def eligible_offers(connection: duckdb.DuckDBPyConnection, live: list[Campaign], run: RunContext) -> pa.Table:
    """The approved candidates that no rule keeps out, as the pick takes them."""
    left = [left_column(cap) for cap in caps(run.conf.contact_rules)]
    columns = ", ".join(
        [*KEYS, "campaign_type", "expected_value", "cost_fen", "place", "false as issued_before", "false as tried_before", "0 as contacts_tonight", *left]
    )
    parts = []
    for campaign in live:
        passing(connection, Offer(campaign.condition, campaign.type, campaign.channels, campaign), run)
        parts.append(
            connection.sql(
                f"select {columns} from candidate join passing using (customer_id, channel) where business_date = $night and campaign = $campaign and approved",
                params={"night": run.business_date, "campaign": campaign.campaign},
            ).to_arrow_table()
        )
    if not parts:
        raise UserError(f"--date: no campaign of conf/campaigns is live on {run.contact_date}")
    return pa.concat_tables(parts, promote_options="permissive")


def spent_before(connection: duckdb.DuckDBPyConnection, live: list[Campaign], run: RunContext) -> dict[str, Spent]:
    """The twin of decision's: contacts and money of each campaign in its period before the night."""
    query = "select count(*), coalesce(sum(cost_fen), 0)::bigint from contact where business_date < $night and campaign = $campaign and contact_date >= $since"
    found = {
        one.campaign: connection.execute(query, {"night": run.business_date, "campaign": one.campaign, "since": one.period.start}).fetchall()[0] for one in live
    }
    return {campaign: Spent(*row) for campaign, row in found.items() if row[0]}


def _keys(table: pa.Table) -> list[Offered]:
    return list(zip(*(table[key].to_pylist() for key in KEYS), strict=True))


def changed_conf(conf: Conf, capacities: Sequence[str], limits: Sequence[str]) -> tuple[Conf, list[str]]:
    """The conf with the changes, and each of them in words."""
    channels, rules, told = dict(conf.channels), conf.contact_rules, []
    for name, change in (_read_change("--capacity", one) for one in capacities):
        if name not in channels:
            raise UserError(f"--capacity: unknown channel '{name}'{did_you_mean(name, set(channels))}; conf/channels.yaml has them")
        channels[name], words = _with_capacity(channels[name], change)
        told.append(words)
    for name, change in (_read_change("--cap", one) for one in limits):
        cap = _cap_of(name, rules.caps)
        most = change.of(cap.max)
        told.append(f"cap {cap.name}: {cap.max} -> {most} a month")
        widened = cap.model_copy(update={"max": most, "by_grade": _changed(cap.by_grade, change), "by_cell": _changed(cap.by_cell, change)})
        rules = rules.model_copy(update={"caps": [widened if one.name == cap.name else one for one in rules.caps]})
    return conf.with_parts(channels=channels, contact_rules=rules), told


def _changed(limits: Mapping[Any, int], change: "Change") -> dict[str, int]:
    return {name: change.of(own) for name, own in limits.items()}


@dataclass(frozen=True)
class Change:
    """N sets a whole number, +N and -N move it, +N% and -N% scale it."""

    option: str
    sign: str
    amount: float
    percent: bool

    def of(self, number: int) -> int:
        """The number under the change; half a unit is dropped. Raises UserError below 0."""
        step = number * self.amount / 100 if self.percent else self.amount
        found = int({"+": number + step, "-": number - step, "": step}[self.sign] + 1e-9)
        if found < 0:
            raise UserError(f"{self.option}: {number} {self.sign}{self.amount:g}{'%' * self.percent} is below 0")
        return found


def _read_change(option: str, text: str) -> tuple[str, Change]:
    name, _, change = text.partition("=")
    found = CHANGE.match(change)
    if found is None:
        raise UserError(f"{option}: '{text}' is no change; say {name or 'NAME'}=N, {name or 'NAME'}=+N or {name or 'NAME'}=+N%")
    return name, Change(option, found[1], float(found[2]), bool(found[3]))


def _with_capacity(channel: Channel, change: Change) -> tuple[Channel, str]:
    """A relative change holds for each place of the channel as well; a number or a step is of the whole channel, its places stay."""
    capacity = channel.capacity
    day, place = change.of(capacity.day), capacity.place
    if place and change.percent:
        but = {name: change.of(own) for name, own in place.but.items()}
        place = place.model_copy(update={"day": change.of(place.day), "but": but})
    words = f"capacity of {channel.channel}: {capacity.day:,} -> {day:,} a day" + (", its places alike" if place is not capacity.place else "")
    return channel.model_copy(update={"capacity": capacity.model_copy(update={"day": day, "place": place})}), words


def _cap_of(name: str, declared: list[Cap]) -> Cap:
    """The cap of that name, or the one that counts the contacts of that channel alone."""
    found = [cap for cap in declared if cap.enabled and (cap.name == name or cap.channels == [name])]
    if len(found) != 1:
        names = {cap.name for cap in declared if cap.enabled} | {cap.channels[0] for cap in declared if cap.enabled and len(cap.channels) == 1}
        raise UserError(f"--cap: {'no' if not found else 'more than one'} cap '{name}'{did_you_mean(name, names)}; there are {', '.join(sorted(names))}")
    return found[0]


def _figures(chosen: dict[Offered, float]) -> Figures:
    return Figures(len(chosen), round(sum(sorted(chosen.values())), 4))


def _by(position: int, before: Solved, after: Solved) -> dict[str, dict[str, Any]]:
    """Figures of both plans by one of the keys."""
    names = sorted({key[position] for key in (*before.chosen, *after.chosen)})
    sides = {"before": before.chosen, "after": after.chosen}
    return {
        str(name): {side: _figures({key: value for key, value in chosen.items() if key[position] == name}) for side, chosen in sides.items()} for name in names
    }


def _capacities(channel: str, before: Conf, after: Conf) -> dict[str, int]:
    return {"before": before.channels[channel].capacity.day, "after": after.channels[channel].capacity.day}


def _customers(before: dict[Offered, float], after: dict[Offered, float]) -> tuple[dict[str, int], list[dict[str, Any]]]:
    had, gets = _by_customer(before), _by_customer(after)
    changed = [customer for customer in sorted({*had, *gets}) if had[customer] != gets[customer]]
    kinds = Counter("newly" if not had[one] else "otherwise" if gets[one] else "no_longer" for one in changed)
    examples = [{"customer_id": one, "before": sorted(had[one]), "after": sorted(gets[one])} for one in changed[:SHOWN]]
    return {kind: kinds[kind] for kind in ("newly", "no_longer", "otherwise")}, examples


def _by_customer(chosen: dict[Offered, float]) -> "defaultdict[str, set[str]]":
    found: defaultdict[str, set[str]] = defaultdict(set)
    for customer, campaign, _, channel, _ in chosen:
        found[customer].add(f"{campaign} by {channel}")
    return found


def _notes(run: RunContext, before: dict[Offered, float]) -> list[str]:
    """What a person must know to read the figures: whether the night was really picked so."""
    with connect(run, "decision") as connection:
        rows = connection.execute(
            f"select {', '.join(KEYS)} from decision where business_date = ? and reason in ('issued', 'campaign_holdout')", [run.business_date]
        ).fetchall()
    differing = len(set(rows) ^ set(before))
    if not differing:
        return []
    return [f"{differing:,} contacts differ from the night as it was made: conf/, approvals or feedback have changed since, or its lists were made anew"]
