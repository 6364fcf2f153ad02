"""runner: tables are made as soon as what they need is made, two at a time, and a failure begins nothing new."""

from threading import Barrier

import pytest

from jobs.errors import UserError
from jobs.runner import in_order_of_need

pytestmark = pytest.mark.core


def test_a_table_waits_for_what_it_needs():
    begun = []
    needs = {"decision": {"candidate", "ban"}, "candidate": set(), "ban": {"answer"}, "answer": set()}
    made = in_order_of_need(needs, lambda table: begun.append(table) or len(table))
    assert begun.index("answer") < begun.index("ban") < begun.index("decision") > begun.index("candidate")
    assert list(made.items()) == [("decision", 8), ("candidate", 9), ("ban", 3), ("answer", 6)]


def test_two_that_do_not_need_each_other_are_made_side_by_side():
    met = Barrier(2)  # each waits for the other: one after the other would break it

    def make(table: str) -> int:
        met.wait(timeout=10)
        return 1

    assert in_order_of_need({"reach": set(), "appetite": set()}, make) == {"reach": 1, "appetite": 1}


def test_after_a_failure_nothing_new_is_begun():
    begun = []

    def make(table: str) -> int:
        begun.append(table)
        if table == "candidate":
            raise UserError("candidate: no score")
        return 1

    with pytest.raises(UserError, match="no score"):
        in_order_of_need({"candidate": set(), "decision": {"candidate"}, "contact": {"decision"}}, make)
    assert begun == ["candidate"]
