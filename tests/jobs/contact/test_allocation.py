"""allocation: every plan is feasible by recount, worth no more than HiGHS' optimum, and its bound no less; row order changes nothing."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from jobs.contact.allocation import Allowance, Constraint, Plan, Problem, allocate, tie_hash

pytestmark = pytest.mark.core
CHANNELS, CAMPAIGNS = 4, 6


def instance(seed: int, customers: int = 30, low: float = 0.0, tied: bool = False, allowances: bool = True) -> Problem:
    """A small world by hash: 2 to 6 campaigns a customer on some channels, capacities that bind, a money budget, exclusions."""

    def draw(name: str, count: int, modulus: int) -> np.ndarray:
        return (tie_hash(f"{seed}-{name}", np.arange(count)) % np.uint64(modulus)).astype(np.int64)

    everyone = customers * CAMPAIGNS * CHANNELS
    customer, campaign, channel = (part.ravel() for part in np.indices((customers, CAMPAIGNS, CHANNELS)))
    offered = draw("offered", everyone, 100) < 40
    customer, campaign, channel = customer[offered], campaign[offered], channel[offered]
    value = (draw("value", everyone, 3 if tied else 10_000)[offered] - (0 if tied else 1_500)) / 100
    options = np.arange(len(value))
    capacities = [
        Constraint(f"channel_{code}", options[channel == code], np.ones((channel == code).sum()), 0.0, float(customers // (3 + code)))
        for code in range(CHANNELS)
    ]
    cost = (1.0 + draw("cost", everyone, 7)[offered]) * (channel + 1)
    money = Constraint("money", options[campaign == 0], cost[campaign == 0], 0.0, float(customers))
    audience = Constraint("audience", options[campaign == 1], np.ones((campaign == 1).sum()), low, float("inf"))
    shared = [Allowance("product", options, customer * 3 + campaign % 3, np.full(customers * 3, 1))] if allowances else []
    return Problem(
        customer,
        campaign,
        campaign % 3,
        channel,
        value,
        draw("slots", customers, 4).astype(np.int32),
        [(0, 2), (1, 4)],
        [*capacities, money, audience],
        shared,
    )


def optimum(problem: Problem) -> float | None:
    """Value of the best plan by HiGHS; None when the minima cannot be met."""
    rows, lows, highs = [], [], []

    def at_most(options: np.ndarray, most: float, weight: np.ndarray | float = 1.0, least: float = 0.0) -> None:
        row = np.zeros(len(problem.value))
        np.add.at(row, options, weight)
        rows.append(row), lows.append(least), highs.append(most)

    for person, slots in enumerate(problem.max_contacts):
        mine = np.flatnonzero(problem.customer == person)
        at_most(mine, slots)
        for code in range(CAMPAIGNS):
            at_most(mine[problem.campaign[mine] == code], 1)
        for one, other in problem.exclusions:
            at_most(mine[np.isin(problem.campaign[mine], (one, other))], 1)
    for constraint in problem.constraints:
        at_most(constraint.options, constraint.high, constraint.weight, constraint.low)
    for allowance in problem.allowances:
        for group in np.unique(allowance.group):
            at_most(allowance.options[allowance.group == group], allowance.limit[group])
    solved = milp(-problem.value, integrality=np.ones(len(problem.value)), bounds=Bounds(0, 1), constraints=LinearConstraint(np.array(rows), lows, highs))
    return -solved.fun if solved.success else None


def violations(problem: Problem, plan: Plan) -> list[str]:
    """Every rule that the plan breaks, recounted option by option."""
    chosen = np.flatnonzero(plan.chosen).tolist()
    broken = []
    for person in set(problem.customer[chosen].tolist()):
        mine = [option for option in chosen if problem.customer[option] == person]
        campaigns = [int(problem.campaign[option]) for option in mine]
        if len(mine) > problem.max_contacts[person]:
            broken.append(f"customer {person}: too many")
        if len(campaigns) > len(set(campaigns)):
            broken.append(f"customer {person}: a campaign twice")
        broken += [f"customer {person}: exclusion" for pair in problem.exclusions if set(pair) <= set(campaigns)]
    for constraint in problem.constraints:
        used = sum(weight for option, weight in zip(constraint.options, constraint.weight, strict=True) if plan.chosen[option])
        if used > constraint.high or abs(used - plan.usage[constraint.name]) > 1e-9:
            broken.append(constraint.name)
        if max(constraint.low - used, 0) != plan.shortfall[constraint.name]:
            broken.append(f"{constraint.name}: shortfall")
    for allowance in problem.allowances:
        counts = np.bincount(allowance.group[plan.chosen[allowance.options]], minlength=len(allowance.limit))
        broken += [f"{allowance.name} {group}" for group in np.flatnonzero(counts > allowance.limit)]
    return broken


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("low", [0.0, 6.0])
def test_a_plan_is_feasible_and_lies_between_nothing_and_the_optimum_below_the_bound(seed, tied, low):
    problem = instance(seed, low=low, tied=tied)
    plan = allocate(problem, salt="night")
    best = optimum(problem)
    assert violations(problem, plan) == []
    assert best is not None
    assert plan.shortfall["audience"] == 0
    assert plan.value == pytest.approx(problem.value[plan.chosen].sum())
    assert 0.99 * best <= plan.value <= best + 1e-6
    assert best <= plan.bound + 1e-6
    assert plan.gap_bp == pytest.approx(1e4 * (plan.bound - plan.value) / plan.bound)


def test_the_bound_is_near_where_only_capacities_bind():
    problem = replace(instance(3, customers=400, allowances=False), exclusions=[])
    plan = allocate(problem, salt="night")
    assert plan.gap_bp < 100


def test_minima_that_nobody_can_meet_are_reported_short_and_the_bound_still_holds():
    problem = instance(1, low=1000.0)
    plan = allocate(problem, salt="night")
    assert violations(problem, plan) == []
    assert plan.shortfall["audience"] == 1000.0 - plan.usage["audience"] > 900
    # No plan meets the minimum; the bound holds for all that lack no more than this one does.
    as_short = replace(problem, constraints=[replace(one, low=one.low - plan.shortfall[one.name]) for one in problem.constraints])
    assert plan.value <= optimum(as_short) + 1e-6 <= plan.bound + 2e-6
    assert plan.gap_bp < 100


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), shuffle=st.integers(0, 10_000), tied=st.booleans(), low=st.sampled_from([0.0, 5.0]))
def test_the_order_of_rows_changes_nothing(seed, shuffle, tied, low):
    problem = instance(seed, customers=10, tied=tied, low=low)
    rank = tie_hash(str(shuffle), np.arange(len(problem.value)))
    order = np.lexsort((rank, problem.customer))  # any order inside a customer; the problem stays sorted by customer
    new_place = np.argsort(order)
    turned = replace(
        problem,
        **{name: getattr(problem, name)[order] for name in ("customer", "campaign", "product", "channel", "value")},
        constraints=[replace(one, options=new_place[one.options][::-1], weight=one.weight[::-1]) for one in problem.constraints],
        allowances=[replace(one, options=new_place[one.options]) for one in problem.allowances],
    )
    plan, again = allocate(problem, salt="night"), allocate(turned, salt="night")
    assert (again.chosen == plan.chosen[order]).all()
    assert (again.value, again.bound, again.prices) == (plan.value, plan.bound, plan.prices)
    assert violations(turned, again) == []


def test_ties_fall_by_the_salt():
    problem = Problem(
        np.arange(200),
        np.zeros(200),
        np.zeros(200),
        np.zeros(200),
        np.ones(200),
        np.ones(200),
        (),
        [Constraint("channel", np.arange(200), np.ones(200), 0, 50)],
    )
    one, other = allocate(problem, salt="a"), allocate(problem, salt="b")
    assert one.chosen.sum() == other.chosen.sum() == 50
    assert (one.chosen != other.chosen).any()
    assert (one.chosen == allocate(problem, salt="a").chosen).all()


def test_yesterdays_prices_leave_the_plan_feasible_and_the_bound_valid():
    problem = instance(4)
    first = allocate(problem, salt="night")
    for prices in (first.prices, {"channel_0": 1e6, "gone": 3.0}):
        plan = allocate(problem, salt="night", previous_prices=prices)
        assert violations(problem, plan) == []
        assert plan.value <= optimum(problem) + 1e-6 <= plan.bound + 2e-6


def test_nothing_to_choose_from_gives_an_empty_plan():
    none = np.empty(0, dtype=np.int64)
    plan = allocate(
        Problem(none, none, none, none, np.empty(0), np.array([2], dtype=np.int32), (), [Constraint("sms", none, np.empty(0), 1.0, 5.0)]), salt="night"
    )
    assert (plan.value, plan.bound, plan.gap_bp, plan.shortfall) == (0.0, 0.0, 0.0, {"sms": 1.0})


def test_a_closed_channel_and_a_loss_are_never_chosen():
    ones = np.ones(3)
    problem = Problem(
        np.arange(3), ones, ones, np.arange(3), np.array([5.0, -1.0, 2.0]), np.ones(3), (), [Constraint("closed", np.array([0]), np.ones(1), 0.0, 0.0)]
    )
    plan = allocate(problem, salt="night")
    assert plan.chosen.tolist() == [False, False, True]
    assert plan.bound == pytest.approx(2.0)


def test_an_exclusion_of_a_campaign_that_nobody_is_offered_blocks_nobody():
    everyone, zero = np.arange(50), np.zeros(50)
    plan = allocate(Problem(everyone, zero, zero, zero, np.ones(50), np.ones(50), [(0, 1)]), salt="night")
    assert plan.chosen.all()


def small(campaign: list[int], value: list[float], most: int, exclusions: list[tuple[int, int]], customer: list[int] | None = None) -> Problem:
    """Options of one channel, of one customer unless said otherwise."""
    owner = np.array(customer or [0] * len(value))
    zero = np.zeros(len(value), dtype=np.int64)
    return Problem(owner, np.array(campaign), zero, zero, np.array(value), np.full(owner.max() + 1, most), exclusions)


@pytest.mark.parametrize(
    ("campaigns", "values", "most", "exclusions", "best"),
    [
        ([0, 1], [1.0, 2.0], 2, [(0, 1)], 2.0),
        ([0, 1, 2], [5.0, 4.0, 3.0], 2, [(0, 1)], 8.0),  # 5 with 3
        ([0, 1, 2], [5.0, 4.0, 3.0], 2, [(0, 1), (2, 0)], 7.0),  # 4 with 3 beats 5 alone
        ([0, 1, 2, 3], [6.0, 4.0, 3.0, 2.0], 3, [(0, 1), (0, 2), (0, 3)], 9.0),  # three that go together beat the best alone
        ([0, 1, 2, 3], [6.0, 4.0, 3.0, 2.0], 3, [(0, 1), (2, 3)], 9.0),  # 6 with 3
        ([0, 1, 2, 3], [6.0, 4.0, 3.0, 2.0], 1, [(0, 1), (2, 3)], 6.0),
        ([0, 1, 2], [1.0, -2.0, -1.0], 3, [(0, 1)], 1.0),
    ],
)
def test_the_bound_knows_what_excludes_each_other(campaigns, values, most, exclusions, best):
    problem = small(campaigns, values, most, exclusions)
    assert optimum_without_channels(problem) == best
    assert allocate(problem, salt="night").bound == pytest.approx(best)


def optimum_without_channels(problem: Problem) -> float:
    """Value of the best set of one customer's options, by trying all."""
    options = range(len(problem.value))
    sets = [chosen for size in range(int(problem.max_contacts[0]) + 1) for chosen in itertools.combinations(options, size)]
    allowed = [chosen for chosen in sets if not any({one, other} <= {int(problem.campaign[option]) for option in chosen} for one, other in problem.exclusions)]
    return max(sum(problem.value[option] for option in chosen) for chosen in allowed)


