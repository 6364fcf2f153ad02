"""customer_month and customer_half_year: months grow night by night and close, and are what a rebuild from raw gives, bit for bit.

Hand-made nights of C1 to C4: 31 October, 1 November (bills come, a late call of 31 October), 2 November (a late call of 30 October),
5 November (a quiet night: no late event of October can come any more), 6 November (a late file, with a call of October), and 1 December,
which closes November. Of C3 the warehouse's row of October was rejected, C4 joined on 2 November. Beside them a simulated operator
delivers the first three.
"""

from datetime import date

import pytest

from jobs.conf import Conf
from jobs.context import RunContext
from jobs.paths import ROOT
from tests.frames import rows
from tests.jobs.customer_view.nights import beside_each_other, dumps_of, facts, files_taken, night, rebuilt
from tests.jobs.simulator.operator import dump, simulated

pytestmark = pytest.mark.spark
NIGHTS = ["2026-10-31", "2026-11-01", "2026-11-02", "2026-11-05", "2026-11-06", "2026-12-01"]
BY_HAND = ("C1", "C2", "C3", "C4")


def by_hand(found: dict) -> dict:
    """Of facts by key, those of the hand-made customers."""
    return {key: value for key, value in found.items() if key[0] in BY_HAND}


def by_night(spark, table: str, text: str) -> dict:
    """Hand-made rows of a source, by the night that delivers them (column business_date)."""
    frame = rows(spark, table, text)
    return {day: frame.where(f"business_date = '{day}'") for day in NIGHTS}


@pytest.fixture(scope="module")
def run(spark, tmp_path_factory):
    return RunContext(tmp_path_factory.mktemp("home"), date(2026, 11, 5), Conf(ROOT / "conf"), spark)


@pytest.fixture(scope="module")
def simulated_home(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("simulated"), NIGHTS[0], NIGHTS[2], customers=40)


