"""What the night knows of the customers whom an offer means, in DuckDB: the twin of jobs/contact/known.py, jobs/contact/ban.py and
jobs/contact/ledger.py. Tables are read for matching customers alone, and only what the rules ask."""

from datetime import date

import duckdb

from jobs.campaign.preview_rules import Question, wave_of
from jobs.campaign.preview_sql import day, number, text, texts
from jobs.campaign.preview_tables import Tables
from jobs.feedback.states import GIVES_ALLOWANCE_BACK, NO_RESPONSE


def known(connection: duckdb.DuckDBPyConnection, question: Question, tables: Tables) -> str:
    """The relation of one row a customer of `matched`, with every column that the question's rules name."""
    campaign, needs = question.offer.campaign, {question.run.conf.channels[channel].needs for channel in question.offer.channels} - {"none"}
    joins = [_control(connection, question, tables), _cell(connection, question, tables)]
    if needs:
        joins.append(f"(select customer_id, {', '.join(f'{need} is not null as has_{need}' for need in sorted(needs))} from {tables.identity})")
    wave = f", {wave_of(question, campaign)} as wave_now" if campaign else ""
    bans, ledger = _bans(tables, question.run.contact_date), _ledger(tables)
    for asked, rows in ((question.bans, bans), (question.ledger, ledger), (question.reach, tables.customer_channel_score)):
        if asked.aggregates:
            joins.append(asked.per_customer(f"(select * from {rows} where customer_id in (select customer_id from matched))"))
    if campaign:
        joins.append(f"(select customer_id, log_odds as appetite from {tables.customer_product_score} where product = {text(campaign.product)})")
        salt = question.run.conf.contact_rules.tie_salt
        joins += [_drawn(connection, f"share_{wave.wave}", salt, [campaign.campaign, str(wave.wave)]) for wave in campaign.waves if wave.share < 1]
    return f"(select *{wave} from matched {' '.join(f'left join {one} using (customer_id)' for one in joins)})"


def _control(connection: duckdb.DuckDBPyConnection, question: Question, tables: Tables) -> str:
    """The global control group as the night's table has it; before the night has drawn it, as it will."""
    if tables.control_assignment is not None:
        return f"(select customer_id, true as in_global_control from {tables.control_assignment} where layer = 'global' and arm = 'control')"
    control = question.run.conf.contact_rules.control.global_
    share = _drawn(connection, "control_share", control.salt, [])
    return f"(select customer_id, control_share < {number(control.share)} as in_global_control from {share})"


def _cell(connection: duckdb.DuckDBPyConnection, question: Question, tables: Tables) -> str:
    """The customer's cell of the frequency layer; null for those in none."""
    if tables.control_assignment is not None:
        return f"(select customer_id, arm as frequency_cell from {tables.control_assignment} where layer = 'frequency' and arm <> 'treated')"
    layer = question.run.conf.contact_rules.control.frequency
    if not layer.cells:
        return "(select customer_id, null::varchar as frequency_cell from matched)"
    arms = " ".join(f"when frequency_share < {number(end)} then {text(name)}" for name, end in layer.ends.items())
    return f"(select customer_id, case {arms} end as frequency_cell from {_drawn(connection, 'frequency_share', layer.salt, [])})"


def _drawn(connection: duckdb.DuckDBPyConnection, name: str, salt: str, keys: list[str]) -> str:
    """The relation of customer_id and a hashed number in [0, 1) of that name, for every row of `matched`."""
    import numpy as np  # most previews draw nothing and do without

    from jobs.contact.share_values import share_values

    customers = connection.execute("select customer_id from matched order by rowid").fetchnumpy()["customer_id"]
    connection.register(f"drawn_{name}", {"position": np.arange(len(customers)), name: share_values(salt, keys, customers)})
    return f"(select customer_id, {name} from matched join drawn_{name} on position = matched.rowid)"


def _bans(tables: Tables, contact_date: date) -> str:
    """Bans in force on the contact date. Of several rows of a ban the newest counts, within a night the one without end or else the latest end."""
    newest_end = "max(row(business_date, coalesce(end_date, date 'infinity')))[2]"
    ban = "customer_id, level, product, channel, reason, source, start_date"
    on = day(contact_date)
    return f"(select {ban} from {tables.do_not_disturb} where start_date <= {on} group by {ban} having {newest_end} >= {on})"


def _ledger(tables: Tables) -> str:
    """Rows of earlier nights' lists, with the state of each and whether it keeps its allowance."""
    state = f"case when coalesce(outcome, 'delivered') = 'delivered' then {text(NO_RESPONSE)} else outcome end as state"
    kept = f"coalesce(outcome, '') not in {texts(GIVES_ALLOWANCE_BACK)} as kept"
    columns = "customer_id, campaign, campaign_type, product, channel, wave, contact_id, contact_date"
    return f"(select {columns}, {state}, {kept} from {tables.contact} left join (select contact_id, outcome from {tables.outcome}) using (contact_id))"
