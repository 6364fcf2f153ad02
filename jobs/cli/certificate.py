"""cpc certificate: how far the night's plan is from the best possible one, and what one more of everything scarce would be worth."""

import typer

from jobs.cli.options import Date, Home, Json, emit, existing_home
from jobs.context import parse_date
from jobs.errors import Refusal, UserError

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cpc certificate --date 2026-11-05")
def certificate(date: Date, home: Home = None, as_json: Json = False) -> None:
    """Print the allocation certificate of a night: value, bound, gap, shadow prices in words, and what greedy ways reach."""
    from jobs.contact.certificate import certificate_path, in_words
    from jobs.lists.layout import read_json

    path = certificate_path(existing_home(home), parse_date(date, "--date"))
    if not path.exists():
        raise UserError(f"--date: no certificate of {date} in {path.parents[1]}; `cpc run night --date {date}` makes one")
    found = read_json(path)
    try:
        words = in_words(found)
    except (KeyError, TypeError) as error:
        raise Refusal(f"{path}: is no whole certificate ({error}); `cpc run publish --date {date}` writes it again") from None
    emit(found, as_json, "\n".join(words))
