"""cpc: the commands. Each is a module of this folder with a Typer `app`, imported when it is used."""

import contextlib
import importlib
import json
import sys
import traceback
from typing import Any

import typer

from jobs.errors import Refusal, UserError, did_you_mean

COMMANDS = {
    "demo": "the whole loop on a simulated operator: nights, lists, feedback, evaluation",
    "simulate": "write the dumps of the simulated operator and the feedback of its channels",
    "run": "run a night, a stage, a table, the feedback or the evaluation",
    "flow": "print the map of stages and tables",
    "campaign": "list, show, validate, approve and reject campaigns",
    "preview": "rehearse a campaign or a filter: who matches, and who remains after each rule",
    "explain": "say why a customer got what on a night, and what would have had to differ",
    "check": "check the published bytes of a contact date against the contact rules",
    "certificate": "how far the night's plan is from the best possible one, and shadow prices",
    "pull": "what a channel system runs to fetch its list",
    "revoke": "revoke issued rows whose customer must no longer be contacted",
    "report": "write a report page and print its path",
    "dictionary": "regenerate the data dictionary",
    "backfill": "rebuild view, matches or evaluation of past dates",
    "airflow": "start Airflow with the DAGs on this machine",
    "bench": "measure against a reference engine in the same run",
    "doctor": "say what is missing on this machine and how to cure it",
}


# Typer's usage errors (a missing option, a bad value) share this ancestor, which has no public name.
UsageProblem: Any = typer.BadParameter.__mro__[2]

ABOUT = """Usage: cpc COMMAND [OPTIONS]     cpc COMMAND --help shows a command with an example

Closed-loop marketing for telecom operators. Every command takes --home and --json.
Exit codes: 0 done, 1 the answer is no, 2 wrong use or input, 3 unexpected failure.
"""


def run_command(arguments: list[str], standard_output_to_error: bool = False) -> int:
    """Run `cpc ARGUMENTS` and return its exit code; one line on standard error for everything a person can cure, with --json on standard output too."""
    output = contextlib.redirect_stdout(sys.stderr) if standard_output_to_error else contextlib.nullcontext()
    with output:
        try:
            return _dispatch(arguments)
        except UsageProblem as error:
            return _failed(arguments, f"cpc {arguments[0]}: {error.format_message()}", 2)
        except UserError as error:
            return _failed(arguments, str(error), 2, error.result)
        except Refusal as error:
            return _failed(arguments, str(error), 1, error.result)
        except KeyboardInterrupt:
            return _failed(arguments, "cpc: interrupted", 3)
        except Exception as error:
            traceback.print_exc()
            return _failed(arguments, f"unexpected failure: {type(error).__name__}: {error}", 3)


def _failed(arguments: list[str], message: str, code: int, result: dict[str, Any] | None = None) -> int:
    line = " ".join(message.split())
    print(line, file=sys.stderr)
    if "--json" in arguments:
        print(json.dumps({"ok": False, "error": line, **(result or {})}, ensure_ascii=False, default=str), flush=True)
    return code


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        print(ABOUT + "\n" + "\n".join(f"  {name:<12}{does}" for name, does in COMMANDS.items()))
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        raise UserError(f"cpc: unknown command '{name}'{did_you_mean(name, set(COMMANDS))}; `cpc --help` lists them")
    app = importlib.import_module(f"jobs.cli.{name}").app
    # Typer returns the code of an early exit (--help, typer.Exit) and None at a normal end.
    return app(args=arguments[1:], prog_name=f"cpc {name}", standalone_mode=False) or 0


def main() -> None:
    sys.exit(run_command(sys.argv[1:]))


if __name__ == "__main__":
    main()
