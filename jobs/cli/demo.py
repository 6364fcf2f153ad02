"""cpc demo: the whole loop on a simulated operator, by the very commands that a person would type."""

import time
from datetime import date, timedelta
from typing import Annotated

import typer

from jobs.cli.main import run_command
from jobs.cli.options import Home, Json, emit, home_folder
from jobs.progress import Progress

app = typer.Typer(add_completion=False)

FIRST_NIGHT = date(2026, 11, 5)


@app.command(epilog="Example: cpc demo --customers 2000 --nights 2 --home /tmp/demo")
def demo(
    customers: Annotated[int, typer.Option("--customers", min=50, help="Simulated customers.")] = 20_000,
    nights: Annotated[int, typer.Option("--nights", min=1, help="Nights with lists.")] = 3,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another province.")] = 1,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Simulated operator, nights with lists, feedback, independent check, evaluation; ends by naming the report to open."""
    folder = home_folder(home)
    commands = loop(customers, nights, seed)
    progress = Progress()
    started = time.monotonic()
    for position, command in enumerate(commands, start=1):
        progress.headline(f"[{position}/{len(commands)}] cpc {' '.join(command)}")
        code = run_command([*command, "--home", str(folder)], standard_output_to_error=True)
        if code != 0:
            emit({"ok": False, "error": f"cpc {' '.join(command)} ended with exit code {code}"}, as_json)
            raise typer.Exit(code)
    minutes, seconds = divmod(round(time.monotonic() - started), 60)
    last = FIRST_NIGHT + timedelta(days=nights)
    report = folder / "reports" / "evaluation" / str(last) / "index.html"
    result = {"report": str(report), "commands": [" ".join(command) for command in commands], "seconds": minutes * 60 + seconds}
    emit(result, as_json, f"Done in {minutes} min {seconds:02d} s. The evaluation of {nights} nights, open it in a browser:\n  {report}")


def loop(customers: int, nights: int, seed: int) -> list[list[str]]:
    """The commands of the loop: each day's dumps, then the feedback that came with them, then the night; at last check and evaluation."""
    commands = [["campaign", "approve", "--all", "--by", "demo", "--date", str(FIRST_NIGHT)]]
    for position in range(nights + 1):
        day = str(FIRST_NIGHT + timedelta(days=position))
        commands.append(["simulate", "--from", day, "--to", day, "--customers", str(customers), "--seed", str(seed), "--dirt", "usual"])
        if position > 0:
            commands.append(["check", "--contact-date", day])
            commands.append(["run", "feedback", "--date", day])
        if position < nights:
            commands.append(["run", "night", "--date", day])
    commands.append(["run", "evaluation", "--date", day])
    return commands
