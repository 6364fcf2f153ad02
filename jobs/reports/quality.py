"""The quality page of a business date, read in a minute: what stopped, what warns, how 14 nights went, which rows were rejected and why, how
fresh each source is, and which fields drifted."""

from pathlib import Path
from typing import TYPE_CHECKING

from jobs.catalogue.schema import sources
from jobs.catalogue.view import categories
from jobs.errors import UserError
from jobs.reports import quality_charts as charts
from jobs.reports import quality_facts as facts
from jobs.reports.page import write_page

if TYPE_CHECKING:
    from jobs.context import RunContext

DRAWN_FIELDS = 6


def write_quality_report(run: "RunContext") -> Path:
    """The page with the Data Docs behind it. Raises UserError when nothing was taken in on the date."""
    from jobs.reports.data_docs import write_data_docs

    write_data_docs(run)
    return write_quality_page(run)


def write_quality_page(run: "RunContext") -> Path:
    """Raises UserError when nothing was taken in on the date."""
    checks, sources_of_the_night = facts.read_checks(run), facts.freshness(run)
    if not checks and not any(source.complete is not None for source in sources_of_the_night):
        raise UserError(f"report quality: nothing was taken in for {run.business_date}; run `cpc run night --date {run.business_date}` first")
    files, rejected = facts.rows_by_source(run), facts.rejected_by_reason(run)
    moved, types = facts.read_drifts(run)
    failed = [check for check in checks if not check["passed"]]
    return write_page(
        run,
        "quality",
        "quality.html",
        freshness=sources_of_the_night,
        nights=facts.nights_of(run.business_date),
        checks=checks,
        stopping=[check for check in failed if check["on_fail"] == "stop"],
        warning=[check for check in failed if check["on_fail"] == "warn" and not facts.is_drift(check)],
        moved=moved,
        judged=sum(facts.is_drift(check) for check in checks) // 2,
        fields={field.name: (field, category) for category in categories().values() for field in category.fields},
        files=files,
        totals={measure: sum(row[measure] for row in files.values()) for measure in facts.MEASURES},
        rejected=rejected,
        delivered_again=facts.delivered_again(run),
        labels={name: source.label for name, source in sources().items()},
        required={name: source.required for name, source in sources().items()},
        charts={chart.name: chart for chart in _charts(run, rejected)},
        spreads=[charts.spread(one, types[one.field]) for one in moved[:DRAWN_FIELDS]],
        has_data_docs=(run.home / "reports" / "quality" / run.business_date.isoformat() / "data_docs" / "index.html").exists(),
    )


def _charts(run: "RunContext", rejected: list[tuple[str, str, int, str]]) -> list[charts.Chart]:
    nights = [night.isoformat() for night in facts.nights_of(run.business_date)]
    drawn = [charts.failed_by_night(rows, nights)] if (rows := facts.failed_by_night(run)) else []
    drawn += [charts.rejected_by_night(rows, nights)] if (rows := facts.rows_by_night(run)) else []
    return drawn + ([charts.rejected_by_reason(rejected)] if rejected else [])
