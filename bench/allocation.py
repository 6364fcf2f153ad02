"""The allocation of a night at any size: seconds, memory, distance to the bound, and what simpler ways reach. `cpc bench allocation --customers 1000000`.

In one process on the driver; and, in a process of its own, on the night's path from Spark and back (bench/allocation_path.py), whose plan must be worth the same. The plan is recounted here, with none of the allocation's code; up to HIGHS_UP_TO customers HiGHS solves the
same night as a linear programme, which no plan exceeds and no bound may fall below.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from bench.allocation_problem import problem_of
from jobs.contact.allocation import Plan, Problem, allocate
from jobs.contact.baselines import greedy
from jobs.contact.problem_layout import lay_out
from jobs.paths import ROOT

HIGHS_UP_TO = 5_000
GOAL_SECONDS, GOAL_GAP = 90, 1.0  # at 1,000,000 customers on 2 cores
NEAR_LP, LEAST_NEAR = 10.0, 2_000  # bp that a plan may lie below the linear programme, from so many customers up


def run(customers: int, folder: Path) -> dict[str, Any]:
    """Seconds and gap of the plan, the same for the baselines, and every rule that the recount finds broken. Nothing is kept in the folder."""
    problem = problem_of(customers)
    load = os.getloadavg()[0]
    plan, seconds, cpu = timed(lambda: allocate(problem, salt="bench"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows = [_row("prices, exact sets, regret", plan.value, plan.bound, seconds, cpu)]
    simpler, *took = timed(lambda: greedy(lay_out(problem), "bench"))
    for name, chosen in simpler.items():
        rows.append(_row(f"{name.replace('_', ' ')} (both timed together)", float(problem.value[chosen].sum()), plan.bound, *took))
    broken = violations(problem, plan)
    if customers <= HIGHS_UP_TO:
        best, *took = timed(lambda: linear_optimum(problem))
        rows.append(_row("HiGHS, linear programme", best, plan.bound, *took))
        if best > plan.bound * (1 + 1e-7):
            broken.append("the bound lies below the linear programme")
        if customers >= LEAST_NEAR and plan.value < best * (1 - NEAR_LP / 1e4):
            broken.append(f"the plan lies more than {NEAR_LP} bp below the linear programme")
    path = through_spark(customers, folder)
    if abs(path["value"] - plan.value) > plan.value * 1e-9:
        broken.append(f"through Spark the plan is worth {path['value']:.2f}")
    return {
        "plans": rows,
        "through Spark, seconds": {name: round(took, 1) for name, took in path["seconds"].items()},
        "through Spark, peak memory": f"Python {path['python GB']:.1f} GB, JVM {path['JVM GB']:.1f} GB",
        "customers": customers,
        "options": len(problem.value),
        "constraints": len(problem.constraints),
        "gap": f"{plan.gap_bp:.3f} bp (goal at a million: {GOAL_GAP} bp)",
        "goal": f"{GOAL_SECONDS} s at a million customers on 2 cores",
        "peak memory, problem and baselines' input included": f"{peak:.2f} GB",
        "load before": round(load, 1),
        "broken rules": broken or "none",
        "ratio": round(float(problem.value[simpler["greedy_by_value"]].sum()) / plan.value, 4),
        "ok": not broken,
    }


def through_spark(customers: int, folder: Path) -> dict[str, Any]:
    """What the night's path takes, baselines for the certificate included. Raises RuntimeError with the end of what it said where it fails."""
    done = subprocess.run([sys.executable, "-m", "bench.allocation_path", str(customers), str(folder)], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"bench.allocation_path: {done.stderr[-500:]}")
    return json.loads(done.stdout.splitlines()[-1])


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """The result, seconds by the clock and of the processor."""
    started, before = perf_counter(), process_time()
    result = work()
    return result, perf_counter() - started, process_time() - before


def _row(what: str, value: float, bound: float, seconds: float, cpu: float) -> dict[str, Any]:
    return {"what": what, "value": round(value, 2), "of the bound": f"{value / bound:.6f}", "seconds": round(seconds, 1), "cpu": round(cpu, 1)}


def violations(problem: Problem, plan: Plan) -> list[str]:
    """Rules that the chosen options break, recounted from the problem."""
    customer, campaign = problem.customer[plan.chosen], problem.campaign[plan.chosen].astype(np.int64)
    broken = []
    if (np.bincount(customer, minlength=len(problem.max_contacts)) > problem.max_contacts).any():
        broken.append("too many contacts of a customer")
    if len(np.unique(customer * 1000 + campaign)) < len(customer):
        broken.append("a campaign on two channels")
    for pair in problem.exclusions:
        one, other = (customer[campaign == code] for code in pair)
        if len(np.intersect1d(one, other)):
            broken.append(f"campaigns {pair} together")
    for one in problem.constraints:
        used = one.weight[plan.chosen[one.options]].sum()
        if used > one.high or max(one.low - used, 0.0) != plan.shortfall[one.name]:
            broken.append(one.name)
    return broken


def linear_optimum(problem: Problem) -> float:
    """Value of the best fractional plan by HiGHS, minima lowered by nothing: raises RuntimeError where they cannot be met."""
    everyone, ones = np.arange(len(problem.value)), np.ones(len(problem.value))
    pair, slots = problem.customer * 1000 + problem.campaign, problem.max_contacts.astype(np.float64)
    groups = [(problem.customer, everyone, ones, slots), (*_one_of(pair, everyone), 1.0)]
    for codes in problem.exclusions:
        groups.append((*_one_of(problem.customer, np.flatnonzero(np.isin(problem.campaign, codes))), 1.0))
    for one in problem.constraints:
        zero = np.zeros(len(one.options), dtype=np.int64)
        if np.isfinite(one.high):
            groups.append((zero, one.options, one.weight, one.high))
        if one.low > 0:
            groups.append((zero, one.options, -one.weight, -one.low))
    rows, columns, weights, highs, begin = [], [], [], [], 0
    for row, column, weight, high in groups:
        count = int(row.max(initial=0)) + 1 if np.isscalar(high) else len(high)
        rows.append(row + begin), columns.append(column), weights.append(weight), highs.append(np.broadcast_to(high, count))
        begin += count
    matrix = coo_matrix((np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), shape=(begin, len(everyone)))
    found = linprog(-problem.value, A_ub=matrix.tocsr(), b_ub=np.concatenate(highs), bounds=(0, 1), method="highs")
    if not found.success:
        raise RuntimeError(f"HiGHS: {found.message}")
    return -found.fun


def _one_of(key: np.ndarray, options: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    _, row = np.unique(key[options], return_inverse=True)
    return row, options, np.ones(len(options))
