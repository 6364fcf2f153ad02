"""The dirt of real dumps, chosen by hash: bad values, repeated keys, strangers, late and future events, odd layouts, repeated and missing files.

A required source always stays complete: its manifest is whole and true, however dirty the rows that it counts.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.simulator.calendar import date_of
from jobs.simulator.columns import Table
from jobs.simulator.draws import Draws, Integers
from jobs.simulator.market import Layout
from jobs.simulator.world import DirtShares, World
from jobs.simulator.writer import DumpFile, csv_bytes, dump_table, file_of, parquet_bytes

_GARBAGE = ("abc", "12,5", "N/A", "--", "１２３", "1e400", "2026-13-45", "#REF!", "NULL", "\u200b7")
_ODD_CODES = ("unknown", "OTHER", "x\u200d", "彩铃", "☎", "0")
# What a second system says of the same contact and moment when it is wrong.
OPPOSITE = {
    "accepted": "refused",
    "refused": "accepted",
    "opted_out": "accepted",
    "considering": "refused",
    "delivered": "failed",
    "failed": "delivered",
    "not_reached": "delivered",
    "not_shown": "delivered",
}
_STRANGER, _GARBAGE_VALUE, _ODD_CODE, _MISSING, _OUT_OF_RANGE = range(5)


@dataclass(frozen=True)
class Soil:
    """How dirty the dumps of a home are."""

    level: str
    draws: Draws
    world: World
    first_day: int

    @property
    def shares(self) -> DirtShares | None:
        return None if self.level == "none" else getattr(self.world.dirt, self.level)

    def strikes(self, share: float, what: str, layout: Layout, day: int) -> bool:
        return bool(self.draws.happens(share, f"dirt {what} {layout.source}", day)[0])


def soiled_dump(soil: Soil, layout: Layout, stem: str, table: Table, day: int, home: Path) -> list[DumpFile]:
    """The files of a source's dump. None at all when an optional source does not deliver today."""
    clean = dump_table(layout, table)
    shares = soil.shares
    if shares is None:
        return [file_of(layout, stem, clean)]
    small = clean.num_rows < 1000 and layout.delivery == "snapshot" and layout.customer is None
    rows = clean if small else _soiled_rows(soil, shares, layout, clean, day, stem)
    files = [_file(soil, shares, layout, stem, rows, day)]
    if stem.startswith("history") or day == soil.first_day:
        return files
    if not layout.required and soil.strikes(shares.missing_optional, "missing", layout, day):
        return []
    if soil.strikes(shares.header_only, "header only", layout, day):
        files.append(file_of(layout, "part-0001", clean.slice(0, 0)))
    if soil.strikes(shares.repeated_file, "repeated", layout, day):
        files += _yesterdays_file(home, layout, day)
    if layout.source == "value_added_usage" and soil.strikes(shares.odd_layout, "text numbers", layout, day):
        files.append(_numbers_as_text(rows.slice(0, 50)))
    return files


def _soiled_rows(soil: Soil, shares: DirtShares, layout: Layout, clean: pa.Table, day: int, stem: str) -> pa.Table:
    """Some cells bad, some rows twice, some with another row's values under their key, some events at the wrong time."""
    draws, number = soil.draws, np.arange(clean.num_rows)
    luck = draws.uniform(f"dirt rows {layout.source} {stem}", day, number)
    twice = np.flatnonzero(luck < shares.row * 0.2)
    table = pa.concat_tables([clean, _repeated(layout, clean, twice)])
    bad = np.flatnonzero((luck >= shares.row * 0.2) & (luck < shares.row))
    text = layout.format == "csv.gz"
    columns = {
        name: column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column for name, column in zip(table.column_names, table.columns, strict=True)
    }
    if text:
        columns = {name: column.cast(pa.string()) for name, column in columns.items()}
    for kind, place in _kinds_of(draws, layout, bad, day, text).items():
        _spoil(draws, layout, columns, kind, place, day, text)
    if layout.event_date:
        late = np.flatnonzero(draws.uniform(f"dirt time {layout.source} {stem}", day, number) < shares.late)
        _displace(draws, layout, columns, late, day, text)
    return pa.table(list(columns.values()), names=list(columns))