@pytest.mark.parametrize("seed", range(8))
def test_without_capacities_the_bound_is_the_optimum_under_exclusions(seed):
    problem = replace(instance(seed, customers=25, allowances=False), constraints=[], exclusions=[(0, 2), (1, 4), (2, 4), (0, 5), (1, 1), (4, 1)])
    assert allocate(problem, salt="night").bound == pytest.approx(optimum(problem))


def test_with_more_than_three_contacts_and_exclusions_the_bound_still_holds():
    problem = small([0, 1, 2, 3, 4], [5.0, 4.0, 3.0, 2.0, 1.0], 4, [(0, 1)])
    plan = allocate(problem, salt="night")
    assert plan.value == 11.0  # 5, 3, 2, 1
    assert 11.0 <= plan.bound <= 14.0  # at most what four contacts earn without exclusions


def test_more_than_three_contacts_without_exclusions_are_exact():
    plan = allocate(small([0, 1, 2, 3, 4], [5.0, 4.0, 3.0, 2.0, -1.0], 5, []), salt="night")
    assert (plan.value, plan.bound) == (14.0, 14.0)


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        (Constraint("sms", np.array([0]), np.ones(1), 5.0, 2.0), "Constraint sms: low 5.0 is above high 2.0"),
        (Constraint("sms", np.array([0]), np.ones(1), float("nan"), 2.0), "Constraint sms: low nan and high 2.0 must be numbers"),
        (Constraint("sms", np.array([0]), np.ones(1), 0.0, float("nan")), "Constraint sms: low 0.0 and high nan must be numbers"),
        (Constraint("sms", np.array([0]), np.array([float("nan")]), 0.0, 1.0), "Constraint sms: every weight must be a finite number"),
        (Constraint("sms", np.array([2]), np.ones(1), 0.0, 1.0), "Constraint sms: option 2 is unknown; there are 2 options"),
        (Constraint("sms", np.array([-1]), np.ones(1), 0.0, 1.0), "Constraint sms: option -1 is unknown"),
        (Constraint("sms", np.array([True, False]), np.ones(2), 0.0, 1.0), "Constraint sms: options must be the indices of options, not bool"),
        (Constraint("call", np.array([0]), np.ones(1), 0.0, 1.0), "Constraint call: the name stands twice"),
    ],
)
def test_a_constraint_that_says_nothing_sound_is_refused_by_name(constraint, message):
    problem = replace(small([0, 1], [1.0, 2.0], 2, []), constraints=[Constraint("call", np.array([1]), np.ones(1)), constraint])
    with pytest.raises(ValueError) as raised:
        allocate(problem, salt="night")
    assert message in str(raised.value)