@pytest.fixture(scope="module")
def dumps(spark, run, simulated_home):
    customers = """
        business_date | customer_id | joined_on  | case
        2026-10-31    | C1          | 2020-01-15 |
        2026-10-31    | C2          | 2020-01-15 |
        2026-10-31    | C3          | 2020-01-15 |
        2026-11-02    | C1          | 2020-01-15 |
        2026-11-02    | C4          | 2026-11-02 | joined since the first night
        """
    voice = """
        business_date | customer_id | usage_date | direction | distance | net        | band | calls | seconds | competitor_service_calls | forwarded_to_competitor | case
        2026-10-31    | C1          | 2026-10-30 | out       | local    | on_net     | busy | 1     | 60      | 0                        | 0                       |
        2026-10-31    | C1          | 2026-10-31 | out       | roaming  | competitor | idle | 2     | 100     | 1                        | 0                       |
        2026-11-01    | C1          | 2026-10-31 | in        | local    | fixed      | busy | 1     | 7       | 0                        | 0                       | late by a day, into the month before
        2026-11-01    | C1          | 2026-11-01 | out       | local    | on_net     | busy | 3     | 11      | 0                        | 0                       |
        2026-11-02    | C1          | 2026-10-30 | out       | long     | on_net     | busy | 1     | 1000    | 0                        | 0                       | late by three days, after October closed
        2026-11-05    | C1          | 2026-11-05 | out       | local    | on_net     | busy | 1     | 5       | 0                        | 0                       |
        2026-11-06    | C1          | 2026-10-30 | out       | local    | fixed      | idle | 1     | 300     | 0                        | 0                       | in a late file, when October was closed for good
        2026-11-06    | C2          | 2026-10-29 | in        | local    | fixed      | idle | 1     | 9       | 0                        | 0                       | in a late file, of a customer silent since September
        2026-11-06    | C1          | 2026-09-30 | out       | local    | fixed      | idle | 1     | 4000    | 0                        | 0                       | in a late file, of the month before the last
        2026-10-31    | C3          | 2026-10-31 | out       | local    | fixed      | idle | 1     | 70      | 0                        | 0                       | of a month whose row of the warehouse was rejected
        2026-11-02    | C4          | 2026-11-02 | out       | local    | fixed      | idle | 1     | 8       | 0                        | 0                       |
        """
    places = """
        business_date | customer_id | usage_date | band  | area      | seen | voice_seconds | bytes | case
        2026-10-31    | C1          | 2026-10-31 | night | beihe_a2  | 4    | 1             | 10    |
        2026-11-01    | C1          | 2026-10-31 | night | beihe_a1  | 2    | 0             | 0     | late, and before beihe_a2 by code
        2026-11-01    | C1          | 2026-11-01 | night | beihe_a2  | 5    | 0             | 0     |
        2026-11-02    | C1          | 2026-11-02 | night | roaming   | 9    | 0             | 0     |
        2026-11-05    | C1          | 2026-11-05 | night | beihe_a2  | 1    | 2             | 3     |
        2026-11-06    | C1          | 2026-10-30 | night | beihe_a2  | 6    | 0             | 0     | in a late file
        """
    history = """
        business_date | customer_id | month      | active_days | voice_seconds_out | voice_seconds_in | data_bytes | messages_sms_out | case
        2026-10-31    | C1          | 2026-08-01 | 3           | 200               | 100              | 0          | 1                |
        2026-10-31    | C1          | 2026-09-01 | 9           | 500               | 0                | 50         | 0                |
        2026-10-31    | C1          | 2026-10-01 | 20          | 40                | 0                | 0          | 0                | the running month up to 29 October
        2026-10-31    | C2          | 2026-09-01 | 1           | 30                | 0                | 0          | 0                | no row of October
        2026-10-31    | C3          | 2026-09-01 | 30          | 7000              | 0                | 900        | 5                | the row of October was rejected
        """
    bills = """
        business_date | customer_id | bill_month | item   | amount_fen | discount_fen | overage_fen | case
        2026-10-31    | C1          | 2026-08-01 | rental | 3000       | 0            | 0           |
        2026-10-31    | C1          | 2026-09-01 | rental | 4001       | 1            | 0           |
        2026-11-01    | C1          | 2026-10-01 | rental | 5000       | 1000         | 0           |
        2026-11-01    | C1          | 2026-10-01 | data   | 700        | 0            | 300         |
        2026-11-02    | C1          | 2026-10-01 | data   | 900        | 0            | 500         | corrects the item of the night before
        """
    payments = """
        business_date | payment_id | customer_id | paid_at              | amount_fen | channel | kind   | case
        2026-10-31    | p1         | C1          | 2026-10-31T02:00:00Z | 5000       | web     | top_up |
        2026-11-02    | p2         | C1          | 2026-10-31T15:59:00Z | 100        | hall    | bill   | late: 31 October in Shanghai
        2026-11-02    | p3         | C1          | 2026-10-31T16:01:00Z | 10         | hall    | bill   | late: 1 November in Shanghai
        """
    texts = {"customer": customers, "voice_usage": voice, "place_usage": places, "usage_month": history, "bill": bills, "payment": payments}
    by_hand = {table: by_night(spark, table, text.strip()) for table, text in texts.items()}
    together = beside_each_other(by_hand, dumps_of(run, simulated_home, NIGHTS[:3]))
    snapshots = together["customer"]
    return together | {"customer": snapshots | dict.fromkeys(NIGHTS[3:], snapshots[NIGHTS[2]]), "reconciliation": files_taken(run, NIGHTS)}


@pytest.fixture(scope="module")
def nights(run, dumps):
    past: dict = {}
    return {day: night(run, dumps, day, past) for day in NIGHTS} | {"past": past}


@pytest.fixture(scope="module")
def november(nights):
    return facts(nights["2026-11-05"]["customer_month"], "customer_id", "month")


@pytest.fixture(scope="module")
def october(nights):
    """The half-year as known on 1, on 2 and on 6 November."""
    known_by = [facts(nights[day]["customer_half_year"], "customer_id") for day in ("2026-11-01", "2026-11-02", "2026-11-06")]
    return [{key[0]: value for key, value in known.items()} for known in known_by]


