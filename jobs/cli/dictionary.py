"""cpc dictionary: the data dictionary, written anew from the catalogue."""

from typing import Annotated

import typer

from jobs.cli.options import Home, Json, emit

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: cpc dictionary")
def dictionary(
    home: Home = None,
    as_json: Json = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; end with exit code 1 when the page is not what the catalogue says.")] = False,
) -> None:
    """Write schemas/customer_view/DICTIONARY.md from schemas/customer_view/*.yaml."""
    from jobs.catalogue import dictionary as pages
    from jobs.catalogue.view import fields
    from jobs.errors import Refusal
    from jobs.strict import shown

    text = pages.dictionary()
    changed = not pages.DICTIONARY.exists() or pages.DICTIONARY.read_text(encoding="utf-8") != text
    if check and changed:
        raise Refusal(f"{shown(pages.DICTIONARY)}: not what the catalogue says; run `cpc dictionary`")
    if changed:
        pages.DICTIONARY.write_text(text, encoding="utf-8")
    path = shown(pages.DICTIONARY)
    emit({"path": path, "fields": len(fields()), "changed": changed}, as_json, f"{path}: {len(fields())} fields, {'written' if changed else 'unchanged'}")
