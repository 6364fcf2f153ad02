"""cpc flow: the whole map, read from jobs/flow.py, the signatures of its functions and the schemas of the sources."""

import inspect
from typing import Annotated

import typer

from jobs.catalogue.schema import sources
from jobs.cli.options import Home, Json, emit
from jobs.flow import COMMANDS, FOLDERS_READ, RUNS, STEPS, Exchange, Stage, table_function

app = typer.Typer(add_completion=False)

NOTHING = Exchange((), ())


@app.command(epilog="Example: cpc flow --mermaid > flow.mmd")
def flow(mermaid: Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid diagram.")] = False, home: Home = None, as_json: Json = False) -> None:
    """Print every stage, table and command with its inputs and outputs. The map is the same in every home."""
    stages = [{"run": run, "stage": stage.name, "does": stage.does, **exchanged(stage)} for run, all_stages in RUNS.items() for stage in all_stages]
    commands = [
        {"command": name, "does": one.does, "inputs": sorted(_spelt(one.reads)), "outputs": sorted(_spelt(one.writes))} for name, one in COMMANDS.items()
    ]
    emit({"stages": stages, "commands": commands}, as_json, _mermaid(stages, commands) if mermaid else _text(stages, commands))


def exchanged(stage: Stage) -> dict:
    """`tables`: each table or folder that the stage writes, with what it is made from. `inputs`: what the stage reads and does not make itself."""
    tables = [{"table": path.split(".")[-1], "reads": _parameters(path)} for path in stage.tables]
    steps = STEPS.get(stage.name, NOTHING)
    for name in steps.writes:
        reads = [source for source in steps.reads if "<source>" in source] if "<source>" in name else list(steps.reads)
        tables += [{"table": one, "reads": _spelt(reads, *([one] if "<source>" in name else []))} for one in _spelt([name])]
    outputs = [one["table"] for one in tables]
    read = {name for one in tables for name in one["reads"]} | set(_spelt(steps.reads))
    return {"tables": tables, "inputs": sorted(read - set(outputs)), "outputs": outputs}


def _parameters(path: str) -> list[str]:
    names = [name for name in inspect.signature(table_function(path)).parameters if name != "run"]
    return [*names, *FOLDERS_READ.get(path.split(".")[-1], ())]


def _spelt(names: tuple[str, ...] | list[str], *only: str) -> list[str]:
    """Names with every source in the place of <source>."""
    return [name.replace("<source>", source) for name in names for source in (only or sources() if "<source>" in name else ("",))]


def _text(stages: list[dict], commands: list[dict]) -> str:
    lines = []
    for stage in stages:
        lines.append(f"{stage['run']}: {stage['stage']}: {stage['does']}")
        lines += [f"    {one['table']:<26} <- {_listed(one['reads'])}" for one in stage["tables"]]
        lines.append(f"    in:  {_listed(stage['inputs'])}")
        lines.append(f"    out: {_listed(stage['outputs'])}")
    lines += ["", "by hand:"]
    for one in commands:
        lines += [f"cpc {one['command']}: {one['does']}", f"    in:  {_listed(one['inputs'])}", f"    out: {_listed(one['outputs'])}"]
    return "\n".join(lines)


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "-"


def _mermaid(stages: list[dict], commands: list[dict]) -> str:
    """A box per stage around what it writes; an arrow from every input. A table that a command writes as well has an arrow from the command."""
    lines = ["flowchart LR"]
    for stage in stages:
        lines += [f"  subgraph {stage['stage']}_stage [{stage['stage']}]", *(f"    {_node(one['table'])}" for one in stage["tables"]), "  end"]
    arrows = [f"  {_node(_plain(name))} --> {_node(one['table'])}" for stage in stages for one in stage["tables"] for name in one["reads"]]
    for one in commands:
        box = f'command_{_identifier(one["command"])}(["cpc {one["command"]}"])'
        arrows += [f"  {_node(name)} --> {box}" for name in one["inputs"]] + [f"  {box} --> {_node(name)}" for name in one["outputs"]]
    return "\n".join([*lines, *dict.fromkeys(arrows)])


def _plain(name: str) -> str:
    return name.removeprefix("previous_").removeprefix("past_")


def _node(name: str) -> str:
    return f'{_identifier(name)}[("{name}")]' if name.endswith("/") else _identifier(name)


def _identifier(name: str) -> str:
    return name.strip("/").replace("/", "_").replace(" ", "_")
