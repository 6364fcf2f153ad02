"""Strict YAML: every mistake is one line that names file, field and cure."""

from datetime import date

import pytest

from jobs.conf import Conf
from jobs.contact_rules import ContactRules
from jobs.errors import UserError
from jobs.paths import ROOT
from jobs.strict import Day, Strict, load, read_yaml

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
        (("    max: 3", '    max: "3"'), "caps.product_month.max: Input should be a valid integer"),
        (("    max: 3", "    max: true"), "caps.product_month.max: Input should be a valid integer"),
        (("    max: 3", "    max: 3.0"), "caps.product_month.max: Input should be a valid integer"),
        (("share: 0.02", "share: .inf"), "control.global.share: Input should be a finite number"),
        (("share: 0.02", 'share: "0.02"'), "control.global.share: Input should be a valid number"),
        (("    counts: [customer, product]", "    counts: []"), "caps.product_month.counts: must hold 'customer'"),
        (("    counts: [customer, product]", "    counts: [product]"), "caps.product_month.counts: must hold 'customer', not only [product]"),
        (("    counts: [customer, product]", "    counts: [customer, customer]"), "caps.product_month.counts: key 'customer' stands twice"),
        (("    counts: [customer, product]", "    counts: [customer, prodct]"), "'channel' (did you mean 'product'?)"),
        (("time_zone: Asia/Shanghai", "time_zone: Asia/Shangai"), "time_zone: unknown time zone 'Asia/Shangai' (did you mean 'Asia/Shanghai'?)"),
        (("tie_salt: tie-1", 'tie_salt: " "'), "tie_salt: String should have at least 1 character"),
        (("tie_salt: tie-1", "? [a, b]"), "not valid YAML: a list or a mapping cannot be a key"),
        (("tie_salt: tie-1", "? {a: b}"), "not valid YAML: a list or a mapping cannot be a key"),
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
        "frequency_cell": 6,
    }
    assert conf.base.driver_memory


def test_the_hash_changes_with_any_byte_of_conf(tmp_path):
    (tmp_path / "a.yaml").write_text("a: 1\n")
    before = Conf(tmp_path).hash()
    (tmp_path / "a.yaml").write_text("a: 2\n")
    assert Conf(tmp_path).hash() != before


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("channels", ("channel: mms\n", "channel: sms\n"), "channels.yaml: channels: channel 'sms' stands twice"),
        ("products", ("product: mobile_reading", "product: ringback_tone"), "products.yaml: products: product 'ringback_tone' stands twice"),
        ("channels", ('from: "09:00", to: "20:00"', 'from: "09:00", to: "25:00"'), "channels.0.hours.to: String should match pattern"),
        ("channels", ('from: "09:00", to: "20:00"', 'from: "21:00", to: "20:00"'), "channels.0.hours: from 21:00 is not before to 20:00"),
        ("channels", ("kind: broadcast", "kind: broadcats"), "channels.0.kind: Input should be 'broadcast', 'active' or 'passive' (did you mean 'broadcast'?)"),
        (
            "channels",
            ("kind: agent_group, day: 150", "kind: agent_group, day: 150, but: {north: -1}"),
            "channels.3.capacity.place.but.north: Input should be greater",
        ),
        ("base", ("local[2]", "locl[2]"), "master: String should match pattern"),
        ("base", ("driver_memory: 4g", "driver_memory: lots"), "driver_memory: String should match pattern"),
    ],
)
def test_a_mistake_in_a_conf_file_names_file_and_field(tmp_path, file, change, message):
    text = (ROOT / "conf" / f"{file}.yaml").read_text()
    assert change[0] in text
    (tmp_path / f"{file}.yaml").write_text(text.replace(*change, 1))
    with pytest.raises(UserError) as raised:
        getattr(Conf(tmp_path), file)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


class Dated(Strict):
    first: Day
    value: float = 0.0


@pytest.mark.parametrize("text", ["first: 2026-11-05", 'first: "2026-11-05"', "first: 2026-11-05\nvalue: 3"])
def test_a_date_in_quotes_and_a_whole_number_for_a_fraction_are_what_they_say(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text)
    assert load(Dated, tmp_path / "a.yaml").first == date(2026, 11, 5)


def test_many_brackets_beside_each_other_are_not_deep(tmp_path):
    (tmp_path / "a.yaml").write_text("[" + ", ".join(["[{a: 1}]"] * 1_000) + "]")
    assert read_yaml(tmp_path / "a.yaml") == [[{"a": 1}]] * 1_000


def test_a_folder_in_place_of_a_file_is_one_line(tmp_path):
    with pytest.raises(UserError, match="Is a directory"):
        read_yaml(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("first: 2026-13-01", "first: '2026-13-01' is no date; write YYYY-MM-DD"),
        ("first: 20261105", "first: Input should be a valid date"),
        ("first: 2026-11-05T10:00:00", "first: Input should be a valid date"),
        ("first: 2026-11-05\nvalue: true", "value: Input should be a valid number"),
        ("first: 2026-11-05\nvalue: .nan", "value: Input should be a finite number"),
        ("first: " + "[" * 3000 + "]" * 3000, "not valid YAML: nested too deeply"),
        ("[" * 50_000, "not valid YAML: nested too deeply"),
        ("{first: " * 50_000, "not valid YAML: nested too deeply"),
        ("- " * 50_000, "not valid YAML: nested too deeply"),
        ("\n".join(" " * deep + "first:" for deep in range(3_000)), "not valid YAML: nested too deeply"),
    ],
)
def test_a_value_of_another_type_is_one_line(tmp_path, text, message):
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(UserError) as raised:
        load(Dated, tmp_path / "a.yaml")
    assert message in str(raised.value) and "\n" not in str(raised.value)
