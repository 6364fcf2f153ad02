"""Charts of the funnel page."""

import altair as alt

from jobs.reports.charts import ACCENT, QUIET, WARM, Chart, chart, colour_of, styled

KINDS = {"issued": ACCENT, "left after it": QUIET, "taken": WARM}


def step_by_step(steps: list[dict]) -> Chart:
    """`steps`: step, kind (of KINDS), candidates, position (issued and left before taken)."""
    names = list(dict.fromkeys(one["step"] for one in steps))
    drawn = (
        alt.Chart(alt.Data(values=steps))
        .mark_bar()
        .encode(
            alt.Y("step:N", sort=names, title=None, axis=alt.Axis(labelLimit=170)),
            alt.X("candidates:Q", title="Candidates", axis=alt.Axis(format="~s", tickCount=5)),
            colour_of("kind", KINDS),
            alt.Order("position:Q"),
            [alt.Tooltip("step:N", title="Step"), alt.Tooltip("kind:N", title=" "), alt.Tooltip("candidates:Q", title="Candidates", format=",d")],
        )
    )
    return chart("step_by_step", "What each step took, and what was left for the next", styled(drawn, alt.Step(26)), KINDS)


def from_eligible_to_issued(channels: list[dict]) -> Chart:
    """`channels`: channel, stage (passed the rules, allocated, issued), candidates."""
    names = list(dict.fromkeys(one["channel"] for one in channels))
    stages = {"passed the rules": "#dfe6ec", "allocated": "#79bdb2", "issued": ACCENT}
    drawn = (
        alt.Chart(alt.Data(values=channels))
        .mark_bar()
        .encode(
            alt.Y("channel:N", sort=names, title=None),
            alt.YOffset("stage:N", sort=list(stages)),
            alt.X("candidates:Q", title="Candidates", axis=alt.Axis(format="~s", tickCount=5)),
            colour_of("stage", stages),
            tooltip=[
                alt.Tooltip("channel:N", title="Channel"),
                alt.Tooltip("stage:N", title="Stage"),
                alt.Tooltip("candidates:Q", title="Candidates", format=",d"),
            ],
        )
    )
    return chart("from_eligible_to_issued", "From what passed the rules to what was issued, by channel", styled(drawn, alt.Step(12)), stages)
