"""Dirt of real dumps, chosen by hash."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from jobs.simulator.columns import Table, rows_of
from jobs.simulator.draws import Draws
from jobs.simulator.market import Layout
from jobs.simulator.world import World
from jobs.simulator.writer import DumpFile, csv_bytes, dump_table, file_of


@dataclass(frozen=True)
class Soil:
    level: str
    draws: Draws
    world: World


def soiled_dump(soil: Soil, layout: Layout, stem: str, table: Table, day: int, home: Path) -> list[DumpFile]:
    return [file_of(layout, stem, dump_table(layout, table))]


def soiled_reports(soil: Soil, table: Table, channel: int, day: int) -> tuple[bytes, int]:
    return csv_bytes(pa.table(list(table.values()), names=list(table))), rows_of(table)
