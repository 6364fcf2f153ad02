"""Time: a call of three days ago, a corrected bill and a source that missed two days. Four nights, 3 to 6 November, of a simulated operator.

The night that learns of them writes its own partitions alone, and its view is what a rebuild from all raw files gives. A backfill of
the 4th gives the view as it was, or, as known now, the view of an operator whose dumps all came in time.
"""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from jobs import backfill
from jobs.progress import quiet
from tests.jobs.customer_view.whole_nights import ACCUMULATORS, MADE_OF_DUMPS, differences, night, rebuilt, run_on, view
from tests.jobs.simulator.operator import dump, simulated
from tests.landing import deliver, folder_of, good

pytestmark = [pytest.mark.spark, pytest.mark.whole_nights]
NIGHTS = ["2026-11-03", "2026-11-04", "2026-11-05", "2026-11-06"]
FIRST, MIDDLE, _, LAST = NIGHTS
LATE = "place_usage"
OCTOBER = "2026-10-01"


@pytest.fixture(scope="module")
def operator(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("operator"), FIRST, LAST, customers=40)


@pytest.fixture(scope="module")
def who(operator):
    """A customer of every night with a bill of October."""
    billed = {row["customer_id"] for row in dump(operator, "bill", FIRST) if row["bill_month"] == OCTOBER and row["item"] == "rental"}
    living = [{row["customer_id"] for row in dump(operator, "customer", day) if row["status"] != "closed"} for day in NIGHTS]
    return min(billed.intersection(*living))


def call_of_the_third(who):
    return good("voice_usage", customer_id=who, usage_date=FIRST, direction="in", distance="roaming", net="fixed", band="idle", calls=1, seconds=77)


def rental_corrected(operator, who):
    row = next(row for row in dump(operator, "bill", FIRST) if (row["customer_id"], row["bill_month"], row["item"]) == (who, OCTOBER, "rental"))
    return row | {"amount_fen": int(row["amount_fen"]) + 1234, "discount_fen": 0, "overage_fen": 0}


def beside(home, source, day, change: Callable[[pa.Table], pa.Table]):
    """Change the first file of a dump and its manifest."""
    folder = folder_of(home, source, day)
    path = next(folder / entry["name"] for entry in json.loads((folder / "_manifest.json").read_text())["files"])
    table = change(parquet.read_table(path))
    files = {one.name: one.read_bytes() for one in folder.glob("*.parquet")}
    counts = {name: parquet.read_metadata(folder / name).num_rows for name in files}
    parquet.write_table(table, path)
    history = json.loads((folder / "_manifest.json").read_text()).get("history_from")
    deliver(
        home,
        source,
        day,
        files | {path.name: path.read_bytes()},
        row_counts=counts | {path.name: table.num_rows},
        **({"history_from": history} if history else {}),
    )


def with_row(row):
    return lambda table: pa.concat_tables(
        [table, pa.Table.from_pylist([{name: _typed(row[name], table.schema.field(name).type) for name in table.column_names}], table.schema)]
    )


def _typed(value, kind):
    return date.fromisoformat(value) if pa.types.is_date(kind) else int(value) if pa.types.is_integer(kind) else value


@pytest.fixture(scope="module")
def home(operator, who, spark, tmp_path_factory):
    """The four nights. The call, the correction and three days of place usage come with the last."""
    home = tmp_path_factory.mktemp("home")
    for day in NIGHTS:
        for source in sorted(path.name for path in (operator / "landing").iterdir()):
            if (folder := folder_of(operator, source, day)).is_dir() and (source, day) not in ((LATE, NIGHTS[1]), (LATE, NIGHTS[2])):
                shutil.copytree(folder, folder_of(home, source, day))
        if day == LAST:
            before = files_of_earlier_nights(home)
            shutil.copytree(operator / "landing" / LATE, home / "landing" / LATE, dirs_exist_ok=True)
            beside(home, "voice_usage", LAST, with_row(call_of_the_third(who)))
            deliver(home, "bill", LAST, {"correction.parquet": [rental_corrected(operator, who)]})
        night(home, day, spark, ACCUMULATORS if day == FIRST else MADE_OF_DUMPS)
    (home / "before.json").write_text(json.dumps(before))
    return home


def files_of_earlier_nights(home: Path) -> dict[str, list[str]]:
    """Data files of the tables, by table, of nights before the last."""
    from deltalake import DeltaTable

    tables = sorted(path.parent.name for path in (home / "lake").glob("*/_delta_log"))
    return {table: sorted(uri for uri in DeltaTable(str(home / "lake" / table)).file_uris() if LAST not in uri) for table in tables}


@pytest.fixture(scope="module")
def in_time(operator, who, spark, tmp_path_factory):
    """What the 4th looks like when all came in time: the call with the dump of its day, the bill right from the start."""
    home = tmp_path_factory.mktemp("in_time")
    for folder in (operator / "landing").glob("*/business_date=*"):
        if folder.name[-10:] <= MIDDLE:
            shutil.copytree(folder, home / "landing" / folder.parent.name / folder.name)
    right = rental_corrected(operator, who)
    beside(home, "voice_usage", FIRST, with_row(call_of_the_third(who)))
    beside(home, "bill", FIRST, lambda table: with_row(right)(without(table, right)))
    night(home, MIDDLE, spark)
    return home


def without(table: pa.Table, row: dict) -> pa.Table:
    kept = [
        one for one in table.to_pylist() if (one["customer_id"], str(one["bill_month"]), one["item"]) != (row["customer_id"], row["bill_month"], row["item"])
    ]
    return pa.Table.from_pylist(kept, table.schema)


def test_the_night_that_learns_of_it_leaves_the_partitions_of_earlier_nights_alone(home):
    assert files_of_earlier_nights(home) == json.loads((home / "before.json").read_text())


def test_its_view_equals_a_rebuild_from_all_raw_files(home, spark, tmp_path):
    assert differences(view(home, LAST), view(rebuilt(home, tmp_path, LAST, spark), LAST)) == {}


def test_its_view_has_the_late_call_the_corrected_bill_and_the_places(home, operator, who):
    before, after = view(home, NIGHTS[2])[who], view(home, LAST)[who]
    of_the_day = sum(int(row["seconds"]) for row in dump(home, "voice_usage", LAST) if row["customer_id"] == who and row["usage_date"] == LAST)
    assert after["voice_seconds_this_month"] == before["voice_seconds_this_month"] + of_the_day + 77
    rental = next(
        int(row["amount_fen"]) for row in dump(operator, "bill", FIRST) if (row["customer_id"], row["bill_month"], row["item"]) == (who, OCTOBER, "rental")
    )
    assert (before["bill_rental_last_month_fen"], after["bill_rental_last_month_fen"]) == (rental, rental + 1234)


def test_a_backfill_gives_the_view_as_it_was_or_as_known_now(home, in_time, who, spark):
    as_it_was = view(home, MIDDLE)
    run = run_on(home, MIDDLE, spark)
    backfill.run("customer_view", run.business_date, run.business_date, run, quiet())
    assert differences(view(home, MIDDLE), as_it_was) == {}
    versions = {table: run.lake.version(table) for table in ("customer_day", "customer_month", "customer_half_year", "plan_advice")}
    backfill.run("customer_view", run.business_date, run.business_date, run, quiet(), known="now")
    now = view(home, MIDDLE)
    assert differences(now, view(in_time, MIDDLE)) == {}
    assert {"voice_seconds_this_month", "bill_rental_last_month_fen"} <= {field for customer, field in differences(now, as_it_was) if customer == who}
    assert {table: run.lake.version(table) for table in versions} == versions, "later nights build on what each night received"
