"""campaign: every file of the repository is right, and each kind of mistake is one line with file, field, reason and the nearest right name."""

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.campaign.campaign import Campaign, content_hash, load_campaigns, read_campaign
from jobs.campaign.marketing_map import load_marketing_map
from jobs.conf import Conf
from jobs.errors import UserError
from jobs.lists.check import rules_file
from jobs.paths import ROOT

pytestmark = pytest.mark.core

FIELDS = {"age": "int", "has_ringback_tone": "boolean", "arrears_total": "bigint"}
CONTENT = rules_file.read_rules(ROOT / "conf").campaigns["ringback_autumn"]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Campaign]:
    """Reads the campaign of the contract with changes, from a file of its own beside conf/."""
    for name in ("channels.yaml", "products.yaml", "marketing_map.yaml"):
        (tmp_path / name).symlink_to(ROOT / "conf" / name)
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "ringback_spring.yaml").touch()

    def read(**changes: Any) -> Campaign:
        content = {key: value for key, value in {**copy.deepcopy(CONTENT), **changes}.items() if value is not None}
        path = tmp_path / "campaigns" / "ringback_autumn.yaml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        conf = Conf(tmp_path)
        return read_campaign(path, conf, FIELDS, set(load_marketing_map(conf.folder).scenes))

    return read


def wave(number: int, **more: Any) -> dict[str, Any]:
    return {"wave": number, "channels": ["sms"], **more}


LATER = {"delay_days": 3, "when": ["no_response"]}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"holdouts": 0.1}, "holdouts: unknown key 'holdouts' (did you mean 'holdout'?)"),
        ({"budget": {"money": 1, "contact_max": 5}}, "budget.contact_max: unknown key 'contact_max' (did you mean 'contacts_max'?)"),
        ({"target": "age > 18 and not has_ringback_tones"}, "target: unknown field 'has_ringback_tones' (did you mean 'has_ringback_tone'?), at character 18"),
        ({"exclude": "arears_total > 0"}, "exclude: unknown field 'arears_total' (did you mean 'arrears_total'?)"),
        ({"target": "age > 18; drop table customer"}, "target: ';' is not allowed"),
        ({"product": "ringbak_tone"}, "product: unknown product 'ringbak_tone' (did you mean 'ringback_tone'?)"),
        ({"waves": [{"wave": 1, "channels": ["sns"]}]}, "waves.1.channels: unknown channel 'sns' (did you mean 'sms'?)"),
        ({"waves": [{"wave": 1, "channels": ["sms", "sms"]}]}, "channel 'sms' stands twice"),
        ({"waves": [{"wave": 1, "channels": ["mms"]}]}, "script: no script for channel 'mms' of wave 1"),
        ({"script": {**CONTENT["script"], "phone": "X"}}, "script: unknown channel 'phone'"),
        ({"waves": [wave(1), wave(3, **LATER)]}, "waves: must be numbered 1 to 2"),
        ({"waves": [wave(1, when=["considering"])]}, "waves: wave 1 waits for nothing"),
        ({"waves": [wave(1), wave(2, delay_days=3)]}, "waves: wave 2 needs delay_days of at least 1 and when"),
        ({"waves": [wave(1), wave(2, delay_days=3, when=["accepted"])]}, "waves.1.when.0: Input should be 'no_response'"),
        ({"waves": [wave(1, share=1.5)]}, "waves.0.share: Input should be less than or equal to 1"),
        ({"scene": "raise.value_aded"}, "scene: unknown scene 'raise.value_aded' (did you mean 'raise.value_added'?)"),
        ({"exclusive_with": ["ringback_sprin"]}, "exclusive_with: unknown campaign 'ringback_sprin' (did you mean 'ringback_spring'?)"),
        ({"exclusive_with": ["ringback_autumn"]}, "exclusive_with: unknown campaign 'ringback_autumn'"),
        ({"period": {"from": date(2026, 11, 30), "to": date(2026, 11, 1)}}, "period: from 2026-11-30 is after to 2026-11-01"),
        ({"type": "care_reminder"}, "type: a care reminder offers nothing, but product 'ringback_tone' is of kind service"),
        ({"type": "recommendation"}, "type: Input should be 'care_reminder'"),
        ({"product": "balance_reminder"}, "waves.3.channels: channel 'call' does not carry kind care"),
        ({"campaign": "ringback_fall"}, "campaign: is 'ringback_fall' in a file named ringback_autumn.yaml"),
        ({"budget": {"contacts_min": 9, "contacts_max": 5}}, "budget: contacts_min 9 is above contacts_max 5"),
        ({"holdout": 0.9}, "holdout: Input should be less than or equal to 0.5"),
        ({"target": None}, "target: Field required"),
        ({"period": {"from": "2026-13-01", "to": date(2026, 11, 30)}}, "period.from: '2026-13-01' is no date; write YYYY-MM-DD"),
        ({"delivery": {"mode": "daily", "min_days_between": True}}, "delivery.min_days_between: Input should be a valid integer"),
        ({"delivery": {"mode": "dayly"}}, "'monthly' or 'once' (did you mean 'daily'?)"),
        ({"holdout": "0.05"}, "holdout: Input should be a valid number"),
        ({"value": "12"}, "value: Input should be a valid number"),
        ({"value": float("inf")}, "value: Input should be a finite number"),
        ({"budget": {"money": float("inf")}}, "budget.money: Input should be a finite number"),
        ({"script": {**CONTENT["script"], "sms": " "}}, "script.sms: String should have at least 1 character"),
    ],
)
def test_a_mistake_is_named_with_file_field_and_the_nearest_right_name(read, changes, says):
    with pytest.raises(UserError) as caught:
        read(**changes)
    assert "ringback_autumn.yaml: " in str(caught.value) and says in str(caught.value)


