"""certificate.json: how far the night's plan stands from the best possible one, recounted from the written table `decision`.

The pick leaves its side (the bound, and the limits and prices of every constraint) in pick.json beside it. What was chosen is counted here by a query of its
own over `decision` and `candidate`: value and usage are those of the written rows. Chosen is what was issued or then held out. A plan further
from the bound than the red line of conf/base.yaml is not published. Trials (jobs/contact/exploration.py) are drawn before the pick: they are in the
value, in the bound and in the baselines alike, and told beside them as `exploration`. Of that distance, what whole contacts explain is allowed: with few
customers, no plan can use the last fraction of a scarce capacity.
"""

from pathlib import Path
from typing import Any

import duckdb

from jobs.context import RunContext
from jobs.errors import Refusal
from jobs.lists.layout import read_json
from jobs.lists.query import connect
from jobs.lists.writing import write_json

WORTH_TELLING = 0.005  # yuan: half a fen and less is told as nothing

CHOSEN = """
    with before as (
        select customer_id, campaign, product, channel, wave, true as issued_before from contact
        where business_date = $date and round <= $made_before
    )
    select decision.channel, campaign, candidate.place, candidate.cost_fen, decision.expected_value, coalesce(issued_before, false) as issued_before,
        mechanism = 'exploration' as explored
    from decision
    join candidate using (business_date, customer_id, campaign, product, channel, wave)
    left join before using (customer_id, campaign, product, channel, wave)
    where business_date = $date and decision.reason in ('issued', 'campaign_holdout')
"""
USAGE = """
    select 'channel:' || channel, count(*)::double from chosen group by all
    union all select 'place:' || channel || ':' || place, count(*) from chosen where place is not null group by channel, place
    union all select 'money:' || campaign, sum(cost_fen) from chosen where not issued_before group by campaign
    union all select 'contacts:' || campaign, count(*) from chosen where not issued_before group by campaign
"""


def facts_path(base: Path, business_date: object) -> Path:
    """What the pick of a night says about itself, and how often the lists were made before (`made_before`); `base` is the home, or the overlay
    on which the night is made again."""
    return base / "certificates" / f"business_date={business_date}" / "pick.json"


def certificate_path(home: Path, business_date: object) -> Path:
    return home / "certificates" / f"business_date={business_date}" / "certificate.json"


def keep_facts(run: RunContext, facts: dict[str, Any]) -> None:
    write_json(facts_path(run.overlay or run.home, run.business_date), facts)


def certify(run: RunContext) -> None:
    """Write the night's certificate; raises Refusal where the plan is over the red line. A night made before there were certificates has none."""
    path = facts_path(run.home, run.business_date)
    if not path.exists():
        return
    with connect(run, "decision", "candidate", "contact") as connection:
        certificate = certificate_of(connection, run, read_json(path))
    write_json(certificate_path(run.home, run.business_date), certificate)
    over = [
        f"{one['name']} uses {one['usage']:g} of {one['high']:g}"
        for one in certificate["constraints"]
        if one["high"] is not None and one["usage"] > one["high"]
    ]
    if over:
        raise Refusal(f"certificate of {run.business_date}: {over[0]}; nothing was published")
    above = certificate["value"] - certificate["bound"]
    if above > certificate["rounding"]:
        raise Refusal(
            f"certificate of {run.business_date}: the plan is worth {above:.4f} yuan more than its bound, so the bound is wrong; nothing was published"
        )
    red_line = run.conf.base.certificate_red_line_bp
    if certificate["gap_bp"] > red_line and certificate["bound"] - certificate["value"] > certificate["whole_contacts"]:
        raise Refusal(
            f"certificate of {run.business_date}: the plan is {certificate['gap_bp']:.1f} bp below the bound, over the red line of {red_line:g} bp "
            f"(certificate_red_line_bp in conf/base.yaml); nothing was published"
        )


