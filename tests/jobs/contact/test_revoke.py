"""revoke_issued: what must stop after a list was issued is revoked once, with its first cause, and the table says what the files say."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from jobs.contact import revoke
from jobs.contact.revoke import revoke_date, revoke_issued
from jobs.context import RunContext
from jobs.lists import layout
from jobs.lists.content import REVOCATION_SCHEMA
from jobs.progress import Progress
from tests.jobs.lists.small_home import DAY, NIGHT, SmallHome, listed, of_ledger, put

pytestmark = [pytest.mark.home, pytest.mark.usefixtures("no_waiting_for_the_disk")]

NOON = datetime(2026, 11, 6, 4, tzinfo=UTC)
EVENING = datetime(2026, 11, 6, 11, tzinfo=UTC)


def on_contact_day(run: RunContext) -> RunContext:
    """The feedback run of the day the lists are worked."""
    return RunContext(run.home, DAY, run.conf)


def hear(run: RunContext, row: dict, outcome: str, at: datetime = NOON, received: date = DAY, business_date: date = DAY) -> None:
    put(
        run.lake,
        "outcome",
        [{"contact_id": row["contact_id"], "business_date": business_date, "outcome": outcome, "occurred_at": at, "received_date": received}],
    )


def revocations(home: Path, channel: str) -> list[list[tuple]]:
    """(customer, reason, revoked_at) of every revocation file of a channel, in order of seq."""
    found = []
    for seq in layout.published_revocations(home, channel, DAY):
        folder = layout.revocation_folder(home, channel, DAY, seq)
        (part,) = layout.verify_files(folder, layout.read_revocation_manifest(folder))
        rows = parquet.ParquetFile(part).read()
        assert rows.schema.equals(REVOCATION_SCHEMA)
        found.append([(row["customer_id"], row["reason"], row["revoked_at"]) for row in rows.to_pylist()])
    return found


def recorded(run: RunContext) -> list[tuple]:
    rows = run.lake.scan("revocation").to_pylist()
    return sorted((row["business_date"], row["channel"], row["customer_id"], row["reason"]) for row in rows)


BANS = [
    {"cause": "opt_out", "level": "product_channel", "at_least": 1, "within_days": 400},
    {"cause": "opt_out", "level": "channel", "at_least": 2, "within_days": 400},
    {"cause": "refusals", "level": "product", "at_least": 2, "within_days": 90, "lasts_days": 180},
]


def test_every_cause_revokes_the_rows_that_it_concerns(tmp_path):
    small = SmallHome().widen()
    small.lists = []
    small.rules["automatic_bans"] = BANS

    def row(customer: str, channel: str = "sms", campaign: str = "ringback", wave: int = 1) -> dict:
        return small.add(channel, customer, campaign, wave)

    banned = {"customer_id": "D00", "level": "system", "reason": "asked", "source": "register", "start_date": DAY, "business_date": DAY}
    bans = [
        banned,
        banned | {"customer_id": "D01", "level": "product", "product": "music_club"},
        banned | {"customer_id": "D02", "start_date": date(2026, 11, 7)},
        banned | {"customer_id": "D03", "level": "channel", "channel": "sms", "end_date": DAY},
    ]
    for customer in ("D00", "D01", "D02", "D03"):
        row(customer)
    row("D03", "web", wave=2)
    opted_out = row("D04", "web", wave=2)
    row("D04")
    row("D04", "web", "music")  # one opt-out of another product bans neither the channel nor this product
    accepted = row("D05", "web", wave=2)
    row("D05")
    row("D05", "web", "music")  # another product
    refused = row("D06", "web", wave=2)
    row("D06")
    considering = row("D07", "web", wave=2)
    row("D07")
    done = row("D08")  # has its own answer: nothing is left to revoke
    elsewhere = row("D08", "web", wave=2)
    thanked = row("D11", "email", "birthday")
    row("D11", "sms", "birthday")  # care goes on after a thank-you
    late = of_ledger(listed("web", "D09", "ringback", 2, rank=1, contact_date=date(2026, 11, 1)))
    row("D09")
    old = of_ledger(listed("web", "D10", "ringback", 2, rank=1, contact_date=date(2026, 11, 1)))
    row("D10")
    small.past = [late, old]
    run = small.write(tmp_path)
    days_ago = datetime(2026, 11, 3, 4, tzinfo=UTC)
    put(run.lake, "do_not_disturb", bans)
    hear(run, old, "refused", received=date(2026, 11, 3), business_date=NIGHT)  # known when the list was made
    hear(run, old, "refused", received=date(2026, 11, 3))
    hear(run, opted_out, "opted_out")
    hear(run, accepted, "accepted")
    hear(run, refused, "refused", at=EVENING)
    hear(run, considering, "considering")
    hear(run, elsewhere, "opted_out")
    hear(run, done, "refused")
    hear(run, thanked, "accepted")
    hear(run, late, "accepted", at=days_ago, received=date(2026, 11, 4))  # read after the night, though it had arrived before
    assert revoke_issued(on_contact_day(run), Progress(quiet=True)) == {"revocation": 6}
    midnight = datetime(2026, 11, 5, 16, tzinfo=UTC)
    expected = [
        ("D00", "do_not_disturb", midnight),
        ("D03", "do_not_disturb", midnight),
        ("D04", "opted_out", NOON),
        ("D05", "accepted_elsewhere", NOON),
        ("D06", "refused_elsewhere", EVENING),
        ("D09", "accepted_elsewhere", days_ago),
    ]
    (texts,) = revocations(tmp_path, "sms")
    assert sorted(texts) == expected
    assert revocations(tmp_path, "web") == revocations(tmp_path, "email") == []
    assert recorded(run) == sorted((DAY, "sms", customer, reason) for customer, reason, _ in expected)


def test_what_answers_will_ban_tonight_is_revoked_today(tmp_path):
    """Nothing stands in do_not_disturb yet: the night of the day will write these bans for the next lists."""
    small = SmallHome().widen()
    small.lists, small.rules["automatic_bans"] = [], BANS
    old = {"customer_id": "D00", "product": "voice_pack", "channel": "web", "outcome": "opted_out", "occurred_on": date(2025, 10, 3), "business_date": NIGHT}
    history = [
        old,  # 399 days before the second opt-out
        old | {"customer_id": "D01", "occurred_on": date(2025, 10, 1)},  # 401 days before: outside the 400
        old | {"customer_id": "D02", "product": "data_pack_1g", "channel": "call", "outcome": "refused", "occurred_on": date(2026, 10, 20)},
        old | {"customer_id": "D03", "occurred_on": date(2026, 8, 1)},
        old | {"customer_id": "D04", "channel": "hall", "occurred_on": date(2026, 8, 1)},
    ]
    asked = {customer: small.add("web", customer, "ringback", 2) for customer in ("D00", "D01", "D03", "D04")}
    for customer in asked:
        small.add("web", customer, "music", 1)  # another product on the channel
        small.add("sms", customer, "packs")  # another product on another channel
    refused = small.add("hall", "D02", "packs", place="anzhou_b1")
    small.add("sms", "D02", "packs")
    small.add("sms", "D02", "ringback")
    run = small.write(tmp_path)
    put(run.lake, "contact_history", history)
    for customer in ("D00", "D01", "D04"):
        hear(run, asked[customer], "opted_out")
    hear(run, asked["D03"], "opted_out", at=datetime(2027, 6, 1, tzinfo=UTC))  # a channel whose clock is wrong
    hear(run, refused, "refused", at=EVENING)
    revoke_issued(on_contact_day(run), Progress(quiet=True))
    end_of_day = datetime(2026, 11, 6, 16, tzinfo=UTC)
    assert revocations(tmp_path, "web") == [[("D00", "do_not_disturb", NOON), ("D03", "do_not_disturb", end_of_day)]]
    assert revocations(tmp_path, "sms") == [[("D02", "do_not_disturb", EVENING)]]
    assert revocations(tmp_path, "hall") == []


def test_only_rows_that_no_earlier_revocation_names_make_a_new_one(tmp_path):
    small = SmallHome()
    run = small.write(tmp_path)
    hear(run, of_ledger(small.lists[3]), "opted_out")  # C4 in the hall; no other row of C4
    assert revoke_issued(on_contact_day(run), Progress(quiet=True)) == {"revocation": 0}
    assert not (tmp_path / "lists/channel=sms/contact_date=2026-11-06/revocations").exists()
    ban = {"customer_id": "C1", "level": "system", "reason": "asked", "source": "register", "start_date": DAY, "business_date": DAY}
    put(run.lake, "do_not_disturb", [ban])
    assert revoke_issued(on_contact_day(run), Progress(quiet=True)) == {"revocation": 1}
    assert revoke_issued(on_contact_day(run), Progress(quiet=True)) == {"revocation": 0}
    put(run.lake, "do_not_disturb", [ban | {"customer_id": "C2"}])
    version = run.lake.version("revocation")
    assert revoke_date(run, DAY, DAY, Progress(quiet=True)) == 1
    assert [[customer for customer, *_ in file] for file in revocations(tmp_path, "sms")] == [["C1"], ["C2"]]
    assert [customer for _, _, customer, _ in recorded(run)] == ["C1", "C2"]
    assert revoke_date(run, DAY, DAY, Progress(quiet=True)) == 0
    assert run.lake.version("revocation") == version + 1
    assert not list(layout.staging_folder(tmp_path).glob("revocations"))


def test_lists_that_are_over_and_rows_that_are_no_longer_listed_are_left_alone(tmp_path):
    small = SmallHome()
    small.ledger = [of_ledger(row) for row in small.lists]
    small.ledger.append(of_ledger(listed("sms", "C1", "birthday", 1, rank=9), revoked_in=1))
    run = small.write(tmp_path)
    put(run.lake, "do_not_disturb", [{"customer_id": "C1", "level": "system", "reason": "asked", "source": "r", "start_date": DAY, "business_date": DAY}])
    the_day_after = RunContext(tmp_path, date(2026, 11, 7), run.conf)
    assert revoke_issued(the_day_after, Progress(quiet=True)) == {"revocation": 0}
    assert revoke_issued(on_contact_day(run), Progress(quiet=True)) == {"revocation": 1}


@pytest.mark.parametrize("step", ["move", "finish", "record"])
def test_a_kill_leaves_a_whole_revocation_or_none_and_the_rerun_completes_it(tmp_path, monkeypatch, step):
    run = SmallHome().write(tmp_path)
    put(run.lake, "do_not_disturb", [{"customer_id": "C1", "level": "system", "reason": "asked", "source": "r", "start_date": DAY, "business_date": DAY}])

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(revoke, step, killed)
        with pytest.raises(KeyboardInterrupt):
            revoke_issued(on_contact_day(run), Progress(quiet=True))
    assert len(revocations(tmp_path, "sms")) == (1 if step == "record" else 0)
    revoke_issued(on_contact_day(run), Progress(quiet=True))
    assert len(revocations(tmp_path, "sms")) == 1
    assert recorded(run) == [(DAY, "sms", "C1", "do_not_disturb")]
