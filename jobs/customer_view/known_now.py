"""The customer view of a past date from all that is known now: every dump that has come since, in one go, without the accumulators.

Events and monthly figures count by their own day, whichever night took them in; snapshots, bans, contacts and outcomes are those of
the date. Only the view is made: the accumulators stay as they grew, each night from what it had received, or the nights that follow
would count late events twice.
"""

import inspect
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.catalogue.schema import sources
from jobs.context import RunContext
from jobs.flow import STAGES, table_function
from jobs.ingest.judge import event_day


def customer_view_known_now(run: RunContext) -> DataFrame:
    """Makes the tables of the stage customer_view up to the view, each from sources or from those made before. Nothing is written."""
    made: dict[str, DataFrame] = {}
    for path in STAGES["customer_view"].tables:
        table = path.split(".")[-1]
        function = table_function(path)
        made[table] = function(**{name: _read(name, made, run) for name in inspect.signature(function).parameters})
        if table == "customer_view":
            break
        made[table] = made[table].persist()
    return made["customer_view"]


def _read(name: str, made: dict[str, DataFrame], run: RunContext) -> DataFrame | RunContext:
    """What a table function gets for a parameter: an accumulator from what this pass made, with nothing known before; matches of the night
    before, which the view shows, as they were."""
    if name == "run":
        return run
    if name in made:
        return made[name]
    table = name.removeprefix("previous_").removeprefix("past_")
    if name != table and (table in STAGES["customer_view"].table_names or (table in sources() and sources()[table].event_date)):
        return run.lake.empty(table)
    if table in sources() and sources()[table].event_date:
        day = event_day(sources()[table], run.conf.contact_rules.time_zone)
        return run.lake.read_until(table, date.max).where(F.expr(f"{day} <= date'{run.business_date}'"))
    return run.lake.read_parameter(name, run.business_date)
