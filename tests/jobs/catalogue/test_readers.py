"""readers: a module reads a table that its functions take or that it opens by name, and the columns that its strings name."""

import pytest

from jobs.catalogue import readers

pytestmark = pytest.mark.core

MODULE = '''
"""Docs that say age and vip_level read nothing."""

def target(customer_view, run):
    """points stand in docs alone."""
    return customer_view.where("vip_level > 2").select("city")

def scanned(run):
    return run.lake.scan("balance", columns=["cash_fen"])
'''


@pytest.fixture
def read(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(MODULE)
    return readers._read(path)


def test_tables_are_parameters_and_what_is_opened_by_name(read):
    assert {"customer_view", "balance"} <= read[0]
    assert "city" not in read[0] - {"city"} and "cash_fen" not in read[0]


def test_columns_are_the_words_of_strings_but_not_of_docs(read):
    assert {"vip_level", "city", "cash_fen"} <= read[1]
    assert not {"age", "points"} & read[1]


def test_the_candidates_read_the_place_of_a_customer():
    assert "jobs/contact/candidate.py" in readers.readers_of("customer_view", "home_branch")
    assert readers.readers_of("customer_view", "no_such_column") == []
