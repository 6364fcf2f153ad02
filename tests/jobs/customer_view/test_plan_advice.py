"""plan_advice: what last month's use costs, worked out by hand on the plans of conf/plans.yaml, and recounted in plain Python over drawn use."""

import hashlib
from datetime import date

import pytest
import yaml

from jobs.conf import Conf
from jobs.context import RunContext
from jobs.paths import ROOT
from tests.frames import rows

pytestmark = pytest.mark.spark
MB = 1 << 20
PLANS = yaml.safe_load((ROOT / "conf" / "plans.yaml").read_text(encoding="utf-8"))["plans"]
DRAWN = 150

CUSTOMERS = """
    customer_id | status | pay_way         | case
    big         | active | cash            | far beyond its plan
    best        | active | cash            | on the cheapest plan already
    equal       | active | online          | two plans cost the same, one of them its own
    minute      | active | cash            | one second into the 101st minute
    bank        | active | bank_collection | the bank collects, and its contract binds it too
    zero        | active | cash            | a zero-down contract holds the plan
    handset     | active | cash            | a handset contract does not hold the plan
    planless    | active | cash            | holds no main plan
    foreign     | active | cash            | a plan that conf/plans.yaml does not know
    new         | active | cash            | nothing is known of last month
    old         | active | cash            | only the month before last is known
    gone        | closed | cash            | a closed line
    """
SUBSCRIPTIONS = """
    customer_id | product         | role      | started_on | ended_on   | contract_until | contract_type | monthly_fee_fen | case
    big         | easy_8          | main_plan | 2020-01-01 |            |                |               | 800             |
    best        | m_zone_28       | main_plan | 2020-01-01 |            |                |               | 2800            |
    equal       | gotone_58       | main_plan | 2020-01-01 |            |                |               | 5800            |
    minute      | easy_18         | main_plan | 2020-01-01 |            |                |               | 1800            |
    bank        | gotone_128      | main_plan | 2020-01-01 |            |                |               | 12800           |
    bank        | agreement       | contract  | 2026-01-01 |            | 2027-01-01     | agreement     | 0               |
    zero        | gotone_128      | main_plan | 2020-01-01 |            |                |               | 12800           |
    zero        | handset         | contract  | 2026-01-01 |            | 2026-11-05     | zero_down     | 0               | until today
    handset     | gotone_128      | main_plan | 2020-01-01 |            |                |               | 12800           |
    handset     | handset         | contract  | 2026-01-01 |            | 2027-01-01     | handset       | 0               |
    handset     | number          | contract  | 2024-01-01 |            | 2026-11-04     | fine_number   | 0               | until yesterday
    foreign     | village_5       | main_plan | 2020-01-01 |            |                |               | 500             |
    new         | easy_8          | main_plan | 2026-11-02 |            |                |               | 800             |
    old         | easy_8          | main_plan | 2020-01-01 |            |                |               | 800             |
    gone        | easy_8          | main_plan | 2020-01-01 |            |                |               | 800             |
    """
USE = f"""
    customer_id | month      | voice_seconds_out | data_bytes       | messages_sms_out
    big         | 2026-10-01 | 6000              | {2000 * MB}      | 40
    best        | 2026-10-01 | 0                 | {1000 * MB}      | 0
    equal       | 2026-10-01 | 0                 | {3272 * MB}      | 0
    minute      | 2026-10-01 | 6001              | {100 * MB + 1}   | 51
    bank        | 2026-10-01 | 0                 | 0                | 0
    zero        | 2026-10-01 | 60                | 1                | 31
    handset     | 2026-10-01 | 0                 | 0                | 0
    planless    | 2026-10-01 | 0                 | 0                | 0
    foreign     | 2026-10-01 | 0                 | 0                | 0
    old         | 2026-09-01 | 600               | {20000 * MB}     | 0
    gone        | 2026-10-01 | 0                 | 0                | 0
    """
