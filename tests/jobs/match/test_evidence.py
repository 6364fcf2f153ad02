"""evidence: which past contacts say something, and what they say."""

import pytest

from tests.frames import rows

pytestmark = pytest.mark.spark


def test_results_and_silence_are_read_by_channel_and_age(spark, spark_run_on):
    from jobs.match.evidence import past_contacts

    run = spark_run_on("2026-11-10")
    contact = rows(
        spark,
        "contact",
        """
        contact_id | customer_id | product       | channel | contact_date | business_date | probability | revoked_in | case
        a          | accepted    | ringback_tone | sms     | 2026-11-05   | 2026-11-04    | 0.1         |            |
        b          | silent_sms  | ringback_tone | sms     | 2026-11-05   | 2026-11-04    | 0.1         |            | nobody answers a text: reached
        c          | early_sms   | ringback_tone | sms     | 2026-11-09   | 2026-11-08    | 0.1         |            | those who do not answer are not known yet: left out
        d          | silent_hall | ringback_tone | hall    | 2026-11-05   | 2026-11-04    | 0.1         |            | did not come by
        e          | young_hall  | ringback_tone | hall    | 2026-11-09   | 2026-11-08    | 0.1         |            | may still be reported: left out
        f          | refused     | ringback_tone | hall    | 2026-11-10   | 2026-11-09    | 0.1         |            | the hall met the customer today
        g          | not_reached | ringback_tone | call    | 2026-11-05   | 2026-11-04    | 0.1         |            |
        h          | revoked     | ringback_tone | sms     | 2026-11-05   | 2026-11-04    | 0.1         | 2          | taken out, nothing heard: left out
        i          | tonight     | ringback_tone | sms     | 2026-11-11   | 2026-11-10    | 0.1         |            | an earlier run of this very night: left out
        j          | delivered   | ringback_tone | sms     | 2026-11-05   | 2026-11-04    | 0.1         |            |
        l          | said_twice  | ringback_tone | hall    | 2026-11-05   | 2026-11-04    | 0.1         |            | not shown, and accepted in the same moment: left out
        k          | forgotten   | ringback_tone | sms     | 2025-01-05   | 2025-01-04    | 0.1         |            | older than evidence_days: left out
        """,
    )
    outcome = rows(
        spark,
        "outcome",
        "contact_id | outcome | contradicted\na | accepted | false\nc | accepted | false\nf | refused | false\ng | not_reached | false\ni | accepted | false\nj | delivered | false\nk | accepted | false\nl | accepted | true",
    )
    history = rows(
        spark,
        "contact_history",
        """
        customer_id | contacted_on | product    | channel | outcome    | case
        older       | 2026-10-01   | music_club | call    | considering | reached, not accepted
        """,
    )
    found = past_contacts(contact, outcome, history.limit(0), history, run).collect()
    assert {row.customer_id: (row.reached, row.accepted, row.ledger) for row in found} == {
        "accepted": (True, True, True),
        "silent_sms": (True, False, True),
        "silent_hall": (False, None, True),
        "refused": (True, False, True),
        "not_reached": (False, None, True),
        "delivered": (True, False, True),
        "older": (True, False, False),
    }
