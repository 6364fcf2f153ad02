"""Where a field of the customer view comes from, computed from its `expr` and the SQL beside it, so that it cannot go stale.

`references` reads an expression; `sources_of` follows frames, base queries and accumulators down to columns of the dumps.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

import sqlglot
from sqlglot import exp

from jobs.catalogue.query_lineage import columns_behind, outputs, parsed
from jobs.catalogue.schema import columns_of, sources
from jobs.catalogue.view import KEYS, Category, ViewField, categories
from jobs.conf import Conf
from jobs.customer_view.tariff import steps
from jobs.errors import UserError, did_you_mean
from jobs.paths import SQL, conf_folder

# Frames of the view that are a table as it stands, by the name that expressions qualify columns with.
TABLE_FRAMES = {
    "customer": "customer",
    "balance": "balance",
    "month": "customer_month",
    "half_year": "customer_half_year",
    "churn": "churn_score",
    "plan_advice": "plan_advice",
}
# Accumulators, with the folder of the queries that bring their measures.
ACCUMULATORS = ("customer_day", "customer_month", "customer_half_year")
OTHER_READERS = {
    "month": "customer_month",
    "half_year": "customer_half_year",
    "past_contact": "contact",
    "past_do_not_disturb": "do_not_disturb",
    "previous_customer_product_score": "customer_product_score",
}
# Frames that several base queries share, each a query of its own.
SHARED = ("marketing_contact",)
# Functions that give another value on the next run or in another partition.
CHANGING = frozenset(
    [
        "rand",
        "random",
        "randn",
        "randstr",
        "uniform",
        "uuid",
        "shuffle",
        "now",
        "curdate",
        "current_date",
        "current_timestamp",
        "localtimestamp",
        "unix_timestamp",
        "current_user",
        "current_timezone",
        "monotonically_increasing_id",
        "spark_partition_id",
        "input_file_name",
    ]
)
KEY_NAMES = frozenset(key.name for key in KEYS)

Column = tuple[str, str]


@cache
def references(expr: str) -> tuple[frozenset[Column], frozenset[str]]:
    """(frame, column) pairs that an expression reads, and names of other fields."""
    found = [(column.table, column.name) for column in sqlglot.parse_one(expr, dialect="spark").find_all(exp.Column)]
    return frozenset(pair for pair in found if pair[0]), frozenset(name for table, name in found if not table and name not in KEY_NAMES)


def columns_read(expressions: Iterable[str]) -> dict[str, list[str]]:
    """The columns that expressions read, by frame."""
    read: dict[str, set[str]] = defaultdict(set)
    for expression in expressions:
        for frame, column in references(expression)[0]:
            read[frame].add(column)
    return {frame: sorted(columns) for frame, columns in read.items()}


def checked_references(category: Category, field: ViewField, known_fields: set[str]) -> tuple[frozenset[Column], frozenset[str]]:
    """`references`, or UserError where the expression names a frame that the category does not read or a field that is none."""
    where = f"schemas/customer_view/{category.category}.yaml: {field.name}: expr"
    try:
        columns, others = references(field.expr)
    except sqlglot.errors.SqlglotError as error:
        raise UserError(f"{where}: not valid Spark SQL: {str(error).splitlines()[0]}") from None
    for frame, column in sorted(columns):
        if frame not in category.reads:
            cure = "; add it to `reads`" if frame in frames() else did_you_mean(frame, set(frames()))
            raise UserError(f"{where}: {frame}.{column}: the category does not read '{frame}'{cure}")
        if column not in columns_of_frame(frame):
            raise UserError(f"{where}: {frame}.{column}: {frame} has no such column{did_you_mean(column, columns_of_frame(frame))}")
    for part in unfit_parts(field.expr):
        raise UserError(f"{where}: {part}: an expression makes one value of one row, the same every time, and has no name of its own")
    for function in unknown_functions(field.expr):
        raise UserError(f"{where}: {function}(…): Spark SQL has no such function{did_you_mean(function, _spark_functions())}")
    for name in sorted(others):
        if name not in known_fields:
            raise UserError(f"{where}: unknown field '{name}'{did_you_mean(name, known_fields)}")
    if columns and others:
        raise UserError(f"{where}: names both columns ({min(columns)[0]}.…) and fields ({min(others)}); an expression reads one or the other")
    return columns, others


def frames() -> list[str]:
    """The frames that a category may read."""
    return sorted({*TABLE_FRAMES, *(path.stem.removesuffix("_base") for path in (SQL / "customer_view").glob("*_base.sql"))})


@cache
def columns_of_frame(frame: str) -> tuple[str, ...]:
    if frame in TABLE_FRAMES:
        return tuple(columns_of(TABLE_FRAMES[frame]))
    return tuple(outputs(parsed((SQL / "customer_view" / f"{frame}_base.sql").read_text(encoding="utf-8"))))


def unfit_parts(expr: str) -> list[str]:
    """What no field may be made of: aggregates, windows, queries, names given to values, and functions that answer otherwise the next time."""
    tree = sqlglot.parse_one(expr, dialect="spark")
    calls = {call: (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).lower() for call in tree.find_all(exp.Func)}
    return [
        *(node.sql(dialect="spark") for node in tree.find_all(exp.Alias, exp.Window, exp.Query, exp.AggFunc)),
        *(f"{name}()" for name in calls.values() if name in CHANGING),
    ]


def unknown_functions(expr: str) -> list[str]:
    """Functions of an expression that Spark SQL has not. What sqlglot knows by name it has read as more than a name."""
    names = sorted({call.name.lower() for call in sqlglot.parse_one(expr, dialect="spark").find_all(exp.Anonymous)})
    return [name for name in names if name not in _spark_functions()] if names else []


@cache
def _spark_functions() -> set[str]:
    from pyspark.sql import functions  # without a JVM; only for names that sqlglot does not know

    return {name for name in dir(functions) if name.islower() and not name.startswith("_")}


def layers(loaded: dict[str, Category]) -> list[list[ViewField]]:
    """The fields in steps: first those over frames alone, then those over fields of the steps before. Raises UserError for the first
    expression that cannot be right, and for a circle."""
    for name, category in loaded.items():
        for frame in category.reads:
            if frame not in frames():
                raise UserError(f"schemas/customer_view/{name}.yaml: reads: no frame '{frame}'{did_you_mean(frame, set(frames()))}")
    where = {field.name: category for category in loaded.values() for field in category.fields}
    waiting = {field.name: field for category in loaded.values() for field in category.fields}
    needs = {name: checked_references(where[name], field, set(where))[1] for name, field in waiting.items()}
    steps: list[list[ViewField]] = []
    while waiting:
        ready = [field for name, field in waiting.items() if not needs[name] & waiting.keys()]
        if not ready:
            name, *through = _circle({name: needs[name] & waiting.keys() for name in waiting})
            others = f", through {', '.join(through)}" if through else ""
            raise UserError(f"schemas/customer_view/{where[name].category}.yaml: {name}: expr: the field depends on itself{others}")
        steps.append(ready)
        waiting = {name: field for name, field in waiting.items() if field not in ready}
    return steps


def _circle(needs: dict[str, frozenset[str]]) -> list[str]:
    """Names of which each needs the next, and the last the first; every name needs at least one."""
    path = [min(needs)]
    while (following := min(needs[path[-1]])) not in path:
        path.append(following)
    return path[path.index(following) :]


def sources_of(name: str) -> list[str]:
    """`source.column` of the dumps, and of the loop's own tables, that a field of the view is made of."""
    _refuse_wrong_expressions()
    return sorted(f"{table}.{column}" for table, column in _of_field(name))


