"""Thirty nights on heavily soiled dumps, with feedback that comes late, nights run again and past matches rebuilt; then every list is checked again.

    cpc bench nights --customers 4000       # resumable: commands that ended well are not run again

The commands are those that a person would type. A list with a violation, a night whose reasons do not add up, or a rerun that changed a byte of what the
channels got ends the measurement; what is counted at last comes from the lists and `decision` as they stand after all nights.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from jobs.cli.demo import FIRST_NIGHT
from jobs.cli.main import run_command
from jobs.conf import Conf
from jobs.context import RunContext
from jobs.errors import Refusal, UserError
from jobs.lists.query import connect
from jobs.paths import ROOT

NIGHTS, SEED = 30, 1
# By the number of the night, the first is 0. Feedback of the silent days comes with that of the day after them.
SILENT_DAYS = (8, 9)
RUN_AGAIN = {11: 11, 19: 17}  # after this night: that one once more
REBUILT = {24: (20, 22)}


def run(customers: int, folder: Path) -> dict[str, Any]:
    home = folder / f"customers={customers}"
    carry_out(home, list(commands(customers)))
    nights = [FIRST_NIGHT + timedelta(days=position) for position in range(NIGHTS)]
    for night in nights:
        for command in (["check", "--contact-date", str(night + timedelta(days=1))], ["report", "funnel", "--date", str(night)]):
            carry_out_one(home, command)
    reasons = reasons_of(home, nights[-1])
    candidates = sum(row["candidates"] for row in reasons)
    return {
        "reasons": reasons,
        "nights": NIGHTS,
        "checked twice without a violation": len(nights),
        "contacts of the lists": contacts(home),
        "candidates, one reason each": candidates,
        "runs again that changed no byte": len(RUN_AGAIN),
        "backfills that changed no byte": len(REBUILT),
        "ok": True,
        "ratio": round(contacts(home) / candidates, 4),
    }


def commands(customers: int) -> Iterator[list[str]]:
    yield ["campaign", "approve", "--all", "--by", "bench", "--date", str(FIRST_NIGHT)]
    for position in range(NIGHTS + 1):
        day = str(FIRST_NIGHT + timedelta(days=position))
        yield ["simulate", "--from", day, "--to", day, "--customers", str(customers), "--seed", str(SEED), "--dirt", "heavy"]
        if position:
            yield ["check", "--contact-date", day]
        if position and position not in SILENT_DAYS:
            yield ["run", "feedback", "--date", day]
        if position < NIGHTS:
            yield ["run", "night", "--date", day]
        if position in RUN_AGAIN:
            yield ["run", "night", "--date", str(FIRST_NIGHT + timedelta(days=RUN_AGAIN[position]))]
        if position in REBUILT:
            first, last = (str(FIRST_NIGHT + timedelta(days=one)) for one in REBUILT[position])
            yield ["backfill", "--from", first, "--to", last, "--table", "match", "--reason", "drill of the bench", "--apply"]


def carry_out(home: Path, wanted: list[list[str]]) -> None:
    """Those that are done are not done again. What the channels got before a night must be there, to the byte, after it."""
    path = home / "commands_done"
    done = int(path.read_text(encoding="utf-8")) if path.exists() else 0
    for position, command in enumerate(wanted):
        if position >= done:
            before = seals(home)
            carry_out_one(home, command)
            after = seals(home)
            if changed := sorted(name for name, seal in before.items() if after.get(name) != seal):
                raise Refusal(f"cpc {' '.join(command)} changed {changed[0]}, which a channel may have taken already")
            path.write_text(str(position + 1), encoding="utf-8")


def carry_out_one(home: Path, command: list[str]) -> None:
    if run_command([*command, "--home", str(home)], standard_output_to_error=True):
        raise UserError(f"cpc {' '.join(command)} did not end well")


def seals(home: Path) -> dict[str, str]:
    """SHA-256 of every file that channels may read, by its path."""
    lists = home / "lists"
    return {str(path.relative_to(lists)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(lists.rglob("*")) if path.is_file()}


def contacts(home: Path) -> int:
    """Rows of the lists themselves, of every channel and contact date, without what a later revision repeats."""
    query = "select count(distinct contact_id) from read_parquet(?)"
    return int(duckdb.execute(query, [str(home / "lists" / "**" / "*.parquet")]).fetchall()[0][0])


def reasons_of(home: Path, night: date) -> list[dict[str, Any]]:
    with connect(RunContext(home, night, Conf(ROOT / "conf")), "decision") as connection:
        counted = Counter(dict(connection.execute("select reason, count(*) from decision group by reason").fetchall()))
    return [{"reason": reason, "candidates": count} for reason, count in counted.most_common()]
