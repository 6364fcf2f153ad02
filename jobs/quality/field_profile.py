"""field_profile: what the night's customer view holds, field by field, in a few numbers.

One row is a field. DuckDB streams the files that were written: another engine than the one that made them, at a tenth of its cost for so
many aggregates. It takes 50 fields at a time, since all at once cost five times as much; memory stays below 1 GB at a million customers.
How values spread is counted on a sample, everything else on all rows.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyRelation

from jobs.catalogue.view import Check, ViewField, fields
from jobs.context import RunContext

FIELDS_AT_A_TIME = 50
SAMPLED_CUSTOMERS = 100_000
FREQUENT_CODES = 50
# Two months, so that a field that grows through the month meets the same days of the month before.
DAYS_BACK = 62
MORE, OTHER_CODES = "more", "*"
TYPES = {"BIGINT": "bigint", "INTEGER": "int", "VARCHAR": "string", "DOUBLE": "double", "BOOLEAN": "boolean", "DATE": "date"}

Edges = Mapping[str, list[float]]
Measures = dict[str, Any]


def field_profile(customer_view: DuckDBPyRelation, past_field_profile: DuckDBPyRelation, run: RunContext) -> pa.Table:
    return pa.Table.from_pylist(
        [{"business_date": run.business_date} | row for row in profiles(customer_view, past_field_profile, fields(), run)],
        run.lake.dataset("field_profile").schema,
    )


def profiles(view: DuckDBPyRelation, past: DuckDBPyRelation, declared: list[ViewField], run: RunContext) -> list[Measures]:
    """The profile of each declared field as columns of field_profile, without the date."""
    types = {name: TYPES.get(str(kind), str(kind).lower()) for name, kind in zip(view.columns, view.types, strict=True)}
    rows = view.aggregate("count(*)").fetchall()[0][0]
    # Read once more instead of `filter (where ...)` behind every aggregate, which costs more than twice as much; and no filter where all
    # rows are the sample: behind one DuckDB counts texts six times slower.
    one_in = rows // SAMPLED_CUSTOMERS
    sampled = view.filter(f"hash(customer_id) % {one_in} = 0") if one_in > 1 else view
    edges = known_edges(past, run)
    unknown = [field for field in declared if field.name not in edges and _is_number(types[field.name])]
    edges |= {
        name.removesuffix(" deciles"): sorted(set(deciles))
        for chunk in _chunks(unknown)
        for name, deciles in _measured(sampled, {f"{field.name} deciles": _deciles(field, types[field.name]) for field in chunk}).items()
        if deciles
    }
    found: list[Measures] = []
    for chunk in _chunks(declared):
        measured = _measured(view, {name: text for field in chunk for name, text in _measures(field, types[field.name]).items()})
        measured |= _measured(sampled, {name: text for field in chunk for name, text in _spread(field, types[field.name], edges).items()})
        found += [_profile(field, types[field.name], rows, edges, measured) for field in chunk]
    return found


def known_edges(past: DuckDBPyRelation, run: RunContext) -> dict[str, list[float]]:
    """The edges that earlier nights counted by."""
    recent = past.filter(f"business_date >= date '{run.business_date - timedelta(days=DAYS_BACK)}' and edges is not null")
    return dict(recent.aggregate("field, arg_max(edges, business_date)", "field").fetchall())


def comparisons(field: ViewField) -> dict[str, str]:
    """Conditions that break a rule, by rule; a null value breaks none."""
    return {check.rule: condition for check in field.checks if (condition := _broken(field, check))}


def _broken(field: ViewField, check: Check) -> str:
    if check.in_ is not None:
        return f'"{field.name}" not in ({", ".join(f"{_text(code)}" for code in check.in_)})'
    if check.not_below is not None:
        return f'"{field.name}" < "{check.not_below}"'
    if check.sum_of is not None:
        parts = [f'- "{part[1:]}"' if part.startswith("-") else f'+ "{part}"' for part in check.sum_of]
        return f'"{field.name}" <> 0 {" ".join(parts)}'
    return ""


def _text(code: str) -> str:
    return "'" + code.replace("'", "''") + "'"


def _chunks(declared: list[ViewField]) -> Iterator[list[ViewField]]:
    return (declared[start : start + FIELDS_AT_A_TIME] for start in range(0, len(declared), FIELDS_AT_A_TIME))


def _is_number(kind: str) -> bool:
    return kind in ("int", "bigint", "double", "date")


def _number(field: ViewField, kind: str) -> str:
    """A date counts as days since 1970-01-01."""
    return f"(\"{field.name}\" - date '1970-01-01')" if kind == "date" else f'"{field.name}"'


def _deciles(field: ViewField, kind: str) -> str:
    shares = ", ".join(f"0.{tenth}" for tenth in range(1, 10))
    return f"quantile_disc(({_number(field, kind)})::double, [{shares}])"


def _measures(field: ViewField, kind: str) -> dict[str, str]:
    """Aggregates over all rows by the name of what they measure."""
    name, number = field.name, _number(field, kind)
    texts = {f"{name} values": f'count("{name}")'}
    texts |= {f"{name} {rule}": f"count(*) filter (where {condition})" for rule, condition in comparisons(field).items()}
    if _is_number(kind):
        texts |= {f"{name} lowest": f"min({number})", f"{name} highest": f"max({number})", f"{name} mean": f"avg({number})"}
    return texts


def _spread(field: ViewField, kind: str, edges: Edges) -> dict[str, str]:
    """The aggregate over the sample; none where no night had a value yet."""
    if not _is_number(kind):
        return {f"{field.name} bins": f'histogram("{field.name}"::varchar)'}
    if field.name not in edges:
        return {}
    return {f"{field.name} bins": f"histogram(({_number(field, kind)})::double, {[float(edge) for edge in edges[field.name]]})"}


def _measured(view: DuckDBPyRelation, texts: Mapping[str, str]) -> Measures:
    if not texts:
        return {}
    return dict(zip(texts, view.aggregate(", ".join(texts.values())).fetchall()[0], strict=True))


def _profile(field: ViewField, kind: str, rows: int, edges: Edges, measured: Measures) -> Measures:
    name = field.name
    numbers = {one: measured.get(f"{name} {one}") for one in ("lowest", "highest", "mean")}
    return {
        "field": name,
        "type": kind,
        "rows": rows,
        "nulls": rows - measured[f"{name} values"],
        "edges": edges.get(name) if _is_number(kind) else None,
        "bins": list(_bins(measured.get(f"{name} bins"), edges.get(name), kind).items()),
        "broken": [(rule, measured[f"{name} {rule}"]) for rule in comparisons(field)],
        "lowest": None if numbers["lowest"] is None else float(numbers["lowest"]),
        "highest": None if numbers["highest"] is None else float(numbers["highest"]),
        # Sums of fractions depend on the order of the threads in their last digits.
        "mean": None if numbers["mean"] is None else float(f"{numbers['mean']:.9g}"),
    }


def _bins(counted: Mapping[Any, int] | None, edges: list[float] | None, kind: str) -> dict[str, int]:
    counted = counted or {}
    if _is_number(kind):
        labelled = {f"{edge:.15g}": counted.get(edge, 0) for edge in edges or []}
        return labelled | {MORE: sum(counted.values()) - sum(labelled.values())} if edges else {}
    ranked = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(number for _, number in ranked[FREQUENT_CODES:])
    return dict(sorted(ranked[:FREQUENT_CODES])) | ({OTHER_CODES: rest} if rest else {})