def test_the_first_night_takes_the_months_of_the_old_systems(nights):
    months = by_hand(facts(nights["2026-10-31"]["customer_month"], "customer_id", "month"))
    assert sorted(months) == [("C1", f"2026-{month}-01") for month in ("08", "09", "10")] + [("C2", "2026-09-01"), ("C3", "2026-09-01"), ("C3", "2026-10-01")]
    assert months["C1", "2026-10-01"]["voice_seconds_out"] == 40 + 60 + 100


def test_the_running_month_is_yesterdays_and_today(november):
    month = november["C1", "2026-11-01"]
    assert (month["voice_calls_out"], month["voice_seconds_out"], month["paid_fen"]) == (4, 16, 10)
    assert month["used_days_mask"] == 0b10001
    assert month["places"] == [
        ("night:beihe_a2", {"seen": 6, "voice_seconds": 2, "bytes": 3}),
        ("night:roaming", {"seen": 9, "voice_seconds": 0, "bytes": 0}),
    ]


def test_a_month_leaves_the_table_once_late_events_of_it_can_no_longer_come(nights, november):
    held = sorted(by_hand(facts(nights["2026-11-02"]["customer_month"], "customer_id", "month")))
    assert held == [("C1", "2026-10-01"), ("C1", "2026-11-01"), ("C3", "2026-10-01"), ("C4", "2026-11-01")]
    assert {month for _, month in november} == {"2026-11-01"}


def test_a_late_event_corrects_the_closed_month(october):
    first, second, _ = (facts_of["C1"] for facts_of in october)
    assert (first["voice_seconds_out"], first["voice_seconds_in"]) == (200, 7)
    assert (second["voice_seconds_out"], second["voice_seconds_in"]) == (1200, 7)
    assert (first["paid_fen"], second["paid_fen"]) == (5000, 5100)
    assert second["voice_seconds_by_month"] == [1207, 500, 300, None, None, None]
    assert second["places"] == [
        ("night:beihe_a1", {"seen": 2, "voice_seconds": 0, "bytes": 0}),
        ("night:beihe_a2", {"seen": 4, "voice_seconds": 1, "bytes": 10}),
    ]


def test_a_day_with_an_early_and_a_late_event_counts_once(october, nights):
    assert october[1]["C1"]["used_days_mask"] == 1 << 29 | 1 << 30
    assert facts(nights["2026-11-02"]["customer_month"], "customer_id", "month")["C1", "2026-10-01"]["roaming_days_mask"] == 1 << 30
    assert october[1]["C1"]["competitor_service_on"] == date(2026, 10, 31)


def test_means_are_over_the_months_that_are_known(october):
    known = october[0]["C1"]
    assert known["bill_fen_by_month"] == [4700, 4000, 3000, None, None, None]
    assert (known["bill_fen"], known["bill_gross_fen"], known["bill_data_fen"], known["bill_overage_fen"]) == (4700, 5700, 700, 300)
    assert (known["bill_fen_average_3_months"], known["bill_fen_average_6_months"], known["bill_fen_average_before"]) == (3900, 3900, 3500)
    assert (known["bill_fen_months"], known["bill_fen_6_months"], known["bill_fen_highest_6_months"]) == (3, 11700, 4700)


