"""Where the repository's own files are. Homes (the data) are named by the commands; see jobs/context.py."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ROOT / "schemas"
SQL = ROOT / "sql"
JARS = ROOT / "jars"


def conf_folder() -> Path:
    """The folder of conf files: CPC_CONF where a test or an operator keeps its own, else the repository's."""
    return Path(os.environ.get("CPC_CONF", ROOT / "conf")).resolve()
