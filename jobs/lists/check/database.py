"""The tables of the check: rows of the lists, the ledger of their customers, and what was known on the night, in DuckDB.

Tables of the lake are read with deltalake, lazily; a table that is not there is empty here, and jobs/lists/check/evidence.py says so.
"""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable
from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

from jobs.lists.check.published_bytes import ListBytes
from jobs.lists.check.result import SHOWN_PER_RULE, Result, Violation
from jobs.lists.check.rules_file import Day, Rules, content_hash

LEDGER_COLUMNS = (
    "contact_id varchar, contact_date date, business_date date, customer_id varchar, campaign varchar, campaign_type varchar, product varchar, channel varchar, "
    "wave int, probability double, expected_value decimal(12, 4), place varchar, cost_fen bigint, "
    "mechanism varchar, propensity double, revision int, revoked_in int"
)
LAKE: dict[str, str] = {
    "contact": LEDGER_COLUMNS,
    "outcome": "contact_id varchar, business_date date, outcome varchar, received_date date",
    "do_not_disturb": (
        "business_date date, customer_id varchar, level varchar, product varchar, channel varchar, reason varchar, source varchar, start_date date, end_date date"
    ),
    "control_assignment": "business_date date, customer_id varchar, layer varchar, arm varchar",
    "decision": "business_date date, customer_id varchar, campaign varchar, reason varchar",
    "approval": 'business_date date, campaign varchar, content_hash varchar, decision varchar, "at" timestamptz',
    "identity": "business_date date, customer_id varchar, number varchar, email varchar",
    "customer": "business_date date, customer_id varchar, status varchar, vip_level int",
    "revocation": "business_date date, contact_id varchar, contact_date date, channel varchar, customer_id varchar, reason varchar",
}
# What gives an allowance back (contract section 6).
GIVES_BACK = "('failed', 'not_shown', 'not_reached')"


def connect(home: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(home / "lists" / ".staging" / "check")})
    connection.execute("set timezone = 'UTC'")
    return connection


def load(connection: duckdb.DuckDBPyConnection, home: Path, lists: list[ListBytes], rules: Rules, day: Day) -> None:
    connection.execute("create table violation (rule varchar, contact_id varchar, detail varchar)")
    connection.execute(f"create macro contact_date() as date '{day.contact_date}'")
    connection.execute(f"create macro business_date() as date '{day.business_date}'")
    connection.execute(f"create macro month_start() as date '{day.month_start}'")
    _lake_tables(connection, home)
    _list_rows(connection, lists)
    _conf_tables(connection, rules)
    _known_on_the_night(connection, day)


def _known_on_the_night(connection: duckdb.DuckDBPyConnection, day: Day) -> None:
    """`issued`: contacts up to the contact date, its own up to the revisions that are checked. `worked`: the same and what is listed beside them, since a
    channel works whatever stands in its list. `ledger`: those of the listed customers, with what was known of their outcome and whether their allowance
    came back. `grade`: the listed customers' VIP level."""
    connection.execute(
        """
        create view issued as select contact.* from contact left join list_read on contact.channel = list_read.list
        where contact.contact_date < contact_date() or (contact.contact_date = contact_date() and contact.revision <= list_read.revision)
        """
    )
    connection.execute(
        """
        create table worked as
        select contact_id, customer_id, campaign, campaign_type, product, channel, contact_date, cost_fen from issued
        union all
        select beside.*, contact_date(), coalesce(unit_cost_fen, 0) from (
            select contact_id, customer_id, campaign, campaign_type, product, channel from listed
            except
            select contact_id, customer_id, campaign, campaign_type, product, channel from issued where contact_date = contact_date()
        ) as beside left join channel_rule using (channel)
        """
    )
    connection.execute(
        f"""
        create table ledger as
        select worked.*, state.outcome, coalesce(state.outcome in {GIVES_BACK}, false) as given_back
        from worked left join (select contact_id, outcome from {snapshot(connection, "outcome", day)}) as state using (contact_id)
        where customer_id in (select customer_id from listed)
        """
    )
    connection.execute(
        f"create table grade as select customer_id, vip_level from {snapshot(connection, 'customer', day)} where customer_id in (select customer_id from listed)"
    )


