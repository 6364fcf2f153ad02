"""Great Expectations Data Docs of a night: the library's own pages of every suite, made to open without a network.

The library's pages ask the network for styles and scripts; those are taken out, a small style sheet stands in, and a list of the suites
replaces its index, which shows nothing without scripts.
"""

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.catalogue.view import categories
from jobs.quality.measured import library, quiet_context
from jobs.quality.suites import Suite, category_suite, tables_suite
from jobs.reports.page import TEMPLATES, environment

if TYPE_CHECKING:
    from jobs.context import RunContext

FROM_THE_NETWORK = re.compile(r"<script[^>]*\ssrc=[\"']https?://[^>]*>\s*</script>|<link[^>]*\shref=[\"']https?://[^>]*>|<img[^>]*\ssrc=[\"']https?://[^>]*>")
SCRIPTS = re.compile(r"<script\b.*?</script>", re.DOTALL)
LINKS_OUT = re.compile(r"<a\b[^>]*\shref=[\"']https?://[^>]*>.*?</a>", re.DOTALL)


def write_data_docs(run: "RunContext") -> Path | None:
    """Write reports/quality/<date>/data_docs/ and give its index; None when the night has no profile or no results."""
    profile = {row["field"]: row for row in run.lake.scan("field_profile", day=run.business_date).to_pylist()}
    results = run.lake.scan("quality_result", day=run.business_date).to_pylist()
    if not profile or not results:
        return None
    suites = [*(category_suite(category, profile) for category in categories().values()), tables_suite(results, set(profile))]
    folder = run.home / "reports" / "quality" / run.business_date.isoformat()
    workshop, unfinished = folder / ".great_expectations", folder / "data_docs.unfinished"
    for leftover in (workshop, unfinished):
        shutil.rmtree(leftover, ignore_errors=True)
    workshop.mkdir(parents=True)
    try:
        succeeded = _build(workshop, suites)
        site = next(workshop.rglob("local_site"))
        _make_offline(site, run, succeeded)
        shutil.move(site, unfinished)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    shutil.rmtree(folder / "data_docs", ignore_errors=True)
    return unfinished.replace(folder / "data_docs") / "index.html"


def _build(workshop: Path, suites: list[Suite]) -> dict[str, tuple[int, int]]:
    """Run every suite and draw its pages. Expectations that hold, and all of them, by suite."""
    import pandas as pd

    gx, context = library(), quiet_context(workshop)
    source = context.data_sources.add_pandas("witnesses")
    counted = {}
    for suite in suites:
        frame = pd.DataFrame(level(suite.columns), dtype=object)
        kept = context.suites.add(gx.ExpectationSuite(name=suite.name, expectations=suite.expectations))
        batch = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("night")
        definition = context.validation_definitions.add(gx.ValidationDefinition(name=suite.name, data=batch, suite=kept))
        outcome = definition.run(batch_parameters={"dataframe": frame}, result_format="BASIC")
        counted[suite.name] = (sum(bool(result.success) for result in outcome.results), len(outcome.results))
    context.build_data_docs()
    return counted


def level(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Columns of one length, each filled up with its own last value: one more of the same witness changes no verdict."""
    height = max((len(values) for values in columns.values()), default=0)
    return {name: [*values, *(values[-1:] or [None]) * (height - len(values))] for name, values in columns.items()}


def _make_offline(site: Path, run: "RunContext", succeeded: dict[str, tuple[int, int]]) -> None:
    style = f"<style>{(TEMPLATES / 'data_docs.css').read_text(encoding='utf-8')}</style></head>"
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for wanted in (SCRIPTS, FROM_THE_NETWORK, LINKS_OUT):
            text = wanted.sub("", text)
        page.write_text(text.replace("</head>", style, 1), encoding="utf-8")
    shutil.rmtree(site / "static" / "images", ignore_errors=True)
    links: list[dict[str, Any]] = [
        {"suite": name, "held": held, "of": of, "page": next((site / "validations" / name).rglob("*.html")).relative_to(site).as_posix()}
        for name, (held, of) in succeeded.items()
    ]
    index = environment().get_template("data_docs.html").render(business_date=run.business_date, links=links)
    (site / "index.html").write_text(index, encoding="utf-8")
