"""What a filter's conditions and leaves may be, and how each is written for Spark and DuckDB."""

import re

from sqlglot import exp

from jobs.campaign import filter_value as values
from jobs.campaign.filter_expression import Expression, Writers
from jobs.campaign.filter_value import Value, same

_SIGNS: dict[type[exp.Expression], str] = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}


def chain(expression: Expression, node: exp.Expression) -> Value:
    """and, or: a long chain leans to the left, so it is unrolled instead of followed."""
    parts: list[exp.Expression] = []
    rest: exp.Expression = node
    while type(rest) is type(node):
        parts.append(rest.expression)
        rest = rest.this
    written = [expression.condition(part) for part in [rest, *reversed(parts)]]
    word = " AND " if isinstance(node, exp.And) else " OR "
    return Value("boolean", f"({word.join(part.spark for part in written)})", f"({word.join(part.duckdb for part in written)})")


def negated(expression: Expression, node: exp.Expression) -> Value:
    return same("boolean", "(NOT {0})", expression.condition(node.this))


def comparison(expression: Expression, node: exp.Expression) -> Value:
    left, right = expression.comparable(node, [node.this, node.expression])
    if "null" in (left.kind, right.kind):
        expression.fail(node, "nothing is equal to null; use is null")
    if isinstance(node, exp.NullSafeEQ):
        return Value("boolean", f"({left.spark} <=> {right.spark})", f"({left.duckdb} IS NOT DISTINCT FROM {right.duckdb})")
    if left.kind == "boolean" and not isinstance(node, (exp.EQ, exp.NEQ)):
        expression.fail(node, "a condition is not larger or smaller than another")
    return same("boolean", f"({{0}} {_SIGNS[type(node)]} {{1}})", left, right)


def between(expression: Expression, node: exp.Expression) -> Value:
    parts = expression.comparable(node, [node.this, node.args["low"], node.args["high"]])
    if {part.kind for part in parts} & {"boolean", "null"}:
        expression.fail(node, "between needs numbers, texts or dates")
    return same("boolean", "({0} BETWEEN {1} AND {2})", *parts)


def member(expression: Expression, node: exp.Expression) -> Value:
    items = node.args.get("expressions") or expression.fail(node, "needs a list of values")
    for item in items:
        if not isinstance(item.this if isinstance(item, exp.Neg) else item, (exp.Literal, exp.Cast)):
            expression.fail(node, "a list of values holds numbers, texts or dates alone")
    one, *choices = expression.comparable(node, [node.this, *items])
    if one.kind in ("boolean", "null"):
        expression.fail(node, "a list of values needs a number, a text or a date in front")
    # Spark looks doubles up in a hash set, where -0.0 and 0.0 differ; adding 0.0 makes them one.
    asked = same("double", "({0} + CAST(0 AS DOUBLE))", one) if one.kind == "double" else one
    return Value(
        "boolean",
        f"({asked.spark} IN ({', '.join(choice.spark for choice in choices)}))",
        f"({asked.duckdb} IN ({', '.join(choice.duckdb for choice in choices)}))",
    )


def tested(expression: Expression, node: exp.Expression) -> Value:
    if isinstance(node.expression, exp.Null):
        return same("boolean", "({0} IS NULL)", expression.value(node.this))
    if isinstance(node.expression, exp.Boolean):
        return same("boolean", f"({{0}} IS {'TRUE' if node.expression.this else 'FALSE'})", expression.condition(node.this))
    expression.fail(node, "'is' goes with null, true or false alone")


def like(expression: Expression, node: exp.Expression, escape: str = "") -> Value:
    if not (isinstance(node.expression, exp.Literal) and node.expression.is_string):
        expression.fail(node, "like needs a text in quotation marks")
    left, pattern = expression.words(node.this), expression.value(node.expression)
    unescaped = str(node.expression.this).replace(escape * 2, "") if escape else ""
    if escape and re.search(f"{re.escape(escape)}(?![%_])", unescaped):
        expression.fail(node, f"in like, '{escape}' must stand before % or _ or itself")
    ending = f" ESCAPE '{escape}'" if escape else ""
    return Value("boolean", f"({left.spark} LIKE {pattern.spark}{ending})", f"({left.duckdb} LIKE {pattern.duckdb}{ending})")


def escaped_like(expression: Expression, node: exp.Expression) -> Value:
    mark = node.expression
    if not isinstance(node.this, exp.Like) or not isinstance(mark, exp.Literal) or not re.fullmatch(r"[!#$&*+/:;=?@^|~-]", str(mark.this)):
        expression.fail(node, "escape goes with like and one sign such as '!'")
    return like(expression, node.this, str(mark.this))


def literal(expression: Expression, node: exp.Expression) -> Value:
    text = str(node.this)
    if not node.is_string:
        return values.number_value(text) or expression.fail(node, f"'{text}' is no number that fits")
    raw = expression.text[node.meta["start"] : node.meta["end"] + 1] if "start" in node.meta else "\\"
    # Engines differ in what \ means, and Spark replaces ${…} in any SQL text by its own settings.
    if "\\" in raw or "\\" in text or "${" in text:
        expression.fail(node, "a text may not hold \\ or ${")
    return values.text_value(text)


def truth(expression: Expression, node: exp.Expression) -> Value:
    return same("boolean", "TRUE" if node.this else "FALSE")


def null(expression: Expression, node: exp.Expression) -> Value:
    return same("null", "NULL")


def brackets(expression: Expression, node: exp.Expression) -> Value:
    return expression.value(node.this)


def date_literal(expression: Expression, node: exp.Expression) -> Value:
    if node.args["to"].sql().upper() != "DATE" or not (isinstance(node.this, exp.Literal) and node.this.is_string):
        expression.fail(node, "casts are not allowed in a filter, but for date '2026-11-01'")
    return expression.day_literal(node.this)


def joined_text(expression: Expression, node: exp.Expression) -> Value:
    expression.fail(node, 'texts cannot be joined; write one with an apostrophe in double quotation marks: "it\'s"')


_TWO = {"this", "expression"}
CONDITIONS: Writers = {
    exp.And: (chain, _TWO),
    exp.Or: (chain, _TWO),
    exp.Not: (negated, {"this"}),
    **dict.fromkeys((*_SIGNS, exp.NullSafeEQ), (comparison, _TWO)),
    exp.Between: (between, {"this", "low", "high"}),
    exp.In: (member, {"this", "expressions"}),
    exp.Is: (tested, _TWO),
    exp.Like: (like, _TWO),
    exp.Escape: (escaped_like, _TWO),
    exp.Column: (Expression.field, {"this", "table", "db", "catalog"}),
    exp.Literal: (literal, {"this", "is_string"}),
    exp.Boolean: (truth, {"this"}),
    exp.Null: (null, set()),
    exp.Paren: (brackets, {"this"}),
    exp.Cast: (date_literal, {"this", "to"}),
    exp.TryCast: (date_literal, {"this", "to", "safe", "requires_string"}),
    exp.Concat: (joined_text, {"expressions", "coalesce", "safe"}),
}