def _repeated(layout: Layout, clean: pa.Table, twice: Integers) -> pa.Table:
    """Rows once more; every second one carries its neighbour's values under its own key."""
    again = clean.take(pa.array(twice))
    neighbour = clean.take(pa.array(np.where(np.arange(len(twice)) % 2 == 0, twice, np.minimum(twice + 1, max(clean.num_rows - 1, 0)))))
    return pa.table([again[name] if name in layout.key else neighbour[name] for name in clean.column_names], names=clean.column_names)


def _kinds_of(draws: Draws, layout: Layout, bad: Integers, day: int, text: bool) -> dict[int, Integers]:
    kinds = [_ODD_CODE, _MISSING, _OUT_OF_RANGE]
    kinds += [_STRANGER] if layout.customer else []
    kinds += [_GARBAGE_VALUE, _GARBAGE_VALUE] if text else []
    chosen = np.array(kinds)[draws.below(len(kinds), f"dirt kind {layout.source}", day, bad)]
    return {kind: bad[chosen == kind] for kind in sorted(set(kinds))}


def _spoil(draws: Draws, layout: Layout, columns: dict[str, pa.Array], kind: int, rows: Integers, day: int, text: bool) -> None:
    fields = {
        _STRANGER: [field for field in layout.fields if field["name"] == layout.customer],
        _GARBAGE_VALUE: [field for field in layout.fields if field["type"] != "string"],
        _ODD_CODE: [field for field in layout.fields if "codes" in field],
        _MISSING: [field for field in layout.fields if not field["nullable"]],
        _OUT_OF_RANGE: [field for field in layout.fields if "between" in field],
    }[kind]
    if not fields or not len(rows):
        return
    which = draws.below(len(fields), f"dirt field {layout.source} {kind}", day, rows)
    for position, field in enumerate(fields):
        places = rows[which == position]
        if len(places):
            column = columns[field["name"]]
            columns[field["name"]] = _replaced(column, places, _values(draws, field, kind, places, day).cast(column.type))


def _values(draws: Draws, field: dict, kind: int, places: Integers, day: int) -> pa.Array:
    luck = draws.below(1_000_000, f"dirt value {field['name']}", day, places)
    if kind == _STRANGER:
        return pa.array([f"C{900_000_000 + one * 7 % 99_999_999:09d}" if one % 4 else f"?{one}" for one in luck.tolist()])
    if kind == _GARBAGE_VALUE:
        return pa.array([_GARBAGE[one % len(_GARBAGE)] for one in luck.tolist()])
    if kind == _ODD_CODE:
        return pa.array([_ODD_CODES[one % len(_ODD_CODES)] for one in luck.tolist()])
    if kind == _MISSING:
        return pa.nulls(len(places), pa.string())
    low, high = field["between"]
    return pa.array(
        [min(low - 1 - one % 7, -1) if one % 2 else min(high + 1 + one, 2**31 - 1 if field["type"] == "int" else 2**62) for one in luck.tolist()],
        type=pa.int64(),
    )


def _replaced(column: pa.Array, places: Integers, values: pa.Array) -> pa.Array:
    mask = np.zeros(len(column), dtype=bool)
    mask[places] = True
    return pc.replace_with_mask(column, pa.array(mask), values)


