"""The measures whose six closed months customer_half_year keeps, and what each is made of: the frame, and an expression over its columns.

Plain Python, since the lineage of the dictionary reads it without a JVM.
"""

MONTHS = 6
KEPT = {
    "bill_fen": ("billed", "bill_fen"),
    "overage_fen": ("billed", "bill_overage_fen"),
    "voice_seconds": ("used", "voice_seconds_out + voice_seconds_in"),
    "data_bytes": ("used", "data_bytes"),
    "messages_sms_out": ("used", "messages_sms_out"),
    "paid_fen": ("used", "paid_fen"),
}


def is_use(measure: str) -> bool:
    """Whether the old warehouse delivers the measure (source usage_month), or it stands for days of such use."""
    return measure.startswith(("voice_", "data_", "messages_")) or measure in ("active_days", "used_days_mask")


def is_counted_by_nights(measure: str) -> bool:
    """Whether nights alone know the measure: no old warehouse delivers it."""
    return measure.endswith("_uses") or measure in ("roaming_days_mask", "value_added_forwards", "value_added_downloads", "value_added_gifts")
