"""The funnel page of a night: candidates, what each rule took, what the pick chose, what was issued, by campaign and channel, adding up exactly."""

from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from jobs.reports import charts
from jobs.reports.evaluation import Names
from jobs.reports.evaluation_facts import REASON_TEXTS
from jobs.reports.funnel_charts import from_eligible_to_issued, step_by_step
from jobs.reports.funnel_facts import OF_THE_PICK, OF_THE_RULES, Funnel, read_funnel
from jobs.reports.page import write_page

if TYPE_CHECKING:
    from jobs.context import RunContext


def write_funnel_page(run: "RunContext") -> Path:
    """Raises UserError where the night decided nothing, Refusal where its tables and lists do not add up."""
    funnel, names = read_funnel(run), Names(run.conf)
    return write_page(
        run,
        "funnel",
        "funnel.html",
        funnel=funnel,
        names=names,
        of_the_rules=[reason for reason in funnel.reasons if reason in OF_THE_RULES],
        of_the_pick=[reason for reason in funnel.reasons if reason in OF_THE_PICK],
        reason_texts=REASON_TEXTS,
        charts=all_charts(funnel, names),
        script=Markup(charts.script_bundle()),
    )


def all_charts(funnel: Funnel, names: Names) -> dict[str, charts.Chart]:
    channels = {channel: names.channel(channel) for channel in funnel.channels}
    made = [step_by_step(steps(funnel)), from_eligible_to_issued(_stages(funnel, channels))]
    reasons = list(reversed(funnel.reasons))
    for dimension, members in (("channel", channels), ("campaign", {code: code for code in funnel.campaigns})):
        rows = [
            {"member": name, "reason": reason.replace("_", " "), "candidates": funnel.count(reason, **{dimension: code}), "position": position}
            for code, name in members.items()
            for position, reason in enumerate(reasons)
        ]
        title = f"Where the candidates ended, by {dimension}"
        told = [reason.replace("_", " ") for reason in reasons]
        made.append(charts.where_candidates_ended(f"ends_by_{dimension}", title, rows, list(members.values()), told))
    return {one.name: one for one in made}


def steps(funnel: Funnel) -> list[dict]:
    """A bar a step: what it took, and what was left after it."""
    left = funnel.count()
    rows = [{"step": "candidates", "kind": "left after it", "candidates": left, "position": 0}]
    for reason in funnel.reasons:
        step = reason.replace("_", " ")
        if reason == "issued":
            rows.append({"step": step, "kind": "issued", "candidates": left, "position": 0})
            continue
        taken = funnel.count(reason)
        left -= taken
        rows.append({"step": step, "kind": "left after it", "candidates": left, "position": 0})
        rows.append({"step": step, "kind": "taken", "candidates": taken, "position": 1})
    return rows


def _stages(funnel: Funnel, channels: dict[str, str]) -> list[dict]:
    return [
        {"channel": name, "stage": stage, "candidates": number}
        for code, name in channels.items()
        for stage, number in (
            ("passed the rules", funnel.passed(channel=code)),
            ("allocated", funnel.allocated(channel=code)),
            ("issued", funnel.count("issued", channel=code)),
        )
    ]
