"""view: the catalogue is whole and in order, and a mistake in it is one line that names file and field."""

import shutil

import pytest

from jobs.catalogue.schema import fields_of
from jobs.catalogue.view import fields, load_categories, view_fields
from jobs.errors import UserError
from jobs.paths import SCHEMAS

pytestmark = pytest.mark.core


def test_the_view_is_its_keys_and_then_every_field_once():
    names = [field.name for field in view_fields()]
    assert names[:2] == ["business_date", "customer_id"]
    assert names[2:] == [field.name for field in fields()]
    assert len(names) == len(set(names)) >= 334
    assert fields_of("customer_view") == view_fields()


def test_the_names_of_the_contract_are_fields():
    assert {"age", "has_ringback_tone", "arrears_total"} <= {field.name for field in fields()}


def test_every_product_that_is_not_care_has_its_flag(conf):
    declared = {field.name: field.type for field in fields()}
    for product in conf.products.values():
        if product.kind != "care":
            assert declared.get(f"has_{product.product}") == "boolean", f"schemas/customer_view/subscription.yaml: add has_{product.product}"


def test_windows_stand_for_one_field_per_number_of_days():
    seven = next(field for field in fields() if field.name == "hall_visits_7_days")
    assert (seven.expr, seven.label.zh) == ("coalesce(recent.visits_hall_7_days, 0)", "近7天营业厅访问次数")
    assert "7 days" in seven.doc and "{d}" not in seven.doc


def test_parts_of_a_window_are_those_of_the_same_window():
    visits = next(field for field in fields() if field.name == "visits_7_days")
    parts = next(check for check in visits.checks if check.sum_of)
    assert parts.rule == (
        "equal to hall_visits_7_days + hotline_visits_7_days + web_visits_7_days + palm_hall_visits_7_days + sms_hall_visits_7_days + self_service_visits_7_days"
    )


def test_a_part_behind_a_minus_is_taken_off():
    margin = next(field for field in fields() if field.name == "margin_last_month_fen")
    assert margin.checks[1].rule == "equal to bill_last_month_fen + settlement_in_last_month_fen - cost_last_month_fen"
    assert margin.checks[1].other_fields == ["bill_last_month_fen", "settlement_in_last_month_fen", "cost_last_month_fen"]


def test_codes_of_an_in_check_are_codes_of_the_column():
    assert next(field for field in view_fields() if field.name == "brand").codes == ["gotone", "m_zone", "easy"]


def test_no_field_identifies_a_person():
    assert {field.pii for field in fields()} <= {"none", "indirect"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("    nullable: false\n    doc: City", "    nulable: false\n    doc: City"), "fields.city.nulable: unknown key 'nulable' (did you mean 'nullable'?)"),
        (
            ("doc: City the line belongs to on business_date, as a code of the customer source.", "doc: City."),
            "fields.city.doc: String should have at least 15 characters",
        ),
        (
            ("doc: City the line belongs to on business_date, as a code of the customer source.", "doc: TODO say what this is"),
            "fields.city.doc: 'TODO say what this is' is placeholder text",
        ),
        (("  - name: county", "  - name: city"), "city: declared twice"),
        (("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{between: [0, 1e9], on_fail: warn}]"), "fields.age.checks.0.between.1"),
        (("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{between: [120, 0], on_fail: warn}]"), "between: 120 is above 0"),
        (("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{between: [0, 120], not_null: true, on_fail: warn}]"), "a check is exactly one of"),
        (("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{not_below: tenure, on_fail: warn}]"), "age: not_below: unknown field 'tenure'"),
        (
            ("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{sum_of: [points, pints], on_fail: warn}]"),
            "age: sum_of: unknown field 'pints' (did you mean 'points'?)",
        ),
        (("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{sum_of: [points, brand], on_fail: warn}]"), "only whole numbers add up exactly"),
        (("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{sum_of: [points], on_fail: warn}]"), "fields.age.checks.0.sum_of"),
        (("checks: [{in: [f, m], on_fail: warn}]", "checks: [{in: [yes, no], on_fail: warn}]"), "fields.gender.checks.0.in.0"),
        (("    nullable: false\n    doc: City", "    nullable: maybe\n    doc: City"), "fields.city.nullable"),
        (("    type: string\n    unit: code\n    label: {en: City", "    type: varchar\n    unit: code\n    label: {en: City"), "fields.city.type"),
        (("    unit: year", "    unit: yeer"), "fields.age.unit: 'yeer' is no unit of the catalogue (did you mean 'year'?)"),
        (("    pii: indirect", "    pii: direct"), "stands in identity alone"),
        (("  - name: city\n", "  - name: city\n    windows: [7, 30]\n"), "`windows` and {d} in the name belong together"),
        (
            ("    checks: [{between: [0, 120], on_fail: warn}]", "    checks: [{between: [0, 120], on_fail: warn}]\n    unchecked: nobody asked for it"),
            "a field has checks, or says in `unchecked` why none can be; one of both",
        ),
        (("    checks: [{between: [0, 120], on_fail: warn}]", "    checks: []"), "a field has checks, or says in `unchecked` why none can be; one of both"),
        (("checks: [{in: [f, m], on_fail: warn}]", "checks: [{between: [0, 1], on_fail: warn}]"), "that asks for a field of type int or bigint or double"),
        (
            ("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{in: [young, old], on_fail: warn}]"),
            "one of young, old: that asks for a field of type string",
        ),
        (
            ("checks: [{between: [0, 120], on_fail: warn}]", "checks: [{not_below: brand, on_fail: warn}]"),
            "brand is string and age is int; they cannot be compared",
        ),
        (("category: basic", "category: basics"), "category: the name inside is 'basics'"),
    ],
)
def test_a_mistake_in_a_category_is_one_line(tmp_path, change, message):
    shutil.copytree(SCHEMAS / "customer_view", tmp_path / "customer_view")
    path = tmp_path / "customer_view" / "basic.yaml"
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(UserError) as raised:
        load_categories(tmp_path / "customer_view")
    assert message in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_file_that_is_no_category_is_refused(tmp_path):
    shutil.copytree(SCHEMAS / "customer_view", tmp_path / "customer_view")
    (tmp_path / "customer_view" / "voices.yaml").write_text("category: voices\n")
    with pytest.raises(UserError, match=r"no such category \(did you mean 'voice'\?\)"):
        load_categories(tmp_path / "customer_view")
