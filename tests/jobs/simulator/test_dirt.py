"""Dirt: there is some of every kind, a required source stays complete, and the same dirt comes again."""

import hashlib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.jobs.simulator.operator import LAYOUTS, bytes_of, dump, feedback, manifest, publish, simulated

pytestmark = pytest.mark.core

FIRST, LAST = "2026-11-05", "2026-11-08"
DAYS = ["2026-11-06", "2026-11-07", "2026-11-08"]


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = simulated(tmp_path_factory.mktemp("dirt"), FIRST, FIRST, dirt="heavy")
    customers = [row["customer_id"] for row in dump(home, "customer", FIRST)]
    publish(home, "sms", DAYS[0], [(customer, "ringback_tone") for customer in customers])
    publish(home, "call", DAYS[0], [(customer, "voice_pack") for customer in customers])
    return simulated(home, DAYS[0], LAST, dirt="heavy")


def test_required_sources_are_whole_on_every_day(dirty: Path) -> None:
    for day in [FIRST, *DAYS]:
        for source, layout in LAYOUTS.items():
            if layout["required"]:
                for entry in manifest(dirty, source, day)["files"]:
                    path = dirty / "landing" / source / f"business_date={day}" / entry["name"]
                    assert entry["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
                assert manifest(dirty, source, day)["rows"] == len(dump(dirty, source, day))


def test_bad_rows_of_every_kind_are_there(dirty: Path) -> None:
    known = {row["customer_id"] for row in dump(dirty, "customer", FIRST)}
    visits = [row for day in [FIRST, *DAYS] for row in dump(dirty, "channel_visit", day)]
    assert [row for row in visits if row["customer_id"] and row["customer_id"] not in known]
    assert [row for row in visits if row["channel"] is None or row["visited_at"] is None or row["business_kind"] is None]
    codes = set(next(field for field in LAYOUTS["channel_visit"]["fields"] if field["name"] == "channel")["codes"])
    assert [row for row in visits if row["channel"] and row["channel"] not in codes]
    assert [row for row in visits if row["visited_at"] and not row["visited_at"].startswith("202")]
    assert [row for row in visits if (row["visited_at"] or "") > "2026-11-09"]
    assert max(Counter(row["visit_id"] for row in dump(dirty, "channel_visit", FIRST) if row["visit_id"]).values()) == 2
    voice = [row for day in [FIRST, *DAYS] for row in dump(dirty, "voice_usage", day)]
    assert [row for row in voice if row["seconds"] is not None and not 0 <= int(row["seconds"]) <= 86_400]


def test_files_repeat_change_their_layout_and_stay_away(dirty: Path) -> None:
    files = {
        source: [manifest(dirty, source, day)["files"] for day in DAYS if (dirty / "landing" / source / f"business_date={day}").exists()] for source in LAYOUTS
    }
    repeated = [(before, entry) for days in files.values() for before, after in pairwise(days) for entry in after if entry["name"].startswith("part-0002")]
    assert repeated and all(entry["sha256"] in {one["sha256"] for one in before} for before, entry in repeated[:1])
    assert any(entry["rows"] == 0 for days in files.values() for entries in days for entry in entries)
    optional = [source for source, layout in LAYOUTS.items() if not layout["required"] and layout["delivery"] in ("snapshot", "events")]
    assert sum(len(files[source]) for source in optional) < len(DAYS) * len(optional)
    extra = [
        row
        for source in ("customer", "balance", "identity", "order_event", "payment")
        for day in DAYS
        for row in dump(dirty, source, day)[:1]
        if "legacy_flag" in row
    ]
    assert extra


def test_feedback_is_repeated_contradicted_malformed_and_unknown(dirty: Path) -> None:
    rows = feedback(dirty)
    assert max(Counter((row["contact_id"], row["outcome"], row["occurred_at"]) for row in rows).values()) > 1
    assert [row for row in rows if row["outcome"] == "SUCCESS" or row["outcome"] is None or row["occurred_at"] == "yesterday 10 o'clock"]
    states: dict[str, set] = {}
    for row in rows:
        states.setdefault(row["contact_id"], set()).add(row["outcome"])
    assert [
        contact
        for contact, outcomes in states.items()
        if {"accepted", "refused"} <= outcomes or {"accepted", "delivered"} <= outcomes or {"accepted", "not_reached"} <= outcomes
    ]


def test_the_same_dirt_comes_again(dirty: Path) -> None:
    before = bytes_of(dirty)
    simulated(dirty, LAST, LAST, dirt="heavy")
    assert bytes_of(dirty) == before
