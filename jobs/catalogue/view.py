"""The customer view's fields, loaded from schemas/customer_view/<category>.yaml: declared once, and everything follows from them.

The table's schema, its checks, the dictionary, the lineage and the field list of campaign filters all come from `categories()`.
Plain Python, no JVM. In an `expr` a qualified name is a column of a frame that the category `reads` (one row a customer); a bare
name is another field of the view; `business_date` and `customer_id` are at hand everywhere.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator
from pydantic import Field as Key

from jobs.catalogue.schema import Field, Label
from jobs.errors import UserError, did_you_mean
from jobs.paths import SCHEMAS
from jobs.strict import Strict, load, shown

CATEGORIES = ("basic", "subscription", "account", "contact", "location", "voice", "data", "messaging", "ordering", "terminal", "tags")
PLACEHOLDERS = ("todo", "tbd", "fixme", "xxx", "n/a", "description")

UNITS = (
    "area",
    "byte",
    "call",
    "change",
    "channel",
    "code",
    "complaint",
    "contact",
    "contract",
    "date",
    "day",
    "fen",
    "flag",
    "level",
    "message",
    "minute",
    "month",
    "name",
    "order",
    "payment",
    "percent",
    "point",
    "probability",
    "product",
    "ratio",
    "second",
    "service",
    "tenth of an inch",
    "use",
    "visit",
    "year",
)

OnFail = Literal["stop", "warn"]
Number = int | float
NUMBERS = ("int", "bigint", "double")


def _says_something(text: str) -> str:
    if text.lower().strip(" .:") in PLACEHOLDERS or any(
        text.lower().startswith(f"{word} ") or text.lower().startswith(f"{word}:") for word in PLACEHOLDERS[:4]
    ):
        raise ValueError(f"'{text}' is placeholder text; say meaning, unit, window and what null means")
    return text


def _known_unit(unit: str) -> str:
    if unit not in UNITS:
        raise ValueError(f"'{unit}' is no unit of the catalogue{did_you_mean(unit, UNITS)}; jobs/catalogue/view.py lists them")
    return unit


class Check(Strict):
    """One rule on a field, with what happens when a night breaks it. Null values pass every rule but not_null.

    `sum_of` names the parts that make up the field, whole numbers all; one behind a `-` is taken off."""

    on_fail: OnFail
    between: Annotated[tuple[Number, Number], Key(strict=False)] | None = None  # YAML has lists only
    in_: list[str] | None = Key(default=None, alias="in", min_length=1)
    not_null: Literal[True] | None = None
    not_below: str | None = None
    sum_of: list[Annotated[str, Key(pattern=r"^-?[a-z]([a-z0-9_]|\{d\})*$")]] | None = Key(default=None, min_length=2)

    @model_validator(mode="after")
    def is_one_rule(self) -> "Check":
        rules = [name for name in ("between", "in_", "not_null", "not_below", "sum_of") if getattr(self, name) is not None]
        if len(rules) != 1:
            raise ValueError("a check is exactly one of between, in, not_null, not_below, sum_of, beside on_fail")
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError(f"between: {self.between[0]} is above {self.between[1]}")
        return self

    @property
    def rule(self) -> str:
        """The rule as a person reads it."""
        if self.between is not None:
            return f"between {self.between[0]} and {self.between[1]}"
        if self.in_ is not None:
            return f"one of {', '.join(self.in_)}"
        if self.sum_of is not None:
            return "equal to " + " + ".join(self.sum_of).replace("+ -", "- ")
        return "not null" if self.not_null else f"not below {self.not_below}"

    @property
    def fits(self) -> tuple[str, ...] | None:
        """Types of field that the rule can judge; None for all."""
        return NUMBERS if self.between is not None else ("string",) if self.in_ is not None else None

    @property
    def other_fields(self) -> list[str]:
        """Fields that the rule compares with."""
        parts = [part.removeprefix("-") for part in self.sum_of or []]
        return parts if self.not_below is None else [self.not_below]

    def for_window(self, days: str) -> "Check":
        return self if self.sum_of is None else self.model_copy(update={"sum_of": [part.replace("{d}", days) for part in self.sum_of]})


class ViewField(Strict):
    """A field as declared. `windows` stands for one field per number of days, with {d} in name, label, expr and doc.
    A field without checks says in `unchecked` why none can be."""

    name: str = Key(pattern=r"^[a-z]([a-z0-9_]|\{d\})*$")
    type: Literal["string", "int", "bigint", "double", "boolean", "date"]
    unit: Annotated[str, AfterValidator(_known_unit)]
    label: Label
    windows: list[int] | None = None
    expr: str = Key(min_length=1)
    nullable: bool
    doc: Annotated[str, Key(min_length=15), AfterValidator(_says_something)]
    checks: list[Check] = []
    unchecked: str | None = Key(default=None, min_length=15)
    pii: Literal["none", "indirect", "direct"] = "none"
    owner: str | None = None

    @model_validator(mode="after")
    def is_whole(self) -> "ViewField":
        if (self.windows is not None) != ("{d}" in self.name):
            raise ValueError("`windows` and {d} in the name belong together")
        if bool(self.checks) == bool(self.unchecked):
            raise ValueError("a field has checks, or says in `unchecked` why none can be; one of both")
        for check in self.checks:
            if check.fits is not None and self.type not in check.fits:
                raise ValueError(f"{check.rule}: that asks for a field of type {' or '.join(check.fits)}; this one is {self.type}")
        if self.pii == "direct":
            raise ValueError("what identifies a person stands in identity alone, never in the view")
        return self

    def spelt_out(self) -> list["ViewField"]:
        """The fields that the declaration stands for."""
        if self.windows is None:
            return [self]
        return [self._for_window(str(days)) for days in self.windows]

    def _for_window(self, days: str) -> "ViewField":
        label = Label(en=self.label.en.replace("{d}", days), zh=self.label.zh.replace("{d}", days))
        texts = {key: getattr(self, key).replace("{d}", days) for key in ("name", "expr", "doc")}
        checks = [check.for_window(days) for check in self.checks]
        return self.model_copy(update={**texts, "label": label, "checks": checks, "windows": None})

    @property
    def column(self) -> Field:
        """The field as a column of the table customer_view."""
        codes = next((check.in_ for check in self.checks if check.in_ is not None), None)
        return Field(name=self.name, type=self.type, nullable=self.nullable, doc=self.doc, codes=codes, pii=self.pii)


class Category(Strict):
    """A category of the view. `reads` names the frames, one row a customer each, that its expressions take columns from."""

    category: str
    label: Label
    doc: str = Key(min_length=15)
    owner: str
    reads: list[str]
    fields: list[ViewField]


KEYS = (
    Field(name="business_date", type="date", nullable=False, doc="The operator's day that the row describes, at its end."),
    Field(name="customer_id", type="string", nullable=False, doc="Pseudonymous key of the customer, one subscriber line."),
)


@cache
def categories() -> dict[str, Category]:
    """The categories in the order of the domain, windows spelt out. Raises UserError for the first thing that is wrong."""
    return load_categories(SCHEMAS / "customer_view")


def load_categories(folder: Path) -> dict[str, Category]:
    loaded = {name: _category(folder / f"{name}.yaml", name) for name in CATEGORIES}
    for path in sorted(folder.glob("*.yaml")):
        if path.stem not in CATEGORIES:
            raise UserError(f"{shown(path)}: no such category{did_you_mean(path.stem, CATEGORIES)}; jobs/catalogue/view.py lists them")
    _refuse_repeated_names(folder, loaded)
    _refuse_unknown_comparisons(folder, loaded)
    return loaded


def _category(path: Path, name: str) -> Category:
    category = load(Category, path)
    if category.category != name:
        raise UserError(f"{shown(path)}: category: the name inside is '{category.category}'; file and name must agree")
    return category.model_copy(update={"fields": [field for declared in category.fields for field in declared.spelt_out()]})


def _refuse_repeated_names(folder: Path, loaded: dict[str, Category]) -> None:
    seen = {key.name: "the keys of the view" for key in KEYS}
    for name, category in loaded.items():
        path = shown(folder / f"{name}.yaml")
        for field in category.fields:
            if field.name in seen:
                raise UserError(f"{path}: {field.name}: declared twice, first in {seen[field.name]}")
            seen[field.name] = path


def _refuse_unknown_comparisons(folder: Path, loaded: dict[str, Category]) -> None:
    types = {key.name: key.type for key in KEYS} | {field.name: field.type for category in loaded.values() for field in category.fields}
    for name, category in loaded.items():
        for field in category.fields:
            for check in field.checks:
                where = f"{shown(folder / f'{name}.yaml')}: {field.name}: {'sum_of' if check.sum_of else 'not_below'}"
                for other in check.other_fields:
                    if other not in types:
                        raise UserError(f"{where}: unknown field '{other}'{did_you_mean(other, set(types))}")
                    if not check.sum_of and types[other] != field.type and not {types[other], field.type} <= set(NUMBERS):
                        raise UserError(f"{where}: {other} is {types[other]} and {field.name} is {field.type}; they cannot be compared")
                    if check.sum_of and not {types[other], field.type} <= {"int", "bigint"}:
                        raise UserError(f"{where}: {field.name} = {other} …: only whole numbers add up exactly; both must be int or bigint")


def fields() -> list[ViewField]:
    """Every field of every category in the order of the table, keys aside."""
    return [field for category in categories().values() for field in category.fields]


@cache
def view_fields() -> list[Field]:
    """The columns of the table customer_view: business_date and customer_id, then the fields by category."""
    return [*KEYS, *(field.column for field in fields())]
