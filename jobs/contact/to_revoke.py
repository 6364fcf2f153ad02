"""rows_to_revoke: which rows of published lists must no longer be executed, by the rules that the next night will make its lists by.

| reason | the row's customer |
| --- | --- |
| do_not_disturb | is banned on the contact date, at a level that means the row: in the table `do_not_disturb`, or by what was answered since its last night |
| opted_out, accepted_elsewhere, refused_elsewhere | answered an offer of the row's product so on any row since the list was made: tracks are shared between channels |

A ban that follows from answers is worked out here from `automatic_bans` of conf/contact_rules.yaml as jobs/contact/automatic_ban.py does it in
the night (a test compares the two), so that a row need not wait for the night. What a customer answers on a row ends that row: nothing of it is left to
revoke. Care goes on after an acceptance. DuckDB, without a JVM.
"""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from jobs.context import RunContext
from jobs.lists import layout
from jobs.lists.query import connect

TABLES = ("contact", "outcome", "do_not_disturb", "contact_history")
OUTCOME_OF_CAUSE = {"opt_out": "opted_out", "refusals": "refused"}  # complaints and satisfaction come with the dumps, so with the night's own bans

# Each step is a table that the steps below it may name.
STEPS = {
    "state": """
        select contact_id, outcome, occurred_at, received_date from outcome
        where business_date = (select max(business_date) from outcome where business_date <= $known_until)
    """,
    "state_on_the_night": """
        select contact_id, outcome from outcome where business_date = (select max(business_date) from outcome where business_date <= $issued_on)
    """,
    # Clocks of channels go wrong: an answer was given between the contact date and the day it was received.
    "answer": """
        select contact_id, customer_id, product, channel, outcome, received_date,
            greatest(least(timezone($time_zone, occurred_at)::date, received_date), contact_date) as day,
            greatest(least(occurred_at, timezone($time_zone, (received_date + 1)::timestamp)), timezone($time_zone, contact_date::timestamp)) as moment
        from state join contact using (contact_id) where outcome in ('opted_out', 'accepted', 'refused')
    """,
    "open_row": """
        select contact.* from contact join newest_list using (channel)
        where contact.business_date = $issued_on and contact.contact_date = $contact_date
            and contact.revision <= newest_list.revision and (revoked_in is null or revoked_in > newest_list.revision)
            and contact_id not in (select contact_id from answer) and contact_id not in (select contact_id from revoked_before)
    """,
    "signal": """
        select customer_id, product, channel, outcome, day, moment from answer
        union all
        select customer_id, product, channel, outcome, least(occurred_on, business_date), timezone($time_zone, least(occurred_on, business_date)::timestamp)
        from contact_history where business_date <= $known_until
    """,
    "counted_signal": """
        select rule.*, customer_id, if(by_product, product, null) as product, if(by_channel, channel, null) as channel, day, moment
        from signal join ban_rule as rule using (outcome)
        where customer_id in (select customer_id from open_row) and not (by_product and product is null) and not (by_channel and channel is null)
    """,
    "automatic_ban": """
        select level, customer_id, product, channel, day as start_date, (day + lasts_days - 1)::date as end_date, min(moment) as moment
        from counted_signal as last
        where at_least <= (
            select count(*) from counted_signal as other
            where other.rule = last.rule and other.customer_id = last.customer_id and other.product is not distinct from last.product
                and other.channel is not distinct from last.channel and other.day between last.day - last.within_days + 1 and last.day
        )
        group by all
    """,
    "registered_ban": """
        select * from do_not_disturb where business_date <= $known_until
        qualify row_number() over (
            partition by customer_id, level, product, channel, reason, source, start_date order by business_date desc, end_date desc nulls first) = 1
    """,
    "ban": """
        select customer_id, level, product, channel, start_date, end_date, timezone($time_zone, greatest(start_date, business_date)::timestamp) as moment
        from registered_ban
        union all
        select customer_id, level, product, channel, start_date, end_date, moment from automatic_ban
    """,
    "heard": """
        select * from answer where received_date >= $contact_date or (contact_id, outcome) not in (select (contact_id, outcome) from state_on_the_night)
    """,
    "cause": """
        select contact_id, open_row.channel, customer_id, 1 as place, 'do_not_disturb' as reason, moment as revoked_at
        from open_row join ban using (customer_id)
        where $contact_date between start_date and coalesce(end_date, $contact_date) and case level
            when 'system' then true
            when 'product' then ban.product = open_row.product
            when 'channel' then ban.channel = open_row.channel
            else ban.product = open_row.product and ban.channel = open_row.channel end
        union all
        select open_row.contact_id, open_row.channel, customer_id, case outcome when 'opted_out' then 2 when 'accepted' then 3 else 4 end,
            if(outcome = 'opted_out', outcome, outcome || '_elsewhere'), moment
        from open_row join heard using (customer_id, product)
        where not (open_row.campaign_type = 'care_reminder' and outcome = 'accepted')
    """,
}
FIRST_CAUSES = """
select contact_id, channel, customer_id, reason, revoked_at from cause
qualify row_number() over (partition by contact_id order by place, revoked_at) = 1
order by channel, contact_id
"""