def _displace(draws: Draws, layout: Layout, columns: dict[str, pa.Array], rows: Integers, day: int, text: bool) -> None:
    """Events of long ago, of a few days ago, and of the days to come."""
    if not len(rows):
        return
    shift = np.array([-400, -60, -12, -5, -2, -1, 2, 30])[draws.below(8, f"dirt shift {layout.source}", day, rows)]
    days = [str(date_of(day + int(one))) for one in shift]
    name = str(layout.event_date)
    kind = next(field["type"] for field in layout.fields if field["name"] == name)
    values = pa.array([f"{one}T12:00:00+08:00" if kind == "timestamp" else one for one in days])
    columns[name] = _replaced(columns[name], rows, values if text else values.cast(pa.date32()))


def _file(soil: Soil, shares: DirtShares, layout: Layout, stem: str, table: pa.Table, day: int) -> DumpFile:
    if soil.strikes(shares.odd_layout, f"layout {stem}", layout, day):
        names = table.column_names
        table = table.select([*reversed(names[1:]), names[0]]).append_column("legacy_flag", pa.array(["Y"] * table.num_rows, type=pa.string()))
    return file_of(layout, stem, table)


def _yesterdays_file(home: Path, layout: Layout, day: int) -> list[DumpFile]:
    """Yesterday's file once more, byte for byte, under another name."""
    folder = home / "landing" / layout.source / f"business_date={date_of(day - 1)}"
    name = f"part-0000.{layout.format}"
    if not (folder / "_manifest.json").exists() or not (folder / name).exists():
        return []
    entries = json.loads((folder / "_manifest.json").read_text(encoding="utf-8"))["files"]
    rows = next(entry["rows"] for entry in entries if entry["name"] == name)
    return [DumpFile(f"part-0002.{layout.format}", rows, (folder / name).read_bytes())]


def _numbers_as_text(table: pa.Table) -> DumpFile:
    """A file of a system that was changed overnight: its numbers are text."""
    columns = [column.cast(pa.string()) if pa.types.is_integer(column.type) else column for column in table.columns]
    return DumpFile("part-0003.parquet", table.num_rows, parquet_bytes(pa.table(columns, names=table.column_names)))


def soiled_reports(soil: Soil, reports: Table, others: Table, channel: int, day: int) -> tuple[bytes, int]:
    """A feedback file: repeated, contradicting, malformed, unknown and misdirected lines among the true ones. Returns the bytes and their lines."""
    table = pa.table(list(reports.values()), names=list(reports))
    content = csv_bytes(table)
    shares = soil.shares
    if shares is None or not table.num_rows:
        return content, table.num_rows
    header, *lines = content.decode().splitlines()
    struck = np.flatnonzero(soil.draws.uniform("dirt feedback", day, channel, np.arange(len(lines))) < shares.feedback)
    strange = csv_bytes(pa.table(list(others.values()), names=list(others))).decode().splitlines()[1:]
    after: dict[int, str] = {int(row): _odd_line(soil.draws, lines[row], strange, int(row), channel, day) for row in struck}
    mixed = [header]
    for row, line in enumerate(lines):
        mixed.append(line)
        if row in after:
            mixed.append(after[row])
    return ("\n".join(mixed) + "\n").encode(), len(mixed) - 1


def _odd_line(draws: Draws, line: str, strange: list[str], row: int, channel: int, day: int) -> str:
    kind, luck = (int(draws.below(limit, what, day, channel, row)[0]) for limit, what in ((8, "dirt feedback kind"), (1_000_000, "dirt feedback value")))
    contact, customer, outcome, moment, *rest = line.split(",")
    if kind in (0, 1):
        return line
    if kind == 2:
        return ",".join([contact, customer, OPPOSITE[outcome.strip('"')], moment, *rest])
    if kind == 3:
        return ",".join([f"{luck * 2_654_435_761 % 2**128:032x}", customer, outcome, moment, *rest])
    if kind == 4 and strange:
        return strange[luck % len(strange)]
    if kind == 5:
        return ",".join([contact, customer, "SUCCESS", moment, *rest])
    if kind == 6:
        return ",".join([contact, customer, outcome, "yesterday 10 o'clock", *rest])
    return contact[:10] + ";" + customer
