"""The records of a feedback file: UTF-8 text, its first line naming the columns in any order. Whatever cannot be read stays a record,
marked malformed; an empty line is none.

A cell in quotes may hold line ends. Quotes that do not close would swallow all lines behind them, and with them opt-outs: then, and
where a line that can be used by itself would become part of a cell, the quote is taken as a fault of its line alone.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from jobs.feedback.states import STRONGEST_FIRST

COLUMNS = ("contact_id", "customer_id", "outcome", "occurred_at", "place", "detail")
REQUIRED = ("contact_id", "customer_id", "outcome", "occurred_at")
LONGEST_RAW = 2000


@dataclass(frozen=True)
class Record:
    """A received record; `line` is its first, `raw` its text in part. Cells are None when it is malformed."""

    line: int
    raw: str
    malformed: bool
    contact_id: str | None = None
    customer_id: str | None = None
    outcome: str | None = None
    occurred_at: datetime | None = None
    place: str | None = None
    detail: str | None = None


def records_of(content: bytes) -> list[Record]:
    """Every record of a file but for a proper header. Without one, no line of the file can be read."""
    # Python refuses a cell of more than 131,072 characters unless told otherwise.
    limit = csv.field_size_limit(max(csv.field_size_limit(), len(content)))
    try:
        return _all_records(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"))
    finally:
        csv.field_size_limit(limit)


def _all_records(lines: list[bytes]) -> list[Record]:
    filled = [place for place, line in enumerate(lines) if line.rstrip(b"\r")]
    if not filled:
        return []
    header = _header(lines[filled[0]].rstrip(b"\r"))
    if header is None:
        return [_malformed(place, lines[place].rstrip(b"\r")) for place in filled]
    return list(_records(lines, filled[0] + 1, header))


def _records(lines: list[bytes], start: int, header: list[str]) -> Iterator[Record]:
    place = start
    while place < len(lines):
        line, behind = lines[place].rstrip(b"\r"), place + 1
        if line:
            behind = _end_of_record(lines, place, header) or behind
            yield _record(place, b"\n".join(lines[place:behind]).rstrip(b"\r"), header)
        place = behind


def _end_of_record(lines: list[bytes], start: int, header: list[str]) -> int | None:
    """Behind the line that closes the quotes which the line at `start` leaves open; None when the line stands for itself."""
    if lines[start].count(b'"') % 2 == 0 or _is_whole(lines[start], header):
        return None
    for place in range(start + 1, len(lines)):
        if not _record(place, lines[place].rstrip(b"\r"), header).malformed:
            return None
        if lines[place].count(b'"') % 2:
            return place + 1 if _is_whole(b"\n".join(lines[start : place + 1]), header) else None
    return None


def _is_whole(text: bytes, header: list[str]) -> bool:
    """Whether the text is one record with a cell for each column, whatever they hold."""
    cells = _cells(text.rstrip(b"\r"))
    return cells is not None and len(cells) == len(header)


def _header(line: bytes) -> list[str] | None:
    """Column names of a header that has each column once; further columns are allowed and not read."""
    names = [name.strip().lower() for name in _cells(line) or []]
    return names if all(names.count(column) == 1 for column in COLUMNS) else None


def _record(place: int, text: bytes, header: list[str]) -> Record:
    cells = _cells(text)
    if cells is None or len(cells) != len(header):
        return _malformed(place, text)
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    occurred_at = _moment(row["occurred_at"])
    if any(not row[name] for name in REQUIRED) or row["outcome"] not in STRONGEST_FIRST or occurred_at is None:
        return _malformed(place, text)
    facts = (row["contact_id"], row["customer_id"], row["outcome"], occurred_at, row["place"] or None, row["detail"] or None)
    return Record(place + 1, _raw(text), False, *facts)


def _malformed(place: int, text: bytes) -> Record:
    return Record(place + 1, _raw(text), True)


def _raw(text: bytes) -> str:
    return text.decode("utf-8", errors="replace")[:LONGEST_RAW]


def _cells(text: bytes) -> list[str] | None:
    """Cells of one CSV record, None when it is not UTF-8 or its quotes do not close."""
    try:
        return next(csv.reader([text.decode("utf-8")], strict=True))
    except (UnicodeDecodeError, csv.Error, StopIteration):
        return None


def _moment(text: str) -> datetime | None:
    """An ISO 8601 moment with offset, in UTC; None for anything else, since a time without offset may be eight hours off."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