def _lake_tables(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    for table, columns in LAKE.items():
        folder = home / "lake" / table
        if (folder / "_delta_log").is_dir():
            # Through Arrow's own file system: Delta's would be Python, called by threads that may outlive the interpreter.
            connection.register(f"lake_{table}", DeltaTable(str(folder)).to_pyarrow_dataset(filesystem=SubTreeFileSystem(str(folder), LocalFileSystem())))
            names = ", ".join(f'"{column.strip().split()[0].strip(chr(34))}"' for column in _split(columns))
            connection.execute(f"create view {table} as select {names} from lake_{table}")
        else:
            connection.execute(f"create table {table} ({columns})")


def _split(columns: str) -> list[str]:
    return columns.replace("decimal(12, 4)", "decimal").split(",")


def _list_rows(connection: duckdb.DuckDBPyConnection, lists: list[ListBytes]) -> None:
    """`listed`: every row of the lists whose columns are those of the contract, with the channel of its folder and its place in the files.

    hive_partitioning is off: DuckDB would replace the columns channel and contact_date of the files by what the folders are called.
    """
    connection.execute("create table list_read (list varchar, revision int)")
    connection.execute(
        """
        create table listed (list varchar, position bigint, contact_id varchar, contact_date date, channel varchar, customer_id varchar,
            address varchar, campaign varchar, campaign_type varchar, product varchar, wave int, script varchar, place varchar, rank int, probability double,
            expected_value decimal(12, 4), valid_from timestamptz, valid_to timestamptz, has_parameters boolean, history_length int, history_newest_first boolean)
        """
    )
    for one in lists:
        if one.readable:
            connection.execute("insert into list_read values (?, ?)", [one.channel, one.revision])
            connection.execute(
                """
                insert into listed
                select $channel, row_number() over (order by filename, file_row_number), contact_id, contact_date, channel, customer_id, address, campaign, campaign_type, product, wave,
                    script, place, rank, probability, expected_value, valid_from, valid_to, parameters is not null, len(history),
                    list_transform(history, lambda talk: talk.contact_date) = list_reverse_sort(list_transform(history, lambda talk: talk.contact_date))
                from read_parquet($files, hive_partitioning = false, filename = true, file_row_number = true)
                """,
                {"channel": one.channel, "files": [str(path) for path in one.files]},
            )


def _conf_tables(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    channels, places = [], []
    for code, channel in rules.channels.items():
        place = channel["capacity"].get("place") or {}
        works = (channel["needs"], channel["talks"], channel["carries"], channel["hours"]["from"], channel["hours"]["to"])
        channels.append((code, *works, channel["unit_cost_fen"], channel["capacity"]["day"], place.get("kind"), place.get("day")))
        places += [(code, name, rows) for name, rows in (place.get("but") or {}).items()]
    campaigns = rules.campaigns.items()
    _fill(
        connection,
        "channel_rule (channel varchar, needs varchar, talks boolean, kinds varchar[], opens time, closes time, unit_cost_fen bigint, capacity bigint, place_kind varchar, place_day bigint)",
        channels,
    )
    _fill(connection, "place_rule (channel varchar, place varchar, day bigint)", places)
    _fill(connection, "product_rule (product varchar, kind varchar)", [(code, product["kind"]) for code, product in rules.products.items()])
    _fill(
        connection,
        "campaign_rule (campaign varchar, type varchar, product varchar, first_day date, last_day date, fen bigint, contacts_max bigint, mode varchar, "
        "min_days int, max_contacts int, content_hash varchar)",
        [_campaign(code, campaign) for code, campaign in campaigns],
    )
    waves = [(code, wave["wave"], channel) for code, campaign in campaigns for wave in campaign["waves"] for channel in wave["channels"]]
    _fill(connection, "campaign_wave (campaign varchar, wave int, channel varchar)", waves)
    scripts = [(code, channel, script) for code, campaign in campaigns for channel, script in campaign["script"].items()]
    _fill(connection, "campaign_script (campaign varchar, channel varchar, script varchar)", scripts)
    # Exclusion is mutual, whichever of the two files says so.
    pairs = {pair for code, campaign in campaigns for other in campaign.get("exclusive_with") or [] for pair in ((code, other), (other, code))}
    _fill(connection, "exclusive (campaign varchar, other varchar)", sorted(pairs))


def _campaign(code: str, campaign: dict[str, Any]) -> tuple:
    budget, delivery, period = campaign.get("budget") or {}, campaign["delivery"], campaign["period"]
    fen = None if budget.get("money") is None else round(budget["money"] * 100)
    what = (code, campaign["type"], campaign["product"], period["from"], period["to"], fen, budget.get("contacts_max"))
    return (*what, delivery["mode"], delivery.get("min_days_between"), delivery.get("max_contacts"), content_hash(campaign))


def _fill(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple]) -> None:
    """Create a small table and fill it in one statement."""
    connection.execute(f"create table {table}")
    if rows:
        places = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
        connection.execute(f"insert into {table.split()[0]} values {places}", [value for row in rows for value in row])


def _newest(connection: duckdb.DuckDBPyConnection, table: str, until: date) -> str:
    """The newest business date of a table up to a day, as SQL; a date before all where there is none."""
    (found,) = connection.execute(f"select max(business_date) from {table} where business_date <= ?", [until]).fetchone() or (None,)
    return f"date '{found or date(1, 1, 1)}'"


def add(connection: duckdb.DuckDBPyConnection, rule: str, select: str, parameters: dict[str, object] | None = None) -> None:
    """Note every row (contact_id, detail) of a query as a violation of the rule."""
    connection.execute(
        f"insert into violation select $rule, contact_id, detail from ({select}) as found(contact_id, detail)", {"rule": rule, **(parameters or {})}
    )


def snapshot(connection: duckdb.DuckDBPyConnection, table: str, day: Day) -> str:
    """The whole snapshot that the night saw of a table, as SQL."""
    return f"(select * from {table} where business_date = {_newest(connection, table, day.business_date)})"


def result_of(connection: duckdb.DuckDBPyConnection, found: list[Violation], notes: list[str]) -> Result:
    """All violations: those of the bytes, and those that the rules noted in the database."""
    for one in found:
        connection.execute("insert into violation values (?, ?, ?)", [one.rule, one.contact_id, one.detail])
    counts = dict(connection.execute("select rule, count(*) from violation group by rule order by rule").fetchall())
    shown = connection.execute(
        f"""
        select rule, coalesce(contact_id, ''), detail from violation
        qualify row_number() over (partition by rule order by contact_id, detail) <= {SHOWN_PER_RULE} order by rule, contact_id, detail
        """
    ).fetchall()
    rows = connection.execute("select count(*) from listed").fetchone() or (0,)
    return Result(rows[0], [Violation(*row) for row in shown], counts, notes)
