"""A home of any size on the evening of a night: the customer view at full width, three weeks of contacts and their outcomes, bans, control, identity
and matches. Values are drawn by hash of customer and column, skewed and partly null as in real life; the same size gives the same home."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
from deltalake import Field as DeltaField
from deltalake import Schema, convert_to_deltalake

from jobs.catalogue.schema import Field, fields_of
from jobs.conf import Conf

NIGHT = date(2026, 11, 10)
NIGHTS_BEFORE = 21
CONTACTS_A_NIGHT = 0.03  # of the customers
BATCH = 10_000  # customers of one product stand together in the matches, as Spark's Arrow batches leave them
FILES = 2
READY = "_ready"
ID = "'C' || lpad(i::varchar, 9, '0')"
TYPES = {"string": "varchar", "timestamp": "timestamptz"}

# Fields that the measured filter and the rules read, as this operator's customers have them; u is drawn in [0, 1).
KNOWN = {
    "status": "case when u < 0.95 then 'active' when u < 0.98 then 'one_way_stop' else 'closed' end",
    "vip_level": "case when u < 0.85 then 0 when u < 0.95 then 1 when u < 0.99 then 2 else 3 end",
    "age": "case when u < 0.03 then null else 16 + floor(u * 61) end",
    "city": "['anzhou', 'beihe', 'chengnan', 'dongpu', 'linjiang', 'xishan'][1 + floor(u * 6)::int]",
    "county": "['anzhou', 'beihe', 'chengnan', 'dongpu', 'linjiang', 'xishan'][1 + floor(u * 6)::int] || '_' || (1 + floor(u * 30) % 5)::int",
    "has_ringback_tone": "u < 0.3",
    "arrears_total": "case when u < 0.9 then 0 else floor((u - 0.9) * 100000) end",
}


def home_of(customers: int, folder: Path, conf: Conf) -> Path:
    """The home of so many customers, made the first time that it is asked for."""
    home = folder / f"customers={customers}"
    if not (home / READY).exists():
        shutil.rmtree(home, ignore_errors=True)
        with duckdb.connect(config={"memory_limit": "6GB"}) as database:
            database.execute("create macro drawn(i, salt) as (hash(i * 1024 + salt) >> 11)::double / 9007199254740992")
            _view(database, home, customers)
            _people(database, home, customers)
            _contacts(database, home, customers, conf)
            _matches(database, home, customers, conf)
        (home / READY).touch()
    return home


def _view(database: duckdb.DuckDBPyConnection, home: Path, customers: int) -> None:
    columns = [f"{ID} as customer_id"]
    columns += [
        f'{_value(field, place)} as "{field.name}"'
        for place, field in enumerate(fields_of("customer_view"))
        if field.name not in ("business_date", "customer_id")
    ]
    for file in range(FILES):
        first, last = customers * file // FILES, customers * (file + 1) // FILES
        _write(database, home, "customer_view", NIGHT, f"select {', '.join(columns)} from range({first}, {last}) as people(i)", file)
    _commit(home, "customer_view")


def _value(field: Field, place: int) -> str:
    u, kind = f"drawn(i, {place})", TYPES.get(field.type, field.type)
    if field.name in KNOWN:
        return f"({KNOWN[field.name].replace('u ', f'{u} ').replace('(u', f'({u}')})::{kind}"
    size = next((number for word, number in (("bytes", 2e10), ("fen", 3e4), ("seconds", 2e4), ("points", 5e3)) if word in field.name), 60)
    if field.type in ("int", "bigint"):
        value = f"case when {u} < 0.3 then 0 else floor({u} * {u} * {u} * {u} * {size}) end::{kind}"
    elif field.type == "double":
        value = f"round({u} * {u}, 4)"
    elif field.type == "boolean":
        value = f"{u} < 0.2"
    elif field.type == "date":
        value = f"date '{NIGHT}' - floor({u} * 2000)::int"
    else:
        codes = ", ".join(f"'{code}'" for code in field.codes or [f"{field.name}_{number}" for number in range(40)])
        value = f"([{codes}])[1 + floor({u} * {u} * {len(field.codes or range(40))})::int]"
    return f"case when drawn(i, {place + 512}) < 0.1 then null else {value} end" if field.nullable else value


def _people(database: duckdb.DuckDBPyConnection, home: Path, customers: int) -> None:
    people = f"range({customers}) as people(i)"
    email = "case when drawn(i, 1001) < 0.55 then 'user' || i || '@139.example' end"
    _whole(
        database,
        home,
        "identity",
        f"select {ID} as customer_id, 'name ' || i as name, '1380' || lpad(i::varchar, 7, '0') as number, {email} as email, 'street ' || i % 9999 as postal_address, "
        f"'id' || i as certificate_number from {people}",
    )
    arm = "case when drawn(i, 1002) < 0.02 then 'control' else 'treated' end"
    _whole(database, home, "control_assignment", f"select {ID} as customer_id, 'global' as layer, {arm} as arm from {people}")
    bans = f"""
        select {ID} as customer_id, level, case when level in ('product', 'product_channel') then (['ringback_tone', 'music_club', 'video_member'])[1 + i % 3] end as product,
            case when level in ('channel', 'product_channel') then (['sms', 'call', 'mms', 'email'])[1 + i // 3 % 4] end as channel, 'asked' as reason, 'register' as source,
            date '2026-11-20' - floor(drawn(i, 1003) * 400)::int as start_date,
            case when drawn(i, 1004) < 0.3 then date '{NIGHT}' + floor(drawn(i, 1005) * 200 - 50)::int end as end_date
        from (select i, (['system', 'product', 'channel', 'product_channel'])[1 + i % 4] as level from {people} where drawn(i, 1006) < 0.08)"""
    _write(database, home, "do_not_disturb", NIGHT - timedelta(days=9), bans)
    _write(database, home, "do_not_disturb", NIGHT, bans.replace("< 0.08", "< 0.004"))
    _commit(home, "do_not_disturb")


def _contacts(database: duckdb.DuckDBPyConnection, home: Path, customers: int, conf: Conf) -> None:
    """A quarter of the customers has all contacts, most by SMS, so that caps and minimum days bind for many; half of the contacts have an outcome."""
    channels, products = list(conf.channels), sorted(conf.products)
    rows = round(customers * CONTACTS_A_NIGHT)
    for ago in range(NIGHTS_BEFORE, 0, -1):
        night = NIGHT - timedelta(days=ago)
        own = f"select range as n, range * {NIGHTS_BEFORE} + {ago} as key, floor(drawn(range, {2000 + ago}) * {customers // 4})::bigint * 4 as i from range({rows})"
        select = f"""
            select md5({ago} || '-' || n) as contact_id, date '{night + timedelta(days=1)}' as contact_date, {ID} as customer_id,
                case when key % 5 = 0 then 'ringback_autumn' else product || '_campaign' end as campaign,
                (['low_value_recommendation', 'low_value_recommendation', 'high_value_recommendation', 'movement_alert'])[1 + key % 4] as campaign_type,
                case when key % 5 = 0 then 'ringback_tone' else product end as product, ({channels})[1 + floor(drawn(key, 3000) * drawn(key, 3000) * {len(channels)})::int] as channel,
                1 + (key % 2)::int as wave, 0.05 as probability, 1::decimal(12, 4) as expected_value, 'optimised' as mechanism, 1.0 as propensity,
                null::varchar as place, 10.0 as value, 5::bigint as cost_fen, 1 as revision, null::int as revoked_in, 1 as round, null::int as revoked_round
            from (select *, ({products})[1 + floor(drawn(key, 3001) * {len(products)})::int] as product from ({own}))"""
        _write(database, home, "contact", night, select)
    _commit(home, "contact")
    states = ["accepted", "refused", "considering", "not_reached", "not_shown", "failed", "delivered", "delivered"]
    nights = home / "lake" / "contact" / "*" / "*.parquet"
    _whole(
        database,
        home,
        "outcome",
        f"select contact_id, ({states})[1 + (hash(contact_id) % 8)::int] as outcome, contact_date::timestamptz as occurred_at, contact_date as received_date, false as contradicted "
        f"from read_parquet('{nights}', hive_partitioning = false) where hash(contact_id) % 16 < 8",
    )


def _matches(database: duckdb.DuckDBPyConnection, home: Path, customers: int, conf: Conf) -> None:
    products, channels = sorted(conf.products), sorted(conf.channels)
    batches = -(-customers // BATCH)
    beside = "0.01 as low, 0.2 as high, 100.0 as evidence, 'made for the bench' as model"
    of_product = f"""
        select {ID} as customer_id, product, 0.05 as probability, {beside}, round(drawn(i, 4000 + hash(product) % 97) * 4 - 2, 6) as log_odds
        from (select batch * {BATCH} + range as i, product from range({batches}) as batches(batch), unnest({products}) as products(product), range({BATCH}))
        where i < {customers} and drawn(i, 4100 + hash(product) % 89) < 0.9"""
    _whole(database, home, "customer_product_score", of_product)
    of_channel = f"""
        select {ID} as customer_id, channel, 1.0 as odds_ratio, round(drawn(i, 4200 + hash(channel) % 83), 6) as probability, {beside},
            round(drawn(i, 4300 + hash(channel) % 79) - 0.5, 6) as log_odds
        from range({customers}) as people(i), unnest({channels}) as channels(channel)"""
    _whole(database, home, "customer_channel_score", of_channel)
    cells = f"""
        select product, channel, 1.0 as odds_ratio, 0.05 as probability, {beside}, 0.1 as log_odds, -3.0 as base_log_odds, 0.0 as calibration, 'cell' as level
        from unnest({products}) as products(product), unnest({channels}) as channels(channel)"""
    _whole(database, home, "product_channel_score", cells)


def _whole(database: duckdb.DuckDBPyConnection, home: Path, table: str, select: str) -> None:
    _write(database, home, table, NIGHT, select)
    _commit(home, table)


def _write(database: duckdb.DuckDBPyConnection, home: Path, table: str, night: date, select: str, file: int = 0) -> None:
    folder = home / "lake" / table / f"business_date={night}"
    folder.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(f'"{field.name}"::{TYPES.get(field.type, field.type)} as "{field.name}"' for field in fields_of(table) if field.name != "business_date")
    database.execute(f"copy (select {columns} from ({select})) to '{folder / f'part-{file}.parquet'}' (format parquet, compression snappy)")


def _commit(home: Path, table: str) -> None:
    partition = Schema([DeltaField("business_date", "date")])
    convert_to_deltalake(str(home / "lake" / table), partition_by=partition, partition_strategy="hive", collect_stats=False)
