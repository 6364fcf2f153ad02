"""The plan of a month: within every capacity, the better demand first, silent on silent days; and conf/planning.yaml is strict."""

import shutil
from datetime import date

import pytest
import yaml

from jobs.campaign.month_plan import plan_month
from jobs.campaign.planning import load_planning
from jobs.conf import Conf
from jobs.context import RunContext
from jobs.errors import UserError
from jobs.paths import ROOT
from tests.jobs.contact.house import campaign, house
from tests.jobs.reports.home import append

pytestmark = pytest.mark.core
NIGHT = "2026-11-30"
DECEMBER = {"from": "2026-12-01", "to": "2026-12-10"}


def home(folder, campaigns: list[dict], planning: dict | None = None, people: int = 100) -> RunContext:
    """`people` customers of a view, half of them under 40; SMS carries 20 a day."""
    run = house(folder, None, NIGHT, campaigns)
    conf = run.conf.folder
    channels = yaml.safe_load((conf / "channels.yaml").read_text())
    for one in channels["channels"]:
        if one["channel"] == "sms":
            one["capacity"] = {"day": 20}
    (conf / "channels.yaml").write_text(yaml.safe_dump(channels, allow_unicode=True))
    settings = {"policy": {"hold": 2.0}, "behind_goal": 1.0, "busiest_day": 1.5, **(planning or {})}
    (conf / "planning.yaml").write_text(yaml.safe_dump(settings))
    run = RunContext(run.home, run.business_date, Conf(conf))
    append(run, "customer_view", [{"customer_id": f"C{one:03}", "status": "active", "age": 30 if one % 2 else 50} for one in range(people)])
    return run


def by_sms(name: str, scene: str = "raise.value_added", **changes) -> dict:
    day = {"period": DECEMBER, "waves": [{"wave": 1, "channels": ["sms"]}], "script": {"sms": "S-1"}, "delivery": {"mode": "daily", "max_contacts": 2}}
    return campaign(name, scene=scene, value=12.0, **(day | changes))


def planned(found) -> dict[str, int]:
    return {one["campaign"]: one["planned"] for one in found.demands}


def test_a_channel_is_never_over_its_capacity_and_the_demand_of_higher_policy_goes_first(tmp_path):
    # 10 days of 20 places. Each demand wants 100 people x 2 contacts: the one to hold takes all.
    found = plan_month("2026-12", home(tmp_path, [by_sms("plain"), by_sms("holding", "hold.binding")]))
    assert planned(found) == {"holding": 200, "plain": 0}
    assert [one["campaign"] for one in found.demands] == ["holding", "plain"]
    assert found.demands[1]["unmet"] == found.demands[1]["contacts"] == 200
    assert {one["contacts"] for one in found.load if one["channel"] == "sms"} == {20} == {one["capacity"] for one in found.load}
    assert all(one["price"] > 0 for one in found.load), "room for one more contact is worth something on every day"


def test_a_demand_is_what_the_filter_the_budget_and_the_month_leave(tmp_path):
    campaigns = [
        by_sms("young", target="age < 40", delivery={"mode": "daily", "max_contacts": 1}),
        by_sms("capped", budget={"contacts_max": 7}),
        by_sms("poor", budget={"money": 0.5}),
        by_sms("longer", period={"from": "2026-12-22", "to": "2027-01-10"}, delivery={"mode": "daily", "max_contacts": 1}),
    ]
    run = home(tmp_path, campaigns)
    cost = run.conf.channels["sms"].unit_cost_fen
    found = {one["campaign"]: one for one in plan_month("2026-12", run).demands}
    assert {name: one["contacts"] for name, one in found.items()} == {"young": 50, "capped": 7, "poor": 50 // cost, "longer": 50}
    assert found["young"]["matched"] == 50


def test_no_day_is_much_busier_than_a_campaigns_even_share(tmp_path):
    found = plan_month("2026-12", home(tmp_path, [by_sms("alone", budget={"contacts_max": 100})]))
    assert planned(found) == {"alone": 100}
    assert max(row["contacts"] for row in found.days) <= 15  # 1.5 x 100 / 10


def test_silent_days_get_nothing_and_better_days_come_first(tmp_path):
    holidays = [
        {"name": {"en": "a", "zh": "a"}, "from": "2026-12-01", "to": "2026-12-03", "weight": 0.0, "channels": ["sms"]},
        {"name": {"en": "b", "zh": "b"}, "from": "2026-12-09", "to": "2026-12-10", "weight": 3.0},
    ]
    found = plan_month("2026-12", home(tmp_path, [by_sms("alone", budget={"contacts_max": 60})], {"holidays": holidays}))
    days = {row["day"].day: row["contacts"] for row in found.days}
    assert not days.keys() & {1, 2, 3}
    assert days[9] == days[10] == 13  # 1.5 x 60 / 7 days, rounded up


def test_a_campaign_behind_its_goal_weighs_more(tmp_path):
    late = {"from": "2026-11-21", "to": "2026-12-10"}
    campaigns = [by_sms("on_its_way", period=late, goal={"accepted": 2}), by_sms("behind", period=late, goal={"accepted": 8})]
    run = home(tmp_path, campaigns)
    told = {
        "campaign_type": "low_value_recommendation",
        "contact_date": date(2026, 11, 25),
        "channel": "sms",
        "wave": 1,
        "product": "ringback_tone",
        "cost_fen": 5,
    }
    ids = [f"{name}{one}" for name in ("on_its_way", "behind") for one in range(2)]
    append(run, "contact", [{**told, "contact_id": one, "campaign": one[:-1], "customer_id": one} for one in ids])
    append(run, "outcome", [{"contact_id": one, "outcome": "accepted"} for one in ids])
    weights = {one["campaign"]: one["weight"] for one in plan_month("2026-12", run).demands}
    assert weights == {"behind": 1.25, "on_its_way": 1.0}  # half of the period is over: 4 of 8 expected, 2 accepted


@pytest.mark.parametrize(
    ("month", "reason"),
    [("2026-13", "'2026-13' is no month; write 2026-12"), ("December", "is no month"), ("2027-06", "no campaign of conf/campaigns has a day")],
)
def test_a_month_without_campaigns_is_said(tmp_path, month, reason):
    with pytest.raises(UserError) as error:
        plan_month(month, home(tmp_path, [by_sms("alone")]))
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"policy": {"hodl": 2.0}}, "policy: unknown purpose 'hodl' (did you mean 'hold'?)"),
        ({"holidays": [{"name": {"en": "a", "zh": "a"}, "from": "2026-12-02", "to": "2026-12-01", "weight": 1.0}]}, "is after to"),
        (
            {"holidays": [{"name": {"en": "a", "zh": "a"}, "from": "2026-12-01", "to": "2026-12-01", "weight": 1.0, "channels": ["smss"]}]},
            "unknown channel 'smss'",
        ),
        ({"busyest_day": 2.0}, "busiest_day"),
    ],
)
def test_planning_yaml_is_strict(tmp_path, wrong, reason):
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    path = tmp_path / "conf" / "planning.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **wrong}))
    with pytest.raises(UserError) as error:
        load_planning(Conf(tmp_path / "conf"))
    assert reason in str(error.value)
