"""Filters of campaigns: Spark SQL over the fields of the customer view, from an allow-list, with one meaning in Spark and in DuckDB.

A filter is parsed by sqlglot and written anew for each engine, piece by piece, from what the allow-list in filter_expression.py
knows: nothing of the given text reaches an engine as it stands.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from jobs.campaign.filter_conditions import CONDITIONS
from jobs.campaign.filter_error import FilterError
from jobs.campaign.filter_expression import Expression
from jobs.campaign.filter_functions import FUNCTIONS

__all__ = ["Filter", "FilterError", "parse_filter"]

MOST_CHARACTERS = 8_000
MOST_NESTED = 20  # brackets, cases and signs inside each other

_OPENS = {TokenType.L_PAREN, TokenType.CASE, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSES = {TokenType.R_PAREN, TokenType.END, TokenType.R_BRACKET, TokenType.R_BRACE}
_SIGNS = {TokenType.NOT, TokenType.DASH, TokenType.PLUS, TokenType.TILDE}


@dataclass(frozen=True)
class Filter:
    """A condition that is true for the customers meant. A null result means not meant, as in any WHERE."""

    text: str
    fields: frozenset[str]
    spark_sql: str
    duckdb_sql: str


def parse_filter(text: str, fields: Mapping[str, str]) -> Filter:
    """`text` as a Filter over `fields` {name: Spark SQL type}. Raises FilterError for anything outside the allow-list."""
    _check_tokens(_tokens(text))
    expression = Expression(text, fields, {**CONDITIONS, **FUNCTIONS})
    try:
        value = expression.value(_tree(text))
    except RecursionError:
        raise FilterError("too deeply nested; use fewer brackets") from None
    if value.kind != "boolean":
        raise FilterError(f"is {expression.shown(value)} and no condition; compare it with something")
    return Filter(text, frozenset(expression.used), value.spark, value.duckdb)


def _tokens(text: str) -> list[Token]:
    if not isinstance(text, str) or not text.strip():
        raise FilterError("empty; write true for every customer")
    if len(text) > MOST_CHARACTERS:
        raise FilterError(f"longer than {MOST_CHARACTERS} characters", MOST_CHARACTERS)
    strange = re.search(r"[^\S \t\r\n]|[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]", text)
    if strange:
        raise FilterError("a character that is no text (control or odd space)", strange.start())
    try:
        return sqlglot.tokenize(text, dialect="spark")
    except TokenError as error:
        where = re.search(r"(\d+):(\d+)", str(error))
        position = _offset(text, int(where[1]), int(where[2])) if where else 0
        raise FilterError("cannot be read; is a quotation mark missing?", position) from None


def _check_tokens(tokens: list[Token]) -> None:
    """What the parser would skip in silence, and what would make it slow."""
    depth = signs = 0
    for token in tokens:
        if token.comments or token.token_type == TokenType.HINT:
            raise FilterError("comments are not allowed in a filter", token.start)
        if token.token_type == TokenType.SEMICOLON:
            raise FilterError("';' is not allowed in a filter", token.start)
        depth += (token.token_type in _OPENS) - (token.token_type in _CLOSES)
        signs = signs + 1 if token.token_type in _SIGNS else 0
        if depth + signs > MOST_NESTED:
            raise FilterError("too deeply nested; use fewer brackets", token.start)
    if not tokens:
        raise FilterError("empty; write true for every customer")


def _tree(text: str) -> exp.Expression:
    try:
        return cast(exp.Expression, sqlglot.parse_one(text, dialect="spark", into=exp.Condition))
    except ParseError as error:
        problem = error.errors[0] if error.errors else {}
        near = str(problem.get("highlight") or "").strip()
        position = _offset(text, problem.get("line") or 1, problem.get("col") or 1) - len(near)
        raise FilterError(f"cannot be read near '{near}'" if near else "cannot be read to its end", max(position, 0)) from None
    except RecursionError:
        raise FilterError("too deeply nested; use fewer brackets") from None
    except Exception:  # sqlglot fails in many ways on what is no SQL at all; for the planner they are one
        raise FilterError("cannot be read as a condition") from None


def _offset(text: str, line: int, column: int) -> int:
    """Offset behind the character at a 1-based line and column."""
    lines = text.splitlines(keepends=True) or [""]
    return min(sum(len(one) for one in lines[: line - 1]) + column, len(text))
