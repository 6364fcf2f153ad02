"""do_not_disturb: every level, what sets a ban by itself, and that only an end date ends one."""

from datetime import date

import pytest
from pyspark.sql import DataFrame

from jobs.conf import Conf
from jobs.contact.ban import active_bans
from jobs.contact.do_not_disturb import do_not_disturb
from jobs.context import RunContext
from jobs.paths import ROOT
from tests.frames import rows

pytestmark = pytest.mark.spark

TABLES = {
    "do_not_disturb_register": "do_not_disturb_register",
    "special_list": "special_list",
    "outcome": "outcome",
    "past_contact": "contact",
    "service_contact": "service_contact",
    "past_service_contact": "service_contact",
    "contact_history": "contact_history",
    "past_contact_history": "contact_history",
}


DAY = date(2026, 11, 5)


@pytest.fixture(scope="module")
def night(spark, tmp_path_factory):
    """Runs the night of 5 November over all inputs below, and whatever bans are known by then."""

    def night(known: DataFrame) -> DataFrame:
        run = RunContext(tmp_path_factory.mktemp("night"), DAY, Conf(ROOT / "conf"), spark)
        inputs = {name: rows(spark, table, WRITTEN.get(name, "customer_id")) for name, table in TABLES.items()}
        found = do_not_disturb(**inputs, past_do_not_disturb=known, run=run)
        assert found.columns == run.columns("do_not_disturb")
        return spark.createDataFrame(found.collect(), found.schema)

    return night


@pytest.fixture(scope="module")
def made(spark, night):
    return night(rows(spark, "do_not_disturb", KNOWN))


def of_source(made: DataFrame, *sources: str) -> list[tuple]:
    """The night's bans as (customer, level, product, channel, source, start, end)."""
    columns = ("customer_id", "level", "product", "channel", "source", "start_date", "end_date")
    found = [tuple(None if row[name] is None else str(row[name]) for name in columns) for row in made.collect() if row.source in sources]
    return sorted(found, key=str)


REGISTER = """
    customer_id | level           | product       | channel | reason    | start_date | end_date   | case
    R1          | system          |               |         | asked     | 2026-11-01 |            | nothing at all
    R2          | product         | ringback_tone |         | asked     | 2026-11-01 |            | never this product
    R3          | channel         |               | call    | regulator | 2026-11-01 | 2026-11-30 | no calls in November
    R4          | product_channel | video_member  | sms     | complaint | 2026-11-01 |            | not this product by text
    R5          | system          |               |         | asked     | 2026-11-01 |            | known as it is
    R6          | product         | ringback_tone |         | asked     | 2026-11-01 |            | its end was taken back
    R7          | channel         |               | call    | regulator | 2026-11-01 | 2026-11-30 | ended, then without end, now ended again
"""
KNOWN = """
    business_date | customer_id | level   | product       | channel | reason    | source   | start_date | end_date   | case
    2026-11-03    | R5          | system  |               |         | asked     | register | 2026-11-01 |            | nothing to add
    2026-11-03    | R6          | product | ringback_tone |         | asked     | register | 2026-11-01 | 2026-12-31 | comes again with its new end
    2026-11-03    | R7          | channel |               | call    | regulator | register | 2026-11-01 | 2026-11-30 | the same as tonight,
    2026-11-04    | R7          | channel |               | call    | regulator | register | 2026-11-01 |            | but not the newest: comes again
    2026-11-04    | R8          | system  |               |         | asked     | register | 2026-11-01 |            | gone from the register: stays as it is
"""


def test_the_register_bans_at_all_four_levels_and_a_night_adds_what_is_new_or_has_a_new_end(made):
    assert of_source(made, "register") == [
        ("R1", "system", None, None, "register", "2026-11-01", None),
        ("R2", "product", "ringback_tone", None, "register", "2026-11-01", None),
        ("R3", "channel", None, "call", "register", "2026-11-01", "2026-11-30"),
        ("R4", "product_channel", "video_member", "sms", "register", "2026-11-01", None),
        ("R6", "product", "ringback_tone", None, "register", "2026-11-01", None),
        ("R7", "channel", None, "call", "register", "2026-11-01", "2026-11-30"),
    ]


