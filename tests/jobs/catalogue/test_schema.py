"""schema: what identifies a person is declared in one source and in no table."""

import pytest

from jobs.catalogue.schema import columns_of, sources, tables

pytestmark = pytest.mark.core


def test_what_identifies_a_person_stands_in_identity_alone():
    direct = {(source.source, field.name) for source in sources().values() for field in source.fields if field.pii == "direct"}
    assert {source for source, _ in direct} == {"identity"}
    assert {name for _, name in direct} == {"name", "number", "email", "postal_address", "certificate_number"}
    elsewhere = {(table, name) for table in [*tables(), "customer_view"] for name in columns_of(table)}
    assert [one for one in sorted(elsewhere) if one[1] in {"address", *(name for _, name in direct)}] == []
