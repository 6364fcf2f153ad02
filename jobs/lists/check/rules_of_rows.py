"""Rules that a row of a list keeps by itself: its key, its rank, its campaign, its customer and its address."""

import duckdb

from jobs.lists.check.database import add, snapshot
from jobs.lists.check.published_bytes import COLUMNS, MAY_BE_NULL
from jobs.lists.check.rules_file import Day, Rules


def check_rows(connection: duckdb.DuckDBPyConnection, rules: Rules, day: Day) -> None:
    _no_nulls(connection)
    _key_and_rank(connection)
    _campaign(connection)
    _approval(connection)
    _customer(connection, day)
    _figures(connection)
    _times_and_history(connection, rules)


def _no_nulls(connection: duckdb.DuckDBPyConnection) -> None:
    for name, _ in COLUMNS:
        if name not in MAY_BE_NULL:
            missing = "not has_parameters" if name == "parameters" else f"{name} is null"
            add(connection, "schema", f"select contact_id, list || ': {name} is null' from listed where {missing}")


def _key_and_rank(connection: duckdb.DuckDBPyConnection) -> None:
    key = "concat_ws('|', contact_date::varchar, customer_id, campaign, product, channel, wave)"
    add(connection, "contact_id", f"select contact_id, 'is not the hash of its key' from listed where contact_id is distinct from sha256({key})[:32]")
    add(
        connection,
        "channel_and_date",
        "select contact_id, concat('is for ', channel, ' on ', contact_date, ' in the list of ', list) from listed "
        "where channel is distinct from list or contact_date is distinct from contact_date()",
    )
    add(connection, "rank", "select contact_id, concat(list, ': rank ', rank, ' at place ', position) from listed where rank is distinct from position")
    add(
        connection,
        "order",
        "select contact_id, concat(list, ': rank ', rank, ' is worth ', expected_value, ' yuan, the row before it ', before) from "
        "(select *, lag(expected_value) over (partition by list order by position) as before from listed) where expected_value > before",
    )
    add(
        connection,
        "duplicate",
        "select contact_id, concat('stands ', count(*), ' times: ', string_agg(list, ', ' order by list)) from listed group by contact_id having count(*) > 1",
    )
    add(
        connection,
        "one_channel_a_campaign",
        "select min(contact_id), concat('campaign ', campaign, ' reaches the customer ', count(distinct contact_id), ' times: ', string_agg(list, ', ' order by list)) "
        "from listed group by customer_id, campaign having count(distinct contact_id) > 1",
    )


def _campaign(connection: duckdb.DuckDBPyConnection) -> None:
    add(
        connection,
        "campaign",
        "select contact_id, case when rule.campaign is null then concat('unknown campaign ', listed.campaign) "
        "else concat(listed.campaign, ' offers ', rule.product, ' as ', rule.type, ', the row ', listed.product, ' as ', campaign_type) end "
        "from listed left join campaign_rule as rule using (campaign) where rule.campaign is null or rule.product <> listed.product or rule.type <> campaign_type",
    )
    add(
        connection,
        "period",
        "select contact_id, concat(campaign, ' runs from ', first_day, ' to ', last_day) from listed join campaign_rule using (campaign) "
        "where not contact_date() between first_day and last_day",
    )
    add(
        connection,
        "wave",
        "select contact_id, concat('wave ', wave, ' of ', campaign, ' does not use ', channel) from listed "
        "where campaign in (select campaign from campaign_rule) and (campaign, wave, channel) not in (select (campaign, wave, channel) from campaign_wave)",
    )
    add(
        connection,
        "script",
        "select contact_id, concat('script ', listed.script, ' instead of ', approved.script) from listed "
        "join campaign_script as approved using (campaign, channel) where approved.script <> listed.script",
    )
    add(
        connection,
        "carries",
        "select contact_id, concat(listed.channel, ' does not carry ', coalesce(product_rule.kind, 'unknown product ' || listed.product)) from listed "
        "join channel_rule using (channel) left join product_rule using (product) where not coalesce(list_contains(kinds, product_rule.kind), false)",
    )


def _approval(connection: duckdb.DuckDBPyConnection) -> None:
    """The newest decision on exactly the campaign's present content must be an approval, and known when the list was made."""
    newest = (
        "select campaign, content_hash, decision from approval where business_date <= business_date() "
        'qualify row_number() over (partition by campaign, content_hash order by "at" desc, decision desc) = 1'
    )
    add(
        connection,
        "approval",
        "select contact_id, concat(campaign, ': ', coalesce(newest.decision, 'no decision on this content')) from listed join campaign_rule using (campaign) "
        f"left join ({newest}) as newest using (campaign, content_hash) where newest.decision is distinct from 'approved'",
    )


def _customer(connection: duckdb.DuckDBPyConnection, day: Day) -> None:
    customers = snapshot(connection, "customer", day)
    identities = snapshot(connection, "identity", day)
    add(connection, "customer", f"select contact_id, 'unknown customer' from listed where customer_id not in (select customer_id from {customers})")
    add(connection, "living_customer", f"select contact_id, 'the line is closed' from listed join {customers} using (customer_id) where status = 'closed'")
    add(
        connection,
        "address",
        f"""
        select contact_id, case when needs = 'none' then 'a passive channel gets no address' when address is null then 'is missing' else 'is not that of identity' end
        from listed join channel_rule using (channel) left join {identities} as person using (customer_id)
        where case needs when 'none' then address is not null when 'number' then address is distinct from person.number or address is null
            else address is distinct from person.email or address is null end
        """,
    )


def _figures(connection: duckdb.DuckDBPyConnection) -> None:
    """What no ledger can make right: DuckDB holds NaN to be greater than any number, so that it lies in no range."""
    add(connection, "probability", "select contact_id, concat('is ', probability) from listed where not probability between 0 and 1")
    add(
        connection,
        "expected_value",
        "select contact_id, concat('is ', expected_value, ' yuan: worth no more than it costs') from listed where expected_value <= 0",
    )


def _times_and_history(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    add(
        connection,
        "validity",
        "select contact_id, concat('valid from ', valid_from, ' to ', valid_to) from listed "
        "where valid_from >= valid_to or timezone($time_zone, valid_from)::date <> contact_date() or timezone($time_zone, valid_to)::date <> contact_date()",
        {"time_zone": rules.time_zone},
    )
    add(
        connection,
        "hours",
        "select contact_id, concat('valid from ', valid_from, ' to ', valid_to, ', ', channel, ' works from ', opens, ' to ', closes) "
        "from listed join channel_rule using (channel) "
        "where timezone($time_zone, valid_from)::time < opens or timezone($time_zone, valid_to)::time > closes",
        {"time_zone": rules.time_zone},
    )
    add(
        connection,
        "history",
        "select contact_id, case when talks and history_length is null then 'is missing where a person talks' when talks then 'more than five contacts, or not newest first' "
        "else 'only where a person talks' end from listed join channel_rule using (channel) "
        "where talks is distinct from (history_length is not null) or history_length > 5 or not history_newest_first",
    )
    add(
        connection,
        "place",
        "select contact_id, concat(channel, coalesce(' works by ' || place_kind || ', the row names none', ' has no places, the row names one')) from listed "
        "join channel_rule using (channel) where (place_kind is null) is distinct from (place is null)",
    )
