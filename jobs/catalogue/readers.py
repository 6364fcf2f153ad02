"""Which modules read a field of the customer view by name, from their text: a table function says by its parameters which tables it reads.

A module that takes `customer_view` (or its past) reads every field whose name stands in one of its strings. A field that is a
source's column as it stands is shared with the modules that read that source: they change when the column's meaning does. A word
of a string counts even where it is no column: rather one module too many.
"""

import ast
import re
from functools import cache
from pathlib import Path

from jobs.paths import ROOT

NAME_NO_FIELD = ("catalogue", "cli", "customer_view", "simulator", "quality")  # these read every field alike, or none
PREFIXES = ("", "past_", "previous_")
WORD = re.compile(r"[a-z][a-z0-9_]*")


@cache
def readers_of(table: str, column: str) -> list[str]:
    """Modules, as paths from the repository, that read a column of a table by name."""
    return [module for module, (tables, words) in _modules().items() if table in tables and column in words]


@cache
def _modules() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """By module: the tables that its functions take or that it opens by name, and the words of its strings."""
    paths = [path for path in sorted((ROOT / "jobs").rglob("*.py")) if path.relative_to(ROOT / "jobs").parts[0] not in NAME_NO_FIELD]
    return {str(path.relative_to(ROOT)): _read(path) for path in paths}


def _read(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    documented = (ast.Module, ast.FunctionDef, ast.ClassDef)
    docs = {id(node.body[0].value) for node in nodes if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)}
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs]
    taken = {argument.arg for node in nodes if isinstance(node, ast.FunctionDef) for argument in node.args.args}
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    opened = {argument.value for call in calls for argument in call.args[:1] if isinstance(argument, ast.Constant) and isinstance(argument.value, str)}
    tables = {name.removeprefix(prefix) for name in taken | opened for prefix in PREFIXES}
    return frozenset(tables), frozenset(word for text in texts for word in WORD.findall(text))
