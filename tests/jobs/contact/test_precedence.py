"""precedence: what a person relies on when a customer is banned, capped and held out at once."""

import pytest

from jobs.catalogue.schema import tables
from jobs.contact.precedence import ORDER, caps

pytestmark = pytest.mark.core


def test_a_ban_speaks_before_an_address_an_address_before_a_cap_and_value_last():
    reasons = list(dict.fromkeys(reason for reason, _ in ORDER))
    assert [one for one in reasons if one in ("do_not_disturb", "no_address", "cap", "min_interval")] == ["do_not_disturb", "no_address", "cap", "min_interval"]
    assert (reasons[0], reasons[-1]) == ("not_approved", "negative_value")


def test_every_reason_is_one_that_the_table_decision_documents():
    documented = next(field.doc for field in tables()["decision"].fields if field.name == "reason")
    assert not [reason for reason, _ in ORDER if reason not in documented]


def test_a_cap_that_is_switched_off_is_not_asked(conf):
    assert "grade_month" in [cap.name for cap in conf.contact_rules.caps]
    assert "grade_month" not in [cap.name for cap in caps(conf.contact_rules)]
