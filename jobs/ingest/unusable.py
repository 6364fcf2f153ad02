"""A required source of which nearly everything is rejected is as good as missing: it stops the night before its rows are written."""

from collections.abc import Mapping
from datetime import date

from jobs.catalogue.schema import SourceSchema
from jobs.errors import Refusal
from jobs.quality.rules import Unusable


def is_unusable(schema: SourceSchema, kept: int, rejected: int, limit: Unusable) -> bool:
    """A snapshot with one row a customer that keeps no row is unusable however few it had."""
    rows = kept + rejected
    if not schema.required or rejected == 0:
        return False
    if kept == 0 and schema.delivery == "snapshot" and len(schema.key) == 1:
        return True
    return rows >= limit.fewest_rows and rejected > limit.rejected_above * rows


def without_repeats(reasons: Mapping[str, int]) -> dict[str, int]:
    """Rejected rows by reason, without those whose key another row has already: a dump written twice into one file loses nothing."""
    return {reason: rows for reason, rows in reasons.items() if reason != "duplicate_key"}


def unusable_source(schema: SourceSchema, kept: int, reasons: Mapping[str, int], day: date, limit: Unusable) -> Refusal:
    """The one line that stops the night; `reasons` are the rejected rows by their reason."""
    rejected = sum(reasons.values())
    most, rows = max(sorted(reasons.items()), key=lambda one: one[1])
    return Refusal(
        f"landing/{schema.source}/business_date={day}: {rejected:,} of {kept + rejected:,} rows are rejected, {rows:,} of them for '{most}'; source {schema.source} "
        f"is required and of no use like this (conf/quality.yaml: unusable: rejected_above: {limit.rejected_above:g}): "
        f"have the dump delivered again, then run `cpc run ingest --date {day}`"
    )
