"""Rules over whole lists: what channels and places can carry, what campaigns may spend, and that the ledger took exactly what is listed."""

import duckdb

from jobs.lists.check.database import add


def check_volume(connection: duckdb.DuckDBPyConnection) -> None:
    _capacity(connection)
    _budget(connection)
    _ledger(connection)
    _propensity(connection)


def _capacity(connection: duckdb.DuckDBPyConnection) -> None:
    add(
        connection,
        "capacity",
        "select '', concat(list, ': ', count(*), ' rows, the channel carries ', any_value(capacity)) from listed "
        "join channel_rule on list = channel_rule.channel group by list having count(*) > any_value(capacity)",
    )
    add(
        connection,
        "place_capacity",
        "select '', concat(list, ': ', listed.place, ': ', count(*), ' rows, the place carries ', any_value(coalesce(place_rule.day, place_day))) from listed "
        "join channel_rule on list = channel_rule.channel left join place_rule on place_rule.channel = list and place_rule.place = listed.place "
        "where place_kind is not null group by list, listed.place having count(*) > any_value(coalesce(place_rule.day, place_day))",
    )


def _budget(connection: duckdb.DuckDBPyConnection) -> None:
    """Contacts and money of every campaign of the lists, over its whole period up to this contact date. What was given back stays spent."""
    add(
        connection,
        "budget",
        """
        with spent as (
            select campaign, count(*) as contacts, sum(cost_fen) as fen, any_value(contacts_max) as contacts_max, any_value(rule.fen) as fen_max
            from worked join campaign_rule as rule using (campaign)
            where worked.contact_date >= first_day and campaign in (select campaign from listed) group by campaign
        )
        select '', concat(campaign, ': ', contacts, ' contacts of at most ', coalesce(contacts_max::varchar, 'any'), ', ', fen / 100, ' yuan of ', coalesce((fen_max / 100)::varchar, 'any'))
        from spent where contacts > contacts_max or fen > fen_max
        """,
    )


def _ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Rows of a list are the ledger's rows of its channel and date that stand in its revision, with the same figures."""
    same = ("customer_id", "campaign", "campaign_type", "product", "wave", "place", "probability", "expected_value")
    differs = " or ".join(f"listed.{name} is distinct from standing.{name}" for name in same)
    add(
        connection,
        "ledger",
        f"""
        with standing as (
            select issued.* from issued join list_read on issued.channel = list_read.list
            where contact_date = contact_date() and business_date = business_date() and (revoked_in is null or revoked_in > list_read.revision)
        )
        select coalesce(listed.contact_id, standing.contact_id), case when standing.contact_id is null then 'is listed but not in the ledger'
            when listed.contact_id is null then 'is in the ledger but not in the list of ' || standing.channel else 'differs from the ledger' end
        from listed full join standing on listed.contact_id = standing.contact_id and listed.list = standing.channel
        where listed.contact_id is null or standing.contact_id is null or {differs}
        """,
    )


def _propensity(connection: duckdb.DuckDBPyConnection) -> None:
    """What a list does not show and evaluations divide by: how each of its rows was chosen, and with what probability."""
    add(
        connection,
        "propensity",
        """
        select contact_id, concat(coalesce(mechanism, 'no mechanism'), ' with propensity ', coalesce(propensity::varchar, 'null')) from issued
        where contact_id in (select contact_id from listed)
            and (not coalesce(propensity > 0 and propensity <= 1, false) or not coalesce(mechanism in ('optimised', 'exploration'), false))
        """,
    )
