"""Preview at any size against Spark: a filter over six fields with two breakdowns and all rules, in one process, as a whole command, and judged
by the night's own Spark functions in the same run. `cpc bench preview --customers 1000000`.

The home is drawn by hash (bench/preview_home.py) and stays in the folder. A campaign is timed beside: it reads the matches as well.
"""

import json
import os
import re
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from bench import preview_home
from jobs.campaign.offer import Offer, offer_of_campaign, offer_of_filter
from jobs.campaign.preview import Preview, preview
from jobs.conf import Conf
from jobs.context import RunContext
from jobs.paths import ROOT, conf_folder

FILTER = (
    "age between 20 and 55 and city in ('anzhou', 'beihe', 'chengnan') and status = 'active' and bill_last_month_fen > 100 "
    "and not has_ringback_tone and data_bytes_last_month > 1000000"
)
BY = ["city", "bill_average_3_months_fen"]
CAMPAIGN = "ringback_autumn"
TIMES = 5
GOAL_WARM, GOAL_COMMAND = 1.0, 3.0  # seconds at 1,000,000 customers on 2 cores


def run(customers: int, folder: Path) -> dict[str, Any]:
    """Seconds of the preview and of Spark, and where their figures differ."""
    conf = Conf(conf_folder())
    night = RunContext(preview_home.home_of(customers, folder, conf), preview_home.NIGHT, conf)
    load = os.getloadavg()[0]
    offer, campaign = offer_of_filter(FILTER, [], conf), offer_of_campaign(CAMPAIGN, conf)
    found, warm = timed(lambda: preview(offer, night, BY))
    _, warm_campaign = timed(lambda: preview(campaign, night, BY))
    by = [word for name in BY for word in ("--by", name)]
    said, command = timed(lambda: commanded(night, ["--where", FILTER, *by]))
    _, command_campaign = timed(lambda: commanded(night, ["--campaign", CAMPAIGN, *by]))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    spark_seconds, differing = against_spark(offer, night, found)
    if said["channels"] != asdict(found)["channels"] or said["by"] != found.by:
        differing.append("command and library")
    return {
        "seconds": [
            _row("filter, warm in the process", warm, GOAL_WARM),
            _row("filter, whole command", command, GOAL_COMMAND),
            _row("campaign, warm in the process", warm_campaign),
            _row("campaign, whole command", command_campaign),
            {"what": "filter, Spark after session start", "median": round(spark_seconds, 2), "best": "", "cpu": "", "goal": ""},
        ],
        "customers": customers,
        "matched": found.matched,
        "judgements compared": sum(len(one.rules) for one in found.channels.values()),
        "figures that differ from Spark": differing or "none",
        "peak memory of the command": f"{peak:.2f} GB",
        "load before": round(load, 1),
        "ratio": round(median(one.wall for one in warm) / spark_seconds, 4),
        "ok": not differing,
    }


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and of both cores and all child processes."""

    wall: float
    cpu: float


def timed(work: Callable[[], Any]) -> tuple[Any, list[Took]]:
    """The result, and what each run after a first one that warms up took."""
    result, took = work(), []
    for _ in range(TIMES):
        started, before = perf_counter(), os.times()
        work()
        took.append(Took(perf_counter() - started, sum(os.times()[:4]) - sum(before[:4])))
    return result, took


def _row(what: str, took: list[Took], goal: float | str = "") -> dict[str, Any]:
    seconds = [one.wall for one in took]
    return {"what": what, "median": round(median(seconds), 2), "best": round(min(seconds), 2), "cpu": round(median(one.cpu for one in took), 2), "goal": goal}


def commanded(night: RunContext, arguments: list[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "jobs.cli.main", "preview", *arguments, "--home", str(night.home), "--json"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)


def against_spark(offer: Offer, night: RunContext, found: Preview) -> tuple[float, list[str]]:
    """Spark's seconds after its session has started, and the channels and breakdowns in which it counts other customers."""
    from pyspark.sql import functions as F

    from bench.preview_reference import reference
    from jobs import runner
    from jobs.progress import Progress

    with_spark = runner.with_spark(night, Progress())
    started = perf_counter()
    expected = reference(offer, with_spark, [F.col(name) for name in BY])
    seconds = perf_counter() - started
    with_spark.session.stop()
    differing = ["matched"] if found.matched != expected.matched else []
    for channel, one in found.channels.items():
        removed = {(rule["reason"], rule["rule"]): rule["removed"] for rule in one.rules if rule["removed"] and rule["reason"] != "closed"}
        if removed != expected.removed[channel] or one.remaining != found.matched - one.removed["closed"] - expected.removed[channel].total():
            differing.append(channel)
    if {(row[BY[0]], row[BY[1]]): row["matched"] for row in found.by} != in_bands(expected.by, [row[BY[1]] for row in found.by]):
        differing.append("by")
    return seconds, differing


def in_bands(counted: dict[tuple, int], bands: list[str | None]) -> Counter:
    """Spark's customers by city and amount, put into the bands as a reader understands their names."""
    found: Counter = Counter()
    distinct = list(dict.fromkeys(bands))
    for (city, amount), customers in counted.items():
        found[city, next((band for band in distinct if is_in(amount, band)), "no band")] += customers
    return found


def is_in(amount: int | None, band: str | None) -> bool:
    if band is None or amount is None:
        return band is None and amount is None
    numbers = [int(word.replace(",", "")) for word in re.findall(r"[0-9][0-9,]*", band)]
    if band.startswith("below"):
        return amount < numbers[0]
    return amount >= numbers[0] if band.endswith("and more") else numbers[0] <= amount <= numbers[-1]
