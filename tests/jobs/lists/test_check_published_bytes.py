"""The independent check: files, columns and rows that are not what the contract and their manifest say."""

import hashlib
import json
import shutil
from datetime import date

import pyarrow as pa
import pytest

from jobs.lists import layout
from jobs.lists.content import LIST_SCHEMA
from jobs.lists.writing import write_json
from tests.jobs.lists.small_home import DAY, SmallHome, channel, details, edit_manifest, found, listed, of_ledger, seal, write_list

RUN = "manifests/business_date=2026-11-05/run.json"

pytestmark = [pytest.mark.home, pytest.mark.usefixtures("no_waiting_for_the_disk")]


def test_files_that_differ_from_their_manifest(tmp_path):
    SmallHome().write(tmp_path)
    sms, email, hall, web = (layout.revision_folder(tmp_path, one, DAY, 1) for one in ("sms", "email", "hall", "web"))
    with (sms / "part-00000.parquet").open("r+b") as part:  # one byte of the file's creator, which changes no row
        data = part.read()
        part.seek(data.rindex(b"parquet-cpp"))
        part.write(b"P")
    edit_manifest(email, content_hash="0" * 64)
    edit_manifest(hall, contact_date="2026-11-07", rows=4)
    (web / "manifest.json").write_text("{")
    assert details(tmp_path) == [
        ("checksum", "sms: part-00000.parquet: size or SHA-256 differs from the manifest"),
        ("content_hash", "email: the rows do not hash to the manifest's content_hash"),
        ("manifest", "hall: contact_date is '2026-11-07' instead of '2026-11-06'"),
        ("manifest", "hall: rows is 4, the files add up to 3"),
        ("manifest", "web: manifest.json is not there or no JSON"),
        ("run", f"email: content_hash, manifest_sha256 differ in {RUN} and in the published list"),
        ("run", f"hall: rows, manifest_sha256 differ in {RUN} and in the published list"),
        ("run", f"web: rows, content_hash, manifest_sha256 differ in {RUN} and in the published list"),
    ]


def test_columns_types_channels_and_lists_of_the_contract(tmp_path):
    small = SmallHome()
    small.channels.append(channel("call", "number", True, {"day": 3}, ["service"]))
    run = small.write(tmp_path)
    (layout.revision_folder(tmp_path, "call", DAY, 1) / "_SUCCESS").unlink()
    wide = LIST_SCHEMA.set(LIST_SCHEMA.get_field_index("wave"), pa.field("wave", pa.int64()))
    write_list(run, "web", [], schema=wide)
    swapped = pa.schema([LIST_SCHEMA.field(1), LIST_SCHEMA.field(0), *list(LIST_SCHEMA)[2:]])
    write_list(run, "email", [small.lists[2]], schema=swapped)
    write_list(run, "fax", [])
    seal(run)
    rules = [(rule, detail.split(":")[0]) for rule, detail in details(tmp_path)]
    assert rules == [("missing_list", "call"), ("schema", "email"), ("schema", "web"), ("unknown_channel", "fax")]


def test_rows_of_another_day_or_channel(tmp_path):
    small = SmallHome().widen()
    other_day = small.add("sms", "D00", "birthday")
    other_channel = listed("email", "D01", "birthday", 1, rank=1, address="13800000001")
    small.ledger = [of_ledger(row) for row in [*small.lists, other_channel]]
    run = small.write(tmp_path)
    in_list = [row for row in small.lists if row["channel"] == "sms"]
    write_list(run, "sms", [*in_list[:-1], {**other_day, "contact_date": date(2026, 11, 7)}])
    write_list(run, "web", [other_channel])
    seal(run)
    rules = found(tmp_path)
    # The key is a hash over the date too; a row in another channel's list is missing in its own.
    assert rules == {other_day["contact_id"]: {"channel_and_date", "contact_id"}, other_channel["contact_id"]: {"channel_and_date", "ledger", "address"}}


