"""cpc campaign: what stands in conf/campaigns, whether it is right, who approved it, and where it stands on the marketing map."""

import sys
from dataclasses import asdict
from datetime import date as day
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer

from jobs.campaign import approval
from jobs.campaign.campaign import Campaign, campaign_paths, load_campaigns, read_campaign, view_field_types
from jobs.campaign.draft import from_scene, from_template
from jobs.campaign.marketing_map import load_marketing_map
from jobs.cli.clock import now, operator_day
from jobs.cli.options import Home, Json, context, emit, existing_home, reading_context
from jobs.conf import Conf
from jobs.context import RunContext, parse_date
from jobs.errors import UserError, did_you_mean
from jobs.lake import Lake
from jobs.paths import conf_folder
from jobs.strict import read_yaml

app = typer.Typer(
    add_completion=False,
    help="Campaigns of conf/campaigns: list, show, validate, new, approve, reject, map, plan.",
    epilog="Example: cpc campaign approve --all --by wang",
)

Night = Annotated[str | None, typer.Option("--date", help="Business date whose night is meant. Default: today where the operator is.", show_default=False)]
Names = Annotated[list[str] | None, typer.Argument(help="Campaigns, as their files are named.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="Every campaign.")]
By = Annotated[str, typer.Option("--by", help="Who decides.")]
Note = Annotated[str | None, typer.Option("--note", help="Why.", show_default=False)]
At = Annotated[str | None, typer.Option("--at", help="Moment of the decision, ISO 8601. Default: now.", show_default=False)]
From = Annotated[
    str | None,
    typer.Option(
        "--date",
        help="First night for which the decision holds. Default: the first night after the published ones on which the campaign can reach a list.",
        show_default=False,
    ),
]


@app.command("list", epilog="Example: cpc campaign list --date 2026-11-05")
def list_(date: Night = None, home: Home = None, as_json: Json = False) -> None:
    """List every campaign with its period and whether its present content is approved on a night."""
    run, campaigns = _loaded(home, date)
    known = approval.decisions(run.lake)
    rows = [{**_brief(one), "live": one.is_live(run.contact_date), "standing": approval.standing(one, known, run.business_date)} for one in campaigns]
    lines = [f"{row['campaign']:<26} {row['type']:<26} {row['from']} to {row['to']}  {'live' if row['live'] else '    '}  {row['standing']}" for row in rows]
    emit({"business_date": run.business_date, "campaigns": rows}, as_json, "\n".join(lines))


@app.command(epilog="Example: cpc campaign show ringback_autumn")
def show(name: Annotated[str, typer.Argument(help="Campaign, as its file is named.")], date: Night = None, home: Home = None, as_json: Json = False) -> None:
    """Show a campaign, what its filter means to the engines, and every decision on it."""
    run, campaigns = _loaded(home, date)
    (campaign,) = _chosen([name], campaigns)
    known = approval.decisions(run.lake)
    path = run.conf.folder / "campaigns" / f"{name}.yaml"
    made = [vars(one) for one in known if one.campaign == name]
    result = {
        "campaign": name,
        "content": read_yaml(path),
        "content_hash": campaign.content_hash,
        "fields": sorted(campaign.condition.fields),
        "spark_sql": campaign.condition.spark_sql,
        "duckdb_sql": campaign.condition.duckdb_sql,
        "standing": approval.standing(campaign, known, run.business_date),
        "decisions": made,
    }
    texts = [
        path.read_text(encoding="utf-8"),
        f"matches where: {campaign.condition.spark_sql}",
        f"content hash: {campaign.content_hash}",
        f"standing: {result['standing']}",
    ]
    texts += [
        f"  {one['at']:%Y-%m-%d %H:%M} {one['decision']} by {one['by']} from {one['holds_from']}: {one['note'] or 'no note'} ({one['content_hash'][:12]})"
        for one in made
    ]
    emit(result, as_json, "\n".join(texts))


@app.command(epilog="Example: cpc campaign validate ringback_autumn")
def validate(names: Names = None, home: Home = None, as_json: Json = False) -> None:
    """Check campaign files (all without a name) against channels, products, the marketing map and the customer view; exit 2 when one is wrong.

    Files are the same in every home.
    """
    conf, fields = Conf(conf_folder()), view_field_types()
    scenes = set(load_marketing_map(conf.folder).scenes)
    paths = {path.stem: path for path in campaign_paths(conf)}
    chosen = names or list(paths)
    problems = []
    for name in chosen:
        if name not in paths:
            raise UserError(f"campaign: unknown campaign '{name}'{did_you_mean(name, set(paths))}")
        try:
            read_campaign(paths[name], conf, fields, scenes)
        except UserError as error:
            problems.append(str(error))
    for problem in problems[:-1]:
        print(problem, file=sys.stderr)
    if problems:
        raise UserError(problems[-1], validated=len(chosen), problems=problems)
    emit({"validated": len(chosen), "problems": []}, as_json, f"{len(chosen)} campaigns are right")


@app.command(epilog='Example: cpc campaign approve ringback_autumn newspaper_morning --by wang --note "as planned on 28 October"')
def approve(
    by: By, names: Names = None, every: All = False, note: Note = None, at: At = None, date: From = None, home: Home = None, as_json: Json = False
) -> None:
    """Approve exactly the present content of campaigns. An edit needs a new approval. Nights already published are not reached."""
    _decide("approved", names, every, by, note, at, date, home, as_json)


@app.command(epilog='Example: cpc campaign reject ringback_autumn --by wang --note "too many at once"')
def reject(
    by: By, names: Names = None, every: All = False, note: Note = None, at: At = None, date: From = None, home: Home = None, as_json: Json = False
) -> None:
    """Reject the present content of campaigns: they reach no list of the coming nights."""
    _decide("rejected", names, every, by, note, at, date, home, as_json)


@app.command(epilog="Example: cpc campaign new ringback_winter --like ringback_autumn --from 2026-12-01 --to 2026-12-31")
def new(
    name: Annotated[str, typer.Argument(help="Name of the new campaign, and of its file.")],
    first: Annotated[str, typer.Option("--from", help="First contact date.")],
    last: Annotated[str, typer.Option("--to", help="Last contact date.")],
    like: Annotated[str | None, typer.Option("--like", help="A campaign to take all the rest from.", show_default=False)] = None,
    scene: Annotated[str | None, typer.Option("--scene", help="Or a place of the marketing map, with --product.", show_default=False)] = None,
    product: Annotated[str | None, typer.Option("--product", help="What is offered there.", show_default=False)] = None,
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="With --scene: a channel of wave 1, repeatable. Default: all broadcast ones.", show_default=False)
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write a campaign file that is right from the first line: like another campaign, or for a place of the marketing map. It reaches no list before it is approved.

    Files are the same in every home.
    """
    conf, period = Conf(conf_folder()), (parse_date(first), parse_date(last))
    if like is not None and (scene or product or channel):
        raise UserError("campaign: --like takes scene, product and channels from the other campaign; leave them out")
    if like is not None:
        path = from_template(name, like, *period, conf)
    elif scene and product:
        path = from_scene(name, scene, product, channel or [], *period, conf)
    else:
        raise UserError("campaign: say --like CAMPAIGN, or --scene SCENE and --product PRODUCT")
    done = f"{path}\nnarrow its target (`cpc preview --campaign {name}` counts), then `cpc campaign approve {name} --by WHO`"
    emit({"campaign": name, "path": path}, as_json, done)


@app.command("map", epilog="Example: cpc campaign map --date 2026-11-05")
def map_(date: Night = None, home: Home = None, as_json: Json = False) -> None:
    """Print the marketing map: the campaigns of every scene, and which scenes and stages of life no live, approved campaign covers."""
    run, campaigns = _loaded(home, date)
    known = approval.decisions(run.lake)
    running = {one.campaign for one in campaigns if one.is_live(run.contact_date) and approval.standing(one, known, run.business_date) == "approved"}
    marketing_map = load_marketing_map(run.conf.folder)
    scenes: list[dict[str, Any]] = []
    for code, scene in marketing_map.scenes.items():
        placed = [one.campaign for one in campaigns if one.scene == code]
        scenes.append(
            {"scene": code, "name": scene.name.model_dump(), "stages": scene.stages, "campaigns": placed, "running": [one for one in placed if one in running]}
        )
    stages = {stage.stage: sum(len(one["running"]) for one in scenes if stage.stage in one["stages"]) for stage in marketing_map.stages}
    uncovered = [one["scene"] for one in scenes if not one["running"]]
    lines = [f"{one['scene']:<26} {', '.join(one['stages']):<34} {', '.join(_marked(one)) or 'no campaign'}" for one in scenes]
    lines += ["", "* live and approved. By stage: " + ", ".join(f"{stage} {count}" for stage, count in stages.items())]
    lines.append(f"not covered: {', '.join(uncovered)}" if uncovered else "every scene is covered")
    emit({"business_date": run.business_date, "scenes": scenes, "stages": stages, "uncovered": uncovered}, as_json, "\n".join(lines))


@app.command(epilog="Example: cpc campaign plan --month 2026-12")
def plan(month: Annotated[str, typer.Option("--month", help="Month to plan, YYYY-MM.")], date: Night = None, home: Home = None, as_json: Json = False) -> None:
    """Spread the demands of a month's campaigns over its channels and days: ranked by market policy, progress against goals and holidays (conf/planning.yaml),
    no channel over its capacity on any day. Judged on the view of --date, by default the newest; nothing is written."""
    from jobs.campaign.month_plan import plan_month
    from jobs.campaign.preview_tables import newest_view

    found = plan_month(month, reading_context(home, date or str(newest_view(Lake(existing_home(home))))))
    lines = [f"{'campaign':<26} {'weight':>6} {'matched':>9} {'wanted':>9} {'planned':>9} {'unmet':>9}  days"]
    for one in found.demands:
        days = sorted({row["day"] for row in found.days if row["campaign"] == one["campaign"]})
        when = f"{days[0]:%d} to {days[-1]:%d}, {len(days)} days" if days else "none"
        lines.append(f"{one['campaign']:<26} {one['weight']:>6.2f} {one['matched']:>9,} {one['contacts']:>9,} {one['planned']:>9,} {one['unmet']:>9,}  {when}")
    lines += ["", f"{'channel':<14} {'busiest day':<12} {'load':>6}  {'mean load':>9}"]
    for channel in dict.fromkeys(one["channel"] for one in found.load):
        shares = {one["day"]: one["contacts"] / max(one["capacity"], 1) for one in found.load if one["channel"] == channel}
        busiest = max(sorted(shares), key=lambda day: shares[day])
        lines.append(f"{channel:<14} {busiest!s:<12} {shares[busiest]:>6.0%}  {sum(shares.values()) / len(shares):>9.0%}")
    emit(asdict(found), as_json, "\n".join(lines))


def _decide(
    decision: Literal["approved", "rejected"],
    names: list[str] | None,
    every: bool,
    by: str,
    note: str | None,
    at: str | None,
    date: str | None,
    home: Any,
    as_json: bool,
) -> None:
    if bool(names) == every:
        raise UserError("campaign: name the campaigns, or say --all")
    if not by.strip() or not by.isprintable():
        raise UserError("campaign: --by: say who decides, on one line")
    holds_from = parse_date(date) if date else None
    run = context(home, str(operator_day()))
    campaigns = load_campaigns(run.conf)
    chosen = campaigns if every else _chosen(names or [], campaigns)
    nights = approval.decide(run.lake, chosen, decision, by.strip(), _moment(at, run), note, holds_from)
    open_from = approval.first_open_night(run.home)
    rows = [
        {"campaign": one.campaign, "content_hash": one.content_hash, "holds_from": night, "written": night >= open_from}
        for one, night in zip(chosen, nights, strict=True)
    ]
    emit({"decision": decision, "by": by.strip(), "campaigns": rows}, as_json, "\n".join(_told(row, decision, open_from) for row in rows))


def _told(row: dict[str, Any], decision: str, open_from: day) -> str:
    if row["written"]:
        return f"{row['campaign']}: {decision} from the night of {row['holds_from']}"
    return f"{row['campaign']}: the night of {row['holds_from']} was published with this content {decision} already; nothing written, the next open night is {open_from}"


def _loaded(home: Any, date: str | None) -> tuple[RunContext, list[Campaign]]:
    run = reading_context(home, date or str(operator_day()))
    return run, load_campaigns(run.conf)


def _chosen(names: list[str], campaigns: list[Campaign]) -> list[Campaign]:
    known = {one.campaign: one for one in campaigns}
    for name in names:
        if name not in known:
            raise UserError(f"campaign: unknown campaign '{name}'{did_you_mean(name, set(known))}; `cpc campaign list` has them")
    return [known[name] for name in dict.fromkeys(names)]


def _moment(text: str | None, run: RunContext) -> datetime:
    """The moment of a decision; without an offset it is in the operator's time zone."""
    if text is None:
        return now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"--at: '{text}' is no moment; write 2026-11-04T17:30:00+08:00") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(run.conf.contact_rules.time_zone))
    if moment > now():
        raise UserError(f"--at: {text} is yet to come; no later decision could stand beside it until then")
    return moment


def _brief(campaign: Campaign) -> dict[str, Any]:
    return {
        "campaign": campaign.campaign,
        "name": campaign.name.model_dump(),
        "type": campaign.type,
        "scene": campaign.scene,
        "product": campaign.product,
        "channels": campaign.channels,
        "from": campaign.period.start,
        "to": campaign.period.end,
        "content_hash": campaign.content_hash,
    }


def _marked(scene: dict[str, Any]) -> list[str]:
    return [f"{one}*" if one in scene["running"] else one for one in scene["campaigns"]]
