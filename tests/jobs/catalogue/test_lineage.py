"""lineage: where fields come from is computed from their expressions, and an expression that cannot be right is refused by name."""

import pytest

from jobs.catalogue.lineage import columns_read, layers, sources_of, unknown_functions
from jobs.catalogue.query_lineage import columns_behind, parsed
from jobs.catalogue.view import Category, ViewField, categories, fields
from jobs.errors import UserError

pytestmark = pytest.mark.core


def category(reads: list[str], **exprs: str) -> dict[str, Category]:
    made = [
        ViewField(
            name=name,
            type="int",
            unit="use",
            label={"en": "x", "zh": "x"},
            expr=expr,
            nullable=True,
            doc="A field of a test of lineage.",
            unchecked="A field of a test.",
        )
        for name, expr in exprs.items()
    ]
    return {"basic": Category(category="basic", label={"en": "x", "zh": "x"}, doc="A category of a test.", owner="test", reads=reads, fields=made)}


@pytest.mark.parametrize(
    ("field", "sources"),
    [
        ("age", ["customer.birth_date"]),
        ("arrears_total", ["balance.arrears_fen"]),
        ("bill_trend_percent", ["bill.amount_fen", "bill.discount_fen"]),
        ("paid_total_fen", ["payment.amount_fen"]),
        ("payments_90_days", ["payment.*"]),
        ("voice_seconds_out_this_month", ["usage_month.voice_seconds_out", "voice_usage.direction", "voice_usage.seconds"]),
        ("terminal_brand", ["terminal_library.brand"]),
        ("value_added_orders_90_days", ["order_event.action", "order_event.mandatory", "product_catalogue.kind"]),
        (
            "cheapest_plan_cost_fen",
            [
                *("data_usage.bytes", "message_usage.direction", "message_usage.kind", "message_usage.messages", "subscription.ended_on"),
                *("subscription.product", "subscription.role", "subscription.started_on", "usage_month.data_bytes", "usage_month.messages_sms_out"),
                *("usage_month.voice_seconds_out", "voice_usage.direction", "voice_usage.seconds"),
            ],
        ),
        ("vip_level_changed", ["customer.vip_level", "customer.vip_level_last_month"]),
    ],
)
def test_a_field_comes_from_columns_of_the_dumps(field, sources):
    assert sources_of(field) == sources


def test_every_field_has_a_source():
    assert [field.name for field in fields() if not sources_of(field.name)] == []


def test_fields_over_fields_come_in_later_steps():
    steps = [{field.name for field in step} for step in layers(categories())]
    assert "bill_trend_percent" in steps[0] and "spend_sudden_fall" in steps[1] and "churn_points" in steps[2] and "churn_risk" in steps[3]
    assert sum(map(len, steps)) == len(fields())


@pytest.mark.parametrize(
    ("exprs", "message"),
    [
        ({"one": "mont.data_bytes"}, "one: expr: mont.data_bytes: the category does not read 'mont' (did you mean 'month'?)"),
        ({"one": "month.data_bytes", "two": "ones + 1"}, "two: expr: unknown field 'ones' (did you mean 'one'?)"),
        ({"one": "month.data_bytes", "two": "one + month.data_bytes"}, "two: expr: names both columns (month.…) and fields (one)"),
        ({"one": "two + 1", "two": "one + 1"}, "one: expr: the field depends on itself, through two"),
        ({"beside": "one + 1", "one": "two + 1", "two": "one + 1"}, "one: expr: the field depends on itself, through two"),
        ({"one": "one + 1"}, "one: expr: the field depends on itself"),
        ({"one": "month.data_bytes * rand()"}, "one: expr: rand(): an expression makes one value of one row, the same every time"),
        ({"one": "datediff(current_date(), date'2026-01-01')"}, "one: expr: current_date(): an expression makes one value"),
        ({"one": "sum(month.data_bytes)"}, "one: expr: SUM(month.data_bytes): an expression makes one value of one row"),
        ({"one": "month.data_bytes as bytes"}, "one: expr: month.data_bytes AS bytes: an expression makes one value"),
        ({"one": "(select max(data_bytes) from month)"}, "one: expr: "),
        ({"one": "coalesce(month.data_bytes,"}, "one: expr: not valid Spark SQL"),
        ({"one": "half_year.data_bytes"}, "one: expr: half_year.data_bytes: the category does not read 'half_year'; add it to `reads`"),
        ({"one": "month.data_bites"}, "one: expr: month.data_bites: month has no such column (did you mean 'data_bytes'?)"),
        ({"one": "recent.visit_7_days"}, "one: expr: recent.visit_7_days: recent has no such column (did you mean 'visits_7_days'?)"),
        ({"one": "shuffel(month.data_bytes)"}, "one: expr: shuffel(…): Spark SQL has no such function (did you mean 'shuffle'?)"),
    ],
)
def test_an_expression_that_cannot_be_right_is_refused_by_name(exprs, message):
    with pytest.raises(UserError) as raised:
        layers(category(["month", "recent"], **exprs))
    assert message in str(raised.value)


def test_a_frame_that_is_none_is_refused():
    with pytest.raises(UserError, match=r"schemas/customer_view/basic.yaml: reads: no frame 'locaton' \(did you mean 'location'\?\)"):
        layers(category(["locaton"], one="1"))


def test_every_function_of_the_catalogue_is_known_without_a_jvm():
    assert [field.name for field in fields() if unknown_functions(field.expr)] == []


@pytest.mark.parametrize(
    ("query", "behind"),
    [
        ("select a as x from t", {("t", "a")}),
        ("select sum(s.a) filter (where s.b > 0) as x from (select a, c as b from t) as s", {("t", "a"), ("t", "c")}),
        ("select x from (select *, a + 1 as x from t) as s", {("t", "a")}),
        ("select d.a as x from (select explode(m) as (k, d) from t) as s", {("t", "m")}),
        ("select x from (select a as x from t union all select b from u) as s", {("t", "a"), ("u", "b")}),
        ("select count(*) as x from t", {("t", "*")}),
        ("select u.b as x from t left join u on u.k = t.k", {("u", "b")}),
        ("select a from t", set()),
    ],
)
def test_an_output_column_is_followed_to_its_tables(query, behind):
    assert columns_behind(parsed(query), "x", {"t": ["a", "c", "m", "k"], "u": ["b", "k"]}) == behind


def test_the_columns_that_expressions_read_are_told_by_frame():
    expressions = ["coalesce(month.data_bytes, 0) + half_year.data_bytes", "month.calls > 0", "year(business_date)", "age < 30"]
    assert columns_read(expressions) == {"month": ["calls", "data_bytes"], "half_year": ["data_bytes"]}
