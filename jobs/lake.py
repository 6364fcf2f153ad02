"""The lake: Delta tables by name, partitioned by business_date. The only file that knows their paths and their format.

Spark writes and reads whole nights; `scan` reads the same tables without a JVM for what a person waits for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from jobs.catalogue.schema import columns_of, ddl_of, fields_of, tables
from jobs.errors import UserError
from jobs.lake_columns import arrow_schema, check_columns, documented_schema, no_rows

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection, DuckDBPyRelation
    from pyspark.sql import DataFrame, SparkSession

# Tables of this reader version have no deletion vectors and no mapped columns: their files hold exactly their rows.
PLAIN_READER = 1


@dataclass(frozen=True)
class Lake:
    """With an `overlay` folder, writes go there, and a table that it holds hides the lake's rows of `overlay_date`: for making
    a night again beside the original."""

    home: Path
    spark: "SparkSession | None" = None
    overlay: Path | None = None
    overlay_date: date | None = None

    def path(self, table: str) -> Path:
        return (self.overlay or self.home / "lake") / table

    def exists(self, table: str) -> bool:
        return (self.path(table) / "_delta_log").is_dir()

    @property
    def _below(self) -> "Lake":
        return Lake(self.home, self.spark)

    def version(self, table: str) -> int | None:
        """Newest version of a table, for run.json; None when the table does not exist."""
        from deltalake import DeltaTable

        return DeltaTable(str(self.path(table))).version() if self.exists(table) else None

    def dates(self, table: str) -> list[date]:
        """Business dates that hold rows, ascending."""
        hidden = self.overlay_date if self.exists(table) else None
        below = [day for day in self._below.dates(table) if day != hidden] if self.overlay else []
        return sorted({*below, *self._dates_here(table)})

    def _dates_here(self, table: str) -> list[date]:
        if not self.exists(table):
            return []
        from deltalake import DeltaTable

        return [date.fromisoformat(part["business_date"]) for part in DeltaTable(str(self.path(table))).partitions()]

    # Reading and writing with Spark

    def read(self, table: str, day: date) -> "DataFrame":
        """The rows of one business date; none when the table is not there yet."""
        return self._of_dates(table, lambda one: one == day)

    def read_until(self, table: str, day: date) -> "DataFrame":
        return self._of_dates(table, lambda one: one <= day)

    def read_before(self, table: str, day: date) -> "DataFrame":
        return self._of_dates(table, lambda one: one < day)

    def read_latest(self, table: str, day: date) -> "DataFrame":
        """The rows of the newest business date up to `day`."""
        return self.read(table, max((one for one in self.dates(table) if one <= day), default=day))

    def read_previous(self, table: str, day: date) -> "DataFrame":
        """The rows of the newest business date before `day`."""
        known = [one for one in self.dates(table) if one < day]
        return self.read(table, known[-1]) if known else self.empty(table)

    def read_parameter(self, parameter: str, day: date) -> "DataFrame":
        """What a table function gets for a parameter of this name: `x` as the schema of x says (`read`),
        `previous_x` its newest partition before the run's date, `past_x` all partitions before it."""
        table, read = _table_and_reading(parameter)
        return getattr(self, f"read_{read}" if read != "day" else "read")(table, day)

    def rows_of_parameter(self, parameter: str, day: date) -> int:
        """How many rows `read_parameter` gives, from the Delta log alone."""
        table, read = _table_and_reading(parameter)
        if not self.exists(table):
            return self._below.rows_of_parameter(parameter, day) if self.overlay else 0
        rows = self._rows_by_date(table)
        return sum(rows[one] for one in _chosen(read, sorted(rows), day))

    def empty(self, table: str) -> "DataFrame":
        return self._session().createDataFrame([], ddl_of(table))

    def write(self, frame: "DataFrame", table: str, day: date) -> None:
        """Replace the partition of `day` in one commit. Raises UserError when the columns are not those of the table's schema."""
        check_columns(frame, table)
        columns = [field.name for field in fields_of(table)]
        # Two partitions a file and no more: a task keeps the sorted rows of all partitions that it joins, which at millions do not fit.
        files = max(int(self._session().conf.get("spark.sql.shuffle.partitions") or 2) // 2, 1)
        writer = frame.select(columns).coalesce(files).write.format("delta").partitionBy("business_date")
        self.create(table)
        self._grow(table)
        if day in self._dates_here(table):
            writer = writer.mode("overwrite").option("replaceWhere", f"business_date = '{day}'")
        else:  # a date that holds nothing yet: half the cost of replaceWhere (0.9 against 2.0 s a warm commit)
            writer = writer.mode("append")
        writer.save(str(self.path(table)))

    def rows_written(self, table: str, day: date) -> int:
        """Rows of the partition of `day`, from the Delta log. The newest commit would tell less: where nothing came for the day there is none."""
        return self._rows_by_date(table).get(day, 0)

    def _rows_by_date(self, table: str) -> dict[date, int]:
        from deltalake import DeltaTable

        actions = DeltaTable(str(self.path(table))).get_add_actions(flatten=True)
        rows: dict[date, int] = {}
        for one, count in zip(actions["partition.business_date"].to_pylist(), actions["num_records"].to_pylist(), strict=True):
            rows[one] = rows.get(one, 0) + (count or 0)
        return rows

    def _of_dates(self, table: str, wanted: Callable[[date], bool]) -> "DataFrame":
        if not self.overlay:
            return self._of_dates_here(table, wanted)
        if not self.exists(table):
            return self._below._of_dates(table, wanted)
        below = self._below._of_dates(table, lambda one: one != self.overlay_date and wanted(one))
        return below.unionByName(self._of_dates_here(table, wanted))

    def _of_dates_here(self, table: str, wanted: Callable[[date], bool]) -> "DataFrame":
        """Rows of the newest version, read from the files that its log names for these dates. Delta's own scan starts a Spark job
        to plan each read: half of the driver's time on a small night."""
        files = [path for day, paths in self._files_here(table).items() if wanted(day) for path in paths]
        if not files:
            return self.empty(table)
        return self._session().read.schema(ddl_of(table)).option("basePath", str(self.path(table))).parquet(*files).select(*columns_of(table))

    def create(self, table: str) -> None:
        """An empty table with the schema's descriptions, where there is none. Without the JVM: 4 ms, where Spark's own creation costs a second of CPU a table."""
        if self.exists(table):
            return
        from deltalake import DeltaTable

        # Reads choose files by their date and never by value: statistics of more than the first column cost the writer time.
        statistics = {"delta.dataSkippingNumIndexedCols": "1"}
        DeltaTable.create(str(self.path(table)), schema=documented_schema(table), mode="ignore", partition_by=["business_date"], configuration=statistics)

    def _grow(self, table: str) -> None:
        """Add the columns that have been declared since the table was made; what was written before reads as null there. Raises UserError for one whose
        type is another now."""
        from deltalake import DeltaTable, Schema

        here = DeltaTable(str(self.path(table)))
        known = {field.name: field.type for field in here.schema().fields}
        declared = Schema.from_arrow(documented_schema(table)).fields
        for field in declared:
            if known.get(field.name, field.type) != field.type:
                raise UserError(
                    f"lake/{table}: {field.name} is {known[field.name]} there and {field.type} as declared; a column keeps its type for good: declare a new one"
                )
        if added := [field for field in declared if field.name not in known]:
            here.alter.add_columns(added)

    def _session(self) -> "SparkSession":
        if self.spark is None:
            raise UserError("lake: this command was started without Spark; run it through `cpc run`")
        return self.spark

    # Reading and appending without a JVM

    def relation(self, parameter: str, day: date, connection: "DuckDBPyConnection") -> "DuckDBPyRelation":
        """What `read_parameter` gives, read by DuckDB from the table's files: lazily, and only the columns that are asked for."""
        table, read = _table_and_reading(parameter)
        known = self.files(table)
        files = [path for one in _chosen(read, list(known), day) for path in known[one]]
        if not files:
            return connection.from_arrow(arrow_schema(table).empty_table())
        # Files from before a column was declared have it as null.
        return connection.sql(f"{no_rows(table)} union all by name select * from {self.duckdb_source(table, files)}")

    def scan(self, table: str, until: date | None = None, day: date | None = None, columns: list[str] | None = None) -> "pa.Table":
        """Rows of a table as Arrow, without a JVM: of one `day`, or of all dates `until`. Empty when the table is not there yet."""
        import pyarrow.dataset as dataset

        condition = None
        if day is not None:
            condition = dataset.field("business_date") == day
        elif until is not None:
            condition = dataset.field("business_date") <= until
        return self.dataset(table).to_table(columns=columns, filter=condition)

    def dataset(self, table: str) -> Any:
        """The whole table as an Arrow dataset, read lazily: for DuckDB and for streaming. Without rows when the table is not there yet.
        With an overlay that holds the table, what the overlay holds alone."""
        import pyarrow.dataset as dataset
        from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

        if self.overlay and not self.exists(table):
            return self._below.dataset(table)
        if not self.exists(table):
            return dataset.dataset(arrow_schema(table).empty_table())
        from deltalake import DeltaTable

        # Deltalake's own file system is Python called from Arrow's threads: one that still reads ahead while the process ends aborts it.
        files = SubTreeFileSystem(str(self.path(table)), LocalFileSystem())
        return DeltaTable(str(self.path(table))).to_pyarrow_dataset(filesystem=files, schema=arrow_schema(table))

    # Reading with DuckDB alone

    def files(self, table: str) -> dict[date, list[str]]:
        """Data files by business date, ascending, from the Delta log alone."""
        found = self._files_here(table)
        if self.overlay:
            hidden = self.overlay_date if self.exists(table) else None
            found |= {day: paths for day, paths in self._below.files(table).items() if day != hidden}
        return dict(sorted(found.items()))

    def _files_here(self, table: str) -> dict[date, list[str]]:
        """Files of the newest version. Raises UserError where they would not hold exactly the table's rows."""
        if not self.exists(table):
            return {}
        from deltalake import DeltaTable

        snapshot = DeltaTable(str(self.path(table)))
        if snapshot.protocol().min_reader_version > PLAIN_READER:
            raise UserError(f"lake/{table}: the table uses Delta features that change what its files mean; rewrite it without them")
        actions = snapshot.get_add_actions(flatten=True)
        found: dict[date, list[str]] = {}
        for day, path in sorted(zip(actions["partition.business_date"].to_pylist(), actions["path"].to_pylist(), strict=True)):
            found.setdefault(day, []).append(str(self.path(table) / unquote(path)))
        return found

    def duckdb_source(self, table: str, files: list[str]) -> str:
        """What DuckDB selects from to get these files' rows with business_date. Several times as fast as `dataset`, and without
        its half second of imports: for what a person waits for."""
        if not files:
            return f"({no_rows(table)})"
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
        return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = true, hive_types = {{'business_date': date}})"

    def append(self, rows: "pa.Table", table: str) -> None:
        """Append rows made outside a night (approvals) in one commit."""
        from deltalake import write_deltalake

        if self.exists(table):
            self._grow(table)
        write_deltalake(str(self.path(table)), rows.cast(arrow_schema(table)), mode="append", partition_by=["business_date"], schema_mode="merge")

    def replace(self, rows: "pa.Table", table: str, day: date) -> None:
        """Replace the partition of `day` by rows made without a JVM (revocations), in one commit."""
        from deltalake import write_deltalake

        if not self.exists(table):
            return self.append(rows, table)
        self._grow(table)
        write_deltalake(str(self.path(table)), rows.cast(arrow_schema(table)), mode="overwrite", predicate=f"business_date = '{day}'", schema_mode="merge")


def _table_and_reading(parameter: str) -> tuple[str, str]:
    """Table of a parameter, and which of its partitions: day, until, latest, previous or before."""
    for prefix, read in (("previous_", "previous"), ("past_", "before")):
        if parameter.startswith(prefix):
            return parameter.removeprefix(prefix), read
    return parameter, tables()[parameter].read if parameter in tables() else "day"


def _chosen(read: str, dates: list[date], day: date) -> list[date]:
    """Which of the ascending dates a reading takes for `day`."""
    known = [one for one in dates if one <= day]
    before = [one for one in known if one < day]
    return {"day": known[len(before) :], "until": known, "before": before, "latest": known[-1:], "previous": before[-1:]}[read]