@cache
def _refuse_wrong_expressions() -> None:
    layers(categories())


@cache
def _of_field(name: str) -> frozenset[Column]:
    field = next(field for category in categories().values() for field in category.fields if field.name == name)
    columns, others = references(field.expr)
    return frozenset().union(*(_of_frame(frame, column) for frame, column in columns), *(_of_field(other) for other in others))


def _of_frame(frame: str, column: str) -> frozenset[Column]:
    if frame == "plan_advice":
        return frozenset().union(*(_of_frame(*behind) for behind in frames_behind(frame, column)))
    if frame in TABLE_FRAMES:
        return _of_table(TABLE_FRAMES[frame], column)
    return _of_tables(_of_query(f"customer_view/{frame}_base", column))


def _of_tables(columns: frozenset[Column]) -> frozenset[Column]:
    return frozenset().union(*(_of_table(OTHER_READERS.get(table, table), name) for table, name in columns))


@cache
def frames_behind(frame: str, column: str) -> frozenset[Column]:
    """Columns of frames that a column of a frame is made of: of plan advice those that its prices read, else itself."""
    if frame != "plan_advice":
        return frozenset({(frame, column)})
    made = {name: expression for step in steps(list(Conf(conf_folder()).plans.values())) for name, expression in step.items()}
    columns, others = references(made[column])
    inner = {name for name, _ in columns if name in made} | others
    outer = {(name, of) for name, of in columns if name not in made}
    return frozenset(outer).union(*(frames_behind("plan_advice", name) for name in inner))