def test_the_condition_is_the_target_without_those_excluded(read):
    condition = read().condition
    assert condition.fields == set(FIELDS)
    assert condition.spark_sql == "(((`age` BETWEEN 18 AND 35) AND (NOT `has_ringback_tone`)) AND ((`arrears_total` > 0) IS NOT TRUE))"


def test_a_campaign_without_a_value_takes_its_product_s(read):
    assert read(value=None).value == 12.0
    assert read(value=7.5).value == 7.5


def test_the_period_holds_its_first_and_its_last_contact_date(read):
    campaign = read()
    days = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)]
    assert [campaign.is_live(day) for day in days] == [False, True, True, False]


def test_the_content_hash_follows_every_value_and_no_layout(read):
    as_written = read()
    assert as_written.content_hash == content_hash(dict(reversed(CONTENT.items())))
    assert read(holdout=0.06).content_hash != as_written.content_hash
    assert read(exclude="arrears_total >  0").content_hash != as_written.content_hash


def test_the_repository_s_campaigns_cover_the_map_every_type_and_every_kind_of_channel(conf):
    campaigns = load_campaigns(conf)
    scenes = load_marketing_map(conf.folder).scenes
    assert {campaign.scene for campaign in campaigns} == set(scenes)
    assert {campaign.type for campaign in campaigns} == {"care_reminder", "movement_alert", "high_value_recommendation", "low_value_recommendation"}
    assert {conf.channels[channel].kind for campaign in campaigns for channel in campaign.channels} == {"broadcast", "active", "passive"}
    classic = [
        campaign.campaign for campaign in campaigns if [conf.channels[step.channels[0]].kind for step in campaign.waves] == ["broadcast", "passive", "active"]
    ]
    assert classic == ["ringback_autumn"]


def test_campaigns_exclude_each_other_whichever_file_says_so(tmp_path):
    for name in ("channels.yaml", "products.yaml", "marketing_map.yaml", "contact_rules.yaml"):
        (tmp_path / name).symlink_to(ROOT / "conf" / name)
    (tmp_path / "campaigns").mkdir()
    for name, excluded in (("one", ["other"]), ("other", []), ("third", [])):
        content = {**copy.deepcopy(CONTENT), "campaign": name, "exclusive_with": excluded}
        (tmp_path / "campaigns" / f"{name}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    conf = Conf(tmp_path)
    loaded = {one.campaign: one for one in load_campaigns(conf, FIELDS)}
    assert {name: one.exclusive_with for name, one in loaded.items()} == {"one": ["other"], "other": ["one"], "third": []}
    plain = rules_file.read_rules(tmp_path).campaigns
    assert loaded["other"].content_hash == rules_file.content_hash(plain["other"]), "an approval is of the file as it stands"
    assert loaded["other"].condition is not None


def test_the_independent_check_hashes_the_same_content_to_the_same_value(conf):
    """The check of published lists reads approvals by a hash that it works out itself."""
    plain = rules_file.read_rules(conf.folder).campaigns
    assert {one.campaign: one.content_hash for one in load_campaigns(conf)} == {name: rules_file.content_hash(content) for name, content in plain.items()}
