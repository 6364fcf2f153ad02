"""received: lines of a feedback file become rows; whatever cannot be read stays a row, marked malformed."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from jobs.errors import UserError
from jobs.feedback.received import LONGEST_RAW, landed_files, lines_of

pytestmark = pytest.mark.core

HEADER = "contact_id,customer_id,outcome,occurred_at,place,detail"
GOOD = "a1,C1,accepted,2026-11-03T10:00:00+08:00,anzhou_b1,said yes"


def only_line(text: str):
    lines = lines_of(f"{HEADER}\n{text}\n".encode())
    assert len(lines) == 1
    return lines[0]


def test_a_good_line_is_read_with_its_time_in_utc():
    line = only_line(GOOD)
    assert (line.line, line.malformed, line.raw) == (2, False, GOOD)
    assert (line.contact_id, line.customer_id, line.outcome, line.place, line.detail) == ("a1", "C1", "accepted", "anzhou_b1", "said yes")
    assert line.occurred_at == datetime(2026, 11, 3, 2, 0, tzinfo=UTC)


def test_columns_may_come_in_another_order_and_with_others():
    lines = lines_of(b"\xef\xbb\xbfagent,Outcome,contact_id,detail,place,occurred_at,customer_id\r\nZhang,refused,a1,,,2026-11-03T02:00:00Z,C1\r\n")
    assert [(line.outcome, line.contact_id, line.customer_id, line.place, line.malformed) for line in lines] == [("refused", "a1", "C1", None, False)]


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("a cell too few", "a1,C1,accepted,2026-11-03T10:00:00+08:00,anzhou_b1"),
        ("a cell too many", GOOD + ",more"),
        ("no offset: may be eight hours off", "a1,C1,accepted,2026-11-03T10:00:00,,"),
        ("a day without time", "a1,C1,accepted,2026-11-03,,"),
        ("no time", "a1,C1,accepted,,,"),
        ("a day that does not exist", "a1,C1,accepted,2026-02-30T10:00:00+08:00,,"),
        ("a time before the calendar begins", "a1,C1,accepted,0001-01-01T00:00:00+08:00,,"),
        ("an unknown outcome", "a1,C1,bought,2026-11-03T10:00:00+08:00,,"),
        ("no outcome", "a1,C1,,2026-11-03T10:00:00+08:00,,"),
        ("no contact", ",C1,accepted,2026-11-03T10:00:00+08:00,,"),
        ("no customer", "a1,,accepted,2026-11-03T10:00:00+08:00,,"),
        ("quotes that do not close", 'a1,C1,accepted,2026-11-03T10:00:00+08:00,,"half'),
        ("the header again", HEADER),
        ("spaces", "   "),
    ],
)
def test_a_line_that_cannot_be_read_is_malformed_and_kept(case, text):
    line = only_line(text)
    assert line.malformed, case
    assert line.raw == text and line.contact_id is None


def test_bytes_that_are_not_utf8_spoil_their_line_alone():
    lines = lines_of(HEADER.encode() + b"\na1,C1,accepted,2026-11-03T10:00:00+08:00,," + "营业厅".encode("gbk") + b"\n" + GOOD.encode())
    assert [(line.line, line.malformed) for line in lines] == [(2, True), (3, False)]


@pytest.mark.parametrize(
    "header", [GOOD, "contact_id,customer_id,outcome,occurred_at,place", HEADER + ",place", "contact_id;customer_id;outcome;occurred_at;place;detail"]
)
def test_without_a_proper_header_no_line_of_the_file_can_be_read(header):
    lines = lines_of(f"{header}\n{GOOD}\n".encode())
    assert [(line.line, line.malformed) for line in lines] == [(1, True), (2, True)]


def test_utf16_files_empty_files_and_binary_files_never_raise():
    assert lines_of(b"") == [] and lines_of(b"\n\r\n") == []
    assert lines_of(f"{HEADER}\n".encode()) == []
    assert all(line.malformed for line in lines_of(f"{HEADER}\n{GOOD}\n".encode("utf-16")))
    assert all(line.malformed for line in lines_of(bytes(range(256)) * 4))


def test_empty_lines_are_no_rows_and_do_not_shift_the_numbers():
    assert [line.line for line in lines_of(f"\n{HEADER}\n\n{GOOD}\n\r\n{GOOD}".encode())] == [4, 6]


def test_a_very_long_line_is_kept_in_part():
    line = only_line("x" * 300_000)
    assert line.malformed and len(line.raw) == LONGEST_RAW


def test_files_received_after_the_date_wait_for_their_day(tmp_path: Path):
    for channel, day in [("sms", "2026-11-03"), ("call", "2026-11-02"), ("sms", "2026-11-04")]:
        folder = tmp_path / f"channel={channel}" / f"received_date={day}"
        folder.mkdir(parents=True)
        (folder / "part.csv").write_text(HEADER)
        (folder / "part.csv.tmp").write_text("half a file")
    found = landed_files(tmp_path, date(2026, 11, 3))
    assert [(file.channel, file.received_date.isoformat(), file.path.name) for file in found] == [
        ("call", "2026-11-02", "part.csv"),
        ("sms", "2026-11-03", "part.csv"),
    ]


def test_a_folder_whose_name_is_no_date_is_named(tmp_path: Path):
    folder = tmp_path / "channel=sms" / "received_date=yesterday"
    folder.mkdir(parents=True)
    (folder / "part.csv").write_text(HEADER)
    with pytest.raises(UserError, match="'yesterday' is no date"):
        landed_files(tmp_path, date(2026, 11, 3))
