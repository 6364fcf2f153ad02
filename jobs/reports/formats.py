"""How figures are written on pages: separators, signs, and a dash for what is not known."""

from collections.abc import Callable
from datetime import date

NOTHING = "–"


def count(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.0f}"


def share(value: float | None) -> str:
    """Percent with as many digits as small rates need."""
    if value is None:
        return NOTHING
    percent = value * 100
    digits = 0 if abs(percent) >= 99.95 or percent == 0 else 1 if abs(percent) >= 10 else 2
    return f"{percent:,.{digits}f}%"


def yuan(value: float | None) -> str:
    if value is None:
        return NOTHING
    sign = "−" if value < 0 else ""
    return f"{sign}¥{abs(value):,.0f}" if abs(value) >= 100 or value == 0 else f"{sign}¥{abs(value):,.2f}"


def decimal(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.2f}".replace("-", "−")


def points(value: float | None) -> str:
    """A difference of shares in percentage points, always with its sign."""
    return NOTHING if value is None else f"{value * 100:+.2f}".replace("-", "−")


def chance(value: float | None) -> str:
    """A p-value."""
    return NOTHING if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def day(value: date | None) -> str:
    return NOTHING if value is None else value.isoformat()


BY_UNIT: dict[str, Callable[[float | None], str]] = {
    "contact": count,
    "customer": count,
    "row": count,
    "share": share,
    "yuan": yuan,
    "ratio": decimal,
    "day": decimal,
    "hour": decimal,
    "contact per customer": decimal,
}


def figure(value: float | None, unit: str) -> str:
    """A figure of an indicator, in the form its unit asks for. Sums of probabilities are counts with a fraction."""
    if unit == "contact" and value is not None and value != round(value):
        return f"{value:,.1f}"
    return BY_UNIT[unit](value)


FILTERS: dict[str, Callable] = {
    "count": count,
    "share": share,
    "yuan": yuan,
    "decimal": decimal,
    "points": points,
    "chance": chance,
    "day": day,
    "figure": figure,
}
