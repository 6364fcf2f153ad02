"""The dictionary page: every field, readable and searchable, without anything from elsewhere and without a person's value."""

import re

import pytest

from jobs.catalogue.view import fields
from jobs.errors import UserError
from jobs.reports.dictionary import shown_value, write_dictionary_page
from tests.jobs.reports.home import append

pytestmark = pytest.mark.core


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    from datetime import date

    from jobs.conf import Conf
    from jobs.context import RunContext
    from jobs.paths import ROOT

    run = RunContext(tmp_path_factory.mktemp("home"), date(2026, 11, 5), Conf(ROOT / "conf"))
    people = [
        {"customer_id": f"C{number:09}", "home_area": "anzhou_a77", "brand": "easy", "plan_fee_fen": 5800 if number < 15 else None} for number in range(20)
    ]
    append(run, "customer_view", people)
    path = write_dictionary_page(run)
    assert path == run.home / "reports" / "dictionary" / "2026-11-05" / "index.html"
    return path.read_text(encoding="utf-8")


def article(page: str, field: str) -> str:
    return re.search(rf'<article class="field" id="{field}".*?</article>', page, re.DOTALL)[0]


def test_every_field_has_an_entry(page):
    assert re.findall(r'<article class="field" id="(\w+)"', page) == [field.name for field in fields()]


def test_an_entry_says_meaning_values_origin_and_users(page):
    entry = article(page, "plan_fee_fen")
    assert "套餐月费" in entry and "null when the line holds none" in entry and "bigint, fen, may be null" in entry
    assert "25.0%" in entry  # 5 of 20 hold no plan
    assert "subscription (" in entry and "monthly_fee_fen" in entry and "between 0 and 1000000 (warn)" in entry
    assert "plan_upgrade (blank fee)" in entry
    assert 'href="#needs_plan_advice"' in article(page, "plan_saving_fen")


def test_the_search_looks_in_names_labels_sources_and_campaigns(page):
    entry = article(page, "has_ringback_tone")
    told = re.search(r'data-search="([^"]*)"', entry)[1]
    assert all(word in told for word in ("has_ringback_tone", "彩铃", "ringback_autumn", "subscription"))


def test_no_value_of_a_person_and_no_address_outside_stands_on_it(page):
    assert "anzhou_a77" not in page and "C000000001" not in page
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_without_a_script_the_fields_show_and_the_search_does_not(page):
    assert '<div class="find" hidden>' in page
    assert not re.search(r"<article[^>]*(hidden|display)", page)


def test_a_date_without_a_night_is_said(run_on):
    with pytest.raises(UserError, match="the customer view has no rows of 2026-11-05"):
        write_dictionary_page(run_on("2026-11-05"))


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("bill_last_month_fen", 12_345.0, "¥123"),
        ("data_bytes_this_month", 5.0 * 2**30, "5 GB"),
        ("data_bytes_this_month", 1536.0, "1.5 KB"),
        ("voice_seconds_this_month", 90.0, "1.5 min"),
        ("bill_trend_percent", -40.0, "−40%"),
        ("joined_on", 31.0, "1970-02"),
        ("points", 12_345.0, "12,300"),
    ],
)
def test_values_are_shown_as_a_person_reads_them(field, value, shown):
    assert shown_value(value, next(one for one in fields() if one.name == field)) == shown
