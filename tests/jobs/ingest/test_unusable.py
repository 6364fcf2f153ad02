"""unusable: a required source of which nearly everything is rejected stops the night with one line."""

from datetime import date

import pytest

from jobs.catalogue.schema import sources
from jobs.ingest.unusable import is_unusable, unusable_source, without_repeats
from jobs.paths import ROOT
from jobs.quality.rules import Unusable, quality_rules

pytestmark = pytest.mark.core
LIMIT = Unusable(rejected_above=0.5, fewest_rows=100)


@pytest.mark.parametrize(
    ("source", "kept", "rejected", "unusable", "case"),
    [
        ("identity", 0, 300, True, "wholly in another encoding"),
        ("identity", 99, 101, True, "more than half"),
        ("identity", 100, 100, False, "half is the limit"),
        ("identity", 1, 98, False, "too few rows to judge by a share"),
        ("identity", 0, 1, True, "a snapshot of customers that keeps none"),
        ("identity", 500, 0, False, "nothing is wrong"),
        ("payment", 0, 3, False, "few events of a day, all bad"),
        ("payment", 0, 100, True, "a hundred events, all bad"),
        ("payment", 0, 0, False, "no events"),
        ("terminal", 0, 300, False, "an optional source never stops a night"),
    ],
)
def test_a_required_source_is_unusable_when_most_of_it_is_rejected(source, kept, rejected, unusable, case):
    assert is_unusable(sources()[source], kept, rejected, LIMIT) is unusable, case


def test_a_dump_written_twice_into_one_file_is_of_use():
    assert without_repeats({"duplicate_key": 19_976, "wrong_type: age": 79}) == {"wrong_type: age": 79}


def test_the_refusal_is_one_line_with_numbers_reason_limit_and_cure():
    refused = unusable_source(sources()["identity"], 20, {"bad_encoding": 1900, "wrong_number_of_cells": 80}, date(2026, 11, 5), LIMIT)
    assert str(refused) == (
        "landing/identity/business_date=2026-11-05: 1,980 of 2,000 rows are rejected, 1,900 of them for 'bad_encoding'; source identity "
        "is required and of no use like this (conf/quality.yaml: unusable: rejected_above: 0.5): "
        "have the dump delivered again, then run `cpc run ingest --date 2026-11-05`"
    )


def test_the_limit_stands_in_conf():
    assert quality_rules(ROOT / "conf").unusable == LIMIT
