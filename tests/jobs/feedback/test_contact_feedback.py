"""contact_feedback: each received row in exactly one class, judged by what was known before it."""

import gzip

import pytest

from jobs.feedback.contact_feedback import contact_feedback
from tests.frames import rows
from tests.jobs.feedback.landing import HEADER, land

pytestmark = pytest.mark.spark

CONTACT = """
contact_id | customer_id | channel | contact_date | case
a          | C1          | sms     | 2026-11-02   | answered twice
b          | C2          | sms     | 2026-11-02   | contradicts itself
c          | C3          | sms     | 2026-11-02   | reported late
d          | C4          | call    | 2026-11-02   | of another channel
e          | C5          | sms     | 2026-11-02   | known from an earlier partition
f          | C6          | sms     | 2026-11-02   | late, yet says nothing new
"""

SMS_3_NOVEMBER = """
a | C1 | delivered   | 2026-11-02 09:00 | accepted_as_new
a | C1 | accepted    | 2026-11-02 11:00 | accepted_as_new
a | C1 | accepted    | 2026-11-02 11:00 | duplicate
a | C1 | delivered   | 2026-11-02 12:00 | superseded
a | C1 | accepted    | 2026-11-02 13:00 | superseded
b | C2 | refused     | 2026-11-02 10:00 | accepted_as_new
b | C2 | considering | 2026-11-02 10:30 | superseded
b | C2 | opted_out   | 2026-11-02 10:45 | accepted_as_new
a | C2 | accepted    | 2026-11-02 09:00 | unknown_contact
d | C4 | accepted    | 2026-11-02 09:00 | unknown_contact
z | C1 | accepted    | 2026-11-02 09:00 | unknown_contact
e | C5 | delivered   | 2026-11-02 09:30 | superseded
e | C5 | refused     | 2026-11-02 08:00 | accepted_as_new
f | C6 | delivered   | 2026-11-02 09:00 | accepted_as_new
a | C1 | bought      | 2026-11-02 09:00 | malformed
a | C1 | accepted    |                  | malformed
"""

PAST = """
business_date | contact_id | customer_id | channel | outcome | occurred_at          | received_date | file | line | class           | raw | sha256
2026-11-02    | e          | C5          | sms     | refused | 2026-11-02T01:00:00Z | 2026-11-02    | x    | 2    | accepted_as_new | raw | known
"""


def test_every_received_row_is_in_exactly_one_class(spark, spark_run_on):
    run = spark_run_on("2026-11-09")
    land(run.home, "sms", "2026-11-03", SMS_3_NOVEMBER)
    land(run.home, "sms", "2026-11-03", "a | C1 | accepted | 2026-11-02 11:00 | duplicate", file="part-1.csv")
    land(run.home, "call", "2026-11-03", "d | C4 | not_reached | 2026-11-02 09:00 | accepted_as_new")
    land(run.home, "call", "2026-11-04", "d | C4 | not_reached | 2026-11-02 08:30 | accepted_as_new")  # the same state, known to be earlier
    land(run.home, "sms", "2026-11-06", "c | C3 | accepted | 2026-11-02 10:00 | late_but_used\nf | C6 | delivered | 2026-11-02 09:00 | duplicate")
    land(run.home, "sms", "2026-11-05", "c | C3 | delivered | 2026-11-02 10:00 | accepted_as_new")  # the third day is not late yet
    land(run.home, "hall", "2026-11-05", "a | C1 | accepted | 2026-11-02 10:00 | malformed", header="a file of another system")
    land(run.home, "sms", "2026-11-10", "c | C3 | opted_out | 2026-11-10 10:00 | received after the business date")
    found = contact_feedback(rows(spark, "contact_feedback", PAST), rows(spark, "contact", CONTACT), run).collect()
    wrong = [(row["class"], row.raw) for row in found if row.received_date.isoformat() != "2026-11-05" and not row.raw.endswith(f",{row['class']}")]
    assert wrong == []
    of_5_november = sorted((row.channel, row.line, row["class"]) for row in found if row.received_date.isoformat() == "2026-11-05")
    assert of_5_november == [("hall", 1, "malformed"), ("hall", 2, "malformed"), ("sms", 2, "accepted_as_new")]
    assert len(found) == 16 + 1 + 1 + 1 + 2 + 1 + 2
    assert all(row.contact_id is None and row.occurred_at is None for row in found if row["class"] == "malformed")


