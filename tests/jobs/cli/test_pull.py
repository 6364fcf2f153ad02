"""cpc pull, check and revoke on a small home: what is delivered, what is refused, and with which exit code."""

import csv
import hashlib
import io
import json
import multiprocessing
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from jobs.cli.main import run_command
from jobs.lake import Lake
from jobs.lists import layout
from jobs.lists.content import LIST_SCHEMA
from jobs.lists.pull import HOST, deliver
from tests.jobs.lists.small_home import DAY, SmallHome, edit_manifest, put, write_list

pytestmark = [pytest.mark.home, pytest.mark.usefixtures("no_waiting_for_the_disk")]


@pytest.fixture
def small() -> SmallHome:
    return SmallHome()


@pytest.fixture
def home(tmp_path, small, monkeypatch) -> Path:
    small.write(tmp_path)
    monkeypatch.setenv("CPC_CONF", str(tmp_path / "conf"))
    monkeypatch.setenv("CPC_HOME", str(tmp_path))
    return tmp_path


def pull(home: Path, channel: str, *more: str) -> int:
    return run_command(["pull", "--channel", channel, "--contact-date", "2026-11-06", "--to", str(home / "inbox"), *more])


def inbox(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "inbox").iterdir()) if (home / "inbox").exists() else []


def revoke(home: Path, customer: str) -> None:
    """Make a customer do-not-disturb since the list was made, and revoke."""
    ban = {"customer_id": customer, "level": "system", "reason": "asked", "source": "register", "start_date": DAY, "business_date": DAY}
    put(Lake(home), "do_not_disturb", [ban])
    assert run_command(["revoke", "--contact-date", "2026-11-06"]) == 0


def test_a_list_arrives_whole_without_its_revoked_rows_and_again_the_same(home, capsys):
    assert pull(home, "hall", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["ok"], result["rows"], result["revoked"], result["path"]) == (True, 3, 0, str(home / "inbox" / "hall_2026-11-06.parquet"))
    whole = parquet.ParquetFile(result["path"]).read()
    assert whole.schema.equals(LIST_SCHEMA)
    assert whole.column("rank").to_pylist() == [1, 2, 3]
    revoke(home, "C4")
    revoke(home, "C8")
    assert layout.published_revocations(home, "hall", DAY) == [1, 2]
    capsys.readouterr()
    for _ in range(2):
        assert pull(home, "hall", "--json") == 0
        result = json.loads(capsys.readouterr().out)
        assert (result["rows"], result["revoked"]) == (1, 2)
        assert parquet.ParquetFile(result["path"]).read().column("customer_id").to_pylist() == ["C5"]
    assert inbox(home) == ["hall_2026-11-06.parquet"]


def test_csv_carries_json_and_guards_against_formulas(home, small, capsys):
    run = small.write(home / "other", publish=False)
    talk = {"contact_date": date(2026, 11, 1), "channel": "sms", "product": "music_club", "outcome": "considering"}
    row = {
        **small.lists[3],
        "script": "=cmd()",
        "place": "@b",
        "parameters": [("plan", "-easy"), ("name", "张")],
        "history": [talk],
        "campaign": "+ringback",
        "channel": "-hall",
    }
    write_list(run, "hall", [row])
    assert (
        run_command(
            ["pull", "--home", str(home / "other"), "--channel", "hall", "--contact-date", "2026-11-06", "--to", str(home / "inbox"), "--format", "csv"]
        )
        == 0
    )
    (cells,) = csv.DictReader((home / "inbox" / "hall_2026-11-06.csv").open(encoding="utf-8"))
    assert list(cells) == LIST_SCHEMA.names
    assert {
        name: cells[name]
        for name in ("script", "place", "campaign", "channel", "address", "contact_date", "rank", "probability", "expected_value", "valid_from")
    } == {
        "script": "'=cmd()",
        "place": "'@b",
        "campaign": "'+ringback",
        "channel": "'-hall",
        "address": "",
        "contact_date": "2026-11-06",
        "rank": "1",
        "probability": "0.25",
        "expected_value": "2.9500",
        "valid_from": "2026-11-06T01:00:00Z",
    }
    assert json.loads(cells["parameters"]) == {"plan": "-easy", "name": "张"}
    assert json.loads(cells["history"]) == [{**talk, "contact_date": "2026-11-01"}]


def test_the_channels_own_format_is_the_default_and_an_empty_list_arrives_too(home):
    assert pull(home, "sms") == 0
    assert pull(home, "web") == 0
    assert inbox(home) == ["sms_2026-11-06.csv", "web_2026-11-06.parquet"]
    assert parquet.ParquetFile(home / "inbox" / "web_2026-11-06.parquet").read().num_rows == 0


