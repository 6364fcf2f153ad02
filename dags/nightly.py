"""### The night
Turns the dumps of a business date into the contact lists of the day after. Runs at 02:00 Asia/Shanghai for yesterday.

Every task is `cpc run STAGE --date D`: a failed one is repeated by copying its line from the log. Running a stage again replaces the same
partition with the same rows; a published list is never changed.
"""

from airflow.sdk import DAG, Asset, CronPartitionTimetable, chain
from stage_tasks import MACROS, OPERATOR, PARAMS, stage_task

from jobs.flow import NIGHT

with DAG(
    "nightly",
    schedule=CronPartitionTimetable("0 2 * * *", timezone="Asia/Shanghai", run_offset=-1, key_format="%Y-%m-%d"),
    doc_md=__doc__,
    default_args=OPERATOR,
    params=PARAMS,
    user_defined_macros=MACROS,
    max_active_runs=1,
    tags=["night"],
) as dag:
    *before, publish = NIGHT
    chain(*(stage_task(stage) for stage in before), stage_task(publish, outlets=[Asset("contact_lists")]))
