"""cpc explain: why a customer got what on one night, and what would have had to differ for the rest."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.cli.options import Date, Home, Json, emit, reading_context
from jobs.errors import UserError

if TYPE_CHECKING:
    from jobs.explain.explanation import Explanation

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cpc explain --customer C037603611 --date 2026-11-05")
def explain(
    customer: Annotated[str, typer.Option("--customer", help="A customer_id, as lists and the customer view have it.")],
    date: Date,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say for every candidate of the customer that night its one reason, the rule, the terms of its score, and what would have had to differ.

    Read from the tables of the night, without a JVM. A customer without candidates is told why.
    """
    from jobs.explain.explanation import explain as explanation_of

    if not customer.strip():
        raise UserError("--customer: name a customer_id, as lists and the customer view have it")
    found = explanation_of(customer, reading_context(home, date))
    emit(asdict(found), as_json, "\n".join(lines(found)))


def lines(found: "Explanation") -> list[str]:
    night = f"{found.customer_id} on the night of {found.business_date}, for lists of {found.contact_date}"
    notes = [f"note: {note}" for note in found.notes]
    if found.why_none is not None:
        each = [f"  {campaign}: {why}" for campaign, why in found.campaigns.items()]
        return [f"{night}: no candidate; {found.why_none}", *notes, *each]
    issued = sum(one["reason"] == "issued" for one in found.candidates)
    told = [f"{night}: {len(found.candidates)} candidates, {issued} issued", *notes]
    for one in found.candidates:
        told += ["", f"{one['reason'].replace('_', ' ').upper()}  {one['campaign']} ({one['product']}) by {one['channel']}, wave {one['wave']}"]
        if one["would_need"] is None:
            told.append(f"  contact     {', '.join(one['contacts'])}")
        else:
            told += [f"  rule        {one['rule_in_words']}", f"  would need  {one['would_need']}"]
        told.append(f"  score       {one['score']}")
    return told
