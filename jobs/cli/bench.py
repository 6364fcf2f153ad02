"""cpc bench: what a module of bench/ measures, with its reference engine in the same run. WHAT is the module, its `run` the measurement."""

import importlib
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from jobs.cli.options import Home, Json, emit, home_folder
from jobs.errors import Refusal, UserError, did_you_mean
from jobs.paths import ROOT

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cpc bench view --customers 100000 --home data")
def bench(
    what: Annotated[str, typer.Argument(help="What to measure: a module of bench/, such as view.")],
    customers: Annotated[int, typer.Option("--customers", min=1, help="Customers of the measured home.")] = 100_000,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Measure, print a table, and the ratio to the reference engine on the last line. Exit 1 when the engines do not agree."""
    measured = _measured()
    if what not in measured:
        raise UserError(f"bench: nothing measures '{what}'{did_you_mean(what, measured)}; there are {', '.join(sorted(measured))}")
    folder = home_folder(home) / "bench" / what
    folder.mkdir(parents=True, exist_ok=True)
    result = importlib.import_module(f"bench.{what}").run(customers, folder)
    if not as_json:
        show(result)
    if not result["ok"]:
        raise Refusal(f"bench {what}: the engines do not agree", **result)
    emit(result, as_json)


def _measured() -> set[str]:
    """Modules of bench/ with a function `run(customers, folder)`, found without importing them."""
    return {path.stem for path in (ROOT / "bench").glob("*.py") if "\ndef run(customers: int, folder: Path)" in path.read_text(encoding="utf-8")}


def show(result: dict[str, Any]) -> None:
    """Lists of rows as tables, then one line a figure or thing said, the ratio last."""
    console = Console()
    tables = {name: value for name, value in result.items() if isinstance(value, list) and value and isinstance(value[0], dict)}
    for rows in tables.values():
        table = Table(*rows[0])
        for row in rows:
            table.add_row(*map(str, row.values()))
        console.print(table)
    for name, value in result.items():
        if name not in tables and name not in ("ok", "ratio"):
            print(f"{name}: {'; '.join(value) if isinstance(value, list) else value}")
    print(f"ratio: {result['ratio']}")
