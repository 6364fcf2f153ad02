"""The night of the view by the real pipeline, in a process of its own: a fresh session, then each table as `cpc run` makes it.

python -m bench.view_night HOME CUSTOMERS      # writes into HOME/lake, prints seconds by table, CPU seconds and peak memory as JSON
"""

import json
import os
import sys
from pathlib import Path
from time import perf_counter

from bench.view_inputs import NIGHT
from jobs import runner, spark
from jobs.conf import Conf
from jobs.context import RunContext
from jobs.flow import STAGES
from jobs.paths import conf_folder
from jobs.progress import Progress

# What conf/base.yaml says of many customers: both compilers, memory for wide rows, and tasks that are small enough for it.
LARGE = {"java_options": "", "driver_memory": "6g", "shuffle_partitions": 32}
MANY = 300_000  # customers


def run(home: Path, customers: int) -> dict:
    """Seconds of the session's start and of each table; CPU seconds and peak memory (GB) of this process and its JVM."""
    conf, progress = Conf(conf_folder()), Progress()
    started = perf_counter()
    base = conf.base.model_copy(update=LARGE) if customers > MANY else conf.base
    context = RunContext(home, NIGHT, conf, spark.start(base, home))
    seconds = {"session": perf_counter() - started}
    before = used(context)
    for path in STAGES["customer_view"].tables:
        started = perf_counter()
        runner.run_table(path, context, progress)
        seconds[path.split(".")[-1]] = perf_counter() - started
        if path.endswith(".customer_view"):
            after = used(context)
    return {"seconds": seconds, "cpu": after[0] - before[0], "peak_gb": used(context)[1]}


def used(context: RunContext) -> tuple[float, float]:
    """CPU seconds so far and peak memory in GB, of this process and the JVM."""
    jvm = context.session.sparkContext._jvm.java.lang.ProcessHandle.current().pid()  # type: ignore[union-attr]
    cpu = memory = 0.0
    for process in (os.getpid(), jvm):
        times = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        cpu += (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
        memory += next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e6
    return cpu, memory


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), int(sys.argv[2]))))
