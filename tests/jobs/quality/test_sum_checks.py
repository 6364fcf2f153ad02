"""sum_checks: every sum of conf/quality.yaml holds on a small night, and is broken by one number made wrong for it."""

import pytest

from jobs.errors import UserError
from jobs.paths import ROOT
from jobs.quality.rules import Sum, quality_rules
from jobs.quality.sum_checks import sum_checks
from tests.jobs.quality.judged import broken

pytestmark = pytest.mark.home

# C3 is closed: no row of the view, but its calls of the month stand. C2 got no bill tonight: its bill came before. Of August, long closed,
# a late file brings four seconds: they stand alone, since the month before that night is no longer kept.
NIGHT = {
    "customer": "customer_id | status\nC1 | active\nC2 | one_way_stop\nC3 | closed",
    "balance": "customer_id | cash_fen | reserve_fen | arrears_fen\nC1 | -500 | 100 | 700\nC2 | 900 | 0 | 0\nC3 | 1 | 1 | 1",
    "bill": """
        business_date | customer_id | bill_month | item       | amount_fen | discount_fen | case
        2026-11-05    | C1          | 2026-10-01 | rental     | 3000       | 200          | corrected tonight
        2026-11-05    | C1          | 2026-09-01 | rental     | 9999       | 0            | a month before: not in the view as last month's
        2026-11-05    | C3          | 2026-10-01 | rental     | 8888       | 0            | closed
    """,
    "past_bill": """
        business_date | customer_id | bill_month | item       | amount_fen | discount_fen | case
        2026-11-01    | C1          | 2026-10-01 | rental     | 2000       | 0            | what tonight's row corrects
        2026-11-01    | C1          | 2026-10-01 | voice_long | 500        | 0            | an item that stays
        2026-11-01    | C2          | 2026-10-01 | rental     | 4100       | 0            | not touched tonight
    """,
    "customer_view": """
        customer_id | balance_total_fen | arrears_total | bill_last_month_fen
        C1          | -400              | 700           | 3300
        C2          | 900               | 0             | 4100
    """,
    "charge": "customer_id | amount_fen\nC1 | 100\nC3 | 20",
    "voice_usage": "customer_id | seconds\nC1 | 60\nC3 | 30\nC2 | 4",
    "data_usage": "customer_id | bytes\nC1 | 1000",
    "usage_month": "customer_id | month | voice_seconds_out | voice_seconds_in | data_bytes\nC2 | 2026-10-01 | 5 | 7 | 11",
    "payment": "customer_id | amount_fen\nC1 | 5000\nC2 | 300",
    "customer_day": """
        business_date | customer_id | day        | paid_fen | case
        2026-11-05    | C1          | 2026-11-05 | 5000     |
        2026-11-05    | C2          | 2026-11-04 | 300      | late
        2026-11-04    | C1          | 2026-11-04 | 77       | the night before
    """,
    "previous_customer_month": """
        customer_id | month      | voice_seconds_out | voice_seconds_in | data_bytes | charge_fen | case
        C1          | 2026-11-01 | 200               | 10               | 5          | 40         |
        C2          | 2026-08-01 | 999               | 999              | 999        | 999        | closed: no longer kept
    """,
    "customer_month": """
        customer_id | month      | voice_seconds_out | voice_seconds_in | data_bytes | charge_fen
        C1          | 2026-11-01 | 260               | 10               | 1005       | 140
        C2          | 2026-10-01 | 5                 | 7                | 11         | 0
        C2          | 2026-08-01 | 4                 | 0                | 0          | 0
        C3          | 2026-11-01 | 0                 | 30               | 0          | 20
    """,
}
# (check, table, what stands there, what is written instead, what is then found)
WRONG = [
    ("living customers = rows", "customer", "C3 | closed", "C3 | active", "3 came, 2 stand: -1"),
    ("balances in fen of living customers", "customer_view", "-400 ", "-401 ", "500 came, 499 stand: -1"),
    ("arrears in fen of living customers", "balance", "100 | 700", "100 | 900", "900 came, 700 stand: -200"),
    ("bills of last month in fen, after discount", "customer_view", "4100", "4300", "7400 came, 7600 stand: +200"),
    ("seconds of calls added to the months", "voice_usage", "C3 | 30", "C3 | 31", "107 came, 106 stand: -1"),
    ("bytes of data added to the months", "customer_month", "1005", "1004", "1011 came, 1010 stand: -1"),
    ("charges in fen added to the months", "charge", "C1 | 100", "C1 | 200", "220 came, 120 stand: -100"),
    ("payments in fen of the night", "payment", "C2 | 300", "C2 | 301", "5301 came, 5300 stand: -1"),
]


@pytest.fixture
def checks_of(rows_of_table, run_on):
    def checks(night, sums=None):
        tables = {name: rows_of_table(name.removeprefix("previous_").removeprefix("past_"), text) for name, text in night.items()}
        return sum_checks(tables, sums or quality_rules(ROOT / "conf").sums, run_on("2026-11-05"))

    return checks


def test_an_ordinary_night_adds_up(checks_of):
    assert broken(checks_of(NIGHT)) == set()


@pytest.mark.parametrize(("check", "table", "stands", "instead", "found"), WRONG)
def test_one_wrong_number_breaks_its_sum_and_no_other(checks_of, check, table, stands, instead, found):
    assert NIGHT[table].count(stands) == 1
    assert broken(checks_of(NIGHT | {table: NIGHT[table].replace(stands, instead)})) == {(check, "stop", found)}


def test_every_declared_sum_is_proven_here():
    assert [one.check for one in quality_rules(ROOT / "conf").sums] == [check for check, *_ in WRONG]


def test_a_night_without_rows_adds_up(checks_of):
    assert broken(checks_of({name: text.strip().split("\n")[0] for name, text in NIGHT.items()})) == set()


def test_a_query_that_cannot_run_is_named(checks_of):
    wrong = Sum(check="rows of a table", table="bill", on_fail="warn", came="select count(*) from bils", stands="select 0")
    with pytest.raises(UserError, match=r"conf/quality.yaml: sums: rows of a table: came: .*bils.*known tables are customer, "):
        checks_of(NIGHT, [wrong])
