"""The arithmetic and the functions that a filter may use, and how each is written for Spark and DuckDB."""

from sqlglot import exp

from jobs.campaign import filter_value as values
from jobs.campaign.filter_expression import PREDICATES, Expression, Writers
from jobs.campaign.filter_value import Value, same

_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_CHOICES: dict[type[exp.Expression], str] = {exp.Coalesce: "coalesce", exp.Greatest: "greatest", exp.Least: "least"}
_CALENDAR: dict[type[exp.Expression], str] = {exp.Year: "year", exp.Month: "month", exp.Day: "day", exp.DayOfMonth: "day", exp.DayOfWeek: "dayofweek"}


def arithmetic(expression: Expression, node: exp.Expression) -> Value:
    left, right = expression.value(node.this), expression.value(node.expression)
    if "date" in (left.kind, right.kind):
        expression.fail(node, "use date_add(day, n), date_sub(day, n) or datediff(end, start)")
    for value, part in ((left, node.this), (right, node.expression)):
        if not value.is_number:
            expression.fail(part, f"needs a number here, not {expression.shown(value)}")
    if isinstance(node, exp.Mod) and not (left.is_whole and right.is_whole):
        expression.fail(node, "% takes whole numbers")
    if isinstance(node, exp.Mod):
        return values.remainder(left, right)
    if isinstance(node, exp.Mul):
        return values.times(left, right)
    if isinstance(node, exp.Div):
        return values.divided(left, right)
    return values.plus(left, right, "+" if isinstance(node, exp.Add) else "-")


def minus(expression: Expression, node: exp.Expression) -> Value:
    return values.negative(expression.number(node.this))


def absolute(expression: Expression, node: exp.Expression) -> Value:
    return values.absolute(expression.number(node.this))


def to_whole(expression: Expression, node: exp.Expression) -> Value:
    decimals = node.args.get("decimals")
    if decimals is not None and decimals.sql() != "0":
        expression.fail(node, "round takes one number: engines differ in how they round behind the point")
    if isinstance(node, exp.Floor):
        return values.to_whole(expression.number(node.this), "floor")
    return values.to_whole(expression.number(node.this), "ceil" if isinstance(node, exp.Ceil) else "round")


def choice(expression: Expression, node: exp.Expression) -> Value:
    """coalesce, greatest and least; all three pass over nulls in both engines."""
    name, parts = _CHOICES[type(node)], [node.this, *node.expressions]
    if len(parts) < 2:
        expression.fail(node, f"{name} needs at least two values")
    found = expression.comparable(node, parts)
    if name != "coalesce" and any(value.kind == "boolean" for value in found):
        expression.fail(node, "a condition is not larger or smaller than another")
    return _typed_like(found, f"{name}({', '.join(f'{{{index}}}' for index in range(len(found)))})")


def nullif(expression: Expression, node: exp.Expression) -> Value:
    return _typed_like(expression.comparable(node, [node.this, node.expression]), "NULLIF({0}, {1})")


def case(expression: Expression, node: exp.Expression) -> Value:
    """case when … then … end, and if(condition, yes, no)."""
    branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
    last = node.args.get("default" if isinstance(node, exp.Case) else "false") or exp.Null()
    conditions = [expression.condition(branch.this) for branch in branches]
    results = expression.comparable(node, [_bracketed(result) for result in (*(branch.args["true"] for branch in branches), last)])
    count = len(branches)
    arms = " ".join(f"WHEN {{{index}}} THEN {{{count + index}}}" for index in range(count))
    return _typed_like(results, f"(CASE {arms} ELSE {{{2 * count}}} END)", [*conditions, *results])


def length(expression: Expression, node: exp.Expression) -> Value:
    return same("exact", "length({0})", expression.words(node.this), digits=10, whole=True)


def letters(expression: Expression, node: exp.Expression) -> Value:
    """lower and upper of the letters a to z: beyond them Java and DuckDB disagree."""
    given, wanted = (_UPPER, _LOWER) if isinstance(node, exp.Lower) else (_LOWER, _UPPER)
    return same("text", f"translate({{0}}, '{given}', '{wanted}')", expression.words(node.this))


def calendar(expression: Expression, node: exp.Expression) -> Value:
    name, day = _CALENDAR[type(node)], expression.day(node.this)
    # Sunday is 1 in Spark and 0 in DuckDB.
    duckdb = f"({name}({day.duckdb}) + 1)" if name == "dayofweek" else f"{name}({day.duckdb})"
    return Value("exact", f"{name}({day.spark})", duckdb, digits=5, whole=True)


def moved_day(expression: Expression, node: exp.Expression) -> Value:
    unit = node.args.get("unit")
    if unit is not None and unit.name.upper() != "DAY":
        expression.fail(node, "date_add and date_sub take a date and a number of days")
    day, days = expression.day(node.this), expression.whole_literal(node.expression)
    return Value("date", f"date_add({day.spark}, {days})", f"({day.duckdb} + ({days}))")


def days_between(expression: Expression, node: exp.Expression) -> Value:
    end, start = expression.day(node.this), expression.day(node.expression)
    return Value("exact", f"datediff({end.spark}, {start.spark})", f"({end.duckdb} - {start.duckdb})", digits=10, whole=True)


def _typed_like(found: list[Value], text: str, parts: list[Value] | None = None) -> Value:
    """A value of the type that the found ones share."""
    kind = next(value.kind for value in found if value.kind != "null")
    numbers = [value for value in found if value.kind == "exact"]
    if not numbers:
        return same(kind, text, *(parts or found))
    digits, scale = max(number.digits for number in numbers), max(number.scale for number in numbers)
    return same(kind, text, *(parts or found), digits=digits, scale=scale, whole=all(number.whole for number in numbers))


def _bracketed(node: exp.Expression) -> exp.Expression:
    return exp.Paren(this=node) if isinstance(node, PREDICATES) else node


_TWO = {"this", "expression"}
FUNCTIONS: Writers = {
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Mod), (arithmetic, _TWO)),
    exp.Div: (arithmetic, _TWO | {"typed", "safe"}),
    exp.Neg: (minus, {"this"}),
    exp.Abs: (absolute, {"this"}),
    **dict.fromkeys((exp.Floor, exp.Ceil), (to_whole, {"this"})),
    exp.Round: (to_whole, {"this", "decimals"}),
    exp.Coalesce: (choice, {"this", "expressions", "is_nvl", "is_null"}),
    **dict.fromkeys((exp.Greatest, exp.Least), (choice, {"this", "expressions", "ignore_nulls"})),
    exp.Nullif: (nullif, _TWO),
    exp.Case: (case, {"ifs", "default"}),
    exp.If: (case, {"this", "true", "false"}),
    exp.Length: (length, {"this"}),
    **dict.fromkeys((exp.Lower, exp.Upper), (letters, {"this"})),
    **dict.fromkeys(_CALENDAR, (calendar, {"this"})),
    exp.TsOrDsAdd: (moved_day, _TWO | {"unit"}),
    exp.DateDiff: (days_between, _TWO),
}
