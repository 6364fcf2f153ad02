"""publish_lists: whole lists or none, the same bytes again, and a published list never changes."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from jobs.contact import publish
from jobs.contact.publish import publish_lists
from jobs.context import RunContext
from jobs.errors import Refusal
from jobs.lists import layout
from jobs.lists.check.result import Result
from jobs.lists.content import LIST_SCHEMA
from jobs.progress import Progress
from tests.jobs.lists.small_home import DAY, NIGHT, SmallHome, arrow_rows, listed, of_ledger

pytestmark = [pytest.mark.home, pytest.mark.usefixtures("no_waiting_for_the_disk")]

CHANNELS = ("sms", "email", "hall", "web")


class Said(Progress):
    """Progress that keeps what it was told to say."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def trusting(monkeypatch):
    """Leaves out the check where a test is about files alone."""
    monkeypatch.setattr(publish, "check_staged", lambda home, conf, day, lists: Result(0, [], {}))


def bytes_of(home: Path) -> dict[str, bytes]:
    """Every published byte of a home, by path."""
    files = [path for folder in ("lists", "manifests") for path in (home / folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(home)): path.read_bytes() for path in files}


def publish_again(small: SmallHome, run: RunContext, **options: bool) -> dict[str, int]:
    """Replace the night's rows by those of `small` and publish."""
    ledger = small.ledger if small.ledger is not None else [of_ledger(row) for row in small.lists]
    run.lake.replace(arrow_rows(run.lake, "contact_list", small.lists), "contact_list", NIGHT)
    run.lake.replace(arrow_rows(run.lake, "contact", ledger), "contact", NIGHT)
    run.lake.replace(arrow_rows(run.lake, "identity", small.identities), "identity", NIGHT)
    return publish_lists(replace(run, options=options), Progress(quiet=True))


def test_every_channel_gets_a_list_of_the_contracts_columns_the_empty_ones_too(tmp_path):
    small = SmallHome()
    run = small.write(tmp_path, publish=False)
    assert publish_lists(run, Progress(quiet=True)) == {"list_sms": 2, "list_email": 1, "list_hall": 3, "list_web": 0}
    folder = tmp_path / "lists" / "channel=hall" / "contact_date=2026-11-06" / "revision=1"
    assert sorted(path.name for path in folder.iterdir()) == ["_SUCCESS", "manifest.json", "part-00000.parquet"]
    hall = parquet.ParquetFile(folder / "part-00000.parquet").read()
    assert hall.schema.equals(LIST_SCHEMA)
    assert hall.to_pylist() == [{name: row[name] for name in LIST_SCHEMA.names} for row in small.lists[3:]]
    empty = tmp_path / "lists" / "channel=web" / "contact_date=2026-11-06" / "revision=1"
    assert parquet.ParquetFile(empty / "part-00000.parquet").read().schema.equals(LIST_SCHEMA)
    lines = sorted(
        "|".join(str(row[name]) for name in ("contact_id", "customer_id", "campaign", "product", "wave", "script", "rank")) for row in small.lists[3:]
    )
    part = (folder / "part-00000.parquet").read_bytes()
    manifest = json.loads((folder / "manifest.json").read_text())
    code_version = manifest.pop("code_version")
    rules_hash = manifest.pop("rules_hash")
    assert manifest == {
        "channel": "hall",
        "contact_date": "2026-11-06",
        "business_date": "2026-11-05",
        "revision": 1,
        "rows": 3,
        "files": [{"name": "part-00000.parquet", "rows": 3, "bytes": len(part), "sha256": hashlib.sha256(part).hexdigest()}],
        "content_hash": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "schema_version": 1,
        "run": "manifests/business_date=2026-11-05/run.json",
        "created_at": "2026-11-05T16:00:00Z",
    }
    made = json.loads((tmp_path / manifest["run"]).read_text())
    assert (made["code_version"], made["rules_hash"], made["conf_hash"]) == (code_version, rules_hash, run.conf.hash())
    seal = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert made["lists"]["hall"] == {"revision": 1, "rows": 3, "content_hash": manifest["content_hash"], "manifest_sha256": seal}
    assert made["tables"]["contact_list"] == run.lake.version("contact_list")
    assert not layout.staging_folder(tmp_path).exists()


