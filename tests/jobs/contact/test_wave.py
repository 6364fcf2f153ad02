"""wave: a customer's track through a campaign, for every order in which channels may report on a contact.

Every sequence of one to three reports of the eight outcomes goes the whole way from what was received to the next night's candidates. What is
expected is worked out here by hand from contract section 6 and domain section 6, in plain Python.
"""

import itertools
from datetime import date, timedelta

import pytest

from jobs.contact.candidate import candidate
from jobs.feedback.outcome import outcome
from tests.frames import rows
from tests.jobs.contact.house import campaign, house

pytestmark = pytest.mark.spark

NIGHT = date(2026, 11, 20)
STRONGEST_FIRST = ["opted_out", "accepted", "refused", "considering", "not_reached", "not_shown", "failed", "delivered"]
SEQUENCE = [
    {"wave": 1, "channels": ["sms"]},
    {"wave": 2, "channels": ["hall", "web"], "delay_days": 3, "when": ["no_response", "not_reached"]},
    {"wave": 3, "channels": ["call"], "delay_days": 5, "when": ["considering"]},
]
CAMPAIGNS = [
    campaign("autumn", target="age > 0", waves=SEQUENCE, delivery={"mode": "once"}),
    campaign("spring", target="age > 0", waves=[{"wave": 1, "channels": ["web", "hall"]}]),
]
# (wave of the contact, days from it to the contact date, what was reported, in the order of its coming)
SCENARIOS = [(1, 3, reports) for length in (1, 2, 3) for reports in itertools.product(STRONGEST_FIRST, repeat=length)]
SCENARIOS += [(wave, days, reports) for wave in (1, 2, 3) for days in (1, 2, 4, 5, 6) for reports in [(), *((one,) for one in STRONGEST_FIRST)]]


def expected(wave: int, days: int, reports: tuple[str, ...]) -> dict:
    """Where autumn stands for the customer: wave, channels, why it is not due, what stopped the product."""
    final = next((one for one in STRONGEST_FIRST if one in reports), "delivered")
    state = "no_response" if final == "delivered" else final
    now, due_rule = wave, "" if state in ("considering", "not_reached", "not_shown", "failed") else "once"
    for later in SEQUENCE[wave:]:
        if state in later["when"]:
            now, due_rule = later["wave"], "" if days >= later["delay_days"] else "delay_days"
            break
    stopped_by = final if final in ("opted_out", "accepted", "refused") else ""
    return {"wave": now, "channels": SEQUENCE[now - 1]["channels"], "due_rule": due_rule, "stopped_by": stopped_by}


@pytest.fixture(scope="module")
def found(spark, tmp_path_factory):
    """Rows of `candidate` by customer and campaign; a customer is a scenario."""
    run = house(tmp_path_factory.mktemp("track"), spark, str(NIGHT), CAMPAIGNS)
    view = "customer_id | status | age\n" + "\n".join(f"C{number} | active | 30" for number in range(len(SCENARIOS)))
    contact = "contact_id | customer_id | campaign | product | channel | wave | contact_date | business_date\n"
    feedback = "contact_id | outcome | occurred_at | received_date | class\n"
    for number, (wave, days, reports) in enumerate(SCENARIOS):
        day = NIGHT + timedelta(days=1 - days)
        contact += f"K{number} | C{number} | autumn | ringback_tone | {SEQUENCE[wave - 1]['channels'][0]} | {wave} | {day} | {day - timedelta(days=1)}\n"
        for hour, report in enumerate(reports):
            # The second report is the earlier one in time: what comes late may have happened before.
            feedback += f"K{number} | {report} | {day}T0{(5, 2, 8)[hour]}:00:00Z | {day} | {'accepted_as_new' if hour == 0 else 'superseded'}\n"
    customers, channels = [f"C{number}" for number in range(len(SCENARIOS))], ("sms", "hall", "web", "call")
    made = candidate(
        rows(spark, "customer_view", view),
        rows(spark, "customer_product_score", "customer_id | product | log_odds\n" + "\n".join(f"{one} | ringback_tone | 0.5" for one in customers)),
        rows(
            spark,
            "customer_channel_score",
            "customer_id | channel | probability | log_odds\n" + "\n".join(f"{one} | {channel} | 0.25 | 0.0" for one in customers for channel in channels),
        ),
        rows(
            spark,
            "product_channel_score",
            "product | channel | base_log_odds | log_odds | calibration\n" + "\n".join(f"ringback_tone | {channel} | -2.0 | 1.0 | 0.0" for channel in channels),
        ),
        rows(spark, "contact", contact),
        outcome(rows(spark, "contact_feedback", feedback), run),
        rows(spark, "approval", "campaign | content_hash | decision | at\nnobody | 0 | approved | 2026-11-01 08:00:00"),
        run,
    ).collect()
    of_customer: dict = {}
    for row in made:
        of_customer.setdefault((row.customer_id, row.campaign), []).append(row)
    return of_customer


def test_every_order_of_reports_leads_where_the_strongest_of_them_leads(found):
    wrong = {}
    for number, scenario in enumerate(SCENARIOS):
        told = found[f"C{number}", "autumn"]
        stands = {
            "wave": {row.wave for row in told},
            "channels": sorted(row.channel for row in told),
            "due_rule": {row.due_rule for row in told},
            "stopped_by": {row.stopped_by for row in told},
        }
        hoped = expected(*scenario)
        if stands != {**{key: {hoped[key]} for key in ("wave", "due_rule", "stopped_by")}, "channels": sorted(hoped["channels"])}:
            wrong[scenario] = stands
    assert not wrong


def test_an_answer_stops_the_product_on_every_channel_of_every_campaign_and_nothing_else_does(found):
    for number, (_, _, reports) in enumerate(SCENARIOS):
        ends = bool({"opted_out", "accepted", "refused"} & set(reports))
        for row in found[f"C{number}", "spring"]:
            assert (row.stopped, row.due) == (ends, True), reports


def test_scenarios_cover_every_state_and_both_sides_of_every_delay():
    hoped = [expected(*scenario) for scenario in SCENARIOS]
    assert {one["due_rule"] for one in hoped} == {"", "once", "delay_days"}
    assert {one["stopped_by"] for one in hoped} == {"", "opted_out", "accepted", "refused"}
    assert {one["wave"] for one in hoped} == {1, 2, 3}
    assert len(SCENARIOS) == 8 + 64 + 512 + 3 * 5 * 9
