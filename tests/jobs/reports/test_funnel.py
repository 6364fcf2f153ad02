"""The funnel of a night: sums by hand, a Refusal where tables or lists do not agree, and a page that holds every figure and opens offline."""

import re
from decimal import Decimal

import pytest

from jobs.errors import Refusal, UserError
from jobs.reports.funnel import steps, write_funnel_page
from jobs.reports.funnel_facts import read_funnel
from tests.jobs.lists.small_home import listed, write_list
from tests.jobs.reports.home import append, decision

pytestmark = pytest.mark.home

# Campaign, channel, reason, rule: twelve candidates of two campaigns on two channels.
ENDS = [
    ("ringback_autumn", "sms", "issued", ""),
    ("ringback_autumn", "sms", "issued", ""),
    ("ringback_autumn", "sms", "campaign_holdout", "holdout"),
    ("ringback_autumn", "sms", "cap", "sms_month"),
    ("ringback_autumn", "sms", "cap", "sms_month"),
    ("ringback_autumn", "sms", "cap", "product_month"),
    ("ringback_autumn", "call", "no_capacity", "channel:call"),
    ("ringback_autumn", "call", "issued", ""),
    ("family_plan_home", "call", "lower_value", "contacts_a_night"),
    ("family_plan_home", "call", "do_not_disturb", "system"),
    ("family_plan_home", "call", "out_of_budget", "money:family_plan_home"),
    ("family_plan_home", "call", "not_approved", "approval"),
]


def decided(run, ends=ENDS, issued=None, came_in=None):
    """The night's decision, with the candidates and issued rows that belong to it, or with others."""
    append(run, "decision", [decision(campaign, channel, reason) | {"rule": rule} for campaign, channel, reason, rule in ends])
    append(run, "candidate", [{"customer_id": "C1", "campaign": campaign, "channel": channel} for campaign, channel in came_in or [one[:2] for one in ends]])
    rows = issued or [one[:2] for one in ends if one[2] == "issued"]
    ledger = [{"customer_id": f"C{place}", "campaign": one[0], "channel": one[1], "expected_value": Decimal("1.5")} for place, one in enumerate(rows)]
    append(run, "contact", [*ledger, {"customer_id": "C9", "campaign": "ringback_autumn", "channel": "sms", "expected_value": Decimal("8"), "revoked_in": 2}])
    return run


def test_the_funnel_adds_up_by_hand(run_on):
    funnel = read_funnel(decided(run_on("2026-11-05")))
    assert (funnel.count(), funnel.passed(), funnel.allocated(), funnel.count("issued")) == (12, 7, 4, 3)
    assert (funnel.count(channel="call"), funnel.passed(channel="call"), funnel.allocated(campaign="family_plan_home")) == (6, 4, 0)
    assert funnel.count("cap", campaign="ringback_autumn", channel="sms") == 3
    assert funnel.rules_of("cap") == [("sms_month", 2), ("product_month", 1)]
    assert (funnel.issued_customers, funnel.issued_value, funnel.is_published) == (3, 4.5, False)


def test_every_step_leaves_what_the_one_before_left_less_what_it_took(run_on):
    told = [(one["step"], one["kind"], one["candidates"]) for one in steps(read_funnel(decided(run_on("2026-11-05"))))]
    assert [(step, number) for step, kind, number in told if kind != "taken"] == [
        ("candidates", 12),
        ("not approved", 11),
        ("do not disturb", 10),
        ("cap", 7),
        ("out of budget", 6),
        ("no capacity", 5),
        ("lower value", 4),
        ("campaign holdout", 3),
        ("issued", 3),
    ]
    assert sum(number for _, kind, number in told if kind == "taken") == 9


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"came_in": [one[:2] for one in ENDS] + [("ringback_autumn", "web")]},
            "ringback_autumn by web: decision has 0 rows, but candidate 1; run `cpc run contact",
        ),
        ({"issued": [("ringback_autumn", "sms")] * 2}, "ringback_autumn by call: decision (issued) has 1 rows, but contact 0"),
        ({"ends": [*ENDS, ("ringback_autumn", "sms", "lost", "")]}, "ringback_autumn by sms has candidates that ended as 'lost'"),
    ],
)
def test_sums_that_do_not_add_up_are_refused_with_both_numbers(run_on, changes, says):
    run = decided(run_on("2026-11-05"), **changes)
    with pytest.raises(Refusal, match=re.escape(says)):
        write_funnel_page(run)
    assert not (run.home / "reports").exists()


def test_a_published_list_of_other_rows_is_refused(run_on):
    run = decided(run_on("2026-11-05"))
    write_list(run, "sms", [listed("sms", f"C{one}", "ringback", 1, rank=one) for one in (1, 2)])
    write_list(run, "web", [])
    with pytest.raises(Refusal, match="call: contact has 1 rows, but its published list 0; a making of the lists stopped half-way"):
        read_funnel(run)
    write_list(run, "call", [listed("web", "C3", "ringback", 1, rank=1) | {"channel": "call"}])
    assert read_funnel(run).is_published


def test_a_night_that_decided_nothing_is_wrong_use(run_on):
    with pytest.raises(UserError, match="nothing was decided for 2026-11-05; run `cpc run night --date 2026-11-05` first"):
        read_funnel(run_on("2026-11-05"))


def test_the_page_holds_its_figures_and_needs_no_network(run_on):
    path = write_funnel_page(decided(run_on("2026-11-05")))
    page = path.read_text(encoding="utf-8")
    assert path.parent.name == "2026-11-05" and "Night of 2026-11-05, lists of 2026-11-06" in page
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=\"http", page)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[: page.index('type="application/json"')]))
    assert "cap 3 7 a frequency cap is used up: sms_month 2, product_month 1" in text
    assert "Outbound call 外呼 6 −1 −1 0 4 −1 −1 −1 1 0 1" in text  # candidates, three rules, passed, three of the pick, allocated, held out, issued
    assert set(re.findall(r'data-chart="(\w+)"', page)) == {"step_by_step", "from_eligible_to_issued", "ends_by_channel", "ends_by_campaign"}