def test_without_success_nothing_is_delivered(home, capsys):
    (layout.revision_folder(home, "sms", DAY, 1) / "_SUCCESS").unlink()
    assert pull(home, "sms", "--wait", "0.05") == 1
    assert "list of channel sms for 2026-11-06 is not published" in capsys.readouterr().err
    assert inbox(home) == []


def test_waiting_delivers_as_soon_as_the_list_is_published(home, monkeypatch):
    success = layout.revision_folder(home, "sms", DAY, 1) / "_SUCCESS"
    success.unlink()
    monkeypatch.setattr("jobs.cli.pull.time.sleep", lambda seconds: success.touch())
    assert pull(home, "sms", "--wait", "60") == 0


def test_the_newest_whole_revision_is_delivered(home, small):
    run = SmallHome().write(home / "other", publish=False)
    write_list(run, "hall", small.lists[3:])
    write_list(run, "hall", small.lists[3:4], revision=2)
    write_list(run, "hall", [], revision=3)
    (layout.revision_folder(run.home, "hall", DAY, 3) / "_SUCCESS").unlink()
    assert run_command(["pull", "--home", str(run.home), "--channel", "hall", "--contact-date", "2026-11-06", "--to", str(home / "inbox")]) == 0
    assert parquet.ParquetFile(home / "inbox" / "hall_2026-11-06.parquet").read().num_rows == 1


def damage_part(home: Path) -> None:
    path = layout.revision_folder(home, "hall", DAY, 1) / "part-00000.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def add_part(home: Path) -> None:
    (layout.revision_folder(home, "hall", DAY, 1) / "part-00001.parquet").touch()


def change_content_hash(home: Path) -> None:
    edit_manifest(layout.revision_folder(home, "hall", DAY, 1), content_hash="0" * 64)


def edit_list(**changes: object) -> Callable[[Path], None]:
    return lambda home: edit_manifest(layout.revision_folder(home, "hall", DAY, 1), **changes)


def break_json(home: Path) -> None:
    (layout.revision_folder(home, "hall", DAY, 1) / "manifest.json").write_text("{")


def nest_json(home: Path) -> None:
    (layout.revision_folder(home, "hall", DAY, 1) / "manifest.json").write_text("[" * 100_000)


def put_other_bytes(content: bytes) -> Callable[[Path], None]:
    """Other bytes in the list's file, and a manifest that agrees with them."""

    def harm(home: Path) -> None:
        folder = layout.revision_folder(home, "hall", DAY, 1)
        (folder / "part-00000.parquet").write_bytes(content)
        file = {"name": "part-00000.parquet", "rows": 3, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        edit_manifest(folder, files=[file])

    return harm


def other_table() -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.table({"contact_id": ["a", "b", "c"]}), buffer)
    return buffer.getvalue()


def rename_revocation(home: Path) -> None:
    revoke(home, "C4")
    edit_manifest(layout.revocation_folder(home, "hall", DAY, 1), channel="sms")


def damage_revocation(home: Path) -> None:
    revoke(home, "C4")
    (layout.revocation_folder(home, "hall", DAY, 1) / "part-00000.parquet").write_bytes(b"?")


def lose_revocation(home: Path) -> None:
    revoke(home, "C4")
    layout.revocation_folder(home, "hall", DAY, 1).rename(layout.revocation_folder(home, "hall", DAY, 2))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (damage_part, "checksum differs"),
        (add_part, "part-00001.parquet"),
        (change_content_hash, "content_hash"),
        (damage_revocation, "size differs"),
        (lose_revocation, "has a gap"),
        (edit_list(channel="mms"), "speaks of channel mms, 2026-11-06, number 1 where channel hall"),
        (edit_list(contact_date="2026-11-07"), "speaks of channel hall, 2026-11-07"),
        (edit_list(revision=7), "number 7 where channel hall, 2026-11-06, number 1 belongs"),
        (edit_list(rows="3"), "manifest.json: rows: Input should be a valid integer"),
        (rename_revocation, "speaks of channel sms, 2026-11-06, number 1"),
        (break_json, "not valid JSON"),
        (nest_json, "not valid JSON"),
        (put_other_bytes(b"no parquet"), "do not read as a list"),
        (put_other_bytes(other_table()), "do not read as a list"),
    ],
)
def test_what_does_not_verify_is_not_delivered_and_what_was_stays(home, capsys, harm, said):
    assert pull(home, "hall") == 0
    before = (home / "inbox" / "hall_2026-11-06.parquet").read_bytes()
    harm(home)
    assert pull(home, "hall") == 1
    assert said in capsys.readouterr().err
    assert inbox(home) == ["hall_2026-11-06.parquet"]
    assert (home / "inbox" / "hall_2026-11-06.parquet").read_bytes() == before