def test_a_manifest_of_any_content_is_a_violation_and_never_a_crash(tmp_path):
    SmallHome().write(tmp_path)
    path = layout.revision_folder(tmp_path, "sms", DAY, 1) / "manifest.json"
    whole = layout.read_json(path)
    file = whole["files"][0]
    for content, said in {
        "": "manifest.json is not there or no JSON",
        "[" * 100_000: "manifest.json is not there or no JSON",
        "[]": "manifest.json is not there or no JSON",
        json.dumps({**whole, "files": None}): "manifest.json: files is None, which is no list",
        json.dumps({**whole, "files": [3]}): "an entry of files is no mapping",
        json.dumps({**whole, "files": [{**file, "rows": "x"}]}): "an entry of files: rows is 'x', which is no int",
        json.dumps({**whole, "files": [{**file, "rows": None}]}): "an entry of files: rows is None, which is no int",
        json.dumps({**whole, "files": [{**file, "name": ["a"]}]}): "an entry of files: name is ['a'], which is no str",
        json.dumps({**whole, "files": [{**file, "bytes": True}]}): "an entry of files: bytes is True, which is no int",
        json.dumps({**whole, "files": [file, file]}): "files names part-00000.parquet more than once",
        json.dumps({**whole, "revision": "1"}): "manifest.json: revision is '1', which is no int",
        json.dumps({key: value for key, value in whole.items() if key != "run"}): "manifest.json: keys missing ['run'], not of the contract []",
        json.dumps({**whole, "schema_version": 2}): "schema_version is 2 instead of 1",
        json.dumps({**whole, "run": "elsewhere/run.json"}): f"run is 'elsewhere/run.json' instead of '{RUN}'",
        json.dumps({**whole, "created_at": "2026-11-05T16:00:01Z"}): "created_at is '2026-11-05T16:00:01Z', not the contact date's midnight",
        json.dumps({**whole, "created_at": "yesterday"}): "created_at is 'yesterday', not the contact date's midnight",
    }.items():
        path.write_text(content)
        named = details(tmp_path)
        assert ("manifest", f"sms: {said}") in named
        assert {rule for rule, _ in named} == {"manifest", "run"}  # the rows are judged all the same, and are right


def test_a_part_that_is_a_folder_or_has_a_damaged_page(tmp_path):
    small = SmallHome()
    run = small.write(tmp_path)
    sms, hall = (layout.revision_folder(tmp_path, one, DAY, 1) for one in ("sms", "hall"))
    (sms / "part-00000.parquet").unlink()
    (sms / "part-00000.parquet").mkdir()
    part = hall / "part-00000.parquet"
    data = bytearray(part.read_bytes())
    data[8:600] = bytes(592)
    part.write_bytes(data)
    manifest = layout.read_json(hall / "manifest.json")
    edit_manifest(hall, files=[{**manifest["files"][0], "sha256": hashlib.sha256(data).hexdigest()}])
    seal(run)
    rules = {(rule, detail.split(":")[0], detail.split(":")[1]) for rule, detail in details(tmp_path)}
    assert rules >= {
        ("checksum", "sms", " part-00000.parquet"),
        ("schema", "sms", " part-00000.parquet is no Parquet file"),
        ("schema", "hall", " the files do not read"),
    }


def test_a_list_that_was_changed_together_with_its_manifest_differs_from_the_run(tmp_path):
    small = SmallHome()
    run = small.write(tmp_path)
    for row in small.lists[3:5]:  # the two rows of one branch change places, and everything that the manifest says is right
        row["rank"] = 3 - row["rank"]
    write_list(run, "hall", [small.lists[4], small.lists[3], small.lists[5]])
    write_list(run, "email", [{**small.lists[2], "parameters": [("points", "9999")]}])
    assert details(tmp_path) == [
        ("run", f"email: manifest_sha256 differs in {RUN} and in the published list"),
        ("run", f"hall: content_hash, manifest_sha256 differ in {RUN} and in the published list"),
    ]
    (tmp_path / RUN).write_text("{}")
    assert details(tmp_path) == [("run", f"{RUN} is not there or does not describe the lists")]


def test_a_later_revision_says_exactly_what_it_changed(tmp_path):
    small = SmallHome()
    gone, new = small.lists[0], listed("sms", "C6", "birthday", 1, rank=1)
    small.ledger = [*[of_ledger(row) for row in small.lists[1:]], of_ledger(gone, revoked_in=2), of_ledger(new, revision=2)]
    run = small.write(tmp_path)
    folder = write_list(run, "sms", [new, small.lists[1]], revision=2)
    seal(run)
    assert details(tmp_path) == [("manifest", "sms: delta.json is not there or no JSON")]
    right = {"revision": 2, "previous": 1, "added": [new["contact_id"]], "revoked": [gone["contact_id"]]}
    for wrong, said in (
        ({}, None),
        ({"added": []}, "added has 0 contacts, not exactly the 1 of the files"),
        ({"revoked": [gone["contact_id"], new["contact_id"]]}, "revoked has 2 contacts, not exactly the 1 of the files"),
        ({"previous": 2}, "speaks of revision 2 after 2"),
    ):
        write_json(folder / "delta.json", {**right, **wrong})
        assert details(tmp_path) == ([("delta", f"sms: delta.json: {said}")] if said else [])


def test_finished_folders_without_a_number(tmp_path):
    small = SmallHome()
    small.write(tmp_path)
    folder = layout.revision_folder(tmp_path, "sms", DAY, 1)
    shutil.copytree(folder, folder.with_name("revision=abc"))
    assert details(tmp_path) == [("manifest", "lists/channel=sms/contact_date=2026-11-06/revision=abc is no revision")]
    shutil.copytree(folder.parent, folder.parent.with_name("contact_date=2026-11-06.bak"))
    assert layout.published_contact_dates(tmp_path) == [DAY]
