"""contact: what is issued stands in the ledger under an id of its own; a new revision keeps, adds and takes out, and loses no row."""

import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from jobs.contact.contact import contact
from tests.frames import rows

pytestmark = pytest.mark.spark

CANDIDATES = """
    customer_id | campaign | product       | channel | wave | campaign_type            | value | cost_fen | place
    C1          | autumn   | ringback_tone | sms     | 1    | low_value_recommendation | 12    | 5        |
    C2          | autumn   | ringback_tone | hall    | 2    | low_value_recommendation | 12    | 100      | B1
    C3          | autumn   | ringback_tone | web     | 2    | low_value_recommendation | 12    | 2        |
    """


def decided(spark, **reasons: str):
    lines = [f"{line.strip()} | 0.25 | 2.9500 | {reasons[line.split('|')[0].strip()]} | exploration | 0.0125" for line in CANDIDATES.strip().splitlines()[1:]]
    keys = [" | ".join(cell.strip() for cell in line.split("|")[:5]) + " | " + " | ".join(cell.strip() for cell in line.split("|")[-5:]) for line in lines]
    return rows(
        spark,
        "decision",
        "customer_id | campaign | product | channel | wave | probability | expected_value | reason | mechanism | propensity\n" + "\n".join(keys),
    )


def the_id(customer: str, channel: str, wave: int) -> str:
    return hashlib.sha256(f"2026-11-11|{customer}|autumn|ringback_tone|{channel}|{wave}".encode()).hexdigest()[:32]


def test_issued_candidates_become_ledger_rows(spark, spark_run_on):
    run = spark_run_on("2026-11-10")
    nothing = rows(spark, "issued_before", "contact_id\nx").limit(0)
    found = contact(decided(spark, C1="issued", C2="issued", C3="cap"), rows(spark, "candidate", CANDIDATES), nothing, run).collect()
    ledger = {row.customer_id: row for row in found}
    assert set(ledger) == {"C1", "C2"}
    row = ledger["C2"]
    assert row.contact_id == the_id("C2", "hall", 2)
    assert (row.contact_date, row.business_date) == (date(2026, 11, 11), date(2026, 11, 10))
    assert (row.place, row.cost_fen, row.probability, row.expected_value) == ("B1", 100, 0.25, Decimal("2.9500"))
    assert (row.mechanism, row.propensity, row.revision, row.revoked_in, row.round, row.revoked_round) == ("exploration", 0.0125, 1, None, 1, None)


def test_a_new_revision_keeps_adds_and_takes_out(spark, spark_run_on):
    run = replace(spark_run_on("2026-11-10"), options={"rounds": 2, "revisions": {"sms": 2, "hall": 3, "web": 2}})
    ledger = (
        "contact_id | contact_date | business_date | customer_id | campaign | product | channel | wave | revision | revoked_in | round | revoked_round | case\n"
    )
    before = rows(
        spark,
        "issued_before",
        ledger
        + f"""
        {the_id("C1", "sms", 1)}  | 2026-11-11 | 2026-11-10 | C1 | autumn | ringback_tone | sms  | 1 | 1 |   | 1 |   | stands
        {the_id("C2", "hall", 2)} | 2026-11-11 | 2026-11-10 | C2 | autumn | ringback_tone | hall | 2 | 1 | 2 | 1 | 2 | taken out by revision 2, comes back
        {the_id("C4", "hall", 2)} | 2026-11-11 | 2026-11-10 | C4 | autumn | ringback_tone | hall | 2 | 2 |   | 2 |   | taken out now
        {the_id("C5", "hall", 2)} | 2026-11-11 | 2026-11-10 | C5 | autumn | ringback_tone | hall | 2 | 1 | 2 | 1 | 2 | was taken out before
        """.strip(),
    )
    found = contact(decided(spark, C1="issued", C2="issued", C3="issued"), rows(spark, "candidate", CANDIDATES), before, run).collect()
    assert {row.customer_id: (row.revision, row.revoked_in, row.round, row.revoked_round) for row in found} == {
        "C1": (1, None, 1, None),
        "C2": (3, None, 1, None),
        "C3": (2, None, 3, None),
        "C4": (2, 3, 2, 3),
        "C5": (1, 2, 1, 2),
    }
