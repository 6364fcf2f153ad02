"""indicator: figures by hand, the same figures from DuckDB, and totals that agree across dimensions."""

from dataclasses import replace
from datetime import date

import duckdb
import pytest

from jobs.evaluation.base import contact_base, customers_by_dimension, marketing_complaints, of_the_month
from jobs.evaluation.declared import DIMENSIONS, indicator_files
from jobs.evaluation.indicator import indicator
from tests.frames import rows

pytestmark = pytest.mark.spark

CONTACT = """
contact_id | contact_date | business_date | customer_id | campaign | product       | channel | wave | probability | expected_value | mechanism   | value | cost_fen | revision | revoked_in | case
a          | 2026-11-02   | 2026-11-01    | C1          | ring     | ringback_tone | sms     | 1    | 0.1         | 1.1500         | optimised   | 12.0  | 5        | 1        |            | accepted
b          | 2026-11-02   | 2026-11-01    | C2          | ring     | ringback_tone | sms     | 1    | 0.05        | 0.5500         | optimised   | 12.0  | 5        | 1        |            | delivered, nothing more
c          | 2026-11-03   | 2026-11-02    | C2          | ring     | ringback_tone | call    | 2    | 0.2         | -0.6000        | exploration | 12.0  | 300      | 1        |            | refused, then a complaint
d          | 2026-11-03   | 2026-11-02    | C3          | data     | data_pack_1g  | call    | 1    | 0.3         | 1.8000         | optimised   | 16.0  | 300      | 1        |            | not reached: gives back
e          | 2026-11-03   | 2026-11-02    | C9          | data     | data_pack_1g  | sms     | 1    | 0.1         | 1.5500         | optimised   | 16.0  | 5        | 1        | 2          | revoked and silent, of an unknown customer
f          | 2026-10-31   | 2026-10-30    | C1          | data     | data_pack_1g  | sms     | 1    | 0.1         | 1.5500         | optimised   | 16.0  | 5        | 1        |            | last month: does not count
g          | 2026-11-05   | 2026-11-04    | C1          | data     | data_pack_1g  | sms     | 1    | 0.1         | 1.5500         | optimised   | 16.0  | 5        | 1        |            | not worked yet: does not count
"""

OUTCOME = """
contact_id | outcome     | occurred_at          | received_date
a          | accepted    | 2026-11-02T03:00:00Z | 2026-11-02
b          | delivered   | 2026-11-02T03:00:00Z | 2026-11-04
c          | refused     | 2026-11-03T03:00:00Z | 2026-11-04
d          | not_reached | 2026-11-03T03:00:00Z | 2026-11-03
f          | accepted    | 2026-10-31T03:00:00Z | 2026-10-31
"""

CUSTOMER = """
business_date | customer_id | city   | county   | vip_level | network_type
2026-11-03    | C1          | anzhou | anzhou_1 | 3         | 5g
2026-11-03    | C2          | anzhou | anzhou_2 | 0         | 4g
2026-11-03    | C3          | beihe  | beihe_1  | 0         | 4g
2026-11-03    | C4          | beihe  | beihe_1  | 1         | 4g
"""

OLDER_CUSTOMER = CUSTOMER.replace("2026-11-03", "2026-11-02").replace("anzhou ", "xishan ")

COMPLAINT = """
contact_number | customer_id | happened_at          | kind      | topic                 | about_channel | case
1              | C2          | 2026-11-03T17:00:00Z | complaint | marketing_disturbance | call          | the fourth in Shanghai: after both contacts, about the call
2              | C3          | 2026-11-04T02:00:00Z | complaint | bill                  |               | about something else
3              | C1          | 2026-11-01T02:00:00Z | complaint | marketing_disturbance |               | before the contact
4              | C2          | 2026-11-04T02:00:00Z | inquiry   | marketing_disturbance |               | no complaint
"""

REVOCATION = """
business_date | contact_id | contact_date | channel | customer_id | reason         | case
2026-11-03    | d          | 2026-11-03   | call    | C3          | do_not_disturb | stopped after its list was published
2026-11-04    | g          | 2026-11-05   | sms     | C1          | opted_out      | not worked yet: does not count
"""

BAN = """
business_date | customer_id | level   | channel | reason | source   | start_date | end_date   | case
2026-11-01    | C4          | system  |         | asked  | register | 2026-10-01 |            | in force everywhere
2026-11-01    | C2          | channel | sms     | asked  | register | 2026-10-01 | 2026-11-04 | last day
2026-11-01    | C1          | channel | sms     | asked  | register | 2026-10-01 | 2026-11-03 | over
2026-11-01    | C3          | channel | sms     | asked  | register | 2026-11-05 |            | not yet
"""