def test_customers_nobody_knows_and_other_options_of_allowances_are_refused():
    problem = small([0, 1], [1.0, 2.0], 2, [])
    with pytest.raises(ValueError, match=r"Problem\.customer: customer 3 is unknown; max_contacts has 1 customers"):
        allocate(replace(problem, customer=np.array([0, 3])), salt="night")
    with pytest.raises(ValueError, match=r"Problem\.max_contacts: must not be negative"):
        allocate(replace(problem, max_contacts=np.array([-1])), salt="night")
    with pytest.raises(ValueError, match="Allowance month: option 9 is unknown"):
        allocate(replace(problem, allowances=[Allowance("month", np.array([9]), np.array([0]), np.array([1]))]), salt="night")


def test_arrays_that_do_not_belong_together_are_refused_by_name():
    with pytest.raises(ValueError, match="campaign: 2 entries for 3 values"):
        allocate(Problem(np.arange(3), np.zeros(2), np.zeros(3), np.zeros(3), np.ones(3), np.ones(3)), salt="night")
    with pytest.raises(ValueError, match="money: weights must not be negative"):
        constraint = Constraint("money", np.array([0]), np.array([-1.0]), 0.0, 1.0)
        allocate(Problem(np.arange(1), np.zeros(1), np.zeros(1), np.zeros(1), np.ones(1), np.ones(1), (), [constraint]), salt="night")


def test_a_dear_contact_makes_way_for_cheap_ones_where_a_minimum_lacks_money():
    """Campaign 0 has 310 fen and is to reach 3 customers: a call at 300 fen, worth most, leaves money for two texts at 5 fen. Worked out by hand."""
    everyone = np.arange(5)
    cost = np.array([300.0, 5.0, 5.0, 5.0, 5.0])
    money = Constraint("money", everyone, cost, 0.0, 310.0)
    audience = Constraint("audience", everyone, np.ones(5), 4.0, np.inf)
    problem = Problem(
        np.array([0, 0, 1, 2, 3]), np.zeros(5), np.zeros(5), np.array([1, 0, 0, 0, 0]), np.array([9.0, 1, 1, 1, 1]), np.ones(4), (), [money, audience]
    )
    plan = allocate(problem, salt="night")
    assert plan.chosen.tolist() == [False, True, True, True, True] and plan.shortfall["audience"] == 0
