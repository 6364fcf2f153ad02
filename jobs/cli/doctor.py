"""cpc doctor: what is missing on this machine, and the cure for each."""

import os
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import version as installed
from pathlib import Path

import typer

from jobs import jars
from jobs.cli.options import Home, Json, emit, home_folder
from jobs.conf import Conf
from jobs.errors import Refusal, UserError
from jobs.java import SUPPORTED, find_java_home, java_version
from jobs.paths import conf_folder

app = typer.Typer(add_completion=False)

GIBIBYTE = 1024**3


@app.command(epilog="Example: cpc doctor --home data")
def doctor(home: Home = None, as_json: Json = False) -> None:
    """Check Python, Java, jars, conf, memory, disk, a one-row job and Airflow. Exit 1 when something is missing."""
    folder = home_folder(home)
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", python),
        ("java", java),
        ("delta jars", delta_jars),
        ("conf", conf),
        ("memory", memory),
        ("disk", lambda: disk(folder)),
        ("one-row job", lambda: one_row_job(folder)),
        ("airflow", airflow),
    ]
    results = []
    for name, check in checks:
        try:
            results.append({"check": name, "ok": True, "detail": check()})
        except UserError as problem:
            results.append({"check": name, "ok": False, "detail": str(problem)})
        if not as_json:
            print(f"{'ok     ' if results[-1]['ok'] else 'MISSING'}  {name:<12} {results[-1]['detail']}", flush=True)
    bad = [str(result["check"]) for result in results if not result["ok"]]
    if bad:
        raise Refusal(f"doctor: {len(bad)} of {len(results)} checks failed: {', '.join(bad)}", checks=results)
    emit({"checks": results}, as_json)


def python() -> str:
    version = sys.version_info
    if not (3, 11) <= version[:2] < (3, 14):
        raise UserError(f"Python {version.major}.{version.minor}; install Python 3.11, 3.12 or 3.13 and run `make clean setup`")
    import pyspark

    if installed("pyspark") != installed("pyspark-client"):
        raise UserError(f"pyspark {installed('pyspark')} beside pyspark-client {installed('pyspark-client')}; run `make clean setup`")
    return f"{version.major}.{version.minor}.{version.micro}, pyspark {pyspark.__version__}"


def java() -> str:
    home = find_java_home()
    version = java_version(home / "bin" / "java")
    if version not in SUPPORTED:
        raise UserError(f"{home} does not run as Java 17 or 21; set JAVA_HOME to one, or run `make setup` for the bundled runtime")
    return f"{version} at {home}"


def delta_jars() -> str:
    wrong = [jar.path.name for jar in jars.DELTA if not jar.path.exists() or jars.sha256(jar.path) != jar.sha256]
    if wrong:
        raise UserError(f"{', '.join(wrong)} missing or changed; run `rm -f .venv/.ready && make setup` with network")
    return f"{len(jars.DELTA)} jars, checksums agree"


def conf() -> str:
    loaded = Conf(conf_folder())
    return f"{len(loaded.channels)} channels, {len(loaded.products)} products, {len(loaded.plans)} plans, {len(loaded.contact_rules.caps)} caps"


def memory() -> str:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIBIBYTE
    if total < 6:
        raise UserError(f"{total:.1f} GB; Spark and Airflow need 6: lower driver_memory in conf/base.yaml for small homes")
    return f"{total:.1f} GB"


def disk(folder: Path) -> str:
    there = next(parent for parent in [folder, *folder.parents] if parent.exists())
    free = shutil.disk_usage(there).free / GIBIBYTE
    if free < 5:
        raise UserError(f"{free:.1f} GB free at {there}; a demo needs 5: free some or choose another --home")
    if not os.access(there, os.W_OK):
        raise UserError(f"{there} cannot be written; choose another --home")
    return f"{free:.0f} GB free at {there}"


def one_row_job(folder: Path) -> str:
    from jobs import spark

    try:
        session = spark.start(Conf(conf_folder()).base, folder)
        rows = session.range(1).count()
        session.stop()
    except UserError:
        raise
    except Exception as error:  # whatever Spark says, the cure is named beside it
        raise UserError(f"Spark does not start: {str(error).splitlines()[0]}; the JVM's own words stand above") from None
    return f"Spark counted {rows} row"


def airflow() -> str:
    found = Path(sys.executable).parent / "airflow"
    if not found.exists():
        raise UserError("not installed; run `make setup`")
    return installed("apache-airflow")
