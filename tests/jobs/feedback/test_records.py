"""records: a feedback file becomes records; whatever cannot be read stays one, marked malformed, and no opt-out is lost beside it."""

from datetime import UTC, datetime

import pytest

from jobs.feedback.records import LONGEST_RAW, records_of

pytestmark = pytest.mark.core

HEADER = "contact_id,customer_id,outcome,occurred_at,place,detail"
GOOD = "a1,C1,accepted,2026-11-03T10:00:00+08:00,anzhou_b1,said yes"


def only_line(text: str):
    lines = records_of(f"{HEADER}\n{text}\n".encode())
    assert len(lines) == 1
    return lines[0]


def test_a_good_line_is_read_with_its_time_in_utc():
    line = only_line(GOOD)
    assert (line.line, line.malformed, line.raw) == (2, False, GOOD)
    assert (line.contact_id, line.customer_id, line.outcome, line.place, line.detail) == ("a1", "C1", "accepted", "anzhou_b1", "said yes")
    assert line.occurred_at == datetime(2026, 11, 3, 2, 0, tzinfo=UTC)


def test_columns_may_come_in_another_order_and_with_others():
    lines = records_of(b"\xef\xbb\xbfagent,Outcome,contact_id,detail,place,occurred_at,customer_id\r\nZhang,refused,a1,,,2026-11-03T02:00:00Z,C1\r\n")
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
    lines = records_of(HEADER.encode() + b"\na1,C1,accepted,2026-11-03T10:00:00+08:00,," + "营业厅".encode("gbk") + b"\n" + GOOD.encode())
    assert [(line.line, line.malformed) for line in lines] == [(2, True), (3, False)]


@pytest.mark.parametrize(
    "header", [GOOD, "contact_id,customer_id,outcome,occurred_at,place", HEADER + ",place", "contact_id;customer_id;outcome;occurred_at;place;detail"]
)
def test_without_a_proper_header_no_line_of_the_file_can_be_read(header):
    lines = records_of(f"{header}\n{GOOD}\n".encode())
    assert [(line.line, line.malformed) for line in lines] == [(1, True), (2, True)]


def test_utf16_files_empty_files_and_binary_files_never_raise():
    assert records_of(b"") == [] and records_of(b"\n\r\n") == []
    assert records_of(f"{HEADER}\n".encode()) == []
    assert all(line.malformed for line in records_of(f"{HEADER}\n{GOOD}\n".encode("utf-16")))
    assert all(line.malformed for line in records_of(bytes(range(256)) * 4))


def test_empty_lines_are_no_rows_and_do_not_shift_the_numbers():
    assert [line.line for line in records_of(f"\n{HEADER}\n\n{GOOD}\n\r\n{GOOD}".encode())] == [4, 6]


def test_a_very_long_line_is_kept_in_part():
    line = only_line("x" * 300_000)
    assert line.malformed and len(line.raw) == LONGEST_RAW


STOP = "a1,C1,opted_out,2026-11-03T10:00:00+08:00,,"


@pytest.mark.parametrize(
    ("case", "text", "details"),
    [
        ("a line end inside quotes", STOP + '"said: stop\nplease"', [(2, "said: stop\nplease")]),
        ("line ends of Windows", STOP + '"stop\r\nplease"\r', [(2, "stop\r\nplease")]),
        ("an empty line inside quotes, and rows behind", f'{STOP}"stop\n\nplease"\n{GOOD}', [(2, "stop\n\nplease"), (5, "said yes")]),
        ("doubled quotes", STOP + '"""stop""\nplease"', [(2, '"stop"\nplease')]),
        ("a quoted line end before another cell", 'a1,C1,opted_out,2026-11-03T10:00:00+08:00,"hall\n1",stop', [(2, "stop")]),
        ("a lone quote that belongs to the text", f'{STOP}5" screen\n{STOP}5" screen', [(2, '5" screen'), (3, '5" screen')]),
    ],
)
def test_quoted_line_ends_belong_to_their_cell(case, text, details):
    found = records_of(f"{HEADER}\n{text}\n".encode())
    assert [(one.line, one.detail, one.malformed) for one in found] == [(*detail, False) for detail in details], case
    assert found[0].outcome == "opted_out", case


def test_a_record_of_several_lines_that_cannot_be_used_is_one_malformed_record():
    found = records_of(f'{HEADER}\na1,C1,bought,2026-11-03T10:00:00+08:00,,"yes\nindeed"\n{GOOD}'.encode())
    assert [(one.line, one.malformed) for one in found] == [(2, True), (4, False)]


@pytest.mark.parametrize(
    ("case", "lines", "malformed"),
    [
        ("never closed", ['a1,C1,refused,2026-11-03T10:00:00+08:00,,"half', STOP, GOOD], [True, False, False]),
        ("closed far behind usable rows", ['a1,C1,refused,2026-11-03T10:00:00+08:00,,"half', STOP, 'x,"'], [True, False, True]),
        ("closed, but not at the end of a cell", ['a1,C1,refused,2026-11-03T10:00:00+08:00,,"half', 'x,"y', STOP], [True, True, False]),
    ],
)
def test_an_open_quote_spoils_its_line_alone(case, lines, malformed):
    found = records_of("\n".join([HEADER, *lines]).encode())
    assert [one.malformed for one in found] == malformed, case


def test_a_very_long_detail_does_not_cost_the_row():
    for quote in ("", '"'):
        record = only_line(f"{STOP}{quote}{'x' * 1_000_000}{quote}")
        assert (record.malformed, record.outcome, len(record.detail or ""), len(record.raw)) == (False, "opted_out", 1_000_000, LONGEST_RAW)
