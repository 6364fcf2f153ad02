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
