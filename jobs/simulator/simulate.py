"""Runs the world from day to day: state of yesterday, lists of today, dumps and reports of today, state of today."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

import numpy as np

from jobs.errors import UserError
from jobs.simulator import channels
from jobs.simulator import state as states
from jobs.simulator.calendar import date_of, number_of
from jobs.simulator.columns import Table
from jobs.simulator.day import Dumped, Place, customer_truth, joiners_of, live, with_joiners
from jobs.simulator.dirt import Soil, soiled_dump, soiled_reports
from jobs.simulator.draws import Draws
from jobs.simulator.market import Layout, check_cities, load_layouts, load_market
from jobs.simulator.past import past_of
from jobs.simulator.population import People, people
from jobs.simulator.world import load_world
from jobs.simulator.writer import emptied, remove_dump, write_dump, write_truth

DEFAULT_SEED = 7
Say = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What `cpc simulate` was asked for; `customers` and `seed` may be left out once a home has its world."""

    home: Path
    conf: Path
    schemas: Path
    world: Path
    first: date
    last: date
    customers: int | None = None
    seed: int | None = None
    dirt: str = "none"


def simulate(request: Request, say: Say) -> list[dict]:
    """Simulates each day from `first` to `last`; returns what each wrote."""
    if request.last < request.first:
        raise UserError(f"--to: {request.last} is before --from {request.first}")
    world = load_world(request.world)
    market = load_market(request.conf, world)
    layouts = load_layouts(request.schemas)
    check_cities(world, layouts, request.world)
    facts = _facts_of_home(request, {"products": list(market.products), "plans": list(market.plans), "channels": list(market.channels)})
    place = Place(Draws(facts["seed"]), world, market, number_of(date.fromisoformat(facts["first_date"])))
    soil = Soil(request.dirt, place.draws, world, place.first_day)
    days = range(number_of(request.first), number_of(request.last) + 1)
    for day in days:
        _refuse_other_dirt(request, day)
    _refuse_gap(request.home, place, days[0])
    _keep(request.home, facts)
    done = []
    for day in days:
        _dirt_of(request.home, day).parent.mkdir(parents=True, exist_ok=True)
        _dirt_of(request.home, day).write_text(request.dirt, encoding="utf-8")
        done.append(_one_day(request.home, place, layouts, soil, facts["customers"], day))
        say(
            f"{date_of(day)}: {done[-1]['rows']:,} rows of {done[-1]['sources']} sources, {done[-1]['feedback_rows']:,} feedback rows, {done[-1]['worked']:,} contacts worked"
        )
    return done


def _facts_of_home(request: Request, names: dict[str, list[str]]) -> dict:
    """What the first call settles for this home, or settled. Another world, seed or number of customers would contradict what was written."""
    path = _world_of(request.home)
    digest = sha256(request.world.read_bytes()).hexdigest()
    if not path.exists():
        if request.customers is None or request.customers < 10:
            raise UserError("--customers: a new home needs the number of customers, at least 10")
        seed = DEFAULT_SEED if request.seed is None else request.seed
        return {"first_date": str(request.first), "customers": request.customers, "seed": seed, "world": request.world.name, "world_sha256": digest, **names}
    facts = json.loads(path.read_text(encoding="utf-8"))
    if request.customers not in (None, facts["customers"]):
        raise UserError(f"--customers: this home has {facts['customers']} customers, not {request.customers}; leave it out or use another --home")
    if request.seed not in (None, facts["seed"]):
        raise UserError(f"--seed: this home was made with seed {facts['seed']}, not {request.seed}; leave it out or use another --home")
    if digest != facts["world_sha256"]:
        raise UserError(f"--world: {request.world} differs from the world that this home was made with; use another --home")
    for what, codes in names.items():
        if codes != facts[what]:
            raise UserError(f"conf/{what}.yaml: {what} differ from those that this home was made with; use another --home")
    return facts


def _world_of(home: Path) -> Path:
    return home / "truth" / "world.json"


