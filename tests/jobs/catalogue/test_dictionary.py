"""dictionary: the committed page is what the catalogue says."""

import pytest

from jobs.catalogue.dictionary import DICTIONARY, dictionary
from jobs.catalogue.view import fields
from jobs.cli.main import run_command

pytestmark = pytest.mark.core


@pytest.fixture(scope="module")
def page() -> str:
    return dictionary()


def test_the_committed_dictionary_is_what_the_catalogue_says(page):
    assert DICTIONARY.read_text(encoding="utf-8") == page, "run `cpc dictionary` and commit DICTIONARY.md"


def test_every_field_has_one_row(page):
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert rows == [field.name for field in fields()]


def test_a_row_says_meaning_checks_and_origin():
    row = next(line for line in dictionary().splitlines() if line.startswith("| `age` |"))
    assert "int?" in row and "年龄" in row and "null when the birthday is unknown" in row
    assert "between 0 and 120 (warn)" in row and "customer (birth_date)" in row


def test_check_writes_nothing_and_says_no_when_the_page_is_old(tmp_path, monkeypatch, capsys):
    old = tmp_path / "DICTIONARY.md"
    old.write_text("old")
    monkeypatch.setattr("jobs.catalogue.dictionary.DICTIONARY", old)
    assert run_command(["dictionary", "--check"]) == 1
    assert old.read_text() == "old"
    assert "run `cpc dictionary`" in capsys.readouterr().err
    assert run_command(["dictionary", "--home", str(tmp_path)]) == 0
    assert run_command(["dictionary", "--check"]) == 0
