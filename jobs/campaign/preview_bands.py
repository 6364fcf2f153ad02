"""Breakdowns of the customers who match, by any fields of the view together.

A field with few values keeps them. Of other numbers a breakdown tells bands of about as many customers each, whose edges are round numbers;
nought is a band of its own where many have it. Of other dates it tells months, or years where these would be many. Null is never in a band.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

import duckdb

from jobs.campaign.campaign import view_field_types
from jobs.campaign.preview_sql import number, text
from jobs.errors import UserError, did_you_mean

DECIMALS = 6  # of a fraction that is told by itself; a probability has more digits than it knows
FEW = 12  # values that are told one by one
MOST_MONTHS = 24
EIGHTHS = [part / 8 for part in range(1, 8)]
ROUND = [Decimal(digits) for digits in ("1", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10")]


@dataclass(frozen=True)
class Told:
    """How a field is told: SQL of its value or band, and SQL that orders them."""

    value: str
    order: str


def known_fields(by: Sequence[str]) -> dict[str, str]:
    """The asked fields with their types, each once. Raises UserError for one that is not in the view, or that names every customer."""
    types = view_field_types()
    for name in by:
        if name not in types:
            raise UserError(f"--by: unknown field '{name}'{did_you_mean(name, set(types))}; schemas/customer_view/DICTIONARY.md has them")
        if name == "customer_id":
            raise UserError("--by: customer_id is another one for every customer; choose a field that customers share")
    return {name: types[name] for name in by}


def breakdown(connection: duckdb.DuckDBPyConnection, fields: dict[str, str]) -> list[dict[str, Any]]:
    """Customers of `matched` for each combination of the fields' values or bands that anyone has; null is None, and last."""
    if not fields:
        return []
    told = [_told(connection, f"by_{position}", kind) for position, kind in enumerate(fields.values())]
    values, orders = ", ".join(one.value for one in told), ", ".join(f"any_value({one.order}) nulls last" for one in told)
    groups = ", ".join(str(position + 1) for position in range(len(told)))
    counted = connection.execute(f"select {values}, count(*) from matched group by {groups} order by {orders}").fetchall()
    return [dict(zip([*fields, "matched"], row, strict=True)) for row in counted]


def _told(connection: duckdb.DuckDBPyConnection, column: str, kind: str) -> Told:
    if kind not in ("int", "bigint", "double", "date"):
        return Told(column, column)
    few = connection.execute(f"select count(*) <= {FEW} from (select distinct {column} from matched where {column} is not null limit {FEW + 1})").fetchone()
    if few == (True,):
        return Told(f"round({column}, {DECIMALS})" if kind == "double" else column, column)
    if kind == "date":
        months = connection.execute(f"select datediff('month', min({column}), max({column})) < {MOST_MONTHS} from matched").fetchone() == (True,)
        period = f"strftime({column}, '{'%Y-%m' if months else '%Y'}')"
        return Told(period, period)
    spread = connection.execute(f"""
        select min({column}), max({column}), count(*) filter ({column} = 0) * 8 >= count({column}), quantile_disc({column}, {EIGHTHS}) filter ({column} <> 0)
        from matched
    """).fetchone()
    lowest, highest, often_nought, eighths = spread or (0, 0, False, [])
    return _banded(column, bands_of(lowest, highest, often_nought and lowest >= 0, eighths, kind != "double"))


def _banded(column: str, bands: list[tuple[str, str]]) -> Told:
    names = " ".join(f"when {condition.format(column)} then {text(name)}" for name, condition in bands)
    order = " ".join(f"when {condition.format(column)} then {position}" for position, (_, condition) in enumerate(bands))
    return Told(f"case {names} end", f"case {order} end")


def bands_of(lowest: float, highest: float, nought_apart: bool, eighths: list[float], whole: bool) -> list[tuple[str, str]]:
    """Bands in order, each a name and a condition on `{}`; the first condition that holds counts. `eighths` cut the values other than nought into
    eight parts of as many customers."""
    start = 0 if nought_apart else lowest
    edges = sorted({edge for one in eighths if (edge := rounded(one, whole)) > Decimal(str(start))})
    edges = edges or [edge for edge in [rounded(highest, whole)] if edge > Decimal(str(start))]
    bands = [("0", "{} = 0")] if nought_apart else []
    if not edges:
        return [*bands, (f"{_shown(Decimal(str(start)))} and more", "{} is not null")]
    bands.append((_first(edges[0], nought_apart, whole), f"{{}} < {_sql(edges[0], whole)}"))
    for low, high in pairwise(edges):
        bands.append((_between(low, high, whole), f"{{}} < {_sql(high, whole)}"))
    return [*bands, (f"{_shown(edges[-1])} and more", "{} is not null")]


def rounded(value: float, whole: bool) -> Decimal:
    """The nearest round number: 1, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten; of two as near the one nearer to nought."""
    exact = Decimal(str(value))
    if not exact:
        return exact
    size = Decimal(1).scaleb(exact.copy_abs().adjusted())
    nearest = min((digits * size for digits in ROUND), key=lambda one: (abs(one - exact.copy_abs()), one))
    if whole:
        nearest = nearest.to_integral_value()
    return nearest.copy_sign(exact)


def _first(high: Decimal, nought_apart: bool, whole: bool) -> str:
    if not nought_apart:
        return f"below {_shown(high)}"
    return _between(Decimal(1), high, whole) if whole else f"above 0, below {_shown(high)}"


def _between(low: Decimal, high: Decimal, whole: bool) -> str:
    if not whole:
        return f"{_shown(low)} to below {_shown(high)}"
    return _shown(low) if high - low == 1 else f"{_shown(low)} to {_shown(high - 1)}"


def _shown(value: Decimal) -> str:
    return f"{value.normalize():,f}"


def _sql(value: Decimal, whole: bool) -> str:
    return str(int(value)) if whole else number(float(value))
