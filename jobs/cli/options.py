"""Options that every command shares, and how results are printed."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from jobs.conf import Conf
from jobs.context import RunContext, parse_date
from jobs.errors import UserError, did_you_mean
from jobs.paths import conf_folder

Home = Annotated[Path | None, typer.Option("--home", help="Folder of all data. Default: CPC_HOME, else ./data.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Date = Annotated[str, typer.Option("--date", help="Business date, YYYY-MM-DD.")]
ContactDate = Annotated[str, typer.Option("--contact-date", help="Day the channels work the list, YYYY-MM-DD.")]


def home_folder(home: Path | None) -> Path:
    folder = (home or Path(os.environ.get("CPC_HOME", "data"))).expanduser().resolve()
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{'--home' if home else 'CPC_HOME'}: {folder} is no folder")
    return folder


def existing_home(home: Path | None) -> Path:
    """The home of a command that reads what is there. Raises UserError when --home does not exist: nothing is made of a misspelling.

    CPC_HOME and ./data may be missing: then there is simply nothing yet.
    """
    folder = home_folder(home)
    if home is not None and not folder.is_dir():
        near = did_you_mean(folder.name, {one.name for one in folder.parent.iterdir() if one.is_dir()}) if folder.parent.is_dir() else ""
        raise UserError(f"--home: {folder} does not exist{near}; `cpc simulate` and `cpc campaign approve` make a home")
    return folder


def context(home: Path | None, date: str, option: str = "--date", **options: Any) -> RunContext:
    """The run of this command, without a Spark session; jobs/runner.py starts one where a stage needs it."""
    return RunContext(home_folder(home), parse_date(date, option), Conf(conf_folder()), options=options)


def reading_context(home: Path | None, date: str, option: str = "--date", **options: Any) -> RunContext:
    """The same on a home that must be there."""
    return context(existing_home(home), date, option, **options)


def emit(result: dict[str, Any], as_json: bool, text: str = "") -> None:
    """Print the result of a command: one JSON object with `ok`, or the text for people."""
    if as_json:
        print(json.dumps({"ok": True, **result}, ensure_ascii=False, default=str))
    elif text:
        print(text)
    sys.stdout.flush()
