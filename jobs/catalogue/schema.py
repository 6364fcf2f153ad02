"""Schemas of sources and tables, loaded from schemas/sources/*.yaml and schemas/tables/*.yaml. Plain Python, no JVM."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field as Key
from pydantic import model_validator

from jobs.errors import UserError, did_you_mean
from jobs.paths import SCHEMAS
from jobs.strict import Strict, load


class Label(Strict):
    en: str
    zh: str


class Field(Strict):
    """A column of a source or table. `type` is a Spark SQL type. `past`: a source's day that cannot lie after the dump's own."""

    name: str
    type: str
    nullable: bool
    doc: str = Key(min_length=4)
    codes: list[str] | None = None
    between: Annotated[tuple[int, int], Key(strict=False)] | None = None  # YAML has lists only
    pattern: str | None = None
    past: Literal[True] | None = None
    pii: Literal["none", "indirect", "direct"] = "none"

    @model_validator(mode="after")
    def is_one_of_days(self) -> "Field":
        if self.past and self.type != "date":
            raise ValueError(f"{self.name}: past: only a date can lie in the past")
        return self


class SourceSchema(Strict):
    """What one of the operator's systems delivers, and how its rows are judged."""

    source: str
    label: Label
    doc: str
    delivery: Literal["snapshot", "events", "monthly", "history"]
    required: bool
    format: Literal["csv.gz", "parquet"]
    owner: str
    key: list[str]
    customer: str | None = None
    event_date: str | None = None
    history: str | None = None
    fields: list[Field]

    @property
    def name(self) -> str:
        return self.source

    @property
    def names_customer(self) -> str | None:
        """The column that names a customer; None for a source of other things."""
        return self.customer or next((name for name in self.key if name == "customer_id"), None)


class TableSchema(Strict):
    """A table of the lake. `read` says which partitions a table function gets under the table's plain name:
    the run's business date alone (day), all up to it (until), or the newest up to it (latest)."""

    table: str
    doc: str
    read: Literal["day", "until", "latest"]
    key: list[str]
    fields: list[Field]

    @property
    def name(self) -> str:
        return self.table


@cache
def sources() -> dict[str, SourceSchema]:
    """Every source by name, in the order of the names."""
    loaded = {path.stem: load(SourceSchema, path) for path in sorted((SCHEMAS / "sources").glob("*.yaml"))}
    _names_match(loaded, "sources")
    return loaded


@cache
def tables() -> dict[str, TableSchema]:
    """Every table by name that is declared in schemas/tables, in the order of the names."""
    loaded = {path.stem: load(TableSchema, path) for path in sorted((SCHEMAS / "tables").glob("*.yaml"))}
    _names_match(loaded, "tables")
    return loaded


def _names_match(loaded: dict[str, Any], folder: str) -> None:
    for stem, schema in loaded.items():
        if schema.name != stem:
            raise UserError(f"schemas/{folder}/{stem}.yaml: the name inside is '{schema.name}'; file and name must agree")


BUSINESS_DATE = Field(name="business_date", type="date", nullable=False, doc="The operator's day whose dump brought the row.")


def fields_of(table: str) -> list[Field]:
    """Columns of a table of the lake in order; a source's table is its schema with business_date in front."""
    if table in tables():
        return list(tables()[table].fields)
    if table in sources():
        return [BUSINESS_DATE, *sources()[table].fields]
    if table == "customer_view":
        from jobs.catalogue.view import view_fields  # the view's columns are declared by category

        return view_fields()
    known = {*tables(), *sources(), "customer_view"}
    raise UserError(f"schemas/tables/{table}.yaml: no such table{did_you_mean(table, known)}")


def columns_of(table: str) -> list[str]:
    return [field.name for field in fields_of(table)]


def ddl_of(table: str) -> str:
    """The table as Spark DDL, for schemas of empty frames and of rows made in Python."""
    return ", ".join(f"`{field.name}` {field.type}" for field in fields_of(table))