CONTROL = """
business_date | customer_id | layer  | arm
2026-11-03    | C4          | global | control
2026-11-03    | C1          | global | treated
2026-11-03    | C2          | ring   | control
"""


CELL = [name for name in DIMENSIONS if name != "contact_date"]


@pytest.fixture(scope="module")
def tables(spark):
    texts = {
        "revocation": REVOCATION,
        "contact": CONTACT,
        "outcome": OUTCOME,
        "customer": CUSTOMER,
        "service_contact": COMPLAINT,
        "do_not_disturb": BAN,
        "control_assignment": CONTROL,
    }
    empty = {table: rows(spark, table, text).limit(0) for table, text in texts.items()}
    today = {table: rows(spark, table, text) for table, text in texts.items()}
    return today | {
        "previous_customer": rows(spark, "customer", OLDER_CUSTOMER),
        "past_service_contact": empty["service_contact"],
        "control_assignment": empty["control_assignment"],  # the evaluation may run before the night of its date
        "previous_control_assignment": today["control_assignment"],
    }


@pytest.fixture(scope="module")
def run(spark, tmp_path_factory):
    from jobs.conf import Conf
    from jobs.context import RunContext
    from jobs.paths import ROOT

    return RunContext(tmp_path_factory.mktemp("indicator"), date(2026, 11, 4), Conf(ROOT / "conf"), spark)


@pytest.fixture(scope="module")
def figures(tables, run):
    """Every figure by name and filled dimensions."""
    found = indicator(**tables, run=run)
    assert found.columns == run.columns("indicator")
    return {
        (row.indicator, *sorted((name, str(row[name])) for name in CELL if row[name] is not None)): (row.numerator, row.denominator, row.value)
        for row in found.collect()
    }


@pytest.mark.parametrize(
    ("name", "cell", "numerator", "denominator"),
    [
        ("issued", {}, 5, 1),
        ("success_rate", {}, 1, 5),
        ("success_rate", {"product": "ringback_tone", "channel": "sms"}, 1, 2),
        ("success_rate", {"product": "data_pack_1g", "channel": "call"}, 0, 1),
        ("success_rate_of_delivered", {}, 1, 3),
        ("success_rate_of_reached", {}, 1, 2),
        ("success_rate_of_customers", {}, 1, 4),
        ("success_rate_of_customers", {"city": "anzhou"}, 1, 2),
        ("contacts_per_customer", {"city": "anzhou"}, 3, 2),
        ("reached", {"wave": "2"}, 1, 1),
        ("allowances_given_back", {"channel": "call"}, 1, 1),
        ("silent", {"city": "unknown"}, 1, 1),
        ("revoked", {"campaign": "data"}, 2, 1),  # one by a later revision, one by a revocation
        ("revoked", {"channel": "call"}, 1, 1),
        ("revocation_rate", {}, 2, 5),
        ("cost", {}, 6.15, 1),
        ("cost_per_success", {}, 6.15, 1),
        ("realised_value", {}, 12, 1),
        ("net_value", {}, 5.85, 1),
        ("return_on_cost", {}, 5.85, 6.15),
        ("expected_value", {"product": "ringback_tone"}, 1.1, 1),
        ("observed_to_expected", {}, 1, 0.75),
        ("feedback_delay", {}, 0 + 2 + 1 + 0, 4),
        ("complaints_after_contact", {}, 1, 1),
        ("complaints_after_contact", {"channel": "call"}, 1, 1),
        ("success_rate", {"grade": "diamond"}, 1, 1),
        ("success_rate", {"network": "4g"}, 0, 3),
        ("issued", {"county": "anzhou_2"}, 2, 1),
        ("issued", {"campaign": "ring", "channel": "call"}, 1, 1),
        ("exploration_share", {}, 1, 5),
        ("customers", {}, 4, 1),
        ("contacted_share", {}, 3, 4),
        ("do_not_disturb_share", {}, 2, 4),
        ("system_ban_share", {"city": "beihe"}, 1, 2),
        ("global_control_share", {}, 1, 4),
        ("capacity_use", {"channel": "sms"}, 2, 2 * 6000),
        ("capacity_use", {"channel": "call"}, 1, 2 * 400),
        ("capacity_use", {"channel": "hall"}, 0, 2 * 1200),
    ],
)
def test_figures_worked_out_by_hand(figures, name, cell, numerator, denominator):
    found = figures[(name, *sorted(cell.items()))]
    assert found == pytest.approx((numerator, denominator, numerator / denominator))


