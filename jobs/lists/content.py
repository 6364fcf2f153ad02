"""What a list says, as one hash, and the columns of its files (contract section 5)."""

import hashlib
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

HISTORY = pa.list_(pa.struct([("contact_date", pa.date32()), ("channel", pa.string()), ("product", pa.string()), ("outcome", pa.string())]))
LIST_SCHEMA = pa.schema(
    [
        ("contact_id", pa.string()),
        ("contact_date", pa.date32()),
        ("channel", pa.string()),
        ("customer_id", pa.string()),
        ("address", pa.string()),
        ("campaign", pa.string()),
        ("campaign_type", pa.string()),
        ("product", pa.string()),
        ("wave", pa.int32()),
        ("script", pa.string()),
        ("place", pa.string()),
        ("rank", pa.int32()),
        ("probability", pa.float64()),
        ("expected_value", pa.decimal128(12, 4)),
        ("valid_from", pa.timestamp("us", tz="UTC")),
        ("valid_to", pa.timestamp("us", tz="UTC")),
        ("parameters", pa.map_(pa.string(), pa.string())),
        ("history", HISTORY),
    ]
)
REVOCATION_SCHEMA = pa.schema(
    [("contact_id", pa.string()), ("customer_id", pa.string()), ("reason", pa.string()), ("revoked_at", pa.timestamp("us", tz="UTC"))]
)
CONTENT = ["contact_id", "customer_id", "campaign", "product", "wave", "script", "rank"]


def content_hash(rows: pa.Table) -> str:
    """SHA-256 of the lines `contact_id|customer_id|campaign|product|wave|script|rank`, in order of contact_id, joined by `\\n`."""
    return content_hash_of_batches(rows.select(CONTENT).sort_by("contact_id").to_batches())


def content_hash_of_batches(batches: Iterable[pa.RecordBatch]) -> str:
    """The same over batches that come in order of contact_id: only one batch is held at a time."""
    digest, between = hashlib.sha256(), b""
    for batch in batches:
        if batch.num_rows:
            lines = pc.binary_join_element_wise(
                *[pc.cast(batch.column(name), pa.string()) for name in CONTENT], "|", null_handling="replace", null_replacement=""
            )
            digest.update(between + "\n".join(lines.to_pylist()).encode())
            between = b"\n"
    return digest.hexdigest()
