"""Writes a page: one HTML file that opens offline, with styles, charts and scripts inside. Everything that is filled in is escaped."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from jobs.reports.formats import FILTERS

if TYPE_CHECKING:
    from jobs.context import RunContext

TEMPLATES = Path(__file__).parent / "templates"


def write_page(run: "RunContext", kind: str, template: str, **content: Any) -> Path:
    """Render reports/<kind>/<date>/index.html; it replaces an older one in one step, so that a reader never sees half a page."""
    folder = run.home / "reports" / kind / run.business_date.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    page = environment().get_template(template).render(business_date=run.business_date, **content)
    unfinished = folder / "index.html.unfinished"
    unfinished.write_text(page, encoding="utf-8")
    return unfinished.replace(folder / "index.html")


@cache
def environment() -> Environment:
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= FILTERS
    made.globals["style"] = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))
    return made
