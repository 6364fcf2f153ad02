"""The channels: they work what is published, leave what is revoked, and report each contact once."""

from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.jobs.simulator.operator import bytes_of, dump, feedback, publish, simulated

pytestmark = pytest.mark.core

FIRST, SECOND, LAST = "2026-11-05", "2026-11-06", "2026-11-11"


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """One day of lists for two products that sell well, then days without lists until the last channel has reported."""
    home = simulated(tmp_path_factory.mktemp("channels"), FIRST, FIRST)
    active = [row["customer_id"] for row in dump(home, "customer", FIRST) if row["status"] == "active"]
    ids = {
        channel: publish(home, channel, SECOND, [(customer, product) for customer in active])
        for channel, product in (("call", "plan_advice"), ("sms", "data_pack_1g"))
    }
    ids["hotline"] = publish(home, "hotline", SECOND, [(customer, "voice_pack") for customer in active])
    publish(home, "web", SECOND, [(active[0], "music_club")], success=False)
    publish(home, "mms", SECOND, [(active[0], "music_club")], revision=1)
    ids["mms"] = publish(home, "mms", SECOND, [(active[1], "music_club"), (active[2], "music_club")], revision=2)
    folder = home / "lists" / "channel=mms" / f"contact_date={SECOND}" / "revocations" / "seq=1"
    folder.mkdir(parents=True)
    pq.write_table(
        pa.table({"contact_id": ids["mms"][:1], "customer_id": active[1:2], "reason": ["do_not_disturb"], "revoked_at": ["2026-11-06T01:00:00Z"]}),
        folder / "part-0.parquet",
    )
    (folder / "_SUCCESS").write_text("")
    simulated(home, SECOND, LAST)
    return {"home": home, "ids": ids, "feedback": feedback(home), "active": active}


def test_every_contact_is_reported_at_most_once_and_nothing_else_is(worked: dict) -> None:
    times = Counter(row["contact_id"] for row in worked["feedback"])
    assert max(times.values()) == 1
    issued = {contact: channel for channel, ids in worked["ids"].items() for contact in ids}
    assert all(issued[row["contact_id"]] == row["channel"] for row in worked["feedback"])
    assert len(times) > 0.95 * (len(issued) - 1)
    assert all(
        row["occurred_at"].startswith("2026-11-") and row["occurred_at"].endswith("+08:00") and row["occurred_at"][:10] <= row["received"]
        for row in worked["feedback"]
    )


def test_accepted_contacts_become_orders_and_holdings(worked: dict) -> None:
    home, product = worked["home"], {"call": "plan_advice", "sms": "data_pack_1g", "hotline": "voice_pack", "mms": "music_club"}
    accepted = {(row["customer_id"], product[row["channel"]], row["occurred_at"]) for row in worked["feedback"] if row["outcome"] == "accepted"}
    assert len(accepted) > 10
    days = [f"2026-11-{day:02d}" for day in range(6, 12)]
    orders = {(row["customer_id"], row["product"], row["ordered_at"]) for day in days for row in dump(home, "order_event", day) if row["action"] == "subscribe"}
    assert accepted <= orders
    held = {(row["customer_id"], row["product"]) for row in dump(home, "subscription", LAST)}
    assert {(customer, code) for customer, code, _ in accepted} <= held


def test_outcomes_fit_the_channel(worked: dict) -> None:
    by_channel = {channel: Counter(row["outcome"] for row in worked["feedback"] if row["channel"] == channel) for channel in ("call", "sms", "hotline")}
    assert by_channel["call"]["not_reached"] > 0.2 * by_channel["call"].total() and by_channel["call"]["refused"] > by_channel["call"]["accepted"] > 0
    assert by_channel["sms"]["delivered"] > 0.8 * by_channel["sms"].total()
    assert by_channel["hotline"]["not_shown"] > 0.9 * by_channel["hotline"].total()
    visitors = {row["customer_id"] for row in dump(worked["home"], "channel_visit", SECOND) if row["channel"] == "hotline"}
    assert {row["customer_id"] for row in worked["feedback"] if row["channel"] == "hotline" and row["outcome"] != "not_shown"} <= visitors


def test_only_the_last_published_revision_is_worked_without_what_was_revoked(worked: dict) -> None:
    told = {row["contact_id"] for row in worked["feedback"] if row["channel"] in ("web", "mms")}
    assert told <= set(worked["ids"]["mms"][1:])
    truth = pq.read_table(worked["home"] / "truth" / "contact" / f"date={SECOND}" / "part-0.parquet").to_pylist()
    assert [row["contact_id"] for row in truth if row["channel"] in ("web", "mms")] == worked["ids"]["mms"][1:]
    assert all(row["outcome"] == "accepted" for row in truth if row["reached"] and row["accepts_if_reached"])


def test_working_the_same_lists_again_gives_the_same_bytes(worked: dict) -> None:
    home = worked["home"]
    before = bytes_of(home)
    simulated(home, SECOND, SECOND)
    assert bytes_of(home) == before
