"""Pandas arguments that speak of the same rows."""

from typing import Any


def refuse_other_rows(owner: str, **arguments: Any) -> None:
    """Rows are paired by position. Raises ValueError where two pandas arguments have different indexes: by position their rows would be mixed up
    without a word. Arrays and lists have no index and are taken as they stand; lengths are the caller's to check."""
    indexed = [(name, one.index) for name, one in arguments.items() if hasattr(one, "iloc")]
    for name, index in indexed[1:]:
        first, expected = indexed[0]
        if len(index) == len(expected) and not index.equals(expected):
            raise ValueError(f"{owner}: the index of {name} differs from that of {first}; order both alike, or pass {name}.to_numpy() to pair by position")