def test_what_a_night_set_is_not_set_again(spark, night, made):
    known = rows(spark, "do_not_disturb", KNOWN).unionByName(made)
    assert night(known).count() == 0


LISTS = """
    customer_id | list                 | since
    S1          | staff                | 2026-01-01
    S2          | complaint_specialist | 2026-02-01
    S2          | red                  | 2026-03-01
"""


def test_special_lists_ban_from_everything_since_their_day(made):
    assert of_source(made, "special_list") == [
        ("S1", "system", None, None, "special_list", "2026-01-01", None),
        ("S2", "system", None, None, "special_list", "2026-02-01", None),
        ("S2", "system", None, None, "special_list", "2026-03-01", None),
    ]


def test_the_newest_row_of_a_ban_counts_and_both_its_days_belong_to_it(spark):
    known = """
        business_date | customer_id  | level   | channel | reason | source   | start_date | end_date   | case
        2026-11-03    | ended        | system  |         | asked  | register | 2026-11-01 |            | without end at first,
        2026-11-05    | ended        | system  |         | asked  | register | 2026-11-01 | 2026-11-05 | ends the day before
        2026-11-05    | last_day     | system  |         | asked  | register | 2026-11-01 | 2026-11-06 | ends on the day
        2026-11-05    | first_day    | system  |         | asked  | register | 2026-11-06 |            | starts on the day
        2026-11-05    | tomorrow     | system  |         | asked  | register | 2026-11-07 |            | starts the day after
        2026-11-02    | vanished     | channel | sms     | asked  | register | 2026-11-01 |            | no longer registered: an old row
        2026-11-03    | endless      | channel | sms     | asked  | register | 2026-11-01 | 2026-11-04 | ended at first,
        2026-11-05    | endless      | channel | sms     | asked  | register | 2026-11-01 |            | then without end
    """
    found = active_bans(rows(spark, "do_not_disturb", known), date(2026, 11, 6))
    assert sorted(row.customer_id for row in found.collect()) == ["endless", "first_day", "last_day", "vanished"]


CONTACTS = """
    contact_id | customer_id | product       | channel | contact_date
    k1         | C1          | ringback_tone | sms     | 2026-11-02
    k2         | C1          | video_member  | sms     | 2026-11-03
    k3         | C2          | ringback_tone | call    | 2026-11-02
    k4         | C3          | voice_pack    | call    | 2026-11-02
    k5         | C3          | voice_pack    | hotline | 2026-11-03
    k6         | C4          | voice_pack    | call    | 2026-11-03
    k7         | C5          | voice_pack    | call    | 2026-11-03
    k8         | C7          | voice_pack    | call    | 2026-11-02
    k9         | C8          | voice_pack    | call    | 2026-11-02
    k10        | C9          | voice_pack    | call    | 2026-11-02
    k11        | C9          | voice_pack    | hotline | 2026-11-03
"""
OUTCOMES = """
    contact_id | outcome   | occurred_at         | received_date | case
    k1         | opted_out | 2026-11-02 03:00:00 | 2026-11-05    | first opt-out of texts
    k2         | opted_out | 2026-11-03 17:00:00 | 2026-11-05    | second opt-out of texts, on the 4th in Shanghai
    k3         | accepted  | 2026-11-03 03:00:00 | 2026-11-05    | nothing to ban
    k4         | refused   | 2026-11-02 03:00:00 | 2026-11-05    | first refusal of the product
    k5         | refused   | 2026-11-04 03:00:00 | 2026-11-05    | second refusal of it, on another channel
    k6         | refused   | 2026-11-04 03:00:00 | 2026-11-05    | one refusal here, one in the systems before
    k7         | refused   | 2026-11-04 03:00:00 | 2026-11-05    | one refusal, and an old one outside the window
    k8         | opted_out | 2027-06-01 03:00:00 | 2026-11-04    | a clock half a year ahead: told on the 4th
    k9         | opted_out | 9999-12-31 03:00:00 | 2026-11-05    | a clock at the end of time
    k10        | refused   | 0002-01-01 03:00:00 | 2026-11-03    | a clock at its beginning: not before its contact
    k11        | refused   | 2026-11-03 03:00:00 | 2026-11-03    | and a second refusal
"""
HISTORY = """
    business_date | customer_id | contacted_on | product      | channel | outcome   | occurred_on | case
    2026-11-03    | C4          | 2026-08-08   | voice_pack   | call    | refused   | 2026-08-08  | 89 days before: within 90 days
    2026-11-03    | C5          | 2026-08-05   | voice_pack   | call    | refused   | 2026-08-06  | 91 days before: outside
    2026-11-03    | C6          | 2026-09-01   | mobile_game  | mms     | opted_out | 2026-09-01  | asked the systems before to stop
    2026-11-03    | D9          | 2026-09-01   | mobile_game  | mms     | opted_out | 2062-09-01  | a mistyped year: known with the dump
"""


