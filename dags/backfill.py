"""### Backfill
Rebuilds the view, the matches or the evaluation of past dates, for a written reason. Without `apply` it only says what it would do. It never
runs the contact or publish stage, so it can never issue a list.
"""

from airflow.sdk import DAG, Param
from stage_tasks import HOME, OPERATOR, command_task

from jobs.backfill import REBUILDABLE

with DAG(
    "backfill",
    schedule=None,
    doc_md=__doc__,
    default_args=OPERATOR,
    params={
        "from_date": Param(type="string", format="date", title="From", description="First business date to rebuild."),
        "to_date": Param(type="string", format="date", title="To", description="Last business date to rebuild, included."),
        "table": Param("customer_view", type="string", enum=list(REBUILDABLE), title="Table or stage", description="What to rebuild."),
        "reason": Param(type="string", minLength=5, pattern="^[^'\"\\\\]+$", title="Reason", description="Why; it is kept in the table backfill."),
        "known": Param(
            "then", type="string", enum=["then", "now"], title="Known", description="then: from files received by each date; now: the view alone, from all."
        ),
        "apply": Param(False, type="boolean", title="Apply", description="Off: only say what would be done."),
    },
    max_active_runs=1,
    tags=["backfill"],
) as dag:
    command_task(
        "backfill",
        [
            *["backfill", "--from", "{{ params.from_date }}", "--to", "{{ params.to_date }}", "--table", "{{ params.table }}", "--known", "{{ params.known }}"],
            *["--reason", "{{ params.reason }}", "{{ '--apply' if params.apply else '--no-apply' }}", "--by", "airflow", "--home", str(HOME)],
        ],
        needs_spark=True,
    )
