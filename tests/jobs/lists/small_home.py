"""A small, consistent home of one night, written without a JVM: business date 2026-11-05, contact date 2026-11-06.

`SmallHome` holds its rows as plain dictionaries. A test changes what it is about, then `write` makes conf, the tables of the lake and, where asked,
the published lists. As it stands every rule holds; the numbers are worked out by hand beside the rows.
"""

import shutil
from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import yaml

from jobs.conf import Conf
from jobs.context import RunContext
from jobs.lake import Lake
from jobs.lists import layout
from jobs.lists.check import check_published
from jobs.lists.check.rules_file import content_hash as campaign_hash
from jobs.lists.content import LIST_SCHEMA, content_hash
from jobs.lists.run_manifest import rules_hash
from jobs.lists.writing import finish, write_json, write_model, write_parts
from jobs.paths import ROOT

NIGHT = date(2026, 11, 5)
DAY = date(2026, 11, 6)
LOW, HIGH, CARE = "low_value_recommendation", "high_value_recommendation", "care_reminder"

RULES = f"""
time_zone: Asia/Shanghai
contacts_a_night: 2
tie_salt: tie
caps:
  - {{name: product_month, counts: [customer, product], types: [{HIGH}, {LOW}], window: month, max: 3}}
  - {{name: sms_month, counts: [customer], types: [{HIGH}, {LOW}], channels: [sms], window: month, max: 2}}
  - {{name: grade_month, counts: [customer], types: [{HIGH}, {LOW}], across_types: true, window: month, max: 5, by_grade: {{ordinary: 5, vip: 3}}}}
  - {{name: cell_month, counts: [customer], types: [{HIGH}, {LOW}], across_types: true, window: month, max: 9, by_cell: {{at_most_1: 1}}}}
  - {{name: switched_off, counts: [customer], types: [{HIGH}, {LOW}, {CARE}], window: month, max: 0, enabled: false}}
minimum_days:
  - {{name: same_product_days, counts: [customer, product], types: [{HIGH}, {LOW}], days: 3}}
special_lists: {{staff: system, test: system, complaint_specialist: system, key_customer: system, red: system, black: system}}
automatic_bans: []
control:
  global: {{share: 0.02, salt: g, spares: [{CARE}]}}
  frequency: {{salt: f, cells: {{at_most_1: 0.05}}}}
  holdout_salt: h
"""


def channel(code: str, needs: str, talks: bool, capacity: dict, carries: list[str], list_format: str = "parquet") -> dict:
    hours = {"from": "09:00", "to": "20:00"}
    label = {"en": code, "zh": code}
    kinds = {"kind": "active" if needs != "none" else "passive", "needs": needs, "talks": talks, "marketing_text": False, "list_format": list_format}
    return {"channel": code, "name": label, "capacity": capacity, "carries": carries, "unit_cost_fen": 100, "hours": hours, **kinds}


CHANNELS = [
    channel("sms", "number", False, {"day": 3}, ["service", "care"], "csv"),
    channel("email", "email", False, {"day": 3}, ["care"]),
    channel("hall", "none", True, {"day": 5, "place": {"kind": "branch", "day": 2, "but": {"anzhou_b2": 1}}}, ["service", "plan"]),
    channel("web", "none", False, {"day": 3}, ["service"]),
]


def campaign(code: str, kind: str, product: str, waves: list[list[str]], **more: Any) -> dict:
    scripts = {one: f"{code}-{one}" for wave in waves for one in wave}
    return {
        "campaign": code,
        "name": {"en": code, "zh": code},
        "type": kind,
        "scene": "raise.value_added",
        "product": product,
        "period": {"from": date(2026, 11, 1), "to": date(2026, 11, 30)},
        "delivery": {"mode": "daily", "min_days_between": 2, "max_contacts": 2},
        "target": "age > 0",
        "waves": [
            {"wave": number, "channels": channels, **({"delay_days": 1, "when": ["no_response"]} if number > 1 else {})}
            for number, channels in enumerate(waves, start=1)
        ],
        "value": 12.0,
        "budget": {"money": 20, "contacts_min": 0, "contacts_max": 20},
        "holdout": 0.05,
        "goal": {"accepted": 600, "success_rate": 0.05},
        "script": scripts,
        **more,
    }


CAMPAIGNS = [
    campaign("ringback", LOW, "ringback_tone", [["sms"], ["hall", "web"]], exclusive_with=["music"]),
    campaign("music", LOW, "music_club", [["sms", "web"], ["hall"]]),
    campaign("packs", HIGH, "data_pack_1g", [["sms", "hall"]]),
    campaign("birthday", CARE, "birthday_greeting", [["email", "sms"]]),
]


