"""Charts of the quality page, drawn ahead as SVG: the page needs no script."""

from collections import Counter
from datetime import date, timedelta

import altair as alt

from jobs.quality.drift import Drift
from jobs.quality.field_profile import MORE, OTHER_CODES
from jobs.reports.charts import ACCENT, QUIET, WARM, Chart, chart, colour_of, styled

FAILED_COLOURS = {"stops": "#a63d2f", "warns": "#dd9a6b"}
# Narrower than the evaluation's, whose script redraws it: on a phone the letters still stay readable.
WIDTH = 420
SMALL_WIDTH = 240
REASONS_SHOWN = 12
BINS_SHOWN = 12
EPOCH = date(1970, 1, 1)


def failed_by_night(nights: list[dict], all_nights: list[str]) -> Chart:
    """`nights`: night, kind, checks."""
    by_night: Counter[str] = Counter()
    for row in nights:
        by_night[row["night"]] += row["checks"]
    whole_numbers = min(max(by_night.values(), default=1), 4)  # of more ticks than checks, half a check would be shown as one
    drawn = (
        alt.Chart(alt.Data(values=nights))
        .mark_bar(size=18)
        .encode(
            _night_axis(all_nights),
            alt.Y("checks:Q", title=None, axis=alt.Axis(format=",d", tickCount=whole_numbers)),
            colour_of("kind", FAILED_COLOURS),
        )
    )
    return chart("failed_by_night", "Failed checks, 14 nights", styled(drawn, 170), FAILED_COLOURS, WIDTH)


def rejected_by_night(nights: list[dict], all_nights: list[str]) -> Chart:
    """`nights`: night, share."""
    base = alt.Chart(alt.Data(values=nights)).encode(
        _night_axis(all_nights), alt.Y("share:Q", title=None, axis=alt.Axis(format=".2%", tickCount=4), scale=alt.Scale(zero=True))
    )
    drawn = base.mark_line(color=ACCENT, strokeWidth=2) + base.mark_point(color=ACCENT, filled=True, size=50, opacity=1)
    return chart("rejected_by_night", "Share of rows rejected, 14 nights", styled(drawn, 170), width=WIDTH)


def _night_axis(all_nights: list[str]) -> alt.X:
    axis = alt.Axis(labelAngle=0, labelOverlap=True, labelExpr="slice(datum.label, 5)")
    return alt.X("night:O", title=None, scale=alt.Scale(domain=all_nights), axis=axis)


def rejected_by_reason(rejected: list[tuple[str, str, int, str]]) -> Chart:
    """The reasons with the most rows, the rest together."""
    rows: list[dict] = [{"reason": f"{source}, {reason}", "rows": number} for source, reason, number, _ in rejected[:REASONS_SHOWN]]
    if rest := sum(number for _, _, number, _ in rejected[REASONS_SHOWN:]):
        rows.append({"reason": f"{len(rejected) - REASONS_SHOWN} more", "rows": rest})
    drawn = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(color=WARM, size=13)
        .encode(
            alt.Y("reason:N", sort=[row["reason"] for row in rows], title=None, axis=alt.Axis(labelLimit=230)),
            alt.X("rows:Q", title="Rejected rows", axis=alt.Axis(format=",d", tickCount=4)),
        )
    )
    return chart("rejected_by_reason", "Rejected rows by source and reason", styled(drawn, alt.Step(21)), width=300)


def spread(drift: Drift, kind: str) -> Chart:
    """Shares by bin: bars of the nights before, dots of tonight."""
    names = sorted(drift.now, key=lambda name: _place(name, kind, drift.before.get(name, 0.0)))
    if kind in ("string", "boolean"):
        names = names[:BINS_SHOWN]
    rows: list[dict] = [{"bin": _label(name, kind), "now": drift.now[name], "before": drift.before.get(name)} for name in names]
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.X("bin:O", sort=[row["bin"] for row in rows], title=None, axis=alt.Axis(labelAngle=-40, labelLimit=70, labelFontSize=10))
    )
    axis = alt.Axis(format="%", tickCount=3)
    bars = base.mark_bar(color=QUIET).encode(alt.Y("before:Q", title=None, axis=axis))
    dots = base.mark_point(color=WARM, filled=True, size=45, opacity=1).encode(alt.Y("now:Q", title=None, axis=axis))
    return chart(drift.field, drift.field, styled(bars + dots, 96), width=SMALL_WIDTH)


def _place(name: str, kind: str, before: float) -> tuple[float, str]:
    """Numbers in their order, codes with the most customers first."""
    if kind in ("string", "boolean"):
        return (-before, name)
    return (float("inf") if name == MORE else float(name), name)


def _label(name: str, kind: str) -> str:
    if kind in ("string", "boolean"):
        return "others" if name == OTHER_CODES else name
    if name == MORE:
        return "above"
    return (EPOCH + timedelta(days=int(float(name)))).isoformat() if kind == "date" else f"≤ {short(float(name))}"


def short(value: float) -> str:
    """A number in at most three digits and a letter."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"
