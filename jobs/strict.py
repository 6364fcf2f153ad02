"""Strict YAML: an unknown key, a wrong type or a repeated key is one line that names file, field and the nearest right name."""

import pickle
import re
from collections.abc import Callable, Hashable, Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from jobs.errors import UserError, did_you_mean
from jobs.paths import ROOT


class Strict(BaseModel):
    """Base of everything that is declared as data: frozen, no unknown keys. A value has the type that the field says: no number from
    text or from a boolean, no whole number from a fraction, no infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, str_strip_whitespace=True, populate_by_name=True)


DEEPEST = 100  # levels of a YAML file

Model = TypeVar("Model", bound=BaseModel)


def _read_with(reader: Callable[[str], Any], form: str) -> BeforeValidator:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return reader(value)
        except ValueError:
            raise ValueError(f"'{value}' is no {form}") from None

    return BeforeValidator(read)


# YAML brings dates, and in quotes text; JSON brings text alone.
Day = Annotated[date, _read_with(date.fromisoformat, "date; write YYYY-MM-DD")]
Moment = Annotated[datetime, _read_with(datetime.fromisoformat, "moment in ISO 8601")]


def refuse_repeated(what: str, names: Iterable[str]) -> None:
    """Raises ValueError for the first name that stands twice."""
    seen = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} '{name}' stands twice")
        seen.add(name)


class _UniqueKeyLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """SafeLoader, in C where there is one (eight times as fast), that refuses a mapping with the same key twice; PyYAML would keep the last one in silence."""


def _unique_mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode, deep: bool = False) -> dict:
    seen = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.constructor.ConstructorError(None, None, "a list or a mapping cannot be a key", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key '{key}' stands twice", key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep)


def _date_or_text(loader: _UniqueKeyLoader, node: yaml.ScalarNode) -> Any:
    """A day that no calendar has stays text, so that the field it stands in can be named."""
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return node.value


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, lambda loader, node: _unique_mapping(loader, node, deep=True))
_UniqueKeyLoader.add_constructor("tag:yaml.org,2002:timestamp", _date_or_text)


def shown(path: Path) -> str:
    """The path as a person would type it from the repository, or whole where it lies elsewhere."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def read_yaml(path: Path) -> Any:
    try:
        return pickle.loads(_pickled(path.read_text(encoding="utf-8")))
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror or str(error)
        raise UserError(f"{shown(path)}: {reason}") from None
    except UnicodeDecodeError:
        raise UserError(f"{shown(path)}: not UTF-8; save it as UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise UserError(f"{shown(path)}:{where} not valid YAML: {getattr(error, 'problem', None) or error}") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{shown(path)}: not valid YAML: {'nested too deeply' if isinstance(error, RecursionError) else error}") from None


def refuse_deep(text: str) -> None:
    """Raises RecursionError for nesting that no file here has: the parser in C would overflow its stack by it and take the process along."""
    brackets = text.count("[") + text.count("{")
    indented = max((len(line) - len(line.lstrip(" -?:")) for line in text.splitlines()), default=0)
    if max(brackets, indented) <= DEEPEST:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_UniqueKeyLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise RecursionError


@lru_cache(maxsize=512)
def _pickled(text: str) -> bytes:
    """Each reader has data of its own, and a text that a night reads for every table is parsed once."""
    refuse_deep(text)
    return pickle.dumps(yaml.load(text, Loader=_UniqueKeyLoader))


def parse(model: type[Model], data: Any, path: Path) -> Model:
    """`data` as `model`. Raises UserError with the first thing that is wrong."""
    if not isinstance(data, dict):
        raise UserError(f"{shown(path)}: must be a mapping of keys to values")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise UserError(f"{shown(path)}: {_first(error, model, data)}") from None


def load(model: type[Model], path: Path) -> Model:
    return parse(model, read_yaml(path), path)


def _first(error: ValidationError, model: type[BaseModel], data: Any) -> str:
    # An unknown key explains a missing one (a misspelling causes both), so it is said first.
    problems = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
    problem = problems[0]
    field = ".".join(_named(problem["loc"], data))
    if problem["type"] == "extra_forbidden":
        key = str(problem["loc"][-1])
        return f"{field}: unknown key '{key}'{did_you_mean(key, _keys_at(model, problem['loc'][:-1]))}"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "literal_error":
        message += did_you_mean(str(problem["input"]), re.findall(r"'([^']*)'", problem["ctx"]["expected"]))
    return f"{field}: {message}" if field else message


def _named(location: tuple, data: Any) -> list[str]:
    """The steps to a mistake, with the `name` of a list's entry instead of its number where it has one."""
    steps = []
    for step in location:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
        name = data.get("name") if isinstance(step, int) and isinstance(data, dict) else None
        steps.append(name if isinstance(name, str) else str(step))
    return steps


def _keys_at(model: type[BaseModel], location: tuple) -> set[str]:
    """Every key that any model inside `model` allows at the end of `location`; the union is near enough for a suggestion."""
    models: list[type[BaseModel]] = [model]
    for step in location:
        if isinstance(step, int):
            continue
        inner: list[type[BaseModel]] = []
        for candidate in models:
            for name, info in candidate.model_fields.items():
                if step in (name, info.alias):
                    inner.extend(_models_in(info.annotation))
        models = inner or models
    return {info.alias or name for candidate in models for name, info in candidate.model_fields.items()}


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