def test_nothing_out_of_nothing_is_null_and_not_zero(figures):
    assert figures[("cost_per_success", ("channel", "call"))] == (6.0, 0.0, None)
    assert figures[("success_rate_of_reached", ("product", "data_pack_1g"))][2] is None


def test_totals_agree_across_dimensions(figures):
    for file in indicator_files():
        for one in file.indicators:
            if not one.additive or () not in file.cells:
                continue
            total = figures[(one.name,)][0]
            for cell in file.cells:
                parts = [found[0] for key, found in figures.items() if key[0] == one.name and tuple(sorted(name for name, _ in key[1:])) == tuple(sorted(cell))]
                assert sum(parts) == pytest.approx(total), (one.name, cell)


CONTRACT_KEY = ("indicator", "product", "channel", "campaign", "wave", "city", "county", "grade", "network")


def test_a_figure_stands_once_under_the_key_of_the_contract_and_daily_ones_are_of_the_business_date(tables, run):
    found = indicator(**tables, run=replace(run, business_date=date(2026, 11, 3))).collect()
    keys = [tuple(row[name] for name in CONTRACT_KEY) for row in found]
    assert len(keys) == len(set(keys))
    daily = {row.indicator: (row.numerator, row.denominator) for row in found if row.indicator.startswith("daily_")}
    # c, d and e are for the 3rd
    assert daily["daily_issued"] == (3, 1) and daily["daily_success_rate"] == (0, 3) and len(daily) == 8


def test_an_offer_laid_ready_costs_only_when_it_was_shown(spark, tables, run):
    contact = rows(
        spark,
        "contact",
        """
        contact_id | contact_date | customer_id | channel | cost_fen | value | probability | case
        a          | 2026-11-02   | C1          | sms     | 5        | 1     | 0.1         | sent, whatever came of it
        b          | 2026-11-02   | C1          | hall    | 100      | 1     | 0.1         | not shown
        c          | 2026-11-02   | C1          | hall    | 100      | 1     | 0.1         | silent: nobody came so far
        d          | 2026-11-02   | C1          | hall    | 100      | 1     | 0.1         | shown and refused
        """,
    )
    states = rows(spark, "outcome", "contact_id | outcome\na | failed\nb | not_shown\nd | refused")
    complaints = marketing_complaints(tables["service_contact"], tables["past_service_contact"], run)
    base = contact_base(
        of_the_month(contact, tables["revocation"].limit(0), run),
        states,
        customers_by_dimension(tables["customer"], tables["previous_customer"]),
        complaints,
        run,
    )
    assert {row.contact_id: row.cost_fen for row in base.collect()} == {"a": 5, "b": 0, "c": 0, "d": 100}


def test_duckdb_counts_the_same(figures, tables, run):
    customers = customers_by_dimension(tables["customer"], tables["previous_customer"])
    of_month = of_the_month(tables["contact"], tables["revocation"], run)
    complaints = marketing_complaints(tables["service_contact"], tables["past_service_contact"], run)
    contacts = contact_base(of_month, tables["outcome"], customers, complaints, run).toArrow()
    connection = duckdb.connect()
    connection.register("contacts", contacts)
    compared = 0
    for file in indicator_files():
        if file.base != "contact" or ("contact_date",) in file.cells:
            continue
        cells, indicators = file.cells, file.indicators
        dimensions = [name for name in DIMENSIONS if any(name in cell for cell in cells)]
        sets = ", ".join(f"({', '.join(cell)})" for cell in cells)
        figures_sql = ", ".join(
            f'coalesce(({one.numerator})::double, 0) as "{one.name}:n", coalesce(({one.denominator})::double, 0) as "{one.name}:d"' for one in indicators
        )
        for row in connection.sql(f"select {', '.join(dimensions)}, {figures_sql} from contacts group by grouping sets ({sets})").to_arrow_table().to_pylist():
            cell = sorted((name, str(row[name])) for name in dimensions if row[name] is not None)
            for one in indicators:
                assert figures[(one.name, *cell)][:2] == pytest.approx((row[f"{one.name}:n"], row[f"{one.name}:d"])), (one.name, cell)
                compared += 1
    assert compared > 1000


def test_a_month_without_contacts_has_figures_of_customers_alone(tables, run):
    found = indicator(**tables, run=replace(run, business_date=date(2026, 12, 1))).collect()
    totals = {row.indicator: row.value for row in found if not any(row[name] for name in CELL)}
    assert totals["customers"] == 4 and totals["contacted_share"] == 0 and not totals.get("issued")
