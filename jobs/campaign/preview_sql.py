"""Small pieces of SQL that a preview is written from."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """What stands behind `in`; with nothing to choose from it is true for none."""
    return f"({', '.join(map(text, values)) or 'null'})"


def day(value: date) -> str:
    return f"date '{value}'"


def number(value: float) -> str:
    """A double, which a bare literal would not be."""
    return f"'{value!r}'::double"


def joined(conditions: Iterable[str], word: str = "and") -> str:
    return "(" + f" {word} ".join(conditions) + ")"


def any_of(conditions: Iterable[str]) -> str:
    return joined([*conditions, "false"], "or")


@dataclass
class Asked:
    """What the rules ask of a table, gathered while they are written: a column for each aggregate over a customer's rows, made in one pass."""

    table: str
    aggregates: dict[str, str] = field(default_factory=dict)

    def column(self, aggregate: str) -> str:
        """The column of `known` that holds the aggregate."""
        return self.aggregates.setdefault(aggregate, f"{self.table}_{len(self.aggregates)}")

    def per_customer(self, rows: str) -> str:
        """The relation of customer_id and all that was asked, from the table's rows."""
        columns = [f"{aggregate} as {name}" for aggregate, name in self.aggregates.items()]
        return f"(select {', '.join(['customer_id', *columns])} from {rows} group by customer_id)"
