"""to_revoke: the bans that follow from answers are the same whether DuckDB works them out for a revocation or Spark for the night."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest

from jobs.contact.automatic_ban import automatic_bans, signals
from jobs.contact.to_revoke import TABLES, take_steps
from jobs.lists import layout
from jobs.lists.query import connect
from tests.jobs.contact.house import house
from tests.jobs.lists.small_home import put

DAY = date(2026, 11, 6)
BAN_RULES = [
    {"cause": "opt_out", "level": "product_channel", "at_least": 1, "within_days": 400},
    {"cause": "opt_out", "level": "channel", "at_least": 2, "within_days": 400},
    {"cause": "opt_out", "level": "system", "at_least": 3, "within_days": 30, "lasts_days": 365},
    {"cause": "refusals", "level": "product", "at_least": 2, "within_days": 90, "lasts_days": 180},
]


def drawn(sides: int, *keys: object) -> int:
    """A number below `sides`, by hash of the keys."""
    return int.from_bytes(sha256(repr(keys).encode()).digest()[:8], "big") % sides


@pytest.mark.spark
def test_duckdb_and_spark_find_the_same_bans(spark, tmp_path):
    """300 customers with up to eight answers each, of the ledger and of the systems before, over 500 days."""
    run = house(tmp_path, spark, "2026-11-06", [], automatic_bans=BAN_RULES)
    contacts, outcomes, history = [], [], []
    for number in range(300):
        customer = {"customer_id": f"C{number:03}"}
        contacts.append(customer | {"contact_id": f"open{number}", "channel": "web", "product": "x", "contact_date": DAY, "revision": 1})
        for answer in range(drawn(9, number)):
            near, of_history, hours, days, product, channel, outcome = (
                drawn(sides, number, answer, what) for what, sides in enumerate((2, 2, 24, 500, 2, 2, 4))
            )
            at = datetime(2026, 11, 6, hours, tzinfo=UTC) - timedelta(days=days % 8 if near else days)
            row = customer | {"product": "ab"[product], "channel": ("sms", "web")[channel]}
            word = ("opted_out", "refused", "refused", "accepted")[outcome]
            if of_history:
                history.append(row | {"outcome": word, "occurred_on": at.date()})
            else:
                one = {"contact_id": f"old{number}-{answer}"}
                contacts.append(row | one | {"contact_date": at.date(), "business_date": date(2026, 11, 1)})
                clock = at + timedelta(days=(0, 0, 400, -400)[drawn(4, number, answer, "clock")])
                outcomes.append(one | {"outcome": word, "occurred_at": clock, "received_date": min(DAY, at.date() + timedelta(days=2)), "business_date": DAY})
    put(run.lake, "contact", contacts)
    put(run.lake, "outcome", outcomes)
    put(run.lake, "contact_history", history)
    success = layout.revision_folder(run.home, "web", DAY, 1) / layout.SUCCESS
    success.parent.mkdir(parents=True)
    success.touch()
    with connect(run, *TABLES) as connection:
        take_steps(connection, run, DAY, DAY)
        found = connection.execute("select customer_id, level, product, channel, start_date, end_date from automatic_ban").fetchall()

    read = run.lake.read_until
    heard = signals(read("contact", DAY), read("outcome", DAY), read("contact_history", DAY), run.lake.empty("service_contact"), run)
    bans = automatic_bans(heard, run).select("customer_id", "level", "product", "channel", "start_date", "end_date").collect()
    assert sorted(found, key=str) == sorted((tuple(row) for row in bans), key=str)
    assert len({ban[1] for ban in found}) == 4 and len(found) > 400
