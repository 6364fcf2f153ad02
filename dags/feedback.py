"""### Feedback of the channels
Takes in the feedback files received up to the business date, re-derives the state of every contact, and revokes what channels still hold for
customers who must no longer be contacted. Runs at 01:00 Asia/Shanghai, before the night reads the outcomes.
"""

from airflow.sdk import DAG, Asset, CronPartitionTimetable, chain
from stage_tasks import MACROS, OPERATOR, PARAMS, stage_task

from jobs.flow import FEEDBACK

with DAG(
    "feedback",
    schedule=CronPartitionTimetable("0 1 * * *", timezone="Asia/Shanghai", run_offset=-1, key_format="%Y-%m-%d"),
    doc_md=__doc__,
    default_args=OPERATOR,
    params=PARAMS,
    user_defined_macros=MACROS,
    max_active_runs=1,
    tags=["feedback"],
) as dag:
    *before, last = FEEDBACK
    chain(*(stage_task(stage) for stage in before), stage_task(last, outlets=[Asset("outcomes")]))
