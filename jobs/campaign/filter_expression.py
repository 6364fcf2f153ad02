"""A filter being written: every node of the parsed text becomes a typed value, or the filter is refused.

The allow-list is the table of writers: the conditions of filter_conditions.py and the functions of filter_functions.py. A kind of
node that has no writer, or carries an argument that its writer does not name, is refused.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import NoReturn

from sqlglot import exp

from jobs.campaign import filter_value as values
from jobs.campaign.filter_error import FilterError, nearest
from jobs.campaign.filter_value import Value, same

FUNCTION_NAMES = (
    *("abs", "ceil", "coalesce", "date_add", "date_sub", "datediff", "day", "dayofweek", "floor", "greatest", "if"),
    *("least", "length", "lower", "month", "nullif", "round", "upper", "year"),
)
MOST_WRITTEN = 100_000
PREDICATES = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.Between, exp.In, exp.Is, exp.Like, exp.Escape, exp.Not)
_WORDS = {"text": "a text", "exact": "a number", "double": "a number", "boolean": "a condition", "date": "a date", "timestamp": "a time", "null": "null"}
_CLOCK = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime)


class Expression:
    """One filter being written. `used` gathers the fields it names."""

    def __init__(self, text: str, fields: Mapping[str, str], writers: "Writers") -> None:
        self.text = text
        self.fields = fields
        self.writers = writers
        self.used: set[str] = set()

    def value(self, node: exp.Expression) -> Value:
        """The typed value of a node. Raises FilterError when the node is not on the allow-list."""
        if type(node) not in self.writers:
            self._refuse(node)
        write, arguments = self.writers[type(node)]
        for name, argument in node.args.items():
            if argument not in (None, False, []) and name not in arguments:
                self.fail(node, f"{_name(node)} with '{name}' is not allowed in a filter")
        value = write(self, node)
        if max(len(value.spark), len(value.duckdb)) > MOST_WRITTEN:  # some functions name their operand three times
            self.fail(node, "too complicated; use simpler terms")
        return value

    def fail(self, node: exp.Expression, message: str, suggestion: str | None = None) -> NoReturn:
        starts = [inner.meta["start"] for inner in node.walk() if "start" in inner.meta]
        raise FilterError(message, min(starts, default=0), suggestion)

    def shown(self, value: Value) -> str:
        return _WORDS.get(value.kind, "a map, list or structure")

    def _refuse(self, node: exp.Expression) -> NoReturn:
        if isinstance(node, _CLOCK):
            self.fail(node, "the clock is not allowed in a filter; use the field business_date")
        if isinstance(node, exp.Anonymous):
            name = str(node.this).lower()
            self.fail(node, f"function '{name}' is not allowed in a filter (allowed: {', '.join(FUNCTION_NAMES)})", nearest(name, FUNCTION_NAMES))
        self.fail(node, f"{_name(node)} is not allowed in a filter")

    def field(self, node: exp.Expression) -> Value:
        identifier = node.this
        if node.args.get("table") is not None:
            self.fail(node, "write the field without a table in front")
        if not isinstance(identifier, exp.Identifier):
            self.fail(node, f"{_name(identifier)} is not allowed in a filter")
        given = identifier.name
        # Spark knows columns in any case of letters.
        name = given if given in self.fields else {known.lower(): known for known in self.fields}.get(given.lower())
        if name is None:
            self.fail(node, f"unknown field '{given}'", nearest(given, self.fields))
        self.used.add(name)
        return values.field_value(name, self.fields[name])

    # Values of a required kind

    def condition(self, node: exp.Expression) -> Value:
        value = self.value(node)
        if value.kind not in ("boolean", "null"):
            self.fail(node, f"needs a condition here, not {self.shown(value)}")
        return value

    def words(self, node: exp.Expression) -> Value:
        return self._of(node, "text")

    def number(self, node: exp.Expression) -> Value:
        return self._of(node, "exact", "double")

    def day(self, node: exp.Expression) -> Value:
        """A date, or a text literal that is one."""
        inner = node.this if isinstance(node, exp.TsOrDsToDate) else node
        return self.day_literal(inner) if isinstance(inner, exp.Literal) and inner.is_string else self._of(inner, "date")

    def _of(self, node: exp.Expression, *kinds: str) -> Value:
        value = self.value(node)
        if value.kind not in kinds:
            self.fail(node, f"needs {_WORDS[kinds[0]]} here, not {self.shown(value)}")
        return value

    def day_literal(self, node: exp.Expression) -> Value:
        text = str(node.this)
        try:
            written = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and date.fromisoformat(text)
        except ValueError:
            written = None
        return same("date", f"DATE '{written}'") if written else self.fail(node, f"'{text}' is no date; write YYYY-MM-DD")

    def whole_literal(self, node: exp.Expression) -> int:
        """A whole number written as such; sqlglot turns date_sub(d, 3) into d + 3 * -1."""
        if isinstance(node, exp.Mul):
            return self.whole_literal(node.this) * self.whole_literal(node.expression)
        if isinstance(node, exp.Neg):
            return -self.whole_literal(node.this)
        if isinstance(node, exp.Paren):
            return self.whole_literal(node.this)
        if isinstance(node, exp.Literal) and not node.is_string and re.fullmatch(r"[0-9]{1,5}", str(node.this)):
            return int(node.this)
        self.fail(node, "needs a whole number of at most five digits here")

    def comparable(self, node: exp.Expression, nodes: list[exp.Expression]) -> list[Value]:
        """The nodes' values as one type, so that they can be compared. A text literal beside a date is a date."""
        for inner in nodes:
            if isinstance(inner, PREDICATES):
                self.fail(inner, "put brackets around the inner condition")
        found = [self.value(inner) for inner in nodes]
        kinds = list(dict.fromkeys(value.kind for value in found if value.kind != "null"))
        if not kinds:
            self.fail(node, "null alone has no type")
        if set(kinds) == {"date", "text"}:
            return [self.day(inner) if value.kind != "null" else value for inner, value in zip(nodes, found, strict=True)]
        if set(kinds) <= {"exact", "double"}:
            return values.alike(found)
        if len(kinds) > 1:
            first, second = (next(value for value in found if value.kind == kind) for kind in kinds[:2])
            self.fail(node, f"{self.shown(first)} and {self.shown(second)} cannot be compared or mixed")
        if kinds == ["other"]:
            self.fail(node, "a map, list or structure can only be tested for null")
        return found


Writers = Mapping[type[exp.Expression], tuple[Callable[[Expression, exp.Expression], Value], set[str]]]


def _name(node: exp.Expression) -> str:
    if isinstance(node, exp.Func) and not isinstance(node, (exp.Cast, exp.Case, exp.And, exp.Or)):
        return f"function '{node.sql_name().lower()}'"
    return f"'{node.key}'"
