"""The dictionary page of the customer view: every field with its meaning, what stood in it on a night, where it comes from and who uses it."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.catalogue.dictionary import origin_of
from jobs.catalogue.uses import Use, uses
from jobs.catalogue.view import Category, ViewField, categories
from jobs.errors import UserError
from jobs.reports.field_figures import FieldFigures, field_figures
from jobs.reports.page import write_page

if TYPE_CHECKING:
    from jobs.context import RunContext

KINDS = {
    "field": "fields made of it",
    "check": "checks against it",
    "campaign": "campaigns",
    "template": "templates",
    "model": "models",
    "rule": "contact rules",
    "script": "scripts",
    "code": "code",
}


@dataclass(frozen=True)
class Entry:
    """A field as the page shows it. `search` is what the search box looks in."""

    field: ViewField
    owner: str
    figures: FieldFigures | None
    quantiles: tuple[str, str, str] | None
    origin: list[tuple[str, str]]
    used_by: dict[str, list[Use]]
    search: str


def write_dictionary_page(run: "RunContext") -> Path:
    """Raises UserError when the customer view has no rows of the date."""
    figures = field_figures(run)
    if not figures:
        raise UserError(f"dictionary: the customer view has no rows of {run.business_date}; run `cpc run night --date {run.business_date}` first")
    used = uses(run.conf)
    chapters = [
        (category, [entry_of(category, field, figures.get(field.name), used[field.name]) for field in category.fields]) for category in categories().values()
    ]
    entries = [entry for _, of_category in chapters for entry in of_category]
    return write_page(
        run,
        "dictionary",
        "dictionary.html",
        chapters=chapters,
        kinds=KINDS,
        rows=run.lake.scan("customer_view", day=run.business_date, columns=["customer_id"]).num_rows,
        fields=len(entries),
        used=sum(bool(entry.used_by) for entry in entries),
        checks=sum(len(entry.field.checks) for entry in entries),
    )


def entry_of(category: Category, field: ViewField, figures: FieldFigures | None, used: list[Use]) -> Entry:
    by_kind = {kind: [use for use in used if use.kind == kind] for kind in KINDS}
    told = [field.name, field.label.en, field.label.zh, field.doc, category.category, category.label.zh, field.unit, *[use.name for use in used]]
    return Entry(
        field,
        field.owner or category.owner,
        figures,
        tuple(shown_value(value, field) for value in figures.quantiles) if figures and figures.quantiles else None,  # type: ignore[arg-type]
        list(origin_of(field.name).items()),
        {kind: of_kind for kind, of_kind in by_kind.items() if of_kind},
        " ".join([*told, *origin_of(field.name)]).lower(),
    )


def shown_value(value: float, field: ViewField) -> str:
    """A quantile as a person reads it, at most three digits, so that it is nobody's own value: money in yuan, bytes and seconds in their larger units."""
    if field.type == "date":
        return (date(1970, 1, 1) + timedelta(days=int(value))).strftime("%Y-%m")
    if field.unit == "fen":
        return f"¥{_short(value / 100)}"
    if field.unit == "byte":
        return next((f"{_short(value / size)} {unit}" for unit, size in (("GB", 2**30), ("MB", 2**20)) if value >= size), f"{_short(value / 2**10)} KB")
    if field.unit == "second":
        return f"{_short(value / 60)} min"
    return _short(value) + ("%" if field.unit == "percent" else "")


def _short(value: float) -> str:
    return f"{float(f'{value:.3g}'):,.10g}".replace("-", "−")
