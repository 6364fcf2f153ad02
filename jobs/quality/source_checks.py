"""Checks of what the dumps brought: whole, fresh, counted, about as many rows as usual, and not mostly rejected."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

from jobs.catalogue.schema import sources
from jobs.quality.measured import Measured, no_rows
from jobs.quality.rules import QualityRules

Row = Mapping[str, Any]
USUAL_NIGHTS = 7
FEWEST_NIGHTS = 3


def source_checks(
    reconciliation: Sequence[Row], source_status: Sequence[Row], newest_events: Mapping[str, date | None], day: date, rules: QualityRules
) -> list[Measured]:
    """Of one night: `reconciliation` holds it and the nights before, `source_status` it alone; `newest_events` are days by source."""
    tonight = [row for row in reconciliation if row["business_date"] == day]
    by_source: dict[str, list[Row]] = defaultdict(list)
    for row in tonight:
        by_source[row["source"]].append(row)
    usual = usual_rows(reconciliation, day)
    nightly = [row["source"] for row in source_status if row["complete"] and row.get("history_from") is None and row["source"] in usual]
    return [
        *[check for status in source_status for check in _delivery_checks(status, day, rules)],
        *[check for source, files in sorted(by_source.items()) for check in _row_checks(source, files, rules)],
        *[_as_usual(source, sum(row["rows_in"] for row in by_source[source]), usual[source], rules) for source in nightly],
        *[_newest_event(source, newest, day, rules) for source, newest in sorted(newest_events.items()) if newest],
        _adds_up(tonight),
    ]


def usual_rows(reconciliation: Sequence[Row], day: date) -> dict[str, float]:
    """Median rows of the last nights by source, of sources that deliver every night and have done so a few times."""
    by_night: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for row in reconciliation:
        if day - timedelta(days=USUAL_NIGHTS) <= row["business_date"] < day:
            by_night[row["source"]][row["business_date"]] += row["rows_in"]
    declared = sources()
    nightly = {source for source in by_night if source in declared and declared[source].delivery in ("snapshot", "events")}
    return {source: median(nights.values()) for source, nights in by_night.items() if source in nightly and len(nights) >= FEWEST_NIGHTS}


def _as_usual(source: str, rows: int, usual: float, rules: QualityRules) -> Measured:
    limit, change = rules.source_row_change, rows / usual - 1 if usual else None
    observed = f"{rows} rows, {usual:.0f} is usual"
    return Measured(source, "about as many rows as usual", limit.on_fail, (change,), -limit.at_most, limit.at_most, observed, f"within {limit.at_most:.0%}")


def _newest_event(source: str, newest: date, day: date, rules: QualityRules) -> Measured:
    limit, age = rules.newest_event_days, (day - newest).days
    observed, expected = f"newest event is {age} days old", f"at most {limit.at_most:g} days old"
    return Measured(source, "brings events of the night", limit.on_fail, (float(age),), None, limit.at_most, observed, expected)


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
