"""The evaluation page of a business date: what was issued, what came of it, what it earned, and what it changed against held-out customers."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from jobs.campaign.campaign import Campaign, load_campaigns
from jobs.errors import UserError
from jobs.evaluation.declared import indicator_files
from jobs.reports import charts
from jobs.reports.evaluation_facts import CLASSES, REASON_TEXTS, Decisions, read_decisions, read_feedback_classes, read_lifts
from jobs.reports.figures import Figures, declared_indicators, read_figures
from jobs.reports.heat import heat_map
from jobs.reports.page import write_page

if TYPE_CHECKING:
    from jobs.conf import Conf
    from jobs.context import RunContext
    from jobs.progress import Progress

FEW = 30  # issued rows below which a rate is shown faintly: it says little
GROUPS = {"Wave": "wave", "City": "city", "Customer grade": "grade", "Network": "network", "County": "county"}


def write_report(run: "RunContext", progress: "Progress") -> dict[str, int]:
    """Step of the map after the tables of the evaluation."""
    progress.say(f"report: {write_evaluation_page(run)}")
    return {}


def rewrite_evaluation_page(run: "RunContext") -> Path:
    """The page again, on a person's word. Raises UserError when the date was never evaluated."""
    if not read_figures(run):
        raise UserError(f"report evaluation: nothing was evaluated for {run.business_date}; run `cpc run evaluation --date {run.business_date}` first")
    return write_evaluation_page(run)


def write_evaluation_page(run: "RunContext") -> Path:
    figures, decisions, lifts = read_figures(run), read_decisions(run), read_lifts(run)
    names = Names(run.conf)
    return write_page(
        run,
        "evaluation",
        "evaluation.html",
        month_start=run.month_start,
        figures=figures,
        names=names,
        lifts=[lift | {"name": names.layer(lift["layer"])} for lift in lifts],
        global_lift=next((lift for lift in lifts if lift["layer"] == "global"), None),
        heat=heat_map(figures, figures.members("product"), [channel for channel in run.conf.channels if channel in figures.members("channel")], FEW),
        decisions=decisions,
        reason_texts=REASON_TEXTS,
        campaigns=campaign_rows(figures, load_campaigns(run.conf)),
        groups=GROUPS,
        feedback=read_feedback_classes(run),
        classes=CLASSES,
        files=indicator_files(),
        indicators=declared_indicators(),
        few=FEW,
        charts=all_charts(figures, decisions, lifts, names),
        script=Markup(charts.script_bundle()),
    )


@dataclass(frozen=True)
class Names:
    """Names of codes for readers; a code that conf no longer holds stands for itself."""

    conf: "Conf"

    def channel(self, code: str) -> str:
        return self.conf.channels[code].name.en if code in self.conf.channels else code

    def channel_zh(self, code: str) -> str:
        return self.conf.channels[code].name.zh if code in self.conf.channels else ""

    def product(self, code: str) -> str:
        return self.conf.products[code].name.en if code in self.conf.products else code

    def product_zh(self, code: str) -> str:
        return self.conf.products[code].name.zh if code in self.conf.products else ""

    def layer(self, code: str) -> str:
        return "All marketing" if code == "global" else code

    def member(self, dimension: str, member: object) -> str:
        return f"Wave {member}" if dimension == "wave" else str(member)


@dataclass(frozen=True)
class CampaignRow:
    """A campaign with figures of the month beside the goals of its whole period; `campaign` is None when its file is gone."""

    code: str
    campaign: Campaign | None
    progress: float | None
    meets_rate: bool | None


def campaign_rows(figures: Figures, campaigns: list[Campaign]) -> list[CampaignRow]:
    by_code = {campaign.campaign: campaign for campaign in campaigns}
    rows = []
    for code in figures.members("campaign"):
        campaign = by_code.get(code)
        goal = campaign.goal if campaign else None
        rate = figures.value("success_rate", campaign=code)
        progress = figures.counted("accepted", campaign=code) / goal.accepted if goal and goal.accepted else None
        meets_rate = rate >= goal.success_rate if goal and goal.success_rate is not None and rate is not None else None
        rows.append(CampaignRow(code, campaign, progress, meets_rate))
    return rows


