"""Rules that protect a customer: bans, caps, minimum days, controls and exclusions. Counted from the ledger, the list's own rows included."""

from typing import Any

import duckdb

from jobs.lists.check.database import add
from jobs.lists.check.rules_file import Rules


def check_customers(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    _do_not_disturb(connection)
    _controls(connection, rules)
    _exclusive(connection)
    _stopped(connection)
    add(
        connection,
        "contacts_a_night",
        "select min(contact_id), concat(count(distinct contact_id), ' contacts of the customer on one day, at most ', $most::varchar) from listed "
        "group by customer_id having count(distinct contact_id) > $most",
        {"most": rules.contact["contacts_a_night"]},
    )
    for cap in rules.contact["caps"]:
        if cap.get("enabled", True):
            _cap(connection, cap)
    for rule in rules.contact["minimum_days"]:
        _minimum_days(connection, rule)
    _campaign_delivery(connection)


def _do_not_disturb(connection: duckdb.DuckDBPyConnection) -> None:
    """Bans known on the night. Of rows of the same ban the newest counts, since an ended ban comes again with its end."""
    add(
        connection,
        "do_not_disturb",
        """
        with known as (
            select * from do_not_disturb where business_date <= business_date()
            qualify row_number() over (
                partition by customer_id, level, product, channel, reason, source, start_date order by business_date desc, end_date desc nulls first) = 1
        )
        select contact_id, concat('ban of level ', level, ' since ', start_date, ': ', reason, ' (', source, ')')
        from listed join known as ban using (customer_id)
        where contact_date() between start_date and coalesce(end_date, contact_date()) and case level
            when 'system' then true
            when 'product' then ban.product = listed.product
            when 'channel' then ban.channel = listed.channel
            else ban.product = listed.product and ban.channel = listed.channel end
        """,
    )


def _controls(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    add(
        connection,
        "global_control",
        "select contact_id, 'the customer is in the global control group' from listed where not list_contains($spared, campaign_type) and customer_id in "
        "(select customer_id from control_assignment where business_date = business_date() and layer = 'global' and arm = 'control')",
        {"spared": rules.contact["control"]["global"]["spares"]},
    )
    add(
        connection,
        "campaign_holdout",
        """
        select contact_id, concat('the customer is held out of ', campaign) from listed where (customer_id, campaign) in (
            select (customer_id, campaign) from decision where business_date = business_date() and reason = 'campaign_holdout'
            union select (customer_id, layer) from control_assignment where business_date = business_date() and layer <> 'global' and arm = 'control')
        """,
    )


def _exclusive(connection: duckdb.DuckDBPyConnection) -> None:
    """Campaigns that exclude each other never both reach a customer in the period of the listed one or in the month, this night included."""
    add(
        connection,
        "exclusive_with",
        """
        select listed.contact_id, concat(campaign, ' excludes ', other, ', in contact on ', max(met.contact_date)) from listed
        join exclusive using (campaign) join campaign_rule using (campaign) join ledger as met on met.customer_id = listed.customer_id and met.campaign = other
        where not given_back and met.contact_date >= least(first_day, month_start()) group by listed.contact_id, campaign, other
        """,
    )


def _stopped(connection: duckdb.DuckDBPyConnection) -> None:
    """Tracks are shared: a product that the customer took, refused or opted out of in the campaign's period is not offered again. Care goes on after a thank-you."""
    add(
        connection,
        "stopped_by_outcome",
        """
        select listed.contact_id, concat(listed.product, ' was ', string_agg(distinct outcome, ', ' order by outcome)) from listed
        join campaign_rule using (campaign) join ledger as met on met.customer_id = listed.customer_id and met.product = listed.product
        where met.outcome in ('opted_out', 'accepted', 'refused') and met.contact_date >= first_day and met.contact_date < contact_date()
            and not (listed.campaign_type = 'care_reminder' and met.outcome = 'accepted') group by listed.contact_id, listed.product
        """,
    )


def _cap(connection: duckdb.DuckDBPyConnection, cap: dict[str, Any]) -> None:
    """At most `max` contacts in the calendar month that were not given back; a group is judged only where the list adds to it. A cap by cell is of the
    customers alone whom the night drew into the cell."""
    keys = ["customer_id", *[key for key in cap["counts"] if key != "customer"], *([] if cap.get("across_types") else ["campaign_type"])]
    grades, cells = cap.get("by_grade") or {}, cap.get("by_cell") or {}
    most, cell = "case when vip_level > 0 then $vip else $ordinary end", ""
    limits: dict[str, Any] = {"vip": grades.get("vip", cap["max"]), "ordinary": grades.get("ordinary", cap["max"])}
    if cells:
        most, limits = "of_cell", {"cells": list(cells), "limits": list(cells.values())}
        cell = """left join (
            select customer_id, of_cell from control_assignment join (select unnest($cells) as arm, unnest($limits) as of_cell) using (arm)
            where business_date = business_date() and layer = 'frequency') as drawn using (customer_id)"""
    add(
        connection,
        f"cap.{cap['name']}",
        f"""
        with counted as (
            select {", ".join(keys)}, count(*) as used from ledger
            where contact_date >= month_start() and not given_back and {_scope(cap)} group by all
        )
        select contact_id, concat(used, ' contacts of ', '{" and ".join(cap["counts"])}', ' this month, at most ', most)
        from (
            select listed.contact_id, used, {most} as most
            from listed join counted using ({", ".join(keys)}) left join grade using (customer_id) {cell} where {_scope(cap)}
        ) as judged where used > most
        """,
        {**_scope_parameters(cap), **limits},
    )


def _minimum_days(connection: duckdb.DuckDBPyConnection, rule: dict[str, Any]) -> None:
    """At least `days` between two contacts of the same keys that were not given back, the two of one night included."""
    same = " and ".join(f"earlier.{key} = listed.{key}" for key in rule["counts"] if key != "customer") or "true"
    add(
        connection,
        f"minimum_days.{rule['name']}",
        f"""
        with counted as (select * from ledger where not given_back and {_scope(rule)} and contact_date > contact_date() - {int(rule["days"])})
        select listed.contact_id, concat('contacted on ', max(earlier.contact_date), ' too, at least ', {int(rule["days"])}, ' days between')
        from listed join counted as earlier using (customer_id)
        where {same} and earlier.contact_id <> listed.contact_id and {_scope(rule, "listed.")} group by listed.contact_id
        """,
        _scope_parameters(rule),
    )


def _campaign_delivery(connection: duckdb.DuckDBPyConnection) -> None:
    """The planner's own maximum of contacts and minimum of days between, per customer, over the campaign's period; a monthly campaign's maximum is one of the month."""
    counted = "select * from ledger join campaign_rule using (campaign) where not given_back and contact_date >= first_day"
    add(
        connection,
        "campaign_max_contacts",
        f"""
        select contact_id, concat(used, ' contacts of ', campaign, ', at most ', max_contacts) from listed
        join (select customer_id, campaign, max_contacts, count(*) as used from ({counted}) where mode <> 'monthly' or contact_date >= month_start() group by all) using (customer_id, campaign) where used > max_contacts
        """,
    )
    add(
        connection,
        "campaign_min_days",
        f"""
        select listed.contact_id, concat(campaign, ' was in contact on ', max(earlier.contact_date), ', at least ', any_value(min_days), ' days between')
        from listed join ({counted}) as earlier using (customer_id, campaign)
        where earlier.contact_date < contact_date() and earlier.contact_date > contact_date() - min_days group by listed.contact_id, campaign
        """,
    )


def _scope(rule: dict[str, Any], of: str = "") -> str:
    """The contacts that a rule counts at all, by type and channel."""
    channels = f" and list_contains($channels, {of}channel)" if rule.get("channels") else ""
    return f"list_contains($types, {of}campaign_type){channels}"


def _scope_parameters(rule: dict[str, Any]) -> dict[str, Any]:
    return {"types": rule["types"], **({"channels": rule["channels"]} if rule.get("channels") else {})}