def rows_to_revoke(run: RunContext, contact_date: date, known_until: date) -> pa.Table:
    """contact_id, channel, customer_id, reason and revoked_at of the rows of a contact date that no earlier revocation names, each with its first cause."""
    with connect(run, *TABLES) as connection:
        take_steps(connection, run, contact_date, known_until)
        return connection.sql(FIRST_CAUSES).to_arrow_table()


def take_steps(connection: duckdb.DuckDBPyConnection, run: RunContext, contact_date: date, known_until: date) -> None:
    """Make the tables of STEPS, from the published lists and the ban rules of conf."""
    channels = layout.published_channels(run.home, contact_date)
    connection.execute("create table newest_list (channel varchar, revision int)")
    connection.execute("create table revoked_before (contact_id varchar)")
    for channel in channels:
        connection.execute("insert into newest_list values (?, ?)", [channel, layout.newest_revision(run.home, channel, contact_date)])
        _note_revoked(connection, run.home, channel, contact_date)
    _note_rules(connection, run)
    values = {
        "issued_on": layout.business_date_of(contact_date),
        "contact_date": contact_date,
        "known_until": known_until,
        "time_zone": run.conf.contact_rules.time_zone,
    }
    for table, select in STEPS.items():
        connection.execute(f"create table {table} as {select}", {name: value for name, value in values.items() if f"${name}" in select})


def _note_revoked(connection: duckdb.DuckDBPyConnection, home: Path, channel: str, contact_date: date) -> None:
    for seq in layout.published_revocations(home, channel, contact_date):
        folder = layout.revocation_folder(home, channel, contact_date, seq)
        files = [str(path) for path in layout.verify_files(folder, layout.read_revocation_manifest(folder))]
        connection.execute("insert into revoked_before select contact_id from read_parquet(?, hive_partitioning = false)", [files])


def _note_rules(connection: duckdb.DuckDBPyConnection, run: RunContext) -> None:
    connection.execute(
        "create table ban_rule (rule int, outcome varchar, level varchar, by_product boolean, by_channel boolean, at_least int, within_days int, lasts_days int)"
    )
    for number, rule in enumerate(run.conf.contact_rules.automatic_bans):
        if rule.cause in OUTCOME_OF_CAUSE:
            of_product, of_channel = rule.level in ("product", "product_channel"), rule.level in ("channel", "product_channel")
            values = [number, OUTCOME_OF_CAUSE[rule.cause], rule.level, of_product, of_channel, rule.at_least, rule.within_days, rule.lasts_days]
            connection.execute("insert into ban_rule values (?, ?, ?, ?, ?, ?, ?, ?)", values)
