"""Hand-written DuckDB relations: a table of text with the columns that matter, as tests/frames.py makes DataFrames."""

from duckdb import DuckDBPyConnection, DuckDBPyRelation

from jobs.catalogue.schema import fields_of

TYPES = {"string": "varchar", "int": "integer", "bigint": "bigint", "double": "double", "boolean": "boolean", "date": "date", "timestamp": "timestamptz"}
TYPES |= {"array<double>": "double[]", "map<string,bigint>": "map(varchar, bigint)"}


def relation(connection: DuckDBPyConnection, table: str, text: str) -> DuckDBPyRelation:
    """Rows of a table of the lake from `a | b` lines, the first naming the columns; an empty cell is null and a column that is not
    named is null throughout. A column `case` labels each row and is dropped."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    header, body = lines[0], lines[1:]
    types = {field.name: TYPES.get(field.type, "varchar") for field in fields_of(table)}
    unknown = [name for name in header if name != "case" and name not in types]
    assert not unknown, f"{table} has no column {unknown}"
    kept = [name for name in header if name != "case"]
    rows = [[cell or None for name, cell in zip(header, line, strict=True) if name != "case"] for line in body]
    return made(connection, ", ".join(f"{name} {types[name]}" for name in kept), rows).project(
        ", ".join(f'"{name}"' if name in kept else f'null::{kind} as "{name}"' for name, kind in types.items())
    )


def made(connection: DuckDBPyConnection, ddl: str, rows: list) -> DuckDBPyRelation:
    """Rows in memory with the columns of `name type, name type`."""
    names = [column.strip().split(" ", 1) for column in ddl.replace("map(varchar, bigint)", "map_of_counts").split(", ")]
    types = {name: kind.replace("map_of_counts", "map(varchar, bigint)") for name, kind in names}
    number = connection.execute("select count(*) from duckdb_tables()").fetchall()[0][0]
    connection.execute(f"create table made_{number} ({', '.join(f'{name} {kind}' for name, kind in types.items())})")
    if rows:
        one_row = f"({', '.join('?' for _ in types)})"
        connection.execute(f"insert into made_{number} values {', '.join(one_row for _ in rows)}", [cell for row in rows for cell in row])
    return connection.table(f"made_{number}")
