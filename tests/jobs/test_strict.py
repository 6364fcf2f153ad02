"""Strict YAML: every mistake is one line that names file, field and cure."""

import pytest

from jobs.conf import Conf, ContactRules
from jobs.errors import UserError
from jobs.paths import ROOT
from jobs.strict import load

pytestmark = pytest.mark.core

RULES = (ROOT / "conf" / "contact_rules.yaml").read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("tie_salt: tie-1", "tie_sald: tie-1"), "unknown key 'tie_sald' (did you mean 'tie_salt'?)"),
        (("    window: month\n    max: 3", "    windw: month\n    max: 3"), "unknown key 'windw' (did you mean 'window'?)"),
        (("    max: 3", "    max: three"), "caps.product_month.max: Input should be a valid integer"),
        (("tie_salt: tie-1", "tie_salt: tie-1\ntie_salt: tie-2"), "key 'tie_salt' stands twice"),
        (("  - name: campaign_month", "  - name: product_month"), "rule name 'product_month' stands twice"),
        (("share: 0.02", "share: 0.9"), "less than or equal to 0.5"),
    ],
)
def test_a_mistake_in_contact_rules_is_one_line(tmp_path, change, message):
    path = tmp_path / "contact_rules.yaml"
    assert change[0] in RULES
    path.write_text(RULES.replace(*change, 1))
    with pytest.raises(UserError) as raised:
        load(ContactRules, path)
    assert message in str(raised.value)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_rule_on_a_channel_that_is_none_names_the_nearest(tmp_path):
    for name in ("channels.yaml", "products.yaml"):
        (tmp_path / name).write_text((ROOT / "conf" / name).read_text())
    (tmp_path / "contact_rules.yaml").write_text(RULES.replace("channels: [sms]", "channels: [smss]"))
    with pytest.raises(UserError, match=r"sms_month.channels: unknown channel 'smss' \(did you mean 'sms'"):
        _ = Conf(tmp_path).contact_rules


def test_the_conf_of_the_repository_is_valid(conf):
    assert {cap.name: cap.max for cap in conf.contact_rules.caps if cap.enabled} == {
        "product_month": 3,
        "campaign_month": 2,
        "campaign_channel_month": 2,
        "customer_month": 5,
        "call_month": 1,
        "sms_month": 2,
        "movement_alert_month": 15,
    }
    assert conf.base.driver_memory


def test_the_hash_changes_with_any_byte_of_conf(tmp_path):
    (tmp_path / "a.yaml").write_text("a: 1\n")
    before = Conf(tmp_path).hash()
    (tmp_path / "a.yaml").write_text("a: 2\n")
    assert Conf(tmp_path).hash() != before
