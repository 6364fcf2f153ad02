"""The model page: a card for every version of the models, and how honest the probabilities were that they gave."""

from pathlib import Path
from typing import TYPE_CHECKING

import altair as alt
from markupsafe import Markup

from jobs.reports import charts
from jobs.reports.charts import ACCENT, MUTED, QUIET, Chart, chart, styled
from jobs.reports.model_facts import Honesty, read_models
from jobs.reports.page import write_page

if TYPE_CHECKING:
    from jobs.context import RunContext

WHAT = {
    "product_channel": "acceptance of each product on each channel, for everybody",
    "customer_channel": "reach of each customer on each channel, and what the channel does to acceptance",
    "customer_product": "appetite of each customer for each product",
    "churn": "chance that the line is closed within the horizon",
}


def write_model_page(run: "RunContext") -> Path:
    """Raises UserError where nothing was scored yet."""
    models = read_models(run)
    told = [one for one in (models.whole, models.trials) if one.bins]
    drawn = {one.name: one for one in [*[calibration(one) for one in told], *([by_night(models.nights)] if models.nights else [])]}
    return write_page(run, "model", "model.html", models=models, what=WHAT, charts=drawn, script=Markup(charts.script_bundle()))


def calibration(found: Honesty) -> Chart:
    """Observed against expected rate in bins of equal number; a point on the line is honest."""
    most = max(max(one["high"], one["expected"]) for one in found.bins)
    base = alt.Chart(alt.Data(values=found.bins))
    x = alt.X("expected:Q", title="Expected", axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, most]))
    y = alt.Y("observed:Q", title="Observed", axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, most]))
    tips = [
        alt.Tooltip("contacts:Q", title="Contacts", format=",d"),
        alt.Tooltip("expected:Q", title="Expected", format=".2%"),
        alt.Tooltip("observed:Q", title="Observed", format=".2%"),
    ]
    line = (
        alt.Chart(alt.Data(values=[{"at": 0}, {"at": most}]))
        .mark_line(color=MUTED, strokeDash=[3, 3])
        .encode(alt.X("at:Q", title="Expected"), alt.Y("at:Q", title="Observed"))
    )
    rules = base.mark_rule(strokeWidth=2, color=QUIET).encode(x, alt.Y("low:Q", title="Observed"), alt.Y2("high:Q"))
    dots = base.mark_point(filled=True, size=70, opacity=1, color=ACCENT).encode(x, y, tooltip=tips)
    title = "All contacts" if found.of == "all" else "Contacts drawn by hash alone"
    return chart(f"calibration_{found.of}", f"{title}: observed against expected, with 95% interval", styled(line + rules + dots, 300))


def by_night(nights: list[Honesty]) -> Chart:
    rows = [{"night": one.of, "ratio": one.observed_to_expected, "contacts": one.contacts, "accepted": one.accepted} for one in nights if one.expected]
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.X("night:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True, labelExpr="slice(datum.label, 5)"))
    )
    tips = [
        alt.Tooltip("night:O", title="Night"),
        alt.Tooltip("ratio:Q", title="Observed of expected", format=".2f"),
        alt.Tooltip("accepted:Q", title="Accepted", format=",d"),
    ]
    ratio = alt.Y("ratio:Q", title="Observed of expected", axis=alt.Axis(format=".2f", tickCount=5), scale=alt.Scale(zero=True))
    one = alt.Chart(alt.Data(values=[{"one": 1}])).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(alt.Y("one:Q", title="Observed of expected"))
    dots = base.mark_point(color=ACCENT, filled=True, size=70, opacity=1).encode(ratio, tooltip=tips)
    return chart("by_night", "Acceptances observed of those expected, by night", styled(one + base.mark_line(color=ACCENT).encode(ratio) + dots, 300))