EXPECTED = {  # own cost, cheapest plan, its cost, saving, exclusion; fen
    # easy_8: 800 + 100 min x 25 + 2000 MB x 29 + 10 texts x 10 = 61400; m_zone_38: 3800, 100 of 200 minutes, 2000 of 3072 MB, 40 of 100 texts
    "big": (61400, "m_zone_38", 3800, 57600, None),
    # within m_zone_28; easy_18: 1800 + 900 x 29 = 27900; m_zone_38 costs its fee of 3800
    "best": (2800, "m_zone_28", 2800, 0, None),
    # gotone_58 costs its fee 5800, and m_zone_38 costs 3800 + 200 MB x 10 = 5800: of equals the own plan
    "equal": (5800, "gotone_58", 5800, 0, None),
    # easy_18: 1800 + 1 min x 19 + 1 MB x 29 + 1 text x 10 = 1858; easy_8: 800 + 101 x 25 + 101 x 29 + 21 x 10 = 6464; m_zone_28: 2800 + 19 = 2819
    "minute": (1858, "easy_18", 1858, 0, None),
    "bank": (12800, "easy_8", 800, 12000, "bank_collection"),
    # easy_8: 800 + 1 min x 25 + 1 MB begun x 29 + 1 text x 10 = 864
    "zero": (12800, "easy_8", 864, 11936, "zero_down"),
    "handset": (12800, "easy_8", 800, 12000, None),
    "planless": (None, "easy_8", 800, None, "no_main_plan"),
    "foreign": (None, "easy_8", 800, None, "unknown_plan"),
    "new": (None, None, None, None, "no_closed_month"),
    "old": (None, None, None, None, "no_closed_month"),
}


@pytest.fixture(scope="module")
def run(spark, tmp_path_factory):
    return RunContext(tmp_path_factory.mktemp("home"), date(2026, 11, 5), Conf(ROOT / "conf"), spark)


def made(run, customer, subscription, customer_half_year):
    from jobs.customer_view.plan_advice import plan_advice

    texts = {"customer": customer, "subscription": subscription, "customer_half_year": customer_half_year}
    frames = {table: rows(run.session, table, text.strip()) for table, text in texts.items()}
    return {row.customer_id: row for row in plan_advice(**frames, plan_catalogue=run.lake.empty("plan_catalogue"), run=run).collect()}


@pytest.fixture(scope="module")
def advice(run):
    return made(run, CUSTOMERS, SUBSCRIPTIONS, USE)


def test_costs_saving_and_exclusion_as_worked_out_by_hand(advice):
    found = {key: (row.plan_cost_fen, row.cheapest_plan, row.cheapest_cost_fen, row.saving_fen, row.exclusion) for key, row in advice.items()}
    assert found == EXPECTED


def test_begun_minutes_and_megabytes_count_whole_and_the_month_is_the_last_closed_one(advice):
    begun = advice["minute"]
    assert (begun.minutes, begun.megabytes, begun.messages) == (101, 101, 51)
    assert {row.month for row in advice.values()} == {date(2026, 10, 1)}
    assert (advice["new"].minutes, advice["new"].megabytes, advice["new"].messages) == (None, None, None)


def drawn(key, what, below):
    return int(hashlib.sha256(f"{what} {key}".encode()).hexdigest(), 16) % below


def cost(plan, seconds, used_bytes, texts):
    """A bill as a clerk would write it: what is begun is paid whole."""
    minutes, rest = divmod(seconds, 60)
    megabytes, odd_bytes = divmod(used_bytes, MB)
    beyond = [(minutes + bool(rest), "minute"), (megabytes + bool(odd_bytes), "megabyte"), (texts, "message")]
    return plan["fee_fen"] + sum(plan[f"fen_per_{unit}"] * max(0, used - plan[f"{unit}s"]) for used, unit in beyond)


def test_drawn_use_costs_what_a_recount_in_plain_python_says(run):
    use = {
        f"d{n}": (drawn(n, "plan", 10), drawn(n, "voice", 90_000), drawn(n, "data", 10 ** drawn(n, "size", 12)), drawn(n, "text", 700)) for n in range(DRAWN)
    }
    customers = "customer_id|status|pay_way\n" + "\n".join(f"{key}|active|cash" for key in use)
    held = "customer_id|product|role|started_on|monthly_fee_fen\n" + "\n".join(
        f"{key}|{PLANS[plan]['plan']}|main_plan|2020-01-01|0" for key, (plan, *_) in use.items()
    )
    month = "customer_id|month|voice_seconds_out|data_bytes|messages_sms_out\n" + "\n".join(
        f"{key}|2026-10-01|{s}|{b}|{t}" for key, (_, s, b, t) in use.items()
    )
    advice = made(run, customers, held, month)
    for key, (plan, *amounts) in use.items():
        own = cost(PLANS[plan], *amounts)
        costs = {one["plan"]: cost(one, *amounts) for one in PLANS}
        found = advice[key]
        assert (found.plan_cost_fen, found.cheapest_cost_fen, found.saving_fen) == (own, min(costs.values()), own - min(costs.values()))
        assert costs[found.cheapest_plan] == min(costs.values())
    assert len({found.cheapest_plan for found in advice.values()}) > 4, "the draw reaches many plans"
