"""frequency_cap: what counts in the month of the contact date, cap by cap, and what is given back."""

import pytest

from jobs.contact.frequency_cap import frequency_cap
from tests.frames import rows

pytestmark = pytest.mark.spark
LOW, HIGH = "low_value_recommendation", "high_value_recommendation"


def test_each_cap_counts_issued_contacts_of_the_contact_dates_month_and_type(spark, spark_run_on):
    run = spark_run_on("2026-07-31")  # lists for 1 August
    past_contact = rows(
        spark,
        "contact",
        f"""
        contact_id | customer_id | campaign | campaign_type | product       | channel | contact_date | business_date | revoked_in | case
        a          | C1          | autumn   | {LOW}         | ringback_tone | sms     | 2026-07-31   | 2026-07-30    |            | the month before: does not count
        b          | C2          | autumn   | {LOW}         | ringback_tone | sms     | 2026-08-01   | 2026-07-31    |            | counts
        c          | C3          | alert    | movement_alert | deposit_gift | call    | 2026-08-01   | 2026-07-31    |            | another type: counted for alerts alone
        d          | C4          | care     | care_reminder | points_reminder | sms   | 2026-08-01   | 2026-07-31    |            | care has no cap
        """,
    )
    found = {
        (row.customer_id, row.cap): (row.campaign_type, row.used)
        for row in frequency_cap(past_contact, past_contact.limit(0), rows(spark, "outcome", "contact_id | outcome\n z | failed"), run).collect()
    }
    sms = {
        (f"C{customer}", cap): (LOW, 1)
        for customer in (2,)
        for cap in ("product_month", "campaign_month", "campaign_channel_month", "customer_month", "sms_month")
    }
    # Counted for everyone; it binds those in a cell alone.
    assert found == {**sms, ("C2", "frequency_cell"): (None, 1), ("C3", "movement_alert_month"): ("movement_alert", 1)}


def test_what_reached_nobody_is_given_back_and_all_else_stays_taken(spark, spark_run_on):
    run = spark_run_on("2026-11-10")
    contact = rows(
        spark,
        "contact",
        "\n".join(
            ["contact_id | customer_id | campaign | campaign_type | product | channel | contact_date | business_date | revoked_in"]
            + [
                f"{one} | {one} | autumn | {LOW} | ringback_tone | sms | 2026-11-05 | 2026-11-04 |"
                for one in ("failed", "not_shown", "not_reached", "delivered", "refused", "silent")
            ]
            + [f"revoked | revoked | autumn | {LOW} | ringback_tone | sms | 2026-11-05 | 2026-11-04 | 2"]
            + [f"not_worked | not_worked | autumn | {LOW} | ringback_tone | sms | 2026-11-05 | 2026-11-04 | 2"]
        ),
    )
    states = ["failed", "not_shown", "not_reached", "delivered", "refused"]
    outcome = rows(spark, "outcome", "contact_id | outcome\n" + "\n".join(f"{one} | {one}" for one in states) + "\nnot_worked | failed")
    tonight = rows(
        spark,
        "issued_before",
        f"contact_id | customer_id | campaign | campaign_type | product | channel | contact_date | business_date\nt | refused | spring | {HIGH} | ringback_tone | web | 2026-11-11 | 2026-11-10",
    )
    used = frequency_cap(contact, tonight, outcome, run).where("cap = 'customer_month'").collect()
    assert {(row.customer_id, row.campaign_type): (row.used, row.used_tonight) for row in used} == {
        ("delivered", LOW): (1, 0),
        ("refused", LOW): (1, 0),
        ("silent", LOW): (1, 0),
        ("revoked", LOW): (1, 0),
        ("refused", HIGH): (1, 1),
    }


def test_a_cap_across_types_counts_them_together_and_the_keys_keep_products_apart(spark, tmp_path):
    from tests.jobs.contact.house import house

    across = {"name": "all", "counts": ["customer"], "types": [LOW, HIGH], "across_types": True, "window": "month", "max": 10, "by_grade": {"vip": 6}}
    calls = {"name": "product_calls", "counts": ["customer", "product"], "types": [LOW, HIGH], "channels": ["call"], "window": "month", "max": 1}
    run = house(tmp_path, spark, "2026-11-10", [], caps=[across, calls])
    contact = rows(
        spark,
        "contact",
        f"""
        contact_id | customer_id | campaign | campaign_type | product       | channel | contact_date | business_date
        a          | C1          | autumn   | {LOW}         | ringback_tone | call    | 2026-11-02   | 2026-11-01
        b          | C1          | upgrade  | {HIGH}        | plan_upgrade  | call    | 2026-11-03   | 2026-11-02
        c          | C1          | upgrade  | {HIGH}        | plan_upgrade  | web     | 2026-11-04   | 2026-11-03
        """,
    )
    found = {
        (row.cap, row.campaign_type, row.product, row.used)
        for row in frequency_cap(contact, contact.limit(0), rows(spark, "outcome", "contact_id | outcome\n z | failed"), run).collect()
    }
    assert found == {("all", None, None, 3), ("product_calls", LOW, "ringback_tone", 1), ("product_calls", HIGH, "plan_upgrade", 1)}
