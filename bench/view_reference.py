"""The night of the view in DuckDB: the same tables from the same files, for the time and for every value.

    python -m bench.view_reference HOME FOLDER THREADS      # writes FOLDER/<table>.parquet, prints seconds by table as JSON

HOME is the home behind the pipeline's own night: of the tables that this night makes, those of MADE are computed here, the few others taken
as they stand there. Base queries and field expressions are those of the repository, translated; what the pipeline writes as columns in Python
(customer_month's additions) is written here in SQL of its own.
"""

import inspect
import json
import re
import resource
import sys
from datetime import date
from pathlib import Path
from time import perf_counter, process_time

import duckdb
import sqlglot
from deltalake import DeltaTable

from bench.spark_to_duckdb import translated
from bench.view_inputs import NIGHT, parquet
from jobs.catalogue.lineage import layers
from jobs.catalogue.schema import Field, fields_of, tables
from jobs.catalogue.view import ViewField, categories
from jobs.conf import Conf
from jobs.flow import TABLES, table_function
from jobs.lake import Lake
from jobs.paths import ROOT, SQL

MADE = ("customer_day", "customer_month", "customer_view")
MONTH_SOURCES = ("customer_day", "voice_usage", "data_usage", "message_usage", "value_added_usage", "place_usage", "charge")
DAY, MONTH, LAST_MONTH = "date '2026-11-06'", "date '2026-11-01'", "date '2026-10-01'"
DAY_SOURCES = ("channel_visit", "service_contact", "order_event", "payment")
Database = duckdb.DuckDBPyConnection


def run(home: Path, folder: Path, threads: int) -> tuple[dict[str, float], float]:
    """Seconds by table, and CPU seconds of all. Each is written to a file and read back from there by the next, as the pipeline does."""
    folder.mkdir(parents=True, exist_ok=True)
    seconds, cpu = {}, 0.0
    with duckdb.connect(config={"threads": threads, "memory_limit": "8GB", "temp_directory": str(folder / "spilt")}) as database:
        database.execute("set preserve_insertion_order = false; set timezone = 'UTC'")
        for table, query in zip(MADE, (customer_day, customer_month, customer_view), strict=True):
            typed = ", ".join(f"cast({field.name} as {field.type}) as {field.name}" if _simple(field) else field.name for field in fields_of(table))
            statement = f"copy (select {typed} from ({query()})) to '{folder / table}.parquet' (format parquet, compression snappy)"
            started, used = perf_counter(), process_time()
            for parameter in inspect.signature(table_function(TABLES[table])).parameters:
                if parameter != "run":
                    see(database, home, folder, parameter)
            database.execute(statement)
            seconds[table] = perf_counter() - started
            cpu += process_time() - used
    return seconds, cpu


def see(database: Database, home: Path, folder: Path, parameter: str) -> None:
    """The rows that a parameter of a table function stands for, as a view of its name. What this night has made is read from `folder`."""
    prefix = next((one for one in ("previous_", "past_") if parameter.startswith(one)), "")
    table = parameter.removeprefix(prefix)
    read = {"previous_": "previous", "past_": "before"}.get(prefix) or (tables()[table].read if table in tables() else "day")
    lake = Lake(home)
    known = lake.dates(table)
    newest = [day for day in known if day < NIGHT or (read == "latest" and day == NIGHT)][-1:]
    wanted = {"day": [NIGHT], "until": [NIGHT, *known], "before": [day for day in known if day < NIGHT], "latest": newest, "previous": newest}[read]
    parts = [f"select * from '{folder / table}.parquet'"] if table in MADE and NIGHT in wanted else []
    before = [day for day in wanted if table not in MADE or day != NIGHT]
    if lake.exists(table) and before:
        parts.append(f"select * from {parquet(DeltaTable(str(lake.path(table))).file_uris())} where business_date in ({_dates(before)})")
    if not parts:
        database.register(f"{parameter}_rows", lake.dataset(table).to_table())
        parts.append(f"select * from {parameter}_rows")
    database.execute(f"create or replace view {parameter} as {' union all by name '.join(parts)}")


def customer_day() -> str:
    return beside(["customer_id", "day"], "customer_day", {source: based(f"customer_day/{source}") for source in DAY_SOURCES})


def customer_month() -> str:
    still_open = f"month >= {MONTH} or month = date_trunc('month', business_date)"
    sources = {
        "previous": f"(select * exclude (business_date) from previous_customer_month where {still_open})",
        "usage_month": "(select * exclude (business_date) from usage_month)",
        **{source: based(f"customer_month/{source}", customer_day=f"(select * from customer_day where business_date = {DAY})") for source in MONTH_SOURCES},
    }
    return beside(["customer_id", "month"], "customer_month", sources)


