"""What took the place of a candidate that passed the rules and was not picked: the reasons of jobs/contact/standing_in_the_way.py, with the options
that the customer got instead, and what the full channel or the spent budget went to."""

from datetime import date

import duckdb

from jobs.contact_rules import Cap, MinimumDays
from jobs.context import RunContext
from jobs.explain.counted import counted_with, covers
from jobs.explain.customer_facts import Candidate, source
from jobs.explain.would_need import Asked, Need

EXPLORATION = "exploration"  # the rule of an option beside which the customer was drawn for a trial
SMALLEST = 0.00005  # yuan; expected values stand with four decimals


def place_taken(asked: Asked, connection: duckdb.DuckDBPyConnection) -> Need:
    reason = asked.candidate.reason
    if reason == "lower_value":
        return _lower_value(asked)
    return _no_capacity(asked, connection) if reason == "no_capacity" else _out_of_budget(asked, connection)


def _lower_value(asked: Asked) -> Need:
    candidate, blocking = asked.candidate, _blocking(asked)
    if candidate.rule == EXPLORATION:
        return Need(
            f"another draw: a hash drew {' and '.join(map(str, blocking))} as the customer's only offer tonight, whatever it is worth",
            None,
            _ids(asked, blocking),
        )
    if not blocking:
        return Need(f"a higher value than {candidate.expected_value:.4f} yuan: the best plan over all customers came out higher without it")
    least = min(blocking, key=lambda one: one.expected_value)
    ids = _ids(asked, blocking)
    short = least.expected_value - candidate.expected_value
    taken = f"the place by {candidate.rule} went to {' and '.join(map(str, blocking))}"
    if short > SMALLEST:
        return Need(f"a value above {least.expected_value:.4f} yuan; it is {candidate.expected_value:.4f}, {short:.4f} less: {taken}", None, ids)
    if short < -SMALLEST:
        text = f"room on what the whole plan needed more: worth {-short:.4f} yuan more to this customer, it would have taken more from others; {taken}"
        return Need(text, None, ids)
    return Need(f"a value above {least.expected_value:.4f} yuan; equal values are told apart by hash: {taken}", None, ids)


def _ids(asked: Asked, blocking: list[Candidate]) -> list[str]:
    return [one.contact_id for one in asked.facts.tonight if one.key in {other.key for other in blocking}]


def _blocking(asked: Asked) -> list[Candidate]:
    """Chosen options of the customer that share with the candidate what its rule names."""
    candidate, rules = asked.candidate, asked.run.conf.contact_rules
    others = [one for one in asked.facts.chosen if one is not candidate]
    kind, _, name = candidate.rule.partition(":")
    if kind == "one_channel_a_campaign":
        return [one for one in others if one.campaign == candidate.campaign]
    if kind == "exclusive_with":
        return [one for one in others if one.campaign in asked.excluding]
    if kind in ("cap", "min_interval"):
        named: list[Cap | MinimumDays] = [*rules.caps, *rules.minimum_days]
        rule = next((one for one in named if one.name == name), None)
        return counted_with(rule, candidate, others) if rule is not None and covers(rule, candidate) else []
    return others if kind in ("contacts_a_night", EXPLORATION) else []


def _no_capacity(asked: Asked, connection: duckdb.DuckDBPyConnection) -> Need:
    kind, _, name = asked.candidate.rule.partition(":")
    code, _, place = name.partition(":")
    channel = asked.run.conf.channels.get(code)
    if channel is None:
        return Need(f"room on {name}, which conf/channels.yaml has no more")
    if kind == "place" and channel.capacity.place is not None:
        most = channel.capacity.place.but.get(place, channel.capacity.place.day)
        rows, least = _tonight(connection, asked.run, "channel = ? and place = ?", [code, place])
    else:
        most = channel.capacity.day
        rows, least = _tonight(connection, asked.run, "channel = ?", [code])
    return _more_than_the_least(asked, f"{name.replace(':', ' at ')} works {most} rows a day, and all went to others ({rows} of them issued)", least)


def _out_of_budget(asked: Asked, connection: duckdb.DuckDBPyConnection) -> Need:
    kind, campaign, run = asked.candidate.rule.partition(":")[0], asked.campaign, asked.run
    contacts, cost_fen = _spent(connection, run, campaign.campaign, campaign.period.start)
    rows, least = _tonight(connection, run, "campaign = ?", [campaign.campaign])
    if kind == "money":
        used = f"{cost_fen / 100:.2f} of {campaign.budget.money or 0:g} yuan were spent before this night, the rest on its {rows} contacts"
        used += f"; this one costs {asked.candidate.cost_fen / 100:.2f} yuan"
    else:
        used = f"{contacts} of {campaign.budget.contacts_max} contacts were used before this night, the rest by its {rows}"
    return _more_than_the_least(asked, f"budget of {campaign.campaign}: {used}", least)


def _more_than_the_least(asked: Asked, taken: str, least: float | None) -> Need:
    """What the poorest of those who got the place is worth, and what the customer got instead."""
    own, got = asked.candidate.expected_value, asked.facts.chosen
    instead = f"; the customer got {' and '.join(map(str, got))}" if got else "; the customer got nothing else"
    if least is None:
        return Need(f"more room: {taken}{instead}")
    short = least - own
    if short > SMALLEST:
        return Need(f"a value above {least:.4f} yuan, what the poorest of them is worth; it is {own:.4f}, {short:.4f} less: {taken}{instead}")
    return Need(f"more room: {taken}, the poorest worth {least:.4f} yuan (this one {own:.4f}); they had no other place as good{instead}")


def _tonight(connection: duckdb.DuckDBPyConnection, run: RunContext, where: str, parameters: list[str]) -> tuple[int, float | None]:
    """Rows that the night issued and that stand, and the least expected value among them, in yuan."""
    sql = f"select count(*), min(expected_value)::double from {source(run, 'contact')} where revoked_in is null and {where}"
    rows, least = connection.execute(sql, parameters).fetchone() or (0, None)
    return rows, least


def _spent(connection: duckdb.DuckDBPyConnection, run: RunContext, campaign: str, since: date) -> tuple[int, int]:
    """Contacts and fen of the campaign in its period before this night. What was paid stays paid, given back or not."""
    nights = [night for night in run.lake.files("contact") if night < run.business_date]
    sql = f"select count(*), coalesce(sum(cost_fen), 0)::bigint from {source(run, 'contact', nights)} where campaign = ? and contact_date >= ?"
    contacts, cost_fen = connection.execute(sql, [campaign, since]).fetchone() or (0, 0)
    return contacts, cost_fen
