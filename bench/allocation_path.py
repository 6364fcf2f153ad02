"""The same night through Spark: eligible candidates from Parquet to the driver, picked, and back beside the candidates, as jobs/contact/decision.py does it.

Run in a process of its own, so that its memory is its own: python -m bench.allocation_path CUSTOMERS FOLDER prints one line of JSON.
"""

import json
import resource
import shutil
import sys
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from bench.allocation_problem import CAMPAIGNS, CHANNELS, EXCLUSIONS, PLACES, city_of, problem_of
from jobs.campaign.campaign import Budget, Campaign, Delivery, Period, Wave
from jobs.catalogue.schema import Label
from jobs.conf import Conf
from jobs.contact.allocation import Problem
from jobs.contact_rules import Exploration
from jobs.context import RunContext
from jobs.paths import ROOT

NIGHT, LAST = date(2026, 11, 5), date(2026, 11, 6)  # the contact date is the only one of the campaigns' periods: a minimum is tonight's
CAMPAIGN = [f"campaign_{code:02}" for code in range(CAMPAIGNS)]
CHANNEL = [f"channel_{code}" for code in range(CHANNELS)]
PRODUCT = [f"product_{code:02}" for code in range(12)]
KIND = "low_value_recommendation"


def run(customers: int, folder: Path) -> dict[str, Any]:
    """Seconds from the candidates on disk to the picked ones beside them, after the session's start, and memory."""
    from pyspark.sql import functions as F

    from jobs import spark
    from jobs.contact.decision import in_words, picked_rows

    problem = problem_of(customers)
    source = folder / "eligible.parquet"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    for number, part in enumerate(_parts(eligible(problem), 8)):
        parquet.write_table(part, source / f"part-{number}.parquet")
    conf, campaigns = conf_of(problem, Conf(ROOT / "conf")), campaigns_of(problem)
    del problem
    session = spark.start(conf.base, folder)
    context = RunContext(folder, NIGHT, conf, session)
    started = perf_counter()
    candidates = session.read.parquet(str(source)).withColumn("option", F.monotonically_increasing_id()).localCheckpoint()
    read = perf_counter()
    result, picked = picked_rows(candidates, campaigns, {}, context)
    decided = perf_counter()
    joined = candidates.join(picked, "option", how="left").withColumns(in_words(result.rows))
    counted = joined.agg(
        F.count("*").alias("rows"),
        F.count_if(F.col("picked") == "issued").alias("issued"),
        F.sum(F.when(F.col("picked") == "issued", F.round(F.col("expected_value") * 10_000).cast("long"))),
    ).collect()[0]
    ended = perf_counter()
    jvm = Path(f"/proc/{session.sparkContext._jvm.java.lang.ProcessHandle.current().pid()}/status").read_text()
    session.stop()
    return {
        "seconds": {"read": read - started, "to the driver, picked": decided - read, "back beside the candidates": ended - decided, "all": ended - started},
        "rows": counted[0],
        "issued": counted[1],
        "value": counted[2] / 10_000,
        "bound": result.facts["bound"],
        "python GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "JVM GB": int(next(line for line in jvm.splitlines() if line.startswith("VmHWM")).split()[1]) / 2**20,
    }


def eligible(problem: Problem) -> pa.Table:
    """The problem's options as the night's eligible candidates."""
    place = [f"city_{code:02}" for code in range(20)]
    city = city_of(problem.customer)
    worked = np.isin(problem.channel, PLACES)
    names = pa.array([f"C{number:09}" for number in range(len(problem.max_contacts))])
    cost = np.round(_cost(problem)).astype(np.int64)
    return pa.table(
        {
            "customer_id": names.take(pa.array(problem.customer)),
            "campaign": pa.array(CAMPAIGN).take(pa.array(problem.campaign)),
            "product": pa.array(PRODUCT).take(pa.array(problem.product)),
            "channel": pa.array(CHANNEL).take(pa.array(problem.channel)),
            "wave": pa.array(np.ones(len(cost), dtype=np.int32)),
            "campaign_type": pa.array([KIND]).take(pa.array(np.zeros(len(cost), dtype=np.int8))),
            "place": pa.array(place).take(pa.array(city, mask=~worked)),
            "expected_value": problem.value,
            "cost_fen": cost,
            "issued_before": np.zeros(len(cost), dtype=bool),
            "tried_before": np.zeros(len(cost), dtype=bool),
            "contacts_tonight": np.zeros(len(cost), dtype=np.int64),
        }
    )


def _cost(problem: Problem) -> np.ndarray:
    cost = np.zeros(len(problem.value))
    for one in problem.constraints:
        if one.name.startswith("money:"):
            cost[one.options] = one.weight
    return cost


def _parts(table: pa.Table, count: int) -> list[pa.Table]:
    size = -(-table.num_rows // count)
    return [table.slice(number * size, size) for number in range(count)]


def _high(problem: Problem) -> dict[str, tuple[float, float]]:
    return {one.name: (one.low, one.high) for one in problem.constraints}


def conf_of(problem: Problem, conf: Conf) -> Conf:
    """Channels with the problem's capacities; no caps, no minimum days, no trials."""
    limits, plain = _high(problem), conf.channels["hall"]
    channels = {}
    for code, name in enumerate(CHANNEL):
        capacity: dict[str, Any] = {"day": int(limits[f"channel:{code}"][1]), "place": None}
        if code in PLACES:
            but = {f"city_{town:02}": int(limits[f"place:{code}:{town}"][1]) for town in range(20)}
            capacity["place"] = plain.capacity.place.model_copy(update={"kind": "city", "day": 0, "but": but}) if plain.capacity.place else None
        channels[name] = plain.model_copy(update={"channel": name, "capacity": plain.capacity.model_copy(update=capacity)})
    rules = conf.contact_rules.model_copy(update={"caps": [], "minimum_days": [], "contacts_a_night": 2, "exploration": Exploration(), "tie_salt": "bench"})
    return conf.with_parts(base=conf.base, channels=channels, products=dict.fromkeys(PRODUCT), contact_rules=rules)


def campaigns_of(problem: Problem) -> list[Campaign]:
    limits = _high(problem)
    return [
        Campaign(
            campaign=name,
            name=Label(en=name, zh=name),
            type=KIND,
            scene="raise.value_added",
            product=PRODUCT[code % 12],
            period=Period(start=LAST, end=LAST),
            delivery=Delivery(mode="daily"),
            target="true",
            waves=[Wave(wave=1, channels=[CHANNEL[0]])],
            value=10.0,
            budget=Budget(
                money=limits[f"money:{code}"][1] / 100, contacts_min=int(limits[f"contacts:{code}"][0]), contacts_max=int(limits[f"contacts:{code}"][1])
            ),
            exclusive_with=[CAMPAIGN[other] for one, other in EXCLUSIONS if one == code],
            script={CHANNEL[0]: "B-1"},
        )
        for code, name in enumerate(CAMPAIGN)
    ]


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), Path(sys.argv[2]))))