def listed(channel: str, customer: str, campaign: str, wave: int, rank: int, place: str | None = None, contact_date: date = DAY, **changes: Any) -> dict:
    """A row of a list, whole; `changes` are the faults in it. Its contact_id is right for what it then says, unless that is the fault."""
    of = next((one for one in CAMPAIGNS if one["campaign"] == campaign), CAMPAIGNS[-1])
    needs = next(one["needs"] for one in CHANNELS if one["channel"] == channel)
    row = {
        "contact_date": contact_date,
        "channel": channel,
        "customer_id": customer,
        "address": {"number": f"1380000000{customer[-1]}", "email": f"{customer}@139.com", "none": None}[needs],
        "campaign": campaign,
        "campaign_type": of["type"],
        "product": of["product"],
        "wave": wave,
        "script": f"{campaign}-{channel}",
        "place": place,
        "rank": rank,
        "probability": 0.25,
        "expected_value": Decimal("2.9500"),
        "valid_from": datetime(contact_date.year, contact_date.month, contact_date.day, 1, tzinfo=UTC),
        "valid_to": datetime(contact_date.year, contact_date.month, contact_date.day, 12, tzinfo=UTC),
        "parameters": [("points", "120")],
        "history": [] if channel == "hall" else None,
        **changes,
    }
    key = "|".join([row["contact_date"].isoformat(), row["customer_id"], row["campaign"], row["product"], row["channel"], str(row["wave"])])
    return {"contact_id": sha256(key.encode()).hexdigest()[:32], **row}


def of_ledger(row: dict, revision: int = 1, **more: Any) -> dict:
    own = {"business_date": date.fromordinal(row["contact_date"].toordinal() - 1), "mechanism": "optimised", "propensity": 1.0, "value": 12.0}
    return {**row, **own, "cost_fen": 100, "revision": revision, "round": revision, "revoked_in": None, **more}


@dataclass
class SmallHome:
    """C1..C8 are customers, C8 a VIP. Six rows are listed; web's list is empty."""

    lists: list[dict] = field(
        default_factory=lambda: [
            listed("sms", "C1", "ringback", 1, rank=1),
            listed("sms", "C2", "packs", 1, rank=2),
            listed("email", "C3", "birthday", 1, rank=1),
            listed("hall", "C4", "ringback", 2, rank=1, place="anzhou_b1"),
            listed("hall", "C5", "music", 2, rank=2, place="anzhou_b1"),
            listed("hall", "C8", "packs", 1, rank=3, place="anzhou_b2"),
        ]
    )
    past: list[dict] = field(default_factory=lambda: [of_ledger(listed("sms", "C4", "ringback", 1, rank=1, contact_date=date(2026, 11, 2)))])
    ledger: list[dict] | None = None
    customers: list[dict] = field(default_factory=lambda: [{"customer_id": f"C{n}", "status": "active", "vip_level": 2 if n == 8 else 0} for n in range(1, 9)])
    identities: list[dict] = field(
        default_factory=lambda: [{"customer_id": f"C{n}", "number": f"1380000000{n}", "email": f"C{n}@139.com"} for n in range(1, 9)]
    )
    outcomes: list[dict] = field(default_factory=list)
    bans: list[dict] = field(default_factory=list)
    revocations: list[dict] = field(default_factory=list)
    controls: list[dict] = field(default_factory=lambda: [{"customer_id": "C7", "layer": "global", "arm": "control"}])
    decisions: list[dict] = field(default_factory=lambda: [{"customer_id": "C6", "campaign": "packs", "reason": "campaign_holdout"}])
    approved: list[str] = field(default_factory=lambda: [one["campaign"] for one in CAMPAIGNS])
    checks: list[dict] = field(
        default_factory=lambda: [{"table": "customer_view", "check": "has rows", "on_fail": "stop", "passed": True, "observed": "8 rows"}]
    )
    rules: dict = field(default_factory=lambda: yaml.safe_load(RULES))
    channels: list[dict] = field(default_factory=lambda: deepcopy(CHANNELS))
    campaigns: list[dict] = field(default_factory=lambda: deepcopy(CAMPAIGNS))

    def add(self, channel: str, customer: str, campaign: str, wave: int = 1, place: str | None = None, **changes: Any) -> dict:
        """One more listed row, at the next rank of its channel."""
        rank = 1 + sum(row["channel"] == channel for row in self.lists)
        self.lists.append(listed(channel, customer, campaign, wave, **{"rank": rank, "place": place, **changes}))
        return self.lists[-1]

    def widen(self) -> "SmallHome":
        """Customers D00..D29, and channels and campaigns without tight bounds, so that each fault of a test has a customer of its own."""
        self.customers += [{"customer_id": f"D{n:02d}", "status": "active", "vip_level": 0} for n in range(30)]
        self.identities += [{"customer_id": f"D{n:02d}", "number": f"1380000000{n % 10}", "email": f"D{n:02d}@139.com"} for n in range(30)]
        for one in self.channels:
            one["capacity"] = {"day": 100, **({"place": {"kind": "branch", "day": 100}} if one["channel"] == "hall" else {})}
        for one in self.campaigns:
            one["budget"] = {}
        return self

    def write(self, home: Path, publish: bool = True) -> RunContext:
        run = RunContext(home, NIGHT, self.write_conf(home / "conf"), options={})
        self.write_tables(run)
        if publish:
            for one in self.channels:
                write_list(run, one["channel"], [row for row in self.lists if row["channel"] == one["channel"]])
            seal(run)
        return run

    def write_conf(self, folder: Path) -> Conf:
        (folder / "campaigns").mkdir(parents=True)
        for shared in ("products.yaml", "marketing_map.yaml"):
            shutil.copy(ROOT / "conf" / shared, folder)
        write_yaml(folder / "contact_rules.yaml", self.rules)
        write_yaml(folder / "channels.yaml", {"channels": self.channels})
        for one in self.campaigns:
            write_yaml(folder / "campaigns" / f"{one['campaign']}.yaml", one)
        return Conf(folder)

    def write_tables(self, run: RunContext) -> None:
        ledger = self.ledger if self.ledger is not None else [of_ledger(row) for row in self.lists]
        at = datetime(2026, 11, 5, tzinfo=UTC)
        approvals = [
            {"content_hash": campaign_hash(one), "decision": "approved", "by": "test", "at": at, **one}
            for one in self.campaigns
            if one["campaign"] in self.approved
        ]
        tables = {
            "contact": [*self.past, *ledger],
            "contact_list": self.lists,
            "customer": self.customers,
            "identity": self.identities,
            "outcome": self.outcomes,
            "do_not_disturb": self.bans,
            "control_assignment": self.controls,
            "decision": self.decisions,
            "approval": approvals,
            "revocation": self.revocations,
            "quality_result": self.checks,
        }
        for table, rows in tables.items():
            shutil.copytree(table_folder(table, repr(rows), rows), run.lake.path(table))


