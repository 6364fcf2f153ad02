"""### Evaluation
Indicators, lift against held-out customers and the evaluation page of a business date, once its lists are out.
"""

from airflow.sdk import DAG, Asset, PartitionedAssetTimetable, chain
from stage_tasks import MACROS, OPERATOR, PARAMS, stage_task

from jobs.flow import EVALUATION

with DAG(
    "evaluation",
    schedule=PartitionedAssetTimetable(assets=Asset("contact_lists")),
    doc_md=__doc__,
    default_args=OPERATOR,
    params=PARAMS,
    user_defined_macros=MACROS,
    max_active_runs=1,
    tags=["evaluation"],
) as dag:
    chain(*(stage_task(stage) for stage in EVALUATION))