def test_a_corrected_item_of_a_bill_replaces_it_and_leaves_the_others(october):
    for known in (october[1]["C1"], october[2]["C1"]):
        assert (known["bill_fen"], known["bill_gross_fen"], known["bill_rental_fen"]) == (5000 - 1000 + 900, 5900, 5000)
        assert (known["bill_data_fen"], known["bill_overage_fen"], known["overage_fen_by_month"][0]) == (900, 500, 500)
        assert known["bill_fen_by_month"] == [4900, 4000, 3000, None, None, None]
        assert (known["bill_fen_average_3_months"], known["bill_fen_highest_6_months"]) == (11900 // 3, 4900)


def test_a_late_file_is_added_to_months_that_are_closed_for_good(october, nights):
    before, after = october[1]["C1"], october[2]["C1"]
    assert (after["voice_seconds_out"], after["voice_seconds_idle"]) == (before["voice_seconds_out"] + 300, before["voice_seconds_idle"] + 300)
    assert after["voice_seconds_by_month"] == [1207 + 300, 500 + 4000, 300, None, None, None]
    assert after["used_days_mask"] == before["used_days_mask"] == 1 << 29 | 1 << 30
    assert dict(after["places"])["night:beihe_a2"] == {"seen": 4 + 6, "voice_seconds": 1, "bytes": 10}
    assert october[2]["C2"]["voice_seconds_by_month"] == [None, 30, None, None, None, None], "a late call alone is not the month"
    assert (october[2]["C2"]["voice_seconds_in"], october[2]["C2"]["voice_seconds_out"]) == (None, None)
    months = by_hand(facts(nights["2026-11-06"]["customer_month"], "customer_id", "month"))
    assert months["C1", "2026-10-01"]["voice_seconds_out"] == 300, "the addition alone: the whole month is in the half year"


def test_a_month_that_the_warehouse_did_not_deliver_is_not_known(october):
    for customer, seconds, count in (("C2", 30, 0), ("C3", 7000, 5)):
        known = october[1][customer]
        assert known["voice_seconds_by_month"] == [None, seconds, None, None, None, None]
        assert known["messages_sms_out_by_month"] == [None, count, None, None, None, None]
        assert (known["voice_seconds_average_3_months"], known["voice_seconds_average_before"]) == (seconds, seconds)
        use = ("active_days", "used_days_mask", "voice_calls_out", "voice_seconds_out", "data_bytes", "messages_sms_out")
        assert {known[name] for name in (*use, "value_added_uses", "roaming_days_mask")} == {None}
    assert (october[1]["C1"]["active_days"], october[1]["C1"]["value_added_uses"]) == (20, None), "the warehouse counts no value-added uses"


def test_nights_that_saw_a_month_know_what_did_not_happen_in_it(nights):
    december = {key[0]: value for key, value in facts(nights["2026-12-01"]["customer_half_year"], "customer_id").items()}
    assert {customer: december[customer]["voice_seconds_by_month"] for customer in BY_HAND if customer in december} == {
        "C1": [16, 1207 + 300, 500 + 4000, 300, None, None],
        "C2": [0, None, 30, None, None, None],
        "C3": [0, None, 7000, None, None, None],
        "C4": [8, None, None, None, None, None],
    }
    silent = december["C3"]
    assert {silent[name] for name in ("active_days", "used_days_mask", "voice_calls_out", "data_bytes", "messages_sms_out", "value_added_uses")} == {0}
    assert (silent["voice_seconds_average_3_months"], silent["places"], silent["bill_fen"]) == (3500, None, None)
    assert december["C4"]["voice_seconds_average_3_months"] == 8, "months before it joined count for nothing"


def test_a_quiet_night_writes_no_half_year(nights):
    assert nights["2026-11-05"]["customer_half_year"].count() == 0
    assert [str(frame.first().business_date) for frame in nights["past"]["customer_half_year"]] == [*NIGHTS[:3], "2026-11-06", "2026-12-01"]


def test_night_by_night_equals_a_rebuild_from_raw(run, dumps, nights):
    whole = rebuilt(run, dumps, "2026-11-06")
    running = [
        {key: value for key, value in facts(made["customer_month"], "customer_id", "month").items() if key[1] == "2026-11-01"}
        for made in (whole, nights["2026-11-06"])
    ]
    assert running[0] == running[1]
    assert facts(whole["customer_half_year"], "customer_id") == facts(nights["2026-11-06"]["customer_half_year"], "customer_id")


def test_a_simulated_month_holds_every_second_of_its_dumps(simulated_home, november):
    simulated_customers = {key: month for key, month in november.items() if key[0] not in BY_HAND}
    delivered = [row for day in NIGHTS[:3] for row in dump(simulated_home, "voice_usage", day) if row["usage_date"].startswith("2026-11")]
    assert len(simulated_customers) > 20
    assert (
        sum(month["voice_seconds_out"] + month["voice_seconds_in"] for month in simulated_customers.values())
        == sum(int(row["seconds"]) for row in delivered)
        > 0
    )
