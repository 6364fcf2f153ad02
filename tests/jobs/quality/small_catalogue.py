"""A catalogue of six fields with every kind of check, and a view of them that breaks none."""

from datetime import date

from jobs.catalogue.schema import Label
from jobs.catalogue.view import Check, ViewField

DDL = "business_date date, customer_id varchar, city varchar, calls bigint, calls_out bigint, calls_in bigint, points bigint, joined_on date"
DAY = date(2026, 11, 5)


def field(name, kind, *checks, nullable=True):
    label = Label(en=name, zh=name)
    why = None if checks else "Made for this test."
    return ViewField(
        name=name, type=kind, unit="use", label=label, expr="x.y", nullable=nullable, doc="Made for this test.", checks=list(checks), unchecked=why
    )


FIELDS = [
    field("city", "string", Check(in_=["anzhou", "beihe"], on_fail="stop"), nullable=False),
    field(
        "calls",
        "bigint",
        Check(between=(0, 100), on_fail="warn"),
        Check(not_below="calls_out", on_fail="warn"),
        Check(sum_of=["calls_out", "calls_in"], on_fail="stop"),
    ),
    field("calls_out", "bigint", Check(not_null=True, on_fail="warn")),
    field("calls_in", "bigint", Check(sum_of=["calls", "-calls_out"], on_fail="warn")),
    field("points", "bigint"),
    field("joined_on", "date"),
]
GOOD = [
    (DAY, "C1", "anzhou", 5, 2, 3, None, date(1970, 1, 11)),
    (DAY, "C2", "beihe", None, 0, None, None, date(1970, 1, 21)),
]
# (field, rule, on_fail, what of the first good row is changed to break it alone)
BROKEN = [
    ("city", "one of anzhou, beihe", "stop", {"city": "atlantis"}),
    ("city", "not null", "stop", {"city": None}),
    ("calls", "between 0 and 100", "warn", {"calls": 101, "calls_out": 50, "calls_in": 51}),
    ("calls", "not below calls_out", "warn", {"calls": 5, "calls_out": 6, "calls_in": -1}),
    ("calls_out", "not null", "warn", {"calls_out": None}),
]
SUM_BROKEN = {"calls": 5, "calls_out": 2, "calls_in": 4}


def changed(changes: dict) -> list[tuple]:
    names = [column.split(" ")[0] for column in DDL.split(", ")]
    return [tuple(changes.get(name, value) for name, value in zip(names, GOOD[0], strict=True)), GOOD[1]]
