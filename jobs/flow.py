"""THE MAP. A stage is one Airflow task and one Spark session; a table is a function named after it in the file of its name.

`folder.table` is jobs/<folder>/<table>.py with a function <table>, whose parameters are named after the tables it reads:
`x` the table x, `previous_x` its partition of the night before, `past_x` all its earlier partitions, `run` the RunContext. A parameter
that says DuckDBPyRelation is read by DuckDB instead of Spark.
A stage's `step` works on files instead of tables (dumps in, lists out) and is a function of (RunContext).
Data flows one way, top to bottom. Plain Python without data libraries: the DAGs import this file.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """`before` runs ahead of the tables, `after` behind them; `around` gets a function that makes the tables, and decides whether
    and where they are made. All three are `folder.module.function` under jobs/."""

    name: str
    does: str
    tables: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    around: str = ""
    needs_spark: bool = True

    @property
    def table_names(self) -> list[str]:
        return [path.split(".")[-1] for path in self.tables]


@dataclass(frozen=True)
class Exchange:
    """What steps or a command read and write beside the tables of functions: tables by name, and folders of the home, which end in /.
    <source> stands for every source of schemas/sources."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]
    does: str = ""


NIGHT = [
    Stage("ingest", "dumps in landing/ become source tables; bad rows go to quarantine, every row is counted", before="ingest.landing.ingest_landing"),
    Stage(
        "customer_view",
        "events become days and months, days and months become the view of 11 categories; checks stop a bad night",
        (
            "customer_view.customer_day",
            "customer_view.customer_month",
            "customer_view.customer_half_year",
            "customer_view.plan_advice",
            "customer_view.customer_view",
            "quality.field_profile",
            "quality.quality_result",
        ),
        after="quality.gate.stop_on_failed_checks",
    ),
    Stage(
        "match",
        "product-channel, customer-channel and customer-product matches, and who is about to leave",
        (
            "match.product_channel_score",
            "match.reach_choice",
            "match.customer_channel_score",
            "match.appetite_choice",
            "match.customer_product_score",
            "match.churn_choice",
            "match.churn_score",
        ),
        after="match.choice.say_choices",
    ),
    Stage(
        "contact",
        "campaigns meet customers and channels; rules mark what may not go; one pick over all; the ledger takes what is issued",
        (
            "contact.do_not_disturb",
            "contact.frequency_cap",
            "contact.candidate",
            "contact.control_assignment",
            "contact.decision",
            "contact.contact",
            "contact.contact_list",
        ),
        around="contact.closed.protect_published_lists",
    ),
    Stage("publish", "lists are rendered, checked by independent code and published", after="contact.publish.publish_lists", needs_spark=False),
]
FEEDBACK = [
    Stage(
        "feedback",
        "what the channels heard becomes outcomes; what must stop is revoked",
        ("feedback.contact_feedback", "feedback.outcome"),
        after="contact.revoke.revoke_issued",
    ),
]
EVALUATION = [
    Stage(
        "evaluation",
        "indicators, lift against held-out customers, and the evaluation page",
        ("evaluation.indicator", "evaluation.daily_indicator", "evaluation.lift"),
        after="reports.evaluation.write_report",
    ),
]
RUNS: dict[str, list[Stage]] = {"night": NIGHT, "feedback": FEEDBACK, "evaluation": EVALUATION}
STAGES: dict[str, Stage] = {stage.name: stage for stages in RUNS.values() for stage in stages}
TABLES: dict[str, str] = {path.split(".")[-1]: path for stage in STAGES.values() for path in stage.tables}

# What the steps of a stage (before, after, around) exchange.
STEPS: dict[str, Exchange] = {
    "ingest": Exchange(("landing/<source>/", "reconciliation", "source_status"), ("<source>", "quarantine", "reconciliation", "source_status")),
    "customer_view": Exchange(("quality_result", "field_profile", "source_status", "reconciliation", "quarantine"), ("reports/quality/",)),
    "match": Exchange(("appetite_choice", "reach_choice", "churn_choice"), (), "a model that the gate kept out is told"),
    "contact": Exchange(("contact", "contact_list", "lists/"), ("issued_before",)),
    "publish": Exchange(
        ("contact_list", "contact", "outcome", "do_not_disturb", "control_assignment", "decision", "approval", "identity", "customer"), ("lists/", "manifests/")
    ),
    "feedback": Exchange(("contact", "outcome", "do_not_disturb", "lists/"), ("revocation", "lists/revocations/")),
    "evaluation": Exchange(("indicator", "lift", "decision", "contact_feedback"), ("reports/evaluation/",)),
}
# Folders that the function of a table reads beside its parameters.
FOLDERS_READ: dict[str, tuple[str, ...]] = {"contact_feedback": ("landing/feedback/",)}
# What people and outside systems set off themselves, by command.
COMMANDS: dict[str, Exchange] = {
    "simulate": Exchange(("lists/", "lists/revocations/"), ("landing/<source>/", "landing/feedback/"), "a simulated operator in the place of the real one"),
    "campaign approve": Exchange((), ("approval",), "a person approves the present content of campaigns"),
    "campaign reject": Exchange((), ("approval",), "a person rejects the present content of campaigns"),
    "explain": Exchange(
        (
            "decision",
            "candidate",
            "contact",
            "outcome",
            "do_not_disturb",
            "frequency_cap",
            "approval",
            "customer_view",
            "customer_product_score",
            "customer_channel_score",
            "product_channel_score",
            "lists/",
            "manifests/",
        ),
        (),
        "why a customer got what on a night",
    ),
    "check": Exchange(
        ("lists/", "contact", "outcome", "do_not_disturb", "control_assignment", "decision", "approval", "identity", "customer"), (), "an independent check"
    ),
    "pull": Exchange(("lists/", "lists/revocations/"), (), "a channel system fetches its list"),
    "revoke": Exchange(("lists/", "contact", "outcome", "do_not_disturb"), ("revocation", "lists/revocations/"), "what must stop is revoked at once"),
    "backfill": Exchange(
        (),
        ("backfill", *(table for stage in ("customer_view", "match", "evaluation") for table in STAGES[stage].table_names)),
        "past dates of a table are rebuilt",
    ),
    "report quality": Exchange(STEPS["customer_view"].reads, STEPS["customer_view"].writes, "the quality page again"),
    "report funnel": Exchange(("candidate", "decision", "contact", "lists/"), ("reports/funnel/",), "the funnel page of a night"),
    "report evaluation": Exchange(STEPS["evaluation"].reads, STEPS["evaluation"].writes, "the evaluation page again"),
}


def table_function(path: str) -> Callable:
    """The function of `folder.table`. Imports the table's module, and with it the data libraries."""
    return getattr(importlib.import_module(f"jobs.{path}"), path.split(".")[-1])


def step_function(path: str) -> Callable:
    """The function `folder.module.function`."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"jobs.{module}"), name)
