"""The quality page of a business date: which checks failed, which sources came whole, and what became of every row of every file."""

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.catalogue.schema import sources
from jobs.errors import UserError
from jobs.reports.page import write_page

if TYPE_CHECKING:
    from jobs.context import RunContext

MEASURES = ("rows_in", "rows_kept", "rows_quarantined", "rows_repeated")


def write_quality_page(run: "RunContext") -> Path:
    """Raises UserError when nothing was taken in on the date."""
    status = sorted(run.lake.scan("source_status", day=run.business_date).to_pylist(), key=lambda row: (row["complete"], row["source"]))
    checks = sorted(
        run.lake.scan("quality_result", day=run.business_date).to_pylist(),
        key=lambda row: (row["passed"], row["on_fail"] != "stop", row["table"], row["check"]),
    )
    if not status and not checks:
        raise UserError(f"report quality: nothing was taken in for {run.business_date}; run `cpc run night --date {run.business_date}` first")
    files = rows_by_source(run)
    return write_page(
        run,
        "quality",
        "quality.html",
        status=status,
        checks=checks,
        failed=[check for check in checks if not check["passed"]],
        files=files,
        totals={measure: sum(row[measure] for row in files.values()) for measure in MEASURES},
        rejected=rejected_by_reason(run),
        labels={name: source.label for name, source in sources().items()},
        required={name: source.required for name, source in sources().items()},
    )


def rows_by_source(run: "RunContext") -> dict[str, dict[str, int]]:
    """Files and rows of the night's dumps, summed by source."""
    found: dict[str, dict[str, int]] = {}
    for row in run.lake.scan("reconciliation", day=run.business_date).to_pylist():
        of_source = found.setdefault(row["source"], dict.fromkeys(("files", *MEASURES), 0))
        of_source["files"] += 1
        for measure in MEASURES:
            of_source[measure] += row[measure]
    return dict(sorted(found.items()))


def rejected_by_reason(run: "RunContext") -> list[tuple[str, str, int, str]]:
    """Source, reason, rows, and where the first of them stands; most rows first. The rows themselves stay in the table: they may name a person."""
    counted: dict[tuple[str, str], int] = defaultdict(int)
    first: dict[tuple[str, str], str] = {}
    for row in run.lake.scan("quarantine", day=run.business_date, columns=["source", "file", "line", "reason"]).to_pylist():
        key = (row["source"], row["reason"])
        place = f"{row['file']} line {row['line']}"
        counted[key] += 1
        first[key] = min(first.get(key, place), place)
    return [(*key, number, first[key]) for key, number in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]
