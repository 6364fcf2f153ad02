"""late: files of earlier dates that no night took are taken in by tonight's night once their folder is whole; of snapshots only the newest."""

from datetime import date

import pytest

from jobs.ingest.delivery import examine
from jobs.ingest.known_files import KnownFiles
from jobs.ingest.landed_file import open_file
from tests.landing import csv_bytes, deliver, folder_of, good

pytestmark = pytest.mark.core
EARLIER, YESTERDAY, DAY = "2026-11-03", "2026-11-04", "2026-11-05"


def order(number):
    return [good("order_event", order_id=number)]


def place(source, day, name="a.csv.gz"):
    return source, date.fromisoformat(day), name


def files(home, source, **known):
    deliveries = {one.source: one for one in examine(home, date.fromisoformat(DAY), KnownFiles(**{name: frozenset(value) for name, value in known.items()}))}
    return {file.name: (file.fate, str(file.dump_date)) for file in deliveries[source].files} if source in deliveries else {}


def test_events_that_no_night_took_are_taken_in_oldest_first_under_their_own_date(tmp_path):
    for day, number in ((DAY, "3"), (EARLIER, "1"), (YESTERDAY, "2")):
        deliver(tmp_path, "order_event", day, {"a.csv.gz": order(number)})
    found = files(tmp_path, "order_event", settled=[place("order_event", "2026-11-02")])
    assert list(found.items()) == [
        (f"business_date={EARLIER}/a.csv.gz", ("judge", EARLIER)),
        (f"business_date={YESTERDAY}/a.csv.gz", ("judge", YESTERDAY)),
        ("a.csv.gz", ("judge", DAY)),
    ]


def test_what_another_night_took_or_set_aside_is_left_alone(tmp_path):
    folder = deliver(tmp_path, "order_event", YESTERDAY, {"a.csv.gz": order("1")})
    (folder / "stray.csv.gz").write_bytes(csv_bytes(order("9"), ["order_id"]))
    assert files(tmp_path, "order_event", settled=[place("order_event", YESTERDAY)], set_aside=[place("order_event", YESTERDAY, "stray.csv.gz")]) == {}


def test_a_file_added_to_a_folder_is_taken_in_once_the_manifest_names_it(tmp_path):
    folder = deliver(tmp_path, "order_event", YESTERDAY, {"a.csv.gz": order("1")})
    (folder / "b.csv.gz").write_bytes(csv_bytes(order("2"), ["order_id"]))
    (folder / "broken.csv.gz").write_bytes(b"no gzip")
    taken = {"settled": [place("order_event", YESTERDAY)]}
    assert {name.partition("/")[2]: fate for name, (fate, _) in files(tmp_path, "order_event", **taken).items()} == {
        "b.csv.gz": "unlisted_file",
        "broken.csv.gz": "unreadable_file",
    }
    deliver(tmp_path, "order_event", YESTERDAY, {"a.csv.gz": order("1"), "b.csv.gz": order("2")})
    (folder / "broken.csv.gz").unlink()
    found = files(tmp_path, "order_event", **taken, set_aside=[place("order_event", YESTERDAY, "b.csv.gz")])
    assert found == {f"business_date={YESTERDAY}/b.csv.gz": ("judge", YESTERDAY)}


def test_a_late_folder_that_is_not_whole_waits(tmp_path):
    deliver(tmp_path, "order_event", EARLIER, {"a.csv.gz": order("1"), "b.csv.gz": order("2")})
    (folder_of(tmp_path, "order_event", EARLIER) / "b.csv.gz").unlink()
    deliver(tmp_path, "order_event", YESTERDAY, {"a.csv.gz": order("3")})
    (folder_of(tmp_path, "order_event", YESTERDAY) / "_manifest.json").unlink()
    assert files(tmp_path, "order_event") == {}


def test_bytes_that_came_before_or_come_twice_tonight_are_repeated(tmp_path):
    deliver(tmp_path, "order_event", EARLIER, {"a.csv.gz": order("1")})
    deliver(tmp_path, "order_event", YESTERDAY, {"a.csv.gz": order("2")})
    deliver(tmp_path, "order_event", DAY, {"a.csv.gz": order("2"), "b.csv.gz": order("3")})
    came_before = open_file(folder_of(tmp_path, "order_event", EARLIER) / "a.csv.gz").sha256
    found = files(tmp_path, "order_event", taken=[("order_event", came_before)])
    assert [fate for fate, _ in found.values()] == ["repeated", "judge", "repeated", "judge"]


def test_the_newest_late_snapshot_stands_in_for_tonights_and_no_other_is_used(tmp_path):
    for day in (EARLIER, YESTERDAY):
        deliver(tmp_path, "terminal", day, {"a.csv.gz": [good("terminal", tac=f"3600000{day[-1]}")]})
    older, newer = f"business_date={EARLIER}/a.csv.gz", f"business_date={YESTERDAY}/a.csv.gz"
    assert files(tmp_path, "terminal") == {older: ("repeated", EARLIER), newer: ("judge", YESTERDAY)}
    newest_taken = {"settled": [place("terminal", YESTERDAY, "other.csv.gz")]}
    assert files(tmp_path, "terminal", **newest_taken) == {older: ("repeated", EARLIER), newer: ("repeated", YESTERDAY)}
    deliver(tmp_path, "terminal", DAY, {"a.csv.gz": [good("terminal")]})
    assert files(tmp_path, "terminal") == {older: ("repeated", EARLIER), newer: ("repeated", YESTERDAY), "a.csv.gz": ("judge", DAY)}


def test_a_rerun_of_a_night_that_others_have_followed_takes_what_it_took_and_nothing_new(tmp_path):
    deliver(tmp_path, "order_event", YESTERDAY, {"a.csv.gz": order("1")})
    deliver(tmp_path, "order_event", DAY, {"a.csv.gz": order("2"), "new.csv.gz": order("3")})
    assert files(tmp_path, "order_event", own=[place("order_event", DAY)]) == {"a.csv.gz": ("judge", DAY)}
