"""A small simulated operator for the tests: days simulated into a home, dumps read back without the pipeline."""

import csv
import gzip
import hashlib
import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from jobs.paths import ROOT, SCHEMAS
from jobs.simulator.simulate import Request, simulate

WORLD = ROOT / "conf" / "worlds" / "province.yaml"
LAYOUTS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((SCHEMAS / "sources").glob("*.yaml"))}


def simulated(home: Path, first: str, last: str, customers: int | None = 200, seed: int | None = 3, dirt: str = "none", world: Path = WORLD) -> Path:
    request = Request(home, ROOT / "conf", SCHEMAS / "sources", world, date.fromisoformat(first), date.fromisoformat(last), customers, seed, dirt)
    simulate(request, lambda text: None)
    return home


def dump(home: Path, source: str, day: str) -> list[dict]:
    """Rows of all files of a dump, values as text; null is None."""
    rows: list[dict] = []
    folder = home / "landing" / source / f"business_date={day}"
    for path in sorted(folder.iterdir()):
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            text = pa.table([column.cast(pa.string()) for column in table.columns], names=table.column_names)
            rows += text.to_pylist()
        elif path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
                rows += [{name: value or None for name, value in row.items()} for row in csv.DictReader(lines)]
    return rows


def headers(home: Path, source: str, day: str) -> list[list[str]]:
    """Column names of each file of a dump."""
    folder, names = home / "landing" / source / f"business_date={day}", []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".parquet":
            names.append(pq.read_schema(path).names)
        elif path.suffix == ".gz":
            names.append(gzip.decompress(path.read_bytes()).decode().splitlines()[0].split(","))
    return names


def manifest(home: Path, source: str, day: str) -> dict:
    return json.loads((home / "landing" / source / f"business_date={day}" / "_manifest.json").read_text(encoding="utf-8"))


def bytes_of(home: Path, under: str = "landing") -> dict[str, str]:
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((home / under).rglob("*")) if path.is_file()}


def publish(home: Path, channel: str, day: str, rows: list[tuple[str, str]], revision: int = 1, success: bool = True) -> list[str]:
    """A list of (customer_id, product) by contract section 5, with the columns that a channel needs. Returns the contact_ids."""
    folder = home / "lists" / f"channel={channel}" / f"contact_date={day}" / f"revision={revision}"
    folder.mkdir(parents=True, exist_ok=True)
    ids = [hashlib.md5(f"{day}{channel}{customer}{product}{revision}".encode()).hexdigest() for customer, product in rows]
    columns = {
        "contact_id": pa.array(ids, type=pa.string()),
        "contact_date": pa.array([date.fromisoformat(day)] * len(rows)),
        "channel": pa.array([channel] * len(rows), type=pa.string()),
        "customer_id": pa.array([customer for customer, _ in rows], type=pa.string()),
        "campaign": pa.array(["test"] * len(rows), type=pa.string()),
        "product": pa.array([product for _, product in rows], type=pa.string()),
        "wave": pa.array([1] * len(rows), type=pa.int32()),
        "place": pa.nulls(len(rows), pa.string()),
        "rank": pa.array(range(1, len(rows) + 1), type=pa.int32()),
    }
    pq.write_table(pa.table(columns), folder / "part-0.parquet")
    if success:
        (folder / "_SUCCESS").write_text("")
    return ids


def feedback(home: Path) -> list[dict]:
    rows = []
    for path in sorted((home / "landing" / "feedback").rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            channel, received = path.parts[-3].removeprefix("channel="), path.parts[-2].removeprefix("received_date=")
            rows += [row | {"channel": channel, "received": received} for row in csv.DictReader(lines)]
    return rows
