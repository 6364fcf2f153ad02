"""Checks of what the dumps brought: whole, fresh, counted, and not mostly rejected. Rows are those of one night's reconciliation and source_status."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from jobs.quality.measured import Measured, no_rows
from jobs.quality.rules import QualityRules

Row = Mapping[str, Any]


def source_checks(reconciliation: Sequence[Row], source_status: Sequence[Row], day: date, rules: QualityRules) -> list[Measured]:
    by_source: dict[str, list[Row]] = defaultdict(list)
    for row in reconciliation:
        by_source[row["source"]].append(row)
    return [
        *[check for status in source_status for check in _delivery_checks(status, day, rules)],
        *[check for source, files in sorted(by_source.items()) for check in _row_checks(source, files, rules)],
        _adds_up(reconciliation),
    ]


def _delivery_checks(status: Row, day: date, rules: QualityRules) -> list[Measured]:
    source, limit = status["source"], rules.stand_in_days
    whole = Measured(source, "delivered whole", "warn", (float(status["complete"]),), 1, 1, status["reason"] or "whole", "whole")
    if status["complete"] or status["used_date"] is None:
        return [whole]
    age = (day - status["used_date"]).days
    return [
        whole,
        Measured(source, "stand-in is fresh", limit.on_fail, (float(age),), None, limit.at_most, f"{age} days old", f"at most {limit.at_most:g} days old"),
    ]


def _row_checks(source: str, files: list[Row], rules: QualityRules) -> list[Measured]:
    """Of a source that delivered rows: few are rejected, and not all of them came before."""
    rows_in, quarantined, repeated = (sum(row[name] for row in files) for name in ("rows_in", "rows_quarantined", "rows_repeated"))
    if rows_in == 0:
        return []
    limit = rules.quarantined_share
    share = quarantined / rows_in
    return [
        Measured(source, "few rows are rejected", limit.on_fail, (share,), None, limit.at_most, f"{quarantined} of {rows_in}", f"at most {limit.at_most:.0%}"),
        Measured(source, "brings new rows", "warn", (float(rows_in - repeated),), 1, None, f"{rows_in - repeated} of {rows_in}", "at least 1"),
    ]


def _adds_up(reconciliation: Sequence[Row]) -> Measured:
    wrong = [row for row in reconciliation if row["rows_in"] != row["rows_kept"] + row["rows_quarantined"] + row["rows_repeated"]]
    return no_rows("reconciliation", "rows in = kept + quarantined + repeated", "stop", len(wrong), "files do not add up")
