"""Fixtures of the tests that write files of lists."""

import pytest


@pytest.fixture
def no_waiting_for_the_disk(monkeypatch):
    """fsync costs milliseconds a file and means nothing on a scratch folder."""
    monkeypatch.setattr("jobs.lists.writing.sync", lambda path: None)
