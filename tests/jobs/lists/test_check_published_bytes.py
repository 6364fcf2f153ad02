"""The independent check: files, columns and rows that are not what the contract and their manifest say."""

from datetime import date

import pyarrow as pa
import pytest

from jobs.lists import layout
from jobs.lists.content import LIST_SCHEMA
from tests.jobs.lists.small_home import DAY, SmallHome, channel, details, edit_manifest, found, listed, of_ledger, write_list

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
    rules = found(tmp_path)
    # The key is a hash over the date too; a row in another channel's list is missing in its own.
    assert rules == {other_day["contact_id"]: {"channel_and_date", "contact_id"}, other_channel["contact_id"]: {"channel_and_date", "ledger", "address"}}