def test_files_that_an_earlier_partition_holds_are_not_taken_again(spark, spark_run_on):
    yesterday, today = spark_run_on("2026-11-03"), spark_run_on("2026-11-04")
    contact = rows(spark, "contact", CONTACT)
    land(yesterday.home, "sms", "2026-11-03", "a | C1 | delivered | 2026-11-02 09:00 |")
    lake = yesterday.lake
    lake.write(
        contact_feedback(lake.read_parameter("past_contact_feedback", yesterday.business_date), contact, yesterday), "contact_feedback", yesterday.business_date
    )
    assert lake.rows_written("contact_feedback", yesterday.business_date) == 1

    land(today.home, "sms", "2026-11-03", "b | C2 | delivered | 2026-11-02 09:00 |", file="late.csv")
    taken = contact_feedback(lake.read_parameter("past_contact_feedback", today.business_date), contact, today)
    assert [(row.contact_id, row.file, row["class"]) for row in taken.collect()] == [("b", "late.csv", "accepted_as_new")]

    land(today.home, "sms", "2026-11-03", "a | C1 | delivered | 2026-11-02 09:00 |\na | C1 | accepted | 2026-11-02 10:00 |")  # the first file grew
    again = contact_feedback(lake.read_parameter("past_contact_feedback", today.business_date), contact, today)
    assert sorted((row.contact_id, row.line, row["class"]) for row in again.collect()) == [
        ("a", 2, "duplicate"),
        ("a", 3, "accepted_as_new"),
        ("b", 2, "accepted_as_new"),
    ]


def test_without_any_file_there_are_no_rows(spark, spark_run_on):
    run = spark_run_on("2026-11-03")
    (run.home / "landing" / "feedback" / "channel=sms" / "received_date=2026-11-03").mkdir(parents=True)
    nothing = contact_feedback(rows(spark, "contact_feedback", PAST), rows(spark, "contact", CONTACT), run)
    assert nothing.columns == run.columns("contact_feedback") and nothing.count() == 0
    land(run.home, "sms", "2026-11-03", "", header=HEADER)
    assert contact_feedback(rows(spark, "contact_feedback", PAST), rows(spark, "contact", CONTACT), run).count() == 0


def taken_in(run, contact) -> list[tuple]:
    """Runs the table as the night does and returns what its partition holds: (contact, file, class)."""
    run.lake.write(contact_feedback(run.lake.read_parameter("past_contact_feedback", run.business_date), contact, run), "contact_feedback", run.business_date)
    held = run.lake.scan("contact_feedback", day=run.business_date).to_pylist()
    return sorted((row["contact_id"], row["file"], row["class"]) for row in held)


def test_a_rerun_neither_takes_what_a_later_run_took_nor_drops_what_was_changed_since(spark, spark_run_on):
    third, fourth = spark_run_on("2026-11-03"), spark_run_on("2026-11-04")
    contact = rows(spark, "contact", CONTACT).localCheckpoint()
    land(third.home, "sms", "2026-11-03", "a | C1 | delivered | 2026-11-02 09:00 |")
    of_the_third = [("a", "part-0.csv", "accepted_as_new")]
    assert taken_in(third, contact) == of_the_third

    land(third.home, "sms", "2026-11-03", "b | C2 | delivered | 2026-11-02 09:00 |", file="late.csv")
    assert taken_in(fourth, contact) == [("b", "late.csv", "accepted_as_new")]
    assert taken_in(third, contact) == of_the_third

    land(third.home, "sms", "2026-11-03", "a | C1 | accepted | 2026-11-02 10:00 |\na | C1 | delivered | 2026-11-02 09:00 |")  # written over in place
    changed = [("a", "part-0.csv", "accepted_as_new"), ("a", "part-0.csv", "accepted_as_new"), ("a", "part-0.csv", "duplicate")]
    assert taken_in(third, contact) == changed
    assert taken_in(third, contact) == changed
    assert taken_in(fourth, contact) == [("b", "late.csv", "accepted_as_new")]


def test_packed_files_are_read_and_a_damaged_one_is_one_malformed_row(spark, spark_run_on):
    run = spark_run_on("2026-11-03")
    folder = run.home / "landing" / "feedback" / "channel=sms" / "received_date=2026-11-03"
    folder.mkdir(parents=True)
    packed = gzip.compress(f'{HEADER}\na,C1,opted_out,2026-11-02T09:00:00+08:00,,"stop\nplease"\n'.encode())
    (folder / "WHOLE.CSV.GZ").write_bytes(packed)
    (folder / "cut.csv.gz").write_bytes(packed[:-9])
    (folder / "none.csv.gz").write_bytes(b"no gzip")
    found = contact_feedback(rows(spark, "contact_feedback", PAST), rows(spark, "contact", CONTACT), run).collect()
    assert sorted((row.file, row.line, row["class"], row.detail) for row in found) == [
        ("WHOLE.CSV.GZ", 2, "accepted_as_new", "stop\nplease"),
        ("cut.csv.gz", 0, "malformed", None),
        ("none.csv.gz", 0, "malformed", None),
    ]
