"""What a month's use costs on a plan, as Spark SQL over whole numbers of fen, and which plan is the cheapest. The lineage reads it too.

Use is that of the last closed month: seconds of calls made, rounded up to begun minutes over the whole month; bytes, rounded up to begun
megabytes of 1,048,576; texts sent. A plan costs its fee and, for what goes beyond what it includes, its rates; nothing is divided
after that, so nothing is lost to rounding. Discounts, roaming surcharges and products beside the plan cost the same on every plan and
are left out.
"""

from collections.abc import Sequence

from jobs.conf import Plan

# In steps: a step reads frames of one row a customer (qualified) and names of the steps before it.
USE = {
    "plan": "subscription.main_plan",
    "pay_way": "customer.pay_way",
    "unchangeable_type": "subscription.unchangeable_type",
    "minutes": "(half_year.voice_seconds_out + 59) div 60",
    "megabytes": "(half_year.data_bytes + 1048575) div 1048576",
    "messages": "half_year.messages_sms_out",
}
RESULT = {
    "cheapest_plan": "if(minutes is null, null, cheapest.code)",
    "cheapest_cost_fen": "if(minutes is null, null, cheapest.cost)",
    "saving_fen": "plan_cost_fen - if(minutes is null, null, cheapest.cost)",
}


def steps(plans: Sequence[Plan]) -> list[dict[str, str]]:
    """The columns of plan_advice and what they are made of, name -> expression, step by step."""
    own = " ".join(f"when plan = '{one.plan}' then {cost_of(one)}" for one in plans)
    # Structs compare field by field: the least cost; of equals the plan held today, then the lower fee, then the first code.
    offers = ", ".join(
        f"struct({cost_of(one)} as cost, coalesce(plan <> '{one.plan}', true) as is_change, {one.fee_fen}L as fee, '{one.plan}' as code)" for one in plans
    )
    codes = ", ".join(f"'{one.plan}'" for one in plans)
    exclusion = (
        "case when pay_way = 'bank_collection' then 'bank_collection' when unchangeable_type is not null then unchangeable_type"
        f" when plan is null then 'no_main_plan' when plan not in ({codes}) then 'unknown_plan' when minutes is null then 'no_closed_month' end"
    )
    return [USE, {"plan_cost_fen": f"case when minutes is null then null {own} end", "cheapest": f"array_min(array({offers}))", "exclusion": exclusion}, RESULT]


def cost_of(plan: Plan) -> str:
    """Fen that known `minutes`, `megabytes` and `messages` cost on the plan."""
    voice = f"greatest(minutes - {plan.minutes}L, 0L) * {plan.fen_per_minute}L"
    data = f"greatest(megabytes - {plan.megabytes}L, 0L) * {plan.fen_per_megabyte}L"
    texts = f"greatest(messages - {plan.messages}L, 0L) * {plan.fen_per_message}L"
    return f"({plan.fee_fen}L + {voice} + {data} + {texts})"