WRITTEN: dict[tuple[str, str], Path] = {}
SCRATCH = TemporaryDirectory(prefix="small_home_")


def table_folder(table: str, key: str, rows: list[dict]) -> Path:
    """A table of these rows, written once a test run: most tests change one table of nine."""
    if (table, key) not in WRITTEN:
        lake = Lake(Path(SCRATCH.name) / str(len(WRITTEN)))
        lake.create(table)
        put(lake, table, rows)
        WRITTEN[table, key] = lake.path(table)
    return WRITTEN[table, key]


def put(lake: Lake, table: str, rows: list[dict]) -> None:
    """Append rows to a table."""
    if rows:
        lake.append(arrow_rows(lake, table, rows), table)


def arrow_rows(lake: Lake, table: str, rows: list[dict]) -> pa.Table:
    """Rows of a table; business_date is the night's where a row has none, and a column that is not named is null."""
    schema = lake.dataset(table).schema
    return pa.Table.from_pylist([{name: {"business_date": NIGHT, **row}.get(name) for name in schema.names} for row in rows], schema=schema)


def write_list(run: RunContext, channel: str, rows: list[dict], revision: int = 1, schema: pa.Schema = LIST_SCHEMA) -> Path:
    """A published list whose manifest is right, whatever its rows are."""
    folder = layout.revision_folder(run.home, channel, run.contact_date, revision)
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)
    files = write_parts(folder, table.to_batches(), schema)
    manifest = layout.ListManifest(
        channel=channel,
        contact_date=run.contact_date,
        business_date=run.business_date,
        revision=revision,
        rows=table.num_rows,
        files=files,
        content_hash=content_hash(table),
        schema_version=1,
        rules_hash=rules_hash(run.conf.folder),
        code_version="test",
        run="manifests/business_date=2026-11-05/run.json",
        created_at=layout.midnight(run.contact_date, "Asia/Shanghai"),
    )
    write_model(folder / layout.MANIFEST, manifest)
    finish(folder)
    return folder


def seal(run: RunContext) -> None:
    """run.json of the night, as far as the check reads it: of the newest revision that is published of every channel."""
    lists = {}
    for channel in layout.published_channels(run.home, run.contact_date):
        folder = layout.revision_folder(run.home, channel, run.contact_date, max(layout.published_revisions(run.home, channel, run.contact_date)))
        manifest = layout.read_json(folder / layout.MANIFEST)
        digest = sha256((folder / layout.MANIFEST).read_bytes()).hexdigest()
        lists[channel] = {key: manifest[key] for key in ("revision", "rows", "content_hash")} | {"manifest_sha256": digest}
    write_json(run.home / "manifests" / f"business_date={NIGHT}" / "run.json", {"tables": {"outcome": 0}, "lists": lists})


def edit_manifest(folder: Path, **changes: Any) -> None:
    write_json(folder / layout.MANIFEST, {**layout.read_json(folder / layout.MANIFEST), **changes})


def write_yaml(path: Path, value: Any) -> None:
    path.write_text(yaml.dump(value, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False), encoding="utf-8")


def found(home: Path) -> dict[str, set[str]]:
    """Rules that the check names, by contact_id; by "" where a whole list is meant."""
    rules = defaultdict(set)
    for one in check_published(home, home / "conf", DAY).violations:
        rules[one.contact_id].add(one.rule)
    return dict(rules)


def broken(*faults: tuple[dict, str]) -> dict[str, set[str]]:
    return {row["contact_id"]: {rule} for row, rule in faults}


def details(home: Path) -> list[tuple[str, str]]:
    return [(one.rule, one.detail) for one in check_published(home, home / "conf", DAY).violations]
