"""What the quality page shows of a night and of the 14 nights that end with it, read without a JVM. Never the text of a rejected row."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from jobs.quality.drift import Drift, drifts
from jobs.quality.field_profile import DAYS_BACK
from jobs.quality.rules import quality_rules
from jobs.reports.query import query

if TYPE_CHECKING:
    from jobs.context import RunContext

NIGHTS = 14
MEASURES = ("rows_in", "rows_kept", "rows_quarantined", "rows_repeated")
DRIFT_CHECKS = (": drift", ": share of nulls")


@dataclass(frozen=True)
class Freshness:
    """A source: when it last came whole, and night by night whether it did (None where it was not due)."""

    source: str
    complete: bool | None
    reason: str
    used_date: date | None
    last_whole: date | None
    age: int | None
    nights: list[bool | None]


def nights_of(day: date) -> list[date]:
    return [day - timedelta(days=back) for back in range(NIGHTS - 1, -1, -1)]


def read_checks(run: "RunContext") -> list[dict]:
    """What stops first, then what warns, then what passed."""
    rows = run.lake.scan("quality_result", day=run.business_date).to_pylist()
    return sorted(rows, key=lambda row: (row["passed"], row["on_fail"] != "stop", row["table"], row["check"]))


def is_drift(check: dict) -> bool:
    return check["check"].endswith(DRIFT_CHECKS)


def failed_by_night(run: "RunContext") -> list[dict]:
    """Failed checks of each night that was checked, by what a failure does."""
    sql = """select business_date, count(*) filter (where not passed and on_fail = 'stop'), count(*) filter (where not passed and on_fail = 'warn')
        from quality_result where business_date between ? and ? group by all order by all"""
    counted = query(run, "quality_result", sql, [nights_of(run.business_date)[0], run.business_date])
    return [
        {"night": night.isoformat(), "kind": kind, "checks": number} for night, stop, warn in counted for kind, number in (("stops", stop), ("warns", warn))
    ]


def rows_by_night(run: "RunContext") -> list[dict]:
    """Share of rejected rows of each night."""
    sql = """select business_date, sum(rows_in)::bigint, sum(rows_quarantined)::bigint from reconciliation
        where business_date between ? and ? group by all having sum(rows_in) > 0 order by all"""
    counted = query(run, "reconciliation", sql, [nights_of(run.business_date)[0], run.business_date])
    return [{"night": night.isoformat(), "rows": rows, "rejected": rejected, "share": rejected / rows} for night, rows, rejected in counted]


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
    first: dict[tuple[str, str], tuple[str, int]] = {}
    for row in run.lake.scan("quarantine", day=run.business_date, columns=["source", "file", "line", "reason"]).to_pylist():
        key, place = (row["source"], row["reason"]), (row["file"], row["line"])
        counted[key] += 1
        first[key] = min(first.get(key, place), place)
    ranked = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return [(*key, number, f"{first[key][0]} line {first[key][1]}") for key, number in ranked]


def delivered_again(run: "RunContext") -> list[tuple[str, str, int, date]]:
    """Files with rejected rows that hold the bytes of an earlier dump: source, file, rejected rows, and date of that dump. Of a snapshot
    each row then repeats a key, or says what was so yesterday."""
    sql = """select source, tonight.file, tonight.rows_quarantined, max(earlier.dump_date)
        from reconciliation as tonight join reconciliation as earlier using (source, sha256)
        where tonight.business_date = $1 and tonight.rows_quarantined > 0 and earlier.business_date < $1 and earlier.dump_date < tonight.dump_date
        group by all order by all"""
    return query(run, "reconciliation", sql, [run.business_date])


def freshness(run: "RunContext") -> list[Freshness]:
    """Every source that was ever due, those in trouble first, then the oldest."""
    sql = "select business_date, source, complete, reason, used_date from source_status where business_date <= ? order by all"
    by_source: dict[str, dict[date, tuple]] = defaultdict(dict)
    for night, source, *state in query(run, "source_status", sql, [run.business_date]):
        by_source[source][night] = tuple(state)
    found = [_freshness(source, nights, run.business_date) for source, nights in by_source.items()]
    return sorted(found, key=lambda one: (one.complete is not False, -(one.age or 0), one.source))


def _freshness(source: str, nights: dict[date, tuple], day: date) -> Freshness:
    complete, reason, used_date = nights.get(day, (None, "", None))
    whole = [night for night, state in nights.items() if state[0]]
    last_whole = max(whole) if whole else None
    strip = [nights[night][0] if night in nights else None for night in nights_of(day)]
    return Freshness(source, complete, reason, used_date, last_whole, (day - last_whole).days if last_whole else None, strip)


def read_drifts(run: "RunContext") -> tuple[list[Drift], dict[str, str]]:
    """Fields that moved, the furthest first, with the types of all fields."""
    first = run.business_date - timedelta(days=DAYS_BACK)
    known = [row for row in run.lake.scan("field_profile", until=run.business_date).to_pylist() if row["business_date"] >= first]
    tonight = [row for row in known if row["business_date"] == run.business_date]
    past = [row for row in known if row["business_date"] < run.business_date]
    rules = quality_rules(run.conf.folder).drift
    limit = rules.null_share.at_most
    moved = [one for one in drifts(tonight, past, run.business_date, rules) if one.has_moved or abs(one.null_share - one.null_share_before) > limit]
    return sorted(moved, key=lambda one: (-(one.stability_index or 0), one.field)), {row["field"]: row["type"] for row in tonight}
