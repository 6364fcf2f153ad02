"""impact: a change of meaning goes through fields made of the field, and through models into the fields of their scores."""

import pytest

from jobs.catalogue.impact import impact_of
from jobs.errors import UserError

pytestmark = pytest.mark.core


def test_a_change_reaches_campaigns_through_fields(conf):
    """supports_5g -> ready_for_5g -> the campaign of 5G plans."""
    impact = impact_of("supports_5g", conf)
    assert impact.downstream["ready_for_5g"] == "supports_5g"
    campaigns = [(use.name, use.part, through) for use, through in impact.of_kind("campaign")]
    assert campaigns == [("plan_upgrade_5g", "target", "ready_for_5g")]


def test_a_change_goes_on_step_by_step(conf):
    """bill_trend_percent -> spend_sudden_fall -> churn_points -> churn_risk -> the campaign against competitors."""
    impact = impact_of("bill_trend_percent", conf)
    assert [impact.downstream[name] for name in ("spend_sudden_fall", "churn_points", "churn_risk")] == [
        "bill_trend_percent",
        "spend_sudden_fall",
        "churn_points",
    ]
    assert ("competitor_retention", "churn_risk") in [(use.name, through) for use, through in impact.of_kind("campaign")]


def test_a_model_hands_the_change_on_to_its_scores(conf):
    impact = impact_of("supports_5g", conf)
    assert impact.downstream["probability_plan_upgrade"] == "customer_product_score"
    assert impact_of("forwarded_to_competitor_last_month", conf).downstream == {}


def test_a_field_is_not_affected_by_what_is_made_of_it(conf):
    assert "bill_trend_percent" not in impact_of("spend_sudden_fall", conf).downstream


def test_an_unknown_field_is_named_with_the_nearest_one(conf):
    with pytest.raises(UserError, match=r"unknown field 'vip_levl' .did you mean 'vip_level'"):
        impact_of("vip_levl", conf)
