"""Declared indicators: enough of them, over every dimension, each documented, each name once."""

import pytest

from jobs.errors import UserError
from jobs.evaluation import declared
from jobs.evaluation.declared import DIMENSIONS, indicator_files

pytestmark = pytest.mark.core


def test_at_least_31_indicators_and_every_dimension():
    names = [one.name for file in indicator_files() for one in file.indicators]
    assert len(names) == len(set(names)) >= 31
    assert {column for file in indicator_files() for cell in file.cells for column in cell} == set(DIMENSIONS)
    assert {"success_rate", "cost_per_success", "return_on_cost", "capacity_use", "feedback_delay", "do_not_disturb_share"} <= set(names)


def test_success_rate_is_told_by_product_and_channel():
    assert [("product", "channel") in file.cells for file in indicator_files() for one in file.indicators if one.name == "success_rate"] == [True]


def test_what_is_said_to_add_up_is_a_plain_count_or_sum():
    wrong = [one.name for file in indicator_files() for one in file.indicators if one.additive and (one.denominator != "1" or "distinct" in one.numerator)]
    assert wrong == []


def test_only_daily_indicators_name_a_contact_date():
    """Readers pick the total of an indicator by its null dimensions; a second row without them would be another total."""
    daily = {one.name for file in indicator_files() if any("contact_date" in cell for cell in file.cells) for one in file.indicators}
    assert daily and all(name.startswith("daily_") for name in daily)


GOOD = """
topic: t
label: {en: T, zh: 题}
base: contact
dimensions: [""]
indicators:
  - {name: a, label: {en: A, zh: 甲}, doc: A long enough explanation., numerator: count(*), unit: contact, direction: up}
"""


@pytest.mark.parametrize(
    ("case", "wrong", "message"),
    [
        ("a misspelt key", GOOD.replace("numerator", "numerater"), "unknown key 'numerater' \\(did you mean 'numerator'"),
        ("an unknown dimension", GOOD.replace('[""]', "[chanel]"), "unknown column 'chanel'"),
        ("an unknown base", GOOD.replace("base: contact", "base: visit"), "base: "),
        ("no explanation", GOOD.replace("A long enough explanation.", "short"), "doc"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path, monkeypatch, case, wrong, message):
    (tmp_path / "indicators").mkdir()
    (tmp_path / "indicators" / "t.yaml").write_text(wrong, encoding="utf-8")
    monkeypatch.setattr(declared, "SCHEMAS", tmp_path)
    with pytest.raises(UserError, match=message):
        indicator_files.__wrapped__()


def test_a_name_that_stands_in_two_files_is_refused(tmp_path, monkeypatch):
    (tmp_path / "indicators").mkdir()
    for name in ("one", "two"):
        (tmp_path / "indicators" / f"{name}.yaml").write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr(declared, "SCHEMAS", tmp_path)
    with pytest.raises(UserError, match="a: declared under"):
        indicator_files.__wrapped__()
