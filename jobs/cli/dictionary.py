"""cpc dictionary: the data dictionary, written anew from the catalogue; and who is affected by a change of a field's meaning."""

from pathlib import Path
from typing import Annotated, Any

import typer

from jobs.cli.options import Home, Json, context, emit

app = typer.Typer(add_completion=False)

SECTIONS = {
    "campaign": "campaigns",
    "template": "templates",
    "model": "models",
    "rule": "rules",
    "script": "scripts",
    "check": "checks",
    "code": "code",
}


@app.command(epilog="Example: cpc dictionary --impact vip_level")
def dictionary(
    home: Home = None,
    as_json: Json = False,
    date: Annotated[
        str | None, typer.Option("--date", help="Business date whose values the page shows. Default: the newest night of the home.", show_default=False)
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; end with exit code 1 when DICTIONARY.md is not what the catalogue says.")] = False,
    impact: Annotated[
        str | None,
        typer.Option("--impact", metavar="FIELD", help="Write nothing; say who is affected when the meaning of the field changes.", show_default=False),
    ] = None,
) -> None:
    """Write schemas/customer_view/DICTIONARY.md from schemas/customer_view/*.yaml, and for a home with a night the page
    reports/dictionary/<date>/index.html: searchable, with nulls, distribution, origin and users of every field."""
    if impact is not None:
        tell_impact(impact, home, as_json)
        return
    from jobs.catalogue import dictionary as markdown
    from jobs.catalogue.view import fields
    from jobs.errors import Refusal
    from jobs.strict import shown

    text = markdown.dictionary()
    changed = not markdown.DICTIONARY.exists() or markdown.DICTIONARY.read_text(encoding="utf-8") != text
    path = shown(markdown.DICTIONARY)
    if check:
        if changed:
            raise Refusal(f"{path}: not what the catalogue says; run `cpc dictionary`")
        emit({"path": path, "fields": len(fields()), "changed": False}, as_json, f"{path}: {len(fields())} fields, as the catalogue says")
        return
    page = write_page(home, date)
    if changed:
        markdown.DICTIONARY.write_text(text, encoding="utf-8")
    said = f"{path}: {len(fields())} fields, {'written' if changed else 'unchanged'}"
    where = str(page) if page else "no page: the home has no night yet"
    emit({"path": path, "page": page and str(page), "fields": len(fields()), "changed": changed}, as_json, f"{said}\n{where}")


def write_page(home: Path | None, date: str | None) -> Path | None:
    """The page of the date, or of the newest night; None for a home without a night when no date is asked for."""
    from jobs.cli.options import home_folder
    from jobs.lake import Lake
    from jobs.reports.dictionary import write_dictionary_page

    nights = [] if date else Lake(home_folder(home)).dates("customer_view")
    day = date or (str(nights[-1]) if nights else None)
    return write_dictionary_page(context(home, day)) if day else None


def tell_impact(field: str, home: Path | None, as_json: bool) -> None:
    from jobs.catalogue.impact import impact_of
    from jobs.conf import Conf
    from jobs.paths import conf_folder

    impact = impact_of(field, Conf(conf_folder()))
    result: dict[str, Any] = {"field": field, "fields": [{"name": name, "through": through} for name, through in impact.downstream.items()]}
    for kind, section in SECTIONS.items():
        result[section] = [{"name": use.name, "part": use.part, "through": through, "file": use.file} for use, through in impact.of_kind(kind)]
    lines = [f"{field}: a change of its meaning affects"]
    for section, entries in list(result.items())[1:]:
        lines += [f"  {section}: {len(entries)}", *[f"    {_line(entry, field)}" for entry in entries]]
    emit(result, as_json, "\n".join(lines))


def _line(entry: dict[str, str], field: str) -> str:
    part = f" ({entry['part']})" if entry.get("part") else ""
    return entry["name"] + part + (f", through {entry['through']}" if entry["through"] != field else "")
