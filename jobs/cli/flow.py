"""cpc flow: the map, read from jobs/flow.py and the signatures of its functions."""

import inspect
from typing import Annotated

import typer

from jobs.cli.options import Json, emit
from jobs.flow import RUNS, Stage, table_function

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cpc flow --mermaid > flow.mmd")
def flow(mermaid: Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid diagram.")] = False, as_json: Json = False) -> None:
    """Print every stage and table with its inputs."""
    stages = [{"run": run, "stage": stage.name, "does": stage.does, "tables": _tables(stage)} for run, stages in RUNS.items() for stage in stages]
    emit({"stages": stages}, as_json, _mermaid(stages) if mermaid else _text(stages))


def _tables(stage: Stage) -> list[dict]:
    return [
        {"table": path.split(".")[-1], "reads": [name for name in inspect.signature(table_function(path)).parameters if name != "run"]} for path in stage.tables
    ]


def _text(stages: list[dict]) -> str:
    lines = []
    for stage in stages:
        lines.append(f"{stage['run']}: {stage['stage']}: {stage['does']}")
        lines += [f"    {table['table']:<26} <- {', '.join(table['reads'])}" for table in stage["tables"]]
    return "\n".join(lines)


def _mermaid(stages: list[dict]) -> str:
    lines = ["flowchart LR"]
    for stage in stages:
        lines.append(f"  subgraph {stage['stage']}")
        lines += [f"    {table['table']}" for table in stage["tables"]] or [f"    {stage['stage']}_files[files]"]
        lines.append("  end")
    for stage in stages:
        for table in stage["tables"]:
            lines += [f"  {name.removeprefix('previous_').removeprefix('past_')} --> {table['table']}" for name in table["reads"]]
    return "\n".join(lines)
