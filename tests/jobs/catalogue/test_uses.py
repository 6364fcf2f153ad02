"""uses: each kind of reader of a field is found where it is declared."""

import shutil

import pytest

from jobs.catalogue.uses import uses
from jobs.conf import Conf
from jobs.errors import UserError
from jobs.paths import ROOT

pytestmark = pytest.mark.core


@pytest.fixture(scope="module")
def used():
    return {field: {(use.kind, use.name, use.part) for use in of_field} for field, of_field in uses(Conf(ROOT / "conf")).items()}


@pytest.mark.parametrize(
    ("field", "use"),
    [
        ("bill_trend_percent", ("field", "spend_sudden_fall", "expr")),
        ("joined_on", ("check", "main_plan_since", "not below joined_on")),
        ("balance_cash_fen", ("check", "balance_total_fen", "equal to balance_cash_fen + balance_reserve_fen")),
        ("bill_last_month_fen", ("check", "bills of last month in fen, after discount", "sum")),
        ("arrears_total", ("check", "arrears in fen of living customers", "sum")),
        ("main_plan", ("field", "plan_saving_fen", "reads subscription.main_plan too")),
        ("pay_way", ("field", "pays_by_bank_collection", "reads customer.pay_way too")),
        ("has_ringback_tone", ("campaign", "ringback_autumn", "target")),
        ("arrears_total", ("campaign", "ringback_autumn", "exclude")),
        ("supports_5g", ("model", "customer_product_score", "feature terminal_supports_5g")),
        ("data_bytes_music_last_month", ("model", "customer_product_score", "feature data_share_music")),
        ("has_music_club", ("model", "customer_product_score", "holds music_club")),
        ("has_email", ("model", "customer_channel_score", "feature has_email")),
        ("complaints_90_days", ("model", "churn_score", "feature complaints")),
        ("vip_level", ("rule", "grade_month", "by_grade")),
        ("home_branch", ("rule", "capacity of hall", "branch")),
        ("points_expiring", ("script", "points_reminder", "blank points_expiring")),
        ("home_branch", ("code", "jobs/contact/candidate.py", "reads the field")),
        ("city", ("code", "jobs/evaluation/base.py", "reads customer.city")),
    ],
)
def test_a_use_is_found_where_it_is_declared(used, field, use):
    assert use in used[field]


def test_what_nothing_names_has_no_use(used):
    assert used["terminal_model"] == set()
    assert ("campaign", "ringback_autumn", "target") not in used["arrears_total"]


def test_templates_are_read_like_campaigns(tmp_path):
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    (tmp_path / "conf" / "templates").mkdir(exist_ok=True)
    (tmp_path / "conf" / "templates" / "travellers.yaml").write_text("target: roaming_days_this_month > 2\nexclude: arrears_months > 1\n")
    found = uses(Conf(tmp_path / "conf"))
    assert [(use.name, use.part) for use in found["arrears_months"] if use.kind == "template"] == [("travellers", "exclude")]
    (tmp_path / "conf" / "templates" / "travellers.yaml").write_text("target: roaming_day > 2\n")
    with pytest.raises(UserError, match=r"travellers.yaml: target: .*roaming_day"):
        uses(Conf(tmp_path / "conf"))