def all_charts(figures: Figures, decisions: Decisions, lifts: list[dict], names: Names) -> dict[str, charts.Chart]:
    made = []
    days = sorted(figures.members("contact_date", "daily_issued"))
    if days:
        made += [charts.by_day(_kinds_by_day(figures, days)), charts.success_by_day(_success_by_day(figures, days))]
    channels = figures.members("channel")
    if channels:
        made.append(charts.outcome_by_channel(_states_by_channel(figures, channels, names), [names.channel(channel) for channel in channels]))
    if figures.members("channel", "capacity"):
        made.append(charts.capacity_by_channel(_capacity(figures, names)))
    if decisions.counts:
        made.append(_decision_chart(decisions, names))
    # An effect that may not be read would only stretch the axis; the table below the chart has them all.
    drawn = [lift for lift in lifts if lift["readable"] or (lift["layer"] == "global" and lift["effect"] is not None)]
    if drawn:
        made.append(charts.lift_intervals([_interval(lift, names) for lift in drawn]))
    return {chart.name: chart for chart in made}


def _kinds_by_day(figures: Figures, days: list) -> list[dict]:
    rows = []
    for day in days:
        issued, delivered, reached, accepted = (figures.counted(f"daily_{name}", contact_date=day) for name in ("issued", "delivered", "reached", "accepted"))
        silent = figures.counted("daily_silence_share", contact_date=day)
        kinds = {"accepted": accepted, "answered otherwise": reached - accepted, "delivered without answer": delivered - reached}
        kinds |= {"not delivered": issued - delivered - silent, "silent": silent}
        rows += [
            {"contact_date": day.isoformat(), "kind": kind, "contacts": number, "position": position} for position, (kind, number) in enumerate(kinds.items())
        ]
    return rows


def _success_by_day(figures: Figures, days: list) -> list[dict]:
    from jobs.evaluation.effect import wilson

    rows = []
    for day in days:
        rate = figures.of("daily_success_rate", contact_date=day)
        low, high = wilson(int(rate.numerator), int(rate.denominator))
        rows.append({"contact_date": day.isoformat(), "rate": rate.value, "low": low, "high": high, "accepted": rate.numerator, "issued": rate.denominator})
    return rows


def _states_by_channel(figures: Figures, channels: list[str], names: Names) -> list[dict]:
    indicator_of = {state: state for state in charts.STATES} | {"delivered": "delivered_without_answer"}
    rows = []
    for channel in channels:
        issued = figures.counted("issued", channel=channel)
        for position, state in enumerate(charts.STATES):
            number = figures.counted(indicator_of[state], channel=channel)
            rows.append(
                {"channel": names.channel(channel), "state": state.replace("_", " "), "contacts": number, "of_issued": number / issued, "position": position}
            )
    return rows


def _capacity(figures: Figures, names: Names) -> list[dict]:
    rows = []
    for channel in figures.members("channel", "capacity"):
        use = figures.of("capacity_use", channel=channel)
        rows.append({"channel": names.channel(channel), "use": use.value or 0.0, "issued": use.numerator, "capacity": use.denominator, "whole": 1.0})
    return sorted(rows, key=lambda row: -row["use"])


def _decision_chart(decisions: Decisions, names: Names) -> charts.Chart:
    reasons = [reason.replace("_", " ") for reason in reversed(decisions.reasons)]
    channels = decisions.channels
    rows = [
        {"member": names.channel(channel), "reason": reason, "candidates": decisions.total(reason.replace(" ", "_"), channel=channel), "position": position}
        for channel in channels
        for position, reason in enumerate(reasons)
    ]
    title = "Where the night's candidates ended, by channel"
    return charts.where_candidates_ended("decisions_by_channel", title, rows, [names.channel(channel) for channel in channels], reasons)


def _interval(lift: dict, names: Names) -> dict:
    points = {name: lift[name] * 100 for name in ("effect", "low", "high") if lift[name] is not None}
    return {"layer": names.layer(lift["layer"]), "reading": "readable" if lift["readable"] else "not readable yet", **points}