@pytest.mark.usefixtures("trusting")
def test_equal_rows_give_equal_bytes_and_publishing_again_is_a_no_op(tmp_path):
    run = SmallHome().write(tmp_path / "one", publish=False)
    other = SmallHome()
    other.lists.reverse()
    publish_lists(run, Progress(quiet=True))
    publish_lists(other.write(tmp_path / "two", publish=False), Progress(quiet=True))
    first = bytes_of(tmp_path / "one")
    assert bytes_of(tmp_path / "two") == first
    said = Said()
    assert publish_lists(run, said) == {}
    assert bytes_of(tmp_path / "one") == first
    assert [("nothing to do" in line) for line in said.lines] == [True] * 4


def test_other_content_is_refused_and_a_new_revision_says_what_changed(tmp_path):
    small = SmallHome()
    run = small.write(tmp_path, publish=False)
    publish_lists(run, Progress(quiet=True))
    before = bytes_of(tmp_path)
    gone, stays, new = small.lists[0], small.lists[1], listed("sms", "C6", "birthday", 1, rank=1)
    stays["rank"] = 2
    small.lists[0] = new
    small.ledger = [*[of_ledger(row) for row in small.lists[1:]], of_ledger(gone, revoked_in=2), of_ledger(new, revision=2)]
    with pytest.raises(Refusal, match=r"channel sms for 2026-11-06: revision 1 is published with other content.*--new-revision"):
        publish_again(small, run)
    assert bytes_of(tmp_path) == before
    assert publish_again(small, run, new_revision=True) == {"list_sms": 2}
    folder = layout.revision_folder(tmp_path, "sms", DAY, 2)
    assert parquet.ParquetFile(folder / "part-00000.parquet").read().column("customer_id").to_pylist() == ["C6", "C2"]
    assert json.loads((folder / "delta.json").read_text()) == {"revision": 2, "previous": 1, "added": [new["contact_id"]], "revoked": [gone["contact_id"]]}
    assert [layout.published_revisions(tmp_path, channel, DAY) for channel in CHANNELS] == [[1, 2], [1], [1], [1]]
    after = bytes_of(tmp_path)
    assert {path: after[path] for path in before if path.startswith("lists")} == {path: one for path, one in before.items() if path.startswith("lists")}
    made = json.loads((tmp_path / "manifests/business_date=2026-11-05/run.json").read_text())
    assert (made["lists"]["sms"]["revision"], [earlier["lists"]["sms"]["revision"] for earlier in made["earlier"]]) == (2, [1])
    assert publish_again(small, run, new_revision=True) == {}


@pytest.mark.usefixtures("trusting")
def test_a_changed_address_is_other_content_too(tmp_path):
    small = SmallHome()
    run = small.write(tmp_path, publish=False)
    publish_lists(run, Progress(quiet=True))
    small.identities[0]["number"] = "13900000000"
    with pytest.raises(Refusal, match="other content"):
        publish_again(small, run)


def test_each_channel_gets_the_address_it_needs_of_the_night_and_no_other(tmp_path):
    small = SmallHome()
    small.identities.append({"customer_id": "C1", "number": "13999999999", "email": "old@139.com", "business_date": date(2026, 11, 4)})
    run = small.write(tmp_path, publish=False)
    publish_lists(run, Progress(quiet=True))
    found = {}
    for channel in CHANNELS:
        part = parquet.ParquetFile(layout.revision_folder(tmp_path, channel, DAY, 1) / "part-00000.parquet").read(["customer_id", "address"])
        found[channel] = dict(zip(*part.to_pydict().values(), strict=True))
    assert found == {
        "sms": {"C1": "13800000001", "C2": "13800000002"},
        "email": {"C3": "C3@139.com"},
        "hall": {"C4": None, "C5": None, "C8": None},
        "web": {},
    }


