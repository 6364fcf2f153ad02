"""layout: only what carries _SUCCESS is published, and manifests are read strictly."""

from datetime import date

import pytest

from jobs.errors import Refusal
from jobs.lists import layout
from tests.jobs.lists.small_home import DAY, SmallHome, edit_manifest, write_list

pytestmark = [pytest.mark.core, pytest.mark.usefixtures("no_waiting_for_the_disk")]


def test_what_a_killed_run_left_is_not_published(tmp_path):
    run = SmallHome().write(tmp_path, publish=False)
    for revision in (1, 2, 10, 11):
        write_list(run, "web", [], revision=revision)
    (layout.revision_folder(tmp_path, "web", DAY, 11) / "_SUCCESS").unlink()
    write_list(run, "sms", [])
    (layout.revision_folder(tmp_path, "sms", DAY, 1) / "_SUCCESS").unlink()
    assert layout.published_revisions(tmp_path, "web", DAY) == [1, 2, 10]
    assert layout.next_revision(tmp_path, "web", DAY) == 11
    assert layout.newest_revision(tmp_path, "sms", DAY) is None
    assert layout.published_channels(tmp_path, DAY) == ["web"]
    assert layout.published_contact_dates(tmp_path) == [DAY]
    assert layout.published_revocations(tmp_path, "web", DAY) == []


def test_a_manifest_says_exactly_what_the_contract_names(tmp_path):
    run = SmallHome().write(tmp_path, publish=False)
    folder = write_list(run, "web", [])
    assert layout.read_list_manifest(folder).contact_date == DAY
    edit_manifest(folder, contact_dat="2026-11-06")
    with pytest.raises(Refusal, match=r"manifest.json: contact_dat: unknown key 'contact_dat' \(did you mean 'contact_date'\?\)"):
        layout.read_list_manifest(folder)


def test_files_beside_the_manifest_and_rows_that_do_not_add_up_are_refused(tmp_path):
    run = SmallHome().write(tmp_path, publish=False)
    folder = write_list(run, "web", [])
    assert [path.name for path in layout.verify_files(folder, layout.read_list_manifest(folder))] == ["part-00000.parquet"]
    edit_manifest(folder, rows=1)
    with pytest.raises(Refusal, match="rows: 1 is not the sum"):
        layout.verify_files(folder, layout.read_list_manifest(folder))
    (folder / "part-00000.parquet").unlink()
    with pytest.raises(Refusal, match=r"misses \['part-00000.parquet'\]"):
        layout.verify_files(folder, layout.read_list_manifest(folder))


def test_midnight_is_the_operators():
    assert layout.midnight(date(2026, 11, 6), "Asia/Shanghai").isoformat() == "2026-11-05T16:00:00+00:00"
