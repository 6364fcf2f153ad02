"""How charts of pages are drawn, and those of the evaluation page: Altair specifications, each drawn as SVG too, so that the page shows them without JavaScript."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import vl_convert

INK, MUTED, LINE = "#1d2733", "#5d6978", "#dfe4ea"
ACCENT, WARM, QUIET = "#0b6e69", "#b4512f", "#b9c4d0"
FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', sans-serif"

# Strongest first, as a reader ranks them; colours run from wanted through neutral to unwanted.
STATES = ("accepted", "considering", "refused", "opted_out", "delivered", "not_reached", "not_shown", "failed", "silent")
STATE_COLOURS = ("#0b6e69", "#79bdb2", "#dd9a6b", "#a63d2f", "#8299b1", "#b0bdca", "#cbd4dd", "#6e6a78", "#e9edf1")
DAY_COLOURS = {"accepted": ACCENT, "answered otherwise": "#79bdb2", "delivered without answer": "#8299b1", "not delivered": QUIET, "silent": "#e9edf1"}
DRAWN_WIDTH = 560  # of the SVG drawn ahead; the script redraws to the width of the page


@dataclass(frozen=True)
class Chart:
    """`title` is the sentence above it, `legend` names its colours, `spec` is what the script draws, `svg` what stands there without a script."""

    name: str
    title: str
    spec: str
    svg: str
    legend: list[tuple[str, str]]


def chart(name: str, title: str, drawn: alt.TopLevelMixin, legend: dict[str, str] | None = None, width: int = DRAWN_WIDTH) -> Chart:
    """The legend is written by the page, since one inside a chart is cut off on a narrow screen."""
    specification = drawn.to_dict()
    fixed = specification | {"width": width}
    svg = vl_convert.vegalite_to_svg(json.dumps(fixed), vl_version=vega_lite_version())
    # A script element ends at the first "</", wherever it stands.
    return Chart(name, title, json.dumps(specification, ensure_ascii=False).replace("</", "<\\/"), svg, list((legend or {}).items()))


def vega_lite_version() -> str:
    """The version whose specifications this Altair writes, as vl-convert names it."""
    return "v" + "_".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def styled(drawn: Any, height: int | alt.Step) -> Any:
    return (
        drawn.properties(width="container", height=height)
        .configure(font=FONT, background="#ffffff")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=MUTED,
            titleColor=MUTED,
            gridColor=LINE,
            domain=False,
            ticks=False,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelLimit=150,
        )
    )


def colour_of(field: str, colours: dict[str, str]) -> alt.Color:
    return alt.Color(f"{field}:N", sort=list(colours), scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=None)


def by_day(days: list[dict]) -> Chart:
    """`days`: contact_date, kind, contacts."""
    drawn = (
        alt.Chart(alt.Data(values=days))
        .mark_bar(size=26)
        .encode(
            alt.X("contact_date:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True, labelExpr="slice(datum.label, 5)")),
            alt.Y("contacts:Q", title="Contacts", axis=alt.Axis(format=",d", tickCount=5)),
            colour_of("kind", DAY_COLOURS),
            alt.Order("position:Q"),
            [
                alt.Tooltip("contact_date:O", title="Contact date"),
                alt.Tooltip("kind:N", title="State"),
                alt.Tooltip("contacts:Q", title="Contacts", format=",d"),
            ],
        )
    )
    return chart("by_day", "Contacts by contact date and what came of them", styled(drawn, 230), DAY_COLOURS)


def success_by_day(days: list[dict]) -> Chart:
    """`days`: contact_date, rate, low, high, issued, accepted."""
    base = alt.Chart(alt.Data(values=days)).encode(
        alt.X("contact_date:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True, labelExpr="slice(datum.label, 5)"))
    )
    tips = [
        alt.Tooltip("contact_date:O", title="Contact date"),
        alt.Tooltip("rate:Q", title="Success rate", format=".2%"),
        alt.Tooltip("accepted:Q", title="Accepted", format=",d"),
        alt.Tooltip("issued:Q", title="Issued", format=",d"),
    ]
    rate = alt.Y("rate:Q", title="Accepted of issued", axis=alt.Axis(format=".1%", tickCount=5), scale=alt.Scale(zero=True))
    band = base.mark_rule(strokeWidth=2, color=QUIET).encode(alt.Y("low:Q", title="Accepted of issued"), alt.Y2("high:Q"))
    line = base.mark_line(color=ACCENT, strokeWidth=2).encode(rate)
    dots = base.mark_point(color=ACCENT, filled=True, size=60, opacity=1).encode(rate, tips)
    return chart("success_by_day", "Success rate by contact date, with 95% interval", styled(band + line + dots, 230))


def outcome_by_channel(states: list[dict], channels: list[str]) -> Chart:
    """`states`: channel, state, contacts, position."""
    colours = {state.replace("_", " "): colour for state, colour in zip(STATES, STATE_COLOURS, strict=True)}
    drawn = (
        alt.Chart(alt.Data(values=states))
        .mark_bar(stroke="#ffffff", strokeWidth=1)
        .encode(
            alt.Y("channel:N", sort=channels, title=None),
            alt.X("contacts:Q", stack="normalize", title="Share of issued", axis=alt.Axis(format="%", tickCount=5)),
            colour_of("state", colours),
            alt.Order("position:Q"),
            [
                alt.Tooltip("channel:N", title="Channel"),
                alt.Tooltip("state:N", title="State"),
                alt.Tooltip("contacts:Q", title="Contacts", format=",d"),
                alt.Tooltip("of_issued:Q", title="Of issued", format=".2%"),
            ],
        )
    )
    return chart("outcome_by_channel", "What came of the contacts, by channel", styled(drawn, alt.Step(30)), colours)


def capacity_by_channel(channels: list[dict]) -> Chart:
    """`channels`: channel, use, issued, capacity."""
    names = [one["channel"] for one in channels]
    base = alt.Chart(alt.Data(values=channels)).encode(alt.Y("channel:N", sort=names, title=None))
    tips = [
        alt.Tooltip("channel:N", title="Channel"),
        alt.Tooltip("use:Q", title="Use", format=".1%"),
        alt.Tooltip("issued:Q", title="Issued", format=",d"),
        alt.Tooltip("capacity:Q", title="Capacity", format=",d"),
    ]
    scale = alt.Scale(domain=[0, max(1.0, *(one["use"] for one in channels))] if channels else [0, 1])
    whole = base.mark_bar(color="#eceff3", size=16).encode(alt.X("whole:Q", scale=scale))
    used = base.mark_bar(color=ACCENT, size=16).encode(
        alt.X("use:Q", title="Issued of capacity", scale=scale, axis=alt.Axis(format="%", tickCount=5)), tooltip=tips
    )
    return chart("capacity_by_channel", "How much of each channel's capacity was used", styled(whole + used, alt.Step(28)))


def where_candidates_ended(name: str, title: str, counts: list[dict], members: list[str], reasons: list[str]) -> Chart:
    """`counts`: member (of channels or campaigns), reason, candidates, position."""
    colours = {reason: REASON_COLOURS.get(reason, QUIET) for reason in reasons}
    drawn = (
        alt.Chart(alt.Data(values=counts))
        .mark_bar(stroke="#ffffff", strokeWidth=1)
        .encode(
            alt.Y("member:N", sort=members, title=None),
            alt.X("candidates:Q", stack="normalize", title="Share of candidates", axis=alt.Axis(format="%", tickCount=5)),
            colour_of("reason", colours),
            alt.Order("position:Q"),
            [alt.Tooltip("member:N", title="Of"), alt.Tooltip("reason:N", title="Reason"), alt.Tooltip("candidates:Q", title="Candidates", format=",d")],
        )
    )
    return chart(name, title, styled(drawn, alt.Step(30)), colours)


REASON_COLOURS = {
    "issued": "#0b6e69",
    "lower value": "#79bdb2",
    "no capacity": "#a9c9c4",
    "out of budget": "#c9b458",
    "negative value": "#e3d9a6",
    "excluded": "#c7a27c",
    "min interval": "#dd9a6b",
    "cap": "#c8703f",
    "no address": "#6e6a78",
    "do not disturb": "#a63d2f",
    "campaign holdout": "#6b7fb3",
    "global control": "#43558a",
    "stopped by outcome": "#8fa3b8",
    "not due": "#ced6df",
    "not approved": "#eceff3",
}


def lift_intervals(lifts: list[dict]) -> Chart:
    """`lifts`: layer, effect, low, high (in points), reading."""
    layers = [one["layer"] for one in lifts]
    readings = {"readable": ACCENT, "not readable yet": QUIET}
    colour = colour_of("reading", readings)
    base = alt.Chart(alt.Data(values=lifts)).encode(alt.Y("layer:N", sort=layers, title=None))
    tips = [
        alt.Tooltip("layer:N", title="Layer"),
        *[alt.Tooltip(f"{name}:Q", title=title, format="+.2f") for name, title in (("effect", "Effect"), ("low", "2.5%"), ("high", "97.5%"))],
    ]
    title = "Treated less held out, percentage points"
    rule = base.mark_rule(strokeWidth=3).encode(alt.X("low:Q", title=title), alt.X2("high:Q"), colour, tooltip=tips)
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(alt.X("effect:Q", title=title), colour, tooltip=tips)
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=INK, strokeDash=[3, 3]).encode(alt.X("zero:Q", title=title))
    return chart("lift_intervals", "Effect on purchases against held-out customers, with 95% interval", styled(zero + rule + dots, alt.Step(28)), readings)


@cache
def script_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed for a script element of a page that opens offline."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=vega_lite_version()).replace("</script", "<\\/script")
