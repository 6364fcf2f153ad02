"""Which contacts and options a cap or minimum days count together for a candidate: the twin, for one customer, of jobs/contact/frequency_cap.py."""

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from jobs.contact_rules import Cap, MinimumDays
from jobs.explain.customer_facts import Candidate, Contact, CustomerFacts

Row = TypeVar("Row", Candidate, Contact)


def covers(rule: Cap | MinimumDays, row: Candidate | Contact) -> bool:
    return row.campaign_type in rule.types and (not rule.channels or row.channel in rule.channels)


def counted_with(rule: Cap | MinimumDays, candidate: Candidate, rows: Iterable[Row]) -> list[Row]:
    """Rows that share the rule's allowance with the candidate."""
    of_one_type = isinstance(rule, Cap) and not rule.across_types
    keys = [key for key in rule.counts if key != "customer"] + (["campaign_type"] if of_one_type else [])
    return [one for one in rows if covers(rule, one) and all(getattr(one, key) == getattr(candidate, key) for key in keys)]


def most(cap: Cap, candidate: Candidate) -> int:
    if cap.by_cell:
        return cap.by_cell.get(candidate.frequency_cell or "", cap.max)
    return next((number for grade, number in cap.by_grade.items() if grade == candidate.grade), cap.max)


def taking_allowance(cap: Cap, candidate: Candidate, facts: CustomerFacts, month_start: date) -> tuple[int, list[Contact]]:
    """Allowances used as `frequency_cap` says, and the contacts that took them: of earlier nights, and of earlier makings of the night's own lists."""
    own = {key: getattr(candidate, key) if key in cap.counts else None for key in ("product", "campaign", "channel")}
    campaign_type = None if cap.across_types else candidate.campaign_type
    rows = [one for one in facts.used if (one.cap, one.campaign_type, {key: getattr(one, key) for key in own}) == (cap.name, campaign_type, own)]
    used, tonight = sum(one.used for one in rows), sum(one.tonight for one in rows)
    earlier = [one for one in counted_with(cap, candidate, facts.earlier) if one.kept and one.contact_date >= month_start]
    first_made = sorted(counted_with(cap, candidate, [*facts.tonight, *facts.taken_out]), key=lambda one: (one.making, one.contact_id))
    return used, [*earlier, *first_made[:tonight]]
