"""A home with a handful of rows in every table that the pages read, written without a JVM."""

from datetime import date, datetime

import pyarrow as pa

from jobs.catalogue.schema import fields_of
from jobs.context import RunContext
from jobs.evaluation.declared import indicator_files

DAY = date(2026, 11, 5)


def append(run: RunContext, table: str, rows: list[dict]) -> None:
    """Rows of a table from dictionaries; a column that is not named is null."""
    names = [field.name for field in fields_of(table)]
    whole = [{"business_date": run.business_date} | row for row in rows]
    run.lake.append(pa.Table.from_pylist([{name: row.get(name) for name in names} for row in whole], schema=schema_of(run, table)), table)


def schema_of(run: RunContext, table: str) -> pa.Schema:
    return run.lake.dataset(table).schema


def figure(name: str, numerator: float, denominator: float = 1.0, **cell: object) -> dict:
    return {"indicator": name, "numerator": numerator, "denominator": denominator, "value": numerator / denominator if denominator else None} | cell


def evaluated_home(run: RunContext) -> None:
    """Totals of every indicator, and cells of two products, two channels, a campaign that conf has and one that it has not."""
    totals = [
        figure(one.name, 12345.0 if one.name == "issued" else 30.0, 1.0 if one.denominator == "1" else 120.0)
        for file in indicator_files()
        if "" in file.dimensions
        for one in file.indicators
    ]
    cells = []
    for product, channel, accepted, issued in [("ringback_tone", "sms", 4, 400), ("ringback_tone", "call", 30, 100), ("family_plan", "call", 1, 8)]:
        cells += [figure("success_rate", accepted, issued, product=product, channel=channel)]
    for dimension, members in {
        "product": ["ringback_tone", "family_plan"],
        "channel": ["sms", "call"],
        "campaign": ["ringback_autumn", "<script>alert('campaign')</script>"],
        "wave": [1, 2],
        "city": ["anzhou"],
        "county": ["anzhou_1", "anzhou_2"],
        "grade": ["gold"],
        "network": ["5g"],
    }.items():
        for number, member in enumerate(members):
            cells += [
                figure("issued", 500.0 - number, **{dimension: member}),
                figure("accepted", 35.0, **{dimension: member}),
                figure("success_rate", 35.0, 500.0, **{dimension: member}),
            ]
    cells += [figure("capacity", 6000.0, channel="sms"), figure("capacity_use", 400.0, 6000.0, channel="sms")]
    days = []
    for day in (date(2026, 11, 4), DAY):
        days += [
            figure(f"daily_{name}", number, contact_date=day)
            for name, number in [("issued", 250.0), ("delivered", 200.0), ("reached", 60.0), ("accepted", 17.0)]
        ]
        days += [figure("daily_success_rate", 17.0, 250.0, contact_date=day), figure("daily_silence_share", 20.0, 250.0, contact_date=day)]
    append(run, "indicator", totals + cells)
    append(run, "daily_indicator", days)
    append(
        run,
        "lift",
        [lift("global", effect=0.021, low=0.009, high=0.033), lift("ringback_autumn", readable=False, reason="too few customers in an arm (7, at least 100)")],
    )
    append(run, "decision", [decision("ringback_autumn", "sms", reason) for reason in ("issued", "issued", "cap", "campaign_holdout")])
    append(
        run, "contact_feedback", [feedback(line, kind) for line, kind in enumerate(["accepted_as_new", "accepted_as_new", "duplicate", "malformed"], start=2)]
    )


def lift(layer: str, readable: bool = True, reason: str = "", **figures: float) -> dict:
    row = {"layer": layer, "campaign": None if layer == "global" else layer, "treated": 19600, "control": 400, "treated_rate": 0.05, "control_rate": 0.029}
    return row | {"p_value": 0.0004, "srm_p_value": 0.6, "readable": readable, "reason": reason} | figures


def decision(campaign: str, channel: str, reason: str) -> dict:
    terms = dict.fromkeys(("term_base", "term_product_channel", "term_customer_product", "term_customer_channel", "term_calibration", "term_reach"), 0.0)
    return {
        "customer_id": "C1",
        "campaign": campaign,
        "product": "ringback_tone",
        "channel": channel,
        "wave": 1,
        "probability": 0.1,
        "expected_value": 1.0,
        "reason": reason,
        "rule": "",
    } | terms


def feedback(line: int, kind: str) -> dict:
    return {"channel": "sms", "received_date": DAY, "file": "part-0.csv", "line": line, "class": kind, "raw": "x", "occurred_at": datetime(2026, 11, 5, 3)}
