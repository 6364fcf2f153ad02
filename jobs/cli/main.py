"""cpc: the commands. Each is a module of this folder with a Typer `app`, imported when it is used."""

import contextlib
import importlib
import sys
import traceback

import click
import typer

from jobs.errors import Refusal, UserError

COMMANDS = {
    "demo": "the whole loop on a simulated operator: nights, lists, feedback, evaluation",
    "simulate": "write the dumps of the simulated operator and the feedback of its channels",
    "run": "run a night, a stage, a table, the feedback or the evaluation",
    "flow": "print the map of stages and tables",
    "campaign": "list, show, validate, approve and reject campaigns",
    "check": "check the published bytes of a contact date against the contact rules",
    "pull": "what a channel system runs to fetch its list",
    "revoke": "revoke issued rows whose customer must no longer be contacted",
    "report": "write a report page and print its path",
    "dictionary": "regenerate the data dictionary",
    "backfill": "rebuild view, matches or evaluation of past dates",
    "airflow": "start Airflow with the DAGs on this machine",
    "doctor": "say what is missing on this machine and how to cure it",
}


class LazyGroup(click.Group):
    """Imports a command's module when it is called, so that one command does not pay for the libraries of all."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = typer.main.get_command(importlib.import_module(f"jobs.cli.{name}").app)
        command.name = name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple:
        if args and args[0] not in COMMANDS:
            from jobs.errors import did_you_mean

            raise UserError(f"cpc: unknown command '{args[0]}'{did_you_mean(args[0], set(COMMANDS))}; `cpc --help` lists them")
        return super().resolve_command(ctx, args)


group = LazyGroup(
    name="cpc", help="Closed-loop marketing for telecom operators. Exit codes: 0 done, 1 the answer is no, 2 wrong use or input, 3 unexpected failure."
)


def run_command(arguments: list[str], standard_output_to_error: bool = False) -> int:
    """Run `cpc ARGUMENTS` and return its exit code; one line on standard error for everything a person can cure."""
    output = contextlib.redirect_stdout(sys.stderr) if standard_output_to_error else contextlib.nullcontext()
    try:
        with output:
            group.main(args=arguments, prog_name="cpc", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        print(f"cpc: {error.format_message()}", file=sys.stderr)
        return 2
    except UserError as error:
        print(_one_line(error), file=sys.stderr)
        return 2
    except Refusal as error:
        print(_one_line(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("cpc: interrupted", file=sys.stderr)
        return 3
    except Exception:
        traceback.print_exc()
        return 3
    return 0


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def main() -> None:
    sys.exit(run_command(sys.argv[1:]))


if __name__ == "__main__":
    main()