def test_a_folder_that_cannot_be_one_is_wrong_use(home, capsys):
    (home / "file").touch()
    (home / "taken" / "hall_2026-11-06.parquet").mkdir(parents=True)
    for to, said in (("file", "cannot be a folder: File exists"), ("file/below", "cannot be a folder: Not a directory"), ("taken", "is a folder")):
        assert run_command(["pull", "--channel", "hall", "--contact-date", "2026-11-06", "--to", str(home / to)]) == 2
        error = capsys.readouterr().err.strip()
        assert said in error and error.startswith("--to: ") and "\n" not in error


def test_a_kill_while_writing_leaves_no_half_file(home, monkeypatch):
    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("jobs.lists.pull.os.replace", killed)
    assert pull(home, "hall") != 0
    assert inbox(home) == []


def test_wrong_use_names_the_nearest_right_word(home, capsys):
    assert pull(home, "hal") == 2
    assert "unknown channel 'hal' (did you mean 'hall'?)" in capsys.readouterr().err
    assert pull(home, "hall", "--format", "cvs") == 2
    assert "(did you mean 'csv'?)" in capsys.readouterr().err


def test_check_names_what_it_found_and_exits_1(home, small, capsys):
    assert run_command(["check", "--contact-date", "2026-11-06", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) | {"contact_date": None} == {
        "ok": True,
        "contact_date": None,
        "rows": 6,
        "violations": [],
        "counts": {},
        "notes": [],
    }
    put(Lake(home), "do_not_disturb", [{"customer_id": "C1", "level": "system", "reason": "asked", "source": "register", "start_date": DAY}])
    assert run_command(["check", "--contact-date", "2026-11-06", "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    detail = "ban of level system since 2026-11-06: asked (register)"
    assert (result["ok"], result["violations"]) == (False, [{"rule": "do_not_disturb", "contact_id": small.lists[0]["contact_id"], "detail": detail}])
    assert run_command(["check", "--contact-date", "2026-11-08"]) == 1
    assert "no list for 2026-11-08" in capsys.readouterr().err


def test_revoke_without_cause_or_list_writes_nothing(home, capsys):
    assert run_command(["revoke", "--contact-date", "2026-11-06", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["revoked"] == 0
    assert list(home.glob("lists/*/*/revocations")) == []
    assert run_command(["revoke", "--contact-date", "2026-11-08"]) == 1


def test_pulls_that_overlap_never_show_half_a_file(tmp_path):
    SmallHome().write(tmp_path)
    to = tmp_path / "to"
    whole = deliver(tmp_path, "sms", DAY, to, "csv").path.read_bytes()
    pulling = [multiprocessing.get_context("spawn").Process(target=pull_again_and_again, args=(tmp_path, to, whole)) for _ in range(3)]
    for one in pulling:
        one.start()
    while any(one.is_alive() for one in pulling):
        assert (to / f"sms_{DAY}.csv").read_bytes() == whole
    assert [one.exitcode for one in pulling] == [0, 0, 0]
    assert [path.name for path in to.iterdir()] == [f"sms_{DAY}.csv"]


def pull_again_and_again(home, to, whole):
    for _ in range(15):
        assert deliver(home, "sms", DAY, to, "csv").path.read_bytes() == whole


def test_nothing_is_delivered_into_folders_of_the_runs(home, capsys):
    for own in ("lists/channel=sms/contact_date=2026-11-06/revision=1", "lake", "landing/inbox"):
        assert run_command(["pull", "--channel", "sms", "--contact-date", "2026-11-06", "--to", str(home / own)]) == 2
        assert "which belongs to the runs" in capsys.readouterr().err
    assert run_command(["check", "--contact-date", "2026-11-06"]) == 0


def test_what_a_killed_pull_left_hidden_goes_with_the_next_one(home):
    assert pull(home, "sms") == 0
    killed = home / "inbox" / f".sms_2026-11-06.csv.{HOST}.{2**22 + 1}.writing"  # no process has such a number
    elsewhere = home / "inbox" / f".sms_2026-11-06.csv.other-machine.{2**22 + 1}.writing"
    killed.touch()
    elsewhere.touch()
    assert pull(home, "sms") == 0
    assert inbox(home) == [elsewhere.name, "sms_2026-11-06.csv"]


def test_a_home_that_is_a_file_and_a_certificate_that_is_none_are_one_line(home, capsys, tmp_path):
    (tmp_path / "file").touch()
    assert run_command(["check", "--contact-date", "2026-11-06", "--home", str(tmp_path / "file")]) == 2
    assert "is no folder" in capsys.readouterr().err
    path = home / "certificates" / "business_date=2026-11-05" / "certificate.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    assert run_command(["certificate", "--date", "2026-11-05"]) == 1
    assert "is no whole certificate" in capsys.readouterr().err
