"""Runs three nights with feedback and the evaluation through the real DAGs, network off. Started by test_three_nights.py.

Arguments: home, customers. Prints one JSON line with what ran.
"""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

from jobs.cli.airflow import airflow_environment, prepare
from jobs.cli.main import run_command
from tests.e2e.offline import go_offline, is_offline

FIRST = date(2026, 11, 29)  # three nights over the turn of the month: the lists of 30 November, 1 and 2 December
NIGHTS = 3


def main(home: Path, customers: int) -> None:
    how = go_offline()
    assert is_offline(), "the network is still there"
    os.environ.update(airflow_environment(home / "airflow", home))
    prepare(dict(os.environ))
    from airflow.dag_processing.dagbag import DagBag

    sys.path.insert(0, os.environ["AIRFLOW__CORE__DAGS_FOLDER"])  # as Airflow's own processes do
    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    assert not bag.import_errors, bag.import_errors
    subprocess.run(["airflow", "dags", "reserialize"], check=True, stdout=subprocess.DEVNULL)  # dag.test() runs what is serialized
    ran = []

    def command(*arguments: str) -> None:
        code = run_command([*arguments, "--home", str(home)], standard_output_to_error=True)
        assert code == 0, f"cpc {' '.join(arguments)} ended with {code}"

    def dag(name: str, day: str) -> None:
        result = bag.dags[name].test(run_conf={"business_date": day})
        assert result.state == "success", f"{name} of {day}: {result.state}"
        ran.append([name, day])

    command("campaign", "approve", "--all", "--by", "test", "--date", str(FIRST))
    for position in range(NIGHTS + 1):
        day = str(FIRST + timedelta(days=position))
        command("simulate", "--from", day, "--to", day, "--customers", str(customers), "--seed", "5", "--dirt", "usual")
        if position > 0:
            dag("feedback", day)
        if position < NIGHTS:
            dag("nightly", day)
    dag("evaluation", day)
    print(json.dumps({"offline": how, "ran": ran}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
