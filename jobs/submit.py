"""What spark-submit runs: the same commands as `cpc`, so that a failed task is repeated by copying its line."""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    # spark-submit puts this folder first on the path, where modules such as conf or spark would hide packages of the same name.
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).resolve().parent]
    runpy.run_module("jobs.cli.main", run_name="__main__")