def beside(keys: list[str], table: str, sources: dict[str, str]) -> str:
    """The measures of all sources added up, by key."""
    named = ", ".join(keys)
    everyone = " union ".join(f"select {named} from {source}_by_key" for source in sources)
    measures = [
        f"{added(field, [f'{source}_by_key.{field.name}' for source in sources if field.name in _columns(source, table)])} as {field.name}"
        for field in fields_of(table)
        if field.name not in ("business_date", *keys)
    ]
    joins = " ".join(f"left join {source}_by_key using ({named})" for source in sources)
    bases = ", ".join(f"{source}_by_key as materialized {query}" for source, query in sources.items())
    return f"(with {bases}, everyone as ({everyone}) select {DAY} as business_date, {named}, {', '.join(measures)} from everyone {joins})"


def _columns(source: str, table: str) -> list[str]:
    if source in ("previous", "usage_month"):
        return [field.name for field in fields_of(table if source == "previous" else source)]
    return sqlglot.parse_one(_text(f"{table}/{source}"), dialect="spark").named_selects


def added(field: Field, parts: list[str]) -> str:
    if field.type.startswith("map"):
        return _places(*parts) if len(parts) > 1 else parts[0]
    if field.type == "date":
        return f"greatest({', '.join(parts)})"
    if field.type == "bigint" and not field.nullable:
        return (" | " if field.name.endswith("_mask") else " + ").join(f"coalesce({part}, 0)" for part in parts)
    return f"coalesce({', '.join(parts)})"


def _places(one: str, other: str) -> str:
    sums = ", ".join(f"{name}: coalesce({one}[place].{name}, 0) + coalesce({other}[place].{name}, 0)" for name in ("seen", "voice_seconds", "bytes"))
    both = f"list_sort(list_distinct(map_keys({one}) || map_keys({other})))"
    return f"case when {other} is null then {one} when {one} is null then {other} else map({both}, list_transform({both}, lambda place: {{{sums}}})) end"


def customer_view() -> str:
    bases = {
        "old_contacts": "(select * from contact_history union all by name select * from past_contact_history)",
        "month": f"(select * from customer_month where month = {MONTH})",
        "half_year": f"(select * from customer_half_year where month = {LAST_MONTH})",
        "basic": based("customer_view/basic_base"),
        "subscribed": based("customer_view/subscription_base"),
        "recent": based("customer_view/recent_base"),
        "marketing_contact": based("customer_view/marketing_contact", contact_history="old_contacts"),
        "offer": based("customer_view/offer_base"),
        "marketing": based("customer_view/marketing_base"),
        "affinity": based("customer_view/affinity_base"),
        "churn": "(select * from previous_churn_score)",
        "ban": based("customer_view/ban_base"),
        "location": based("customer_view/location_base"),
        "handset": based("customer_view/terminal_base"),
    }
    frames = {frame for category in categories().values() for frame in category.reads} - {"customer"}
    named = {"subscription": "subscribed", "terminal": "handset"}  # the dumps have these names
    joins = " ".join(f"left join {named.get(name, name)} as {name} on {name}.customer_id = customer.customer_id" for name in sorted(frames))
    first, *later = layers(categories())
    query = f"select {DAY} as business_date, customer.customer_id, {_fields(first)} from customer {joins} where customer.status <> 'closed'"
    for step in later:
        query = f"select *, {_fields(step)} from ({query})"
    return f"with {', '.join(f'{name} as {base}' for name, base in bases.items())} {query}"


def _fields(step: list[ViewField]) -> str:
    return ", ".join(f"{translated(re.sub(r'[.]?business_date', DAY, field.expr))} as {field.name}" for field in step)


def based(query: str, **renamed: str) -> str:
    """sql/<query>.sql over the views at hand, some of them under another name."""
    text = _text(query)
    for table, name in renamed.items():
        text = re.sub(rf"\bfrom {table}$", f"from {name} as {table}", text, flags=re.MULTILINE)
    return f"({translated(text)})"


def _text(query: str) -> str:
    zone = Conf(ROOT / "conf").contact_rules.time_zone
    return (SQL / f"{query}.sql").read_text(encoding="utf-8").replace(":business_date", DAY).replace(":time_zone", f"'{zone}'")


def _simple(field: Field) -> bool:
    return "<" not in field.type


def _dates(days: list[date]) -> str:
    return ", ".join(f"date '{day}'" for day in days)


if __name__ == "__main__":
    seconds, cpu = run(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}))
