"""What the check needs to judge by: where a table is gone, every rule that reads it would hold for want of rows."""

from pathlib import Path

import duckdb
from deltalake import DeltaTable

from jobs.lists.check.database import LAKE
from jobs.lists.check.manifest_file import read_mapping
from jobs.lists.check.result import Violation
from jobs.lists.check.rules_file import Day

ALWAYS = ("contact", "do_not_disturb", "control_assignment", "decision", "identity", "customer")


def check_evidence(connection: duckdb.DuckDBPyConnection, home: Path, day: Day) -> list[Violation]:
    """The tables that every night makes, and those that run.json says were there when the lists were published, in no older version."""
    run = read_mapping(home / "manifests" / f"business_date={day.business_date}" / "run.json") or {}
    known = run.get("tables")
    versions = known if isinstance(known, dict) else {}
    violations = []
    for table in LAKE:
        if not (home / "lake" / table / "_delta_log").is_dir():
            if table in ALWAYS or table in versions:
                violations.append(Violation("evidence", "", f"lake/{table} is not there, so what it says cannot be held against the lists"))
        elif isinstance(versions.get(table), int) and DeltaTable(str(home / "lake" / table)).version() < versions[table]:
            violations.append(Violation("evidence", "", f"lake/{table} is older than when the lists were made"))
    (listed,) = connection.execute("select count(*) from listed").fetchone() or (0,)
    (decided,) = connection.execute("select count(*) from decision where business_date = business_date()").fetchone() or (0,)
    if listed and not decided and not any("lake/decision" in one.detail for one in violations):
        violations.append(Violation("evidence", "", f"lake/decision has no rows of {day.business_date}"))
    return violations