def certificate_of(connection: duckdb.DuckDBPyConnection, run: RunContext, facts: dict[str, Any]) -> dict[str, Any]:
    connection.sql(CHOSEN, params={"date": run.business_date, "made_before": facts["made_before"]}).create("chosen")
    usage = dict(connection.sql(USAGE).fetchall())
    count, total = connection.execute("select count(*), coalesce(sum(round(expected_value * 10000)::bigint), 0) from chosen").fetchone() or (0, 0)
    trials, of_trials = connection.execute("select count(*), coalesce(sum(expected_value), 0) from chosen where explored").fetchone() or (0, 0.0)
    value = int(total) / 10_000
    constraints = [{"name": one["name"], "low": one["low"], "usage": usage.get(one["name"], 0.0), **_rest(one)} for one in facts["constraints"]]
    short = {one["name"]: one["low"] - one["usage"] for one in constraints if one["usage"] < one["low"]}
    bound = facts["bound"]
    return {
        "business_date": str(run.business_date),
        "contact_date": str(run.contact_date),
        "value": value,
        "bound": bound,
        "gap_bp": max(1e4 * (bound - value) / bound, 0.0) if bound > 0 else 0.0,
        "rounding": count / 20_000,  # yuan by which four decimals a written row can lift the value over its bound
        "whole_contacts": sum(abs(one["price"]) * one["heaviest"] for one in facts["constraints"]),
        "constraints": constraints,
        "baselines": facts["baselines"],
        "exploration": {"contacts": trials, "value": round(of_trials, 4)},
        "shortfalls": short,
        "options": facts["options"],
        "salt": facts["salt"],
    }


def _rest(constraint: dict[str, Any]) -> dict[str, Any]:
    return {"high": constraint["high"], "price": constraint["price"]}


def in_words(certificate: dict[str, Any]) -> list[str]:
    """The certificate for people: the gap, what one more of everything scarce would be worth, what is short, and what simpler ways reach."""
    value, bound = certificate["value"], certificate["bound"]
    lines = [
        f"night of {certificate['business_date']}: the plan is worth {value:,.2f} yuan; no plan can exceed {bound:,.2f}: a gap of {certificate['gap_bp']:.2f} bp"
    ]
    scarce = sorted((one for one in certificate["constraints"] if _worth(one) >= WORTH_TELLING), key=lambda one: -one["price"] * one["usage"])
    lines += [_worth_of_one_more(one) for one in scarce]
    lines += [
        f"one contact less to guarantee for {one['name']} would be worth {-one['price']:.2f} yuan"
        for one in certificate["constraints"]
        if one["price"] <= -WORTH_TELLING
    ]
    lines += [f"{name} is {missing:g} short of its minimum" for name, missing in certificate["shortfalls"].items()]
    trials = certificate.get("exploration")  # a night before there were trials has none
    if trials:
        were = "was drawn for a trial" if trials["contacts"] == 1 else "were drawn for trials"
        lines += [f"{trials['contacts']:,} of these contacts, worth {trials['value']:,.2f} yuan, {were}"]
    return [*lines, *(f"{name.replace('_', ' ')} would reach {reached:,.2f} yuan" for name, reached in certificate["baselines"].items())]


def _worth(constraint: dict[str, Any]) -> float:
    """Yuan that one more contact is worth, or one more yuan, where the price is of a fen."""
    return constraint["price"] * (100 if constraint["name"].startswith("money:") else 1)


def _worth_of_one_more(constraint: dict[str, Any]) -> str:
    kind, *names = constraint["name"].split(":")
    if kind == "money":
        return f"one more yuan for campaign {names[0]} is worth {_worth(constraint):.2f} yuan"
    what = {"channel": "contact by {0} tonight", "place": "contact by {0} at {1} tonight", "contacts": "contact for campaign {0}"}[kind].format(*names)
    return f"one more {what} is worth {constraint['price']:.2f} yuan"