def test_opt_outs_and_refusals_ban_by_the_rules_of_conf(made):
    assert of_source(made, "opt_out", "refusals") == [
        ("C1", "channel", None, "sms", "opt_out", "2026-11-04", None),
        ("C1", "product_channel", "ringback_tone", "sms", "opt_out", "2026-11-02", None),
        ("C1", "product_channel", "video_member", "sms", "opt_out", "2026-11-04", None),
        ("C3", "product", "voice_pack", None, "refusals", "2026-11-04", "2027-05-02"),
        ("C4", "product", "voice_pack", None, "refusals", "2026-11-04", "2027-05-02"),
        ("C6", "product_channel", "mobile_game", "mms", "opt_out", "2026-09-01", None),
        ("C7", "product_channel", "voice_pack", "call", "opt_out", "2026-11-04", None),
        ("C8", "product_channel", "voice_pack", "call", "opt_out", "2026-11-05", None),
        ("C9", "product", "voice_pack", None, "refusals", "2026-11-03", "2027-05-01"),
        ("D9", "product_channel", "mobile_game", "mms", "opt_out", "2026-11-03", None),
    ]


COMPLAINTS = """
    contact_number | customer_id | happened_at         | kind      | topic                 | about_channel | case
    n1             | D1          | 2026-11-04 03:00:00 | complaint | marketing_disturbance | sms           | bans the channel for 180 days
    n2             | D2          | 2026-11-04 03:00:00 | complaint | bill                  |               | not about marketing
    n3             | D3          | 2026-11-04 03:00:00 | complaint | marketing_disturbance |               | no channel named: counts for the system alone
    n4             | D4          | 2026-11-04 03:00:00 | inquiry   | marketing_disturbance | sms           | no complaint
"""
EARLIER_COMPLAINTS = """
    contact_number | customer_id | happened_at         | kind      | topic                 | about_channel | case
    n5             | D3          | 2026-10-01 03:00:00 | complaint | marketing_disturbance |               | second within 180 days
    n6             | D3          | 2026-09-01 03:00:00 | complaint | marketing_disturbance |               | third within 180 days
"""


def test_complaints_about_marketing_ban_the_channel_and_at_last_everything(made):
    assert of_source(made, "complaint") == [
        ("D1", "channel", None, "sms", "complaint", "2026-11-04", "2027-05-02"),
        ("D3", "system", None, None, "complaint", "2026-11-04", "2027-11-03"),
    ]


WRITTEN = {
    "do_not_disturb_register": REGISTER,
    "special_list": LISTS,
    "outcome": OUTCOMES,
    "past_contact": CONTACTS,
    "service_contact": COMPLAINTS,
    "past_service_contact": EARLIER_COMPLAINTS,
    "contact_history": HISTORY,
}
