"""daily_indicator: every contact date of the month by hand, with what is known of it by the business date."""

from datetime import date

import pytest

from jobs.evaluation.daily_indicator import daily_indicator
from jobs.evaluation.declared import daily
from tests.frames import rows

pytestmark = pytest.mark.spark

CONTACT = """
contact_id | contact_date | business_date | customer_id | channel | probability | expected_value | value | cost_fen | case
a          | 2026-11-02   | 2026-11-01    | C1          | sms     | 0.1         | 1.1500         | 12.0  | 5        | accepted
b          | 2026-11-02   | 2026-11-01    | C2          | sms     | 0.05        | 0.5500         | 12.0  | 5        | delivered, reported two days later
c          | 2026-11-03   | 2026-11-02    | C2          | hall    | 0.2         | 0.6000         | 12.0  | 100      | nobody came so far
d          | 2026-10-31   | 2026-10-30    | C2          | sms     | 0.2         | 0.6000         | 12.0  | 5        | last month: does not count
e          | 2026-11-05   | 2026-11-04    | C2          | sms     | 0.2         | 0.6000         | 12.0  | 5        | not worked yet: does not count
"""
OUTCOME = """
contact_id | outcome   | received_date
a          | accepted  | 2026-11-02
b          | delivered | 2026-11-04
"""


def test_each_day_has_its_figures_once(spark, spark_run_on):
    run = spark_run_on("2026-11-04")
    empty = {table: run.lake.empty(table) for table in ("customer", "service_contact", "revocation")}
    found = daily_indicator(
        rows(spark, "contact", CONTACT),
        rows(spark, "outcome", OUTCOME),
        *[empty[table] for table in ("customer", "customer", "service_contact", "service_contact", "revocation")],
        run,
    )
    assert found.columns == run.columns("daily_indicator")
    figures = {(row.indicator, row.contact_date.day): (row.numerator, row.denominator) for row in found.collect()}
    assert len(figures) == found.count() == 2 * len(daily())
    assert {row.business_date for row in found.collect()} == {date(2026, 11, 4)}
    second, third = ({name: value for (name, day), value in figures.items() if day == of} for of in (2, 3))
    assert second == {
        "daily_issued": (2, 1),
        "daily_delivered": (2, 1),
        "daily_reached": (1, 1),
        "daily_accepted": (1, 1),
        "daily_success_rate": (1, 2),
        "daily_silence_share": (0, 2),
        "daily_cost": (0.1, 1),
        "daily_realised_value": (12, 1),
    }
    assert (third["daily_issued"], third["daily_silence_share"], third["daily_cost"]) == ((1, 1), (1, 1), (0, 1))