def test_a_row_whose_customer_identity_does_not_hold_is_not_published(tmp_path):
    small = SmallHome()
    del small.identities[0]
    with pytest.raises(Refusal, match=f"found 1 violations: address: {small.lists[0]['contact_id']}: is missing"):
        publish_lists(small.write(tmp_path, publish=False), Progress(quiet=True))


def test_data_that_a_check_stops_are_not_published(tmp_path):
    small = SmallHome()
    small.checks.append({"table": "customer_view", "check": "age: not null", "on_fail": "stop", "passed": False, "observed": "3 rows"})
    with pytest.raises(Refusal, match="1 of 2 checks stop the night"):
        publish_lists(small.write(tmp_path, publish=False), Progress(quiet=True))
    assert bytes_of(tmp_path) == {}


def test_a_violation_publishes_nothing_and_leaves_no_staging(tmp_path):
    small = SmallHome()
    small.bans.append({"customer_id": "C1", "level": "system", "reason": "asked", "source": "register", "start_date": DAY})
    run = small.write(tmp_path, publish=False)
    with pytest.raises(Refusal, match=f"found 1 violations: do_not_disturb: {small.lists[0]['contact_id']}"):
        publish_lists(run, Progress(quiet=True))
    assert bytes_of(tmp_path) == {}


class Killed(BaseException):
    """What a kill looks like from inside: no handler of the code catches it."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, bytes]:
    """What a night publishes that nobody kills."""
    home = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "check_staged", lambda home, conf, day, lists: Result(0, [], {}))
        publish_lists(SmallHome().write(home, publish=False), Progress(quiet=True))
    return bytes_of(home)


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize(("step", "time"), [("write_parts", 2), ("write_run_manifest", 1), ("move", 1), ("move", 3), ("finish", 1), ("finish", 3)])
def test_a_kill_leaves_whole_lists_or_none_and_the_rerun_gives_the_same_bytes(tmp_path, undisturbed, step, time):
    run = SmallHome().write(tmp_path, publish=False)
    kill_at(run, step, time)
    whole = [channel for channel in CHANNELS if layout.newest_revision(run.home, channel, DAY)]
    assert len(whole) == {"move": time - 1, "finish": time - 1}.get(step, 0)
    for channel in whole:
        folder = layout.revision_folder(run.home, channel, DAY, 1)
        layout.verify_files(folder, layout.read_list_manifest(folder))
    assert len(publish_lists(run, Progress(quiet=True))) == len(CHANNELS) - len(whole)
    assert bytes_of(run.home) == undisturbed


def kill_at(run: RunContext, step: str, time: int) -> None:
    """Publish until a step is called for the time-th time, and die there."""
    original, calls = getattr(publish, step), []

    def killed(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == time:
            raise Killed
        return original(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, step, killed)
        # A killed process runs no clean-up either.
        patch.setattr(publish.shutil, "rmtree", lambda *arguments, **more: None)
        with pytest.raises(Killed):
            publish_lists(run, Progress(quiet=True))


@pytest.mark.usefixtures("trusting")
def test_past_dates_are_closed(tmp_path):
    run = SmallHome().write(tmp_path, publish=False)
    newer = layout.revision_folder(tmp_path, "sms", DAY.replace(day=9), 1)
    newer.mkdir(parents=True)
    (newer / "_SUCCESS").touch()
    with pytest.raises(Refusal, match="lists for 2026-11-09 already are, and past dates are closed"):
        publish_lists(run, Progress(quiet=True))
    assert layout.published_channels(tmp_path, DAY) == []
    (newer / "_SUCCESS").unlink()
    publish_lists(run, Progress(quiet=True))
    (newer / "_SUCCESS").touch()
    assert publish_lists(run, Progress(quiet=True)) == {}


def test_a_date_whose_contact_stage_did_not_run_is_not_published_as_a_day_of_empty_lists(run_on):
    with pytest.raises(Refusal, match="the contact stage of 2026-11-05 has not run"):
        publish_lists(run_on("2026-11-05"), Progress(quiet=True))