def _keep(home: Path, facts: dict) -> None:
    """Written only once nothing of the request is refused: what a refused call leaves would refuse the right one."""
    path = _world_of(home)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _refuse_gap(home: Path, place: Place, day: int) -> None:
    """A day continues from the state of the day before; only a home's first day begins without one."""
    if day != place.first_day and not (_state_folder(home, day - 1) / "state.npz").exists():
        raise UserError(f"--from: {date_of(day)} follows from {date_of(day - 1)}, which is not simulated yet; this home began on {date_of(place.first_day)}")


def _refuse_other_dirt(request: Request, day: int) -> None:
    """A day that was simulated already may be simulated again, to the same bytes; with other dirt its dumps would change under what was made of them."""
    path = _dirt_of(request.home, day)
    before = path.read_text(encoding="utf-8") if path.exists() else request.dirt
    if before != request.dirt:
        raise UserError(f"--dirt: {date_of(day)} was simulated with --dirt {before}, not {request.dirt}; say the same or use another --home")


def _dirt_of(home: Path, day: int) -> Path:
    return home / "truth" / "dirt" / f"date={date_of(day)}"


def _one_day(home: Path, place: Place, layouts: dict[str, Layout], soil: Soil, customers: int, day: int) -> dict:
    draws, world, market = place.draws, place.world, place.market
    history: dict[str, Table] = {}
    history_from = None
    if day == place.first_day:
        everyone = people(draws, world, market, customers, place.first_day)
        past = past_of(draws, world, market, everyone, place.first_day)
        state, history, history_from = past.state, past.tables, str(date_of(past.first))
    else:
        state = states.load(_state_folder(home, day - 1))
        everyone = people(draws, world, market, len(state) + joiners_of(place, state, day), place.first_day)
        state = with_joiners(place, everyone, state, day)
    lists = channels.read_lists(home, market, everyone, day)
    dumped = live(place, everyone, state, day, lists)
    rows = _write_dumps(home, place, layouts, soil, day, dumped, history, history_from)
    feedback_rows = _write_reports(home, place, soil, everyone, day, dumped)
    key = f"date={date_of(day)}"
    for what, table in dumped.truth.items():
        write_truth(home, what, key, table)
    # The first day tells of everybody, a later one of those who joined.
    told = np.flatnonzero((state.joined == day) | (day == place.first_day))
    write_truth(home, "customer", key, customer_truth(everyone, world, told))
    if states.save(state, _state_folder(home, day)):
        _forget_later_states(home, day)
    return {
        "date": str(date_of(day)),
        "rows": sum(rows.values()),
        "sources": len(rows),
        "feedback_rows": feedback_rows,
        "worked": len(lists),
        "by_source": rows,
    }


def _state_folder(home: Path, day: int) -> Path:
    return home / "truth" / "state" / f"date={date_of(day)}"


def _forget_later_states(home: Path, day: int) -> None:
    """Days that followed from another state of this day must be simulated again."""
    for folder in (home / "truth" / "state").glob("date=*"):
        if folder.name > f"date={date_of(day)}":
            rmtree(folder)


def _write_dumps(
    home: Path, place: Place, layouts: dict[str, Layout], soil: Soil, day: int, dumped: Dumped, history: dict[str, Table], history_from: str | None
) -> dict[str, int]:
    written = {}
    for source, layout in layouts.items():
        parts = {"part-0000": dumped.tables.get(source), "history-0000": history.get(source)}
        files = [file for stem, table in parts.items() if table is not None for file in soiled_dump(soil, layout, stem, table, day, home)]
        if not files:
            remove_dump(home, source, str(date_of(day)))
            continue
        written[source] = write_dump(home, source, str(date_of(day)), files, history_from if source in history else None)
    return written


def _write_reports(home: Path, place: Place, soil: Soil, everyone: People, day: int, dumped: Dumped) -> int:
    """The feedback files received today, one a channel that has something to say."""
    total = 0
    for position, code in enumerate(place.market.channels):
        folder = home / "landing" / "feedback" / f"channel={code}" / f"received_date={date_of(day)}"
        mine = dumped.reports["channel"] == position
        rows, others = (channels.report_rows(everyone, states.picked(dumped.reports, np.flatnonzero(which))) for which in (mine, ~mine))
        content, count = soiled_reports(soil, rows, others, position, day)
        if folder.exists():
            emptied(folder)
        if count:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "feedback-0000.csv").write_bytes(content)
            total += count
    return total
