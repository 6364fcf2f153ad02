"""The simulated operator as a whole: dumps obey their layouts, days follow from each other, luck is the seed alone."""

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from jobs.errors import UserError
from tests.jobs.simulator.operator import LAYOUTS, WORLD, bytes_of, dump, headers, manifest, simulated

pytestmark = pytest.mark.core

FIRST, SECOND = "2026-09-30", "2026-10-01"
TYPES = {
    "bigint": r"-?\d+",
    "int": r"-?\d+",
    "date": r"\d{4}-\d\d-\d\d",
    "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00",
    "boolean": "true|false",
    "string": r"(?s).+",
}
HISTORY = {"bill", "cost_settlement", "usage_month", "order_event", "payment", "service_contact", "channel_visit", "charge", "contact_history"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days over the end of a month: the first dump with history, then a day on which bills are closed."""
    return simulated(tmp_path_factory.mktemp("operator"), FIRST, SECOND)


@pytest.mark.parametrize("day", [FIRST, SECOND])
def test_every_value_obeys_its_layout(home: Path, day: str) -> None:
    customers = {row["customer_id"] for row in dump(home, "customer", day)}
    delivered = {path.name for path in (home / "landing").iterdir() if (path / f"business_date={day}").exists()}
    for source in delivered - {"feedback"}:
        layout, rows = LAYOUTS[source], dump(home, source, day)
        assert all(names == [field["name"] for field in layout["fields"]] for names in headers(home, source, day)), source
        for field in layout["fields"]:
            values = {row[field["name"]] for row in rows}
            assert field["nullable"] or None not in values, (source, field["name"])
            values.discard(None)
            bad = [value for value in values if not re.fullmatch(TYPES[field["type"]], value)]
            bad += [value for value in values if "codes" in field and value not in field["codes"]]
            bad += [value for value in values if "pattern" in field and not re.search(field["pattern"], value)]
            bad += [value for value in values if "between" in field and not field["between"][0] <= int(value) <= field["between"][1]]
            assert not bad, (source, field["name"], bad[:3])
        keys = Counter(tuple(row[name] for name in layout["key"]) for row in rows)
        assert max(keys.values(), default=1) == 1, (source, keys.most_common(1))
        assert "customer" not in layout or {row["customer_id"] for row in rows} <= customers, source


def test_sources_come_when_their_layout_says(home: Path) -> None:
    def delivered(day: str) -> set[str]:
        return {source for source in LAYOUTS if (home / "landing" / source / f"business_date={day}").exists()}

    assert delivered(FIRST) == set(LAYOUTS)
    assert delivered(SECOND) == {source for source, layout in LAYOUTS.items() if layout["delivery"] != "history"}


def test_history_covers_six_months_and_says_so(home: Path) -> None:
    assert {source for source in LAYOUTS if "history_from" in manifest(home, source, FIRST)} == HISTORY
    months = {row["bill_month"] for row in dump(home, "bill", FIRST)}
    assert months == {"2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01"}
    assert {row["bill_month"] for row in dump(home, "bill", SECOND)} == {"2026-09-01"}
    assert {row["month"] for row in dump(home, "usage_month", FIRST)} == months | {"2026-09-01"}
    assert {row["charge_date"][:7] for row in dump(home, "charge", FIRST)} == {"2026-09"}


def test_only_those_roam_who_were_on_a_journey(home):
    use = dump(home, "usage_month", FIRST)
    away = [row for row in use if int(row["data_bytes_roaming"]) > 0]
    assert 0 < len(away) < len(use) / 3
    assert all(int(row["data_bytes_roaming"]) <= int(row["data_bytes"]) for row in away)


def test_manifests_agree_with_their_files(home: Path) -> None:
    manifests = sorted((home / "landing").rglob("_manifest.json"))
    assert len(manifests) == len(LAYOUTS) + 22
    for path in manifests:
        said = manifest(home, path.parts[-3], path.parts[-2].removeprefix("business_date="))
        assert {entry["name"] for entry in said["files"]} == {one.name for one in path.parent.iterdir()} - {"_manifest.json"}
        assert said["rows"] == sum(entry["rows"] for entry in said["files"]) == len(dump(home, said["source"], said["business_date"]))
        assert all(entry["sha256"] == hashlib.sha256((path.parent / entry["name"]).read_bytes()).hexdigest() for entry in said["files"])


def test_a_bill_is_the_sum_of_the_months_charges(home: Path) -> None:
    charges: Counter = Counter()
    for row in dump(home, "charge", FIRST):
        charges[row["customer_id"], row["item"]] += int(row["amount_fen"])
    bills = {(row["customer_id"], row["item"]): int(row["amount_fen"]) for row in dump(home, "bill", SECOND)}
    assert bills == dict(charges)


def test_two_calls_of_one_day_equal_one_call_of_two_and_a_repeat_changes_nothing(home: Path, tmp_path: Path) -> None:
    simulated(tmp_path, FIRST, FIRST)
    simulated(tmp_path, SECOND, SECOND, customers=None, seed=None)
    assert bytes_of(tmp_path) == bytes_of(home)
    assert bytes_of(tmp_path, "truth") == bytes_of(home, "truth")
    simulated(tmp_path, SECOND, SECOND)
    assert bytes_of(tmp_path, "truth") == bytes_of(home, "truth")


def test_another_seed_is_another_province(home: Path, tmp_path: Path) -> None:
    simulated(tmp_path, FIRST, FIRST, seed=4)
    same = bytes_of(tmp_path).items() & bytes_of(home).items()
    # Only what is no luck may agree.
    assert {path.split("/")[1] for path, _ in same} <= {"product_catalogue", "plan_catalogue"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"customers": 300}, "--customers: this home has 200 customers"),
        ({"seed": 4}, "--seed: this home was made with seed 3"),
        ({"first": "2026-10-05", "last": "2026-10-05"}, "--from: 2026-10-05 follows from 2026-10-04"),
        ({"first": "2026-10-02", "last": "2026-10-01"}, "--to: 2026-10-01 is before --from"),
    ],
)
def test_what_contradicts_the_home_is_refused(home: Path, wrong: dict, says: str) -> None:
    with pytest.raises(UserError, match=re.escape(says)):
        simulated(home, **({"first": SECOND, "last": SECOND} | wrong))


def test_a_new_home_needs_its_customers(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--customers"):
        simulated(tmp_path, FIRST, FIRST, customers=None)
    assert not list(tmp_path.iterdir())


def test_truth_stands_under_truth_alone(home: Path) -> None:
    assert {path.name for path in home.iterdir()} == {"landing", "truth"}
    assert not [path for path in (home / "landing").rglob("*") if "truth" in path.name or "state" in path.name]


def test_another_world_needs_another_home(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(WORLD.read_text(encoding="utf-8").replace("sleeping_dogs: 0.05", "sleeping_dogs: 0.1"), encoding="utf-8")
    with pytest.raises(UserError, match="--world"):
        simulated(home, SECOND, SECOND, world=other)
