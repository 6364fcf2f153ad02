"""cpc simulate: the simulated operator writes its dumps, and its channels' feedback on lists that are published."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.options import Home, Json, emit, home_folder
from jobs.context import parse_date
from jobs.paths import ROOT, SCHEMAS, conf_folder
from jobs.progress import Progress

app = typer.Typer(add_completion=False)


class DirtLevel(StrEnum):
    none = "none"
    usual = "usual"
    heavy = "heavy"


@app.command(epilog="Example: cpc simulate --from 2026-11-05 --to 2026-11-07 --customers 2000 --dirt usual --home data")
def simulate(
    first: Annotated[str, typer.Option("--from", help="First business date to simulate, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", help="Last business date to simulate.")],
    customers: Annotated[int | None, typer.Option("--customers", help="Customers of a new home on its first day.", show_default=False)] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of a new home. Default: 7.", show_default=False)] = None,
    dirt: Annotated[DirtLevel, typer.Option("--dirt", help="How dirty the dumps and the feedback are.")] = DirtLevel.none,
    world: Annotated[
        Path | None, typer.Option("--world", help="The simulated people and channels. Default: conf/worlds/province.yaml.", show_default=False)
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write the dumps of the simulated operator day by day. A day continues from the day before; the first day of a home carries six months of history."""
    from jobs.simulator.simulate import Request
    from jobs.simulator.simulate import simulate as run

    folder = conf_folder()
    request = Request(
        home=home_folder(home),
        conf=folder,
        schemas=SCHEMAS / "sources",
        world=world or (folder if (folder / "worlds" / "province.yaml").exists() else ROOT / "conf") / "worlds" / "province.yaml",
        first=parse_date(first, "--from"),
        last=parse_date(last, "--to"),
        customers=customers,
        seed=seed,
        dirt=dirt.value,
    )
    days = run(request, Progress().say)
    emit({"days": days}, as_json, f"simulated {first} to {last} in {request.home}")
