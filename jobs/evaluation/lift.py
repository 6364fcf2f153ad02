"""lift: what marketing changed, against customers held out at random. Importable without Spark, for `estimate_lift`.

One row is an effect in a layer: the difference of the shares of customers who bought, treated less control. Bought means an order or
change that the customer made by any route, taken from transactions for both arms alike, never from feedback codes.

    global          all customers of the control assignment; bought any product that non-spared campaigns offered, since the first contact date
    <a campaign>    customers whom the pick chose for the campaign, issued against campaign_holdout; bought the campaign's product within
                    purchase_window_days (conf/evaluation.yaml) from the contact date of the first night that chose them

Every treated customer counts, reached or not (intention to treat). The arms are counted in Spark and estimated on the driver: the counts
are two rows a layer, one layer a campaign, at most some hundred rows.
"""

from typing import TYPE_CHECKING

from jobs.evaluation.effect import Lift, estimate_lift, lift_of_counts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from jobs.context import RunContext

__all__ = ["Lift", "estimate_lift", "lift", "lift_of_counts"]

GLOBAL = "global"


def lift(
    contact: "DataFrame",
    control_assignment: "DataFrame",
    previous_control_assignment: "DataFrame",
    decision: "DataFrame",
    past_decision: "DataFrame",
    order_event: "DataFrame",
    past_order_event: "DataFrame",
    run: "RunContext",
) -> "DataFrame":
    from jobs.evaluation.arms import campaign_arms, counts_of_arms, global_arms, purchases
    from jobs.evaluation.base import newest_snapshot

    bought = purchases(order_event.unionByName(past_order_event), run)
    controls = newest_snapshot(control_assignment, previous_control_assignment)
    arms = global_arms(controls, contact, bought, run).unionByName(campaign_arms(decision.unionByName(past_decision), bought, run))
    counts: dict[tuple[str, str | None], dict[str, tuple[int, int]]] = {}
    for row in counts_of_arms(arms).collect():
        counts.setdefault((row.layer, row.product), {})[row.arm] = (row.bought, row.customers)
    shares = planned_shares(run)
    held_out = {key: by_arm for key, by_arm in counts.items() if "control" in by_arm or shares.get(key[0], 1.0) < 1.0}
    rows = [_row(layer, product, by_arm, shares.get(layer), run) for (layer, product), by_arm in sorted(held_out.items(), key=str)]
    from jobs.catalogue.schema import ddl_of

    return run.session.createDataFrame(rows, ddl_of("lift")).select(run.columns("lift"))


def planned_shares(run: "RunContext") -> dict[str, float]:
    """Planned share of treated customers by layer."""
    from jobs.campaign.campaign import load_campaigns

    holdouts = {campaign.campaign: 1 - campaign.holdout for campaign in load_campaigns(run.conf)}
    return {GLOBAL: 1 - run.conf.contact_rules.control.global_.share, **holdouts}


def _row(layer: str, product: str | None, by_arm: dict[str, tuple[int, int]], expected_share: float | None, run: "RunContext") -> dict:
    planned = expected_share if expected_share is not None and 0 < expected_share < 1 else None
    found = lift_of_counts(*by_arm.get("treated", (0, 0)), *by_arm.get("control", (0, 0)), expected_share=planned)
    return {
        "business_date": run.business_date,
        "layer": layer,
        "campaign": None if layer == GLOBAL else layer,
        "product": product,
        "channel": None,
        "treated": found.treated,
        "control": found.control,
        "effect": _known(found.effect),
        "low": _known(found.low),
        "high": _known(found.high),
        "p_value": _known(found.p_value),
        "srm_p_value": _known(found.srm_p_value),
        "readable": found.readable,
        "treated_rate": _known(found.treated_mean),
        "control_rate": _known(found.control_mean),
        "expected_share": planned,
        "reason": found.reason,
    }


def _known(figure: float) -> float | None:
    """None for NaN, which a table would keep as a number."""
    return None if figure != figure else figure