@cache
def _of_table(table: str, column: str) -> frozenset[Column]:
    """A column of a dump is itself; a measure of an accumulator comes from the queries that bring it."""
    if table in SHARED:
        return _of_tables(_rows_or_column(table, column))
    if table not in ACCUMULATORS or column in ("business_date", "customer_id", "month", "day"):
        return frozenset() if table in ACCUMULATORS else frozenset({(table, column)})
    if table == "customer_half_year":
        return _of_half_year(column)
    found: set[Column] = set()
    for path in sorted((SQL / table).glob("*.sql")):
        for inner, name in _of_query(f"{table}/{path.stem}", column):
            found |= _of_table(inner, name)
    if table == "customer_month" and column in columns_of("usage_month"):
        found.add(("usage_month", column))
    return frozenset(found)


def _of_half_year(column: str) -> frozenset[Column]:
    from jobs.customer_view.kept import KEPT

    kept = next((made_of for name, (_, made_of) in KEPT.items() if column.startswith(f"{name}_") and column not in columns_of("customer_month")), column)
    found: set[Column] = set()
    for name in references(kept)[1]:
        if name in columns_of("customer_month"):
            found |= _of_table("customer_month", name)
        for query in ("bill", "cost_settlement"):
            found |= _of_query(f"customer_half_year/{query}", name)
    return frozenset(found)


def _rows_or_column(shared: str, column: str) -> frozenset[Column]:
    """A count of the rows of a shared frame is a count of its tables' rows."""
    query = f"customer_view/{shared}"
    if column != "*":
        return _of_query(query, column)
    return frozenset((table, "*") for name in _shared_columns(shared) for table, _ in _of_query(query, name))


def _shared_columns(shared: str) -> list[str]:
    return parsed((SQL / "customer_view" / f"{shared}.sql").read_text(encoding="utf-8")).named_selects


@cache
def _of_query(query: str, column: str) -> frozenset[Column]:
    """Columns of tables that one output column of sql/<query>.sql is made of; none when the query has no such column."""
    return columns_behind(parsed((SQL / f"{query}.sql").read_text(encoding="utf-8")), column, _tables())


@cache
def _tables() -> dict[str, list[str]]:
    read = (*sources(), *ACCUMULATORS, "contact", "outcome", "do_not_disturb", "customer_product_score")
    columns = {table: columns_of(table) for table in read}
    return columns | {alias: columns[table] for alias, table in OTHER_READERS.items()} | {shared: _shared_columns(shared) for shared in SHARED}
