"""received: which files are read, and what a run takes of them: each content once, whatever is run again."""

from datetime import date
from pathlib import Path

import pytest

from jobs.errors import UserError
from jobs.feedback.received import landed_files
from tests.jobs.feedback.landing import HEADER

pytestmark = pytest.mark.core


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


def test_files_are_told_by_their_ending_in_any_case_packed_or_not(tmp_path: Path):
    folder = tmp_path / "channel=sms" / "received_date=2026-11-03"
    folder.mkdir(parents=True)
    for name in ("a.csv", "B.CSV", "c.csv.gz", "d.Csv.GZ", "e.csv.tmp", "readme.txt"):
        (folder / name).write_text(HEADER)
    assert sorted(file.path.name for file in landed_files(tmp_path, date(2026, 11, 3))) == ["B.CSV", "a.csv", "c.csv.gz", "d.Csv.GZ"]
