"""Generated filters and rows full of edges: nulls, zeros, the largest and smallest numbers, days at the ends of months, odd texts."""

from datetime import date

from hypothesis import strategies as st

FIELDS = {
    "age": "int",
    "points": "bigint",
    "fee": "decimal(12,4)",
    "trend": "double",
    "city": "string",
    "joined_on": "date",
    "ends_on": "date",
    "has_tone": "boolean",
    "is_vip": "boolean",
}

ROWS = [
    # age, points, fee, trend, city, joined_on, ends_on, has_tone, is_vip
    (None, None, None, None, None, None, None, None, None),
    (0, 0, "0.0000", 0.0, "", date(2026, 1, 31), date(2026, 11, 1), True, False),
    (18, 1, "12.3400", 2.5, "anzhou", date(2024, 2, 29), date(2026, 12, 31), False, True),
    (35, -7, "-0.0001", -0.5, "Anzhou", date(2026, 11, 1), None, True, None),
    (-1, 9_223_372_036_854_775_807, "99999999.9999", 1e300, "a_b", date(1970, 1, 1), date(2026, 2, 28), None, True),
    (2_147_483_647, -9_223_372_036_854_775_808, "-99999999.9999", -1e300, "100%", None, date(1969, 12, 31), False, False),
    (-2_147_483_648, 3, "1.1000", float("nan"), 'it\'s "so"', date(9999, 12, 31), date(2026, 11, 30), True, True),
    (7, None, "3.3000", float("inf"), "安州", date(2026, 11, 29), date(2026, 11, 29), False, None),
    (None, 2, None, -0.0, "ÄÉß", date(2026, 3, 1), None, None, False),
    (2, 10, "2.5000", 0.49999999999999994, "B\\c", date(2026, 11, 2), date(2025, 11, 2), True, True),
]

_whole = st.sampled_from(["0", "1", "-1", "2", "3", "7", "18", "35", "1000000", "9223372036854775807"])
_number_literal = st.one_of(_whole, st.sampled_from(["0.5", "1.1", "12.34", "-2.5", "1e3", "2.5e-1", "99999999999999999999.5"]))
_number = st.recursive(
    st.one_of(st.sampled_from(["age", "points", "fee", "trend"]), _number_literal),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(st.sampled_from(["abs", "floor", "ceil", "round"]), inner).map(lambda parts: f"{parts[0]}({parts[1]})"),
        st.tuples(st.sampled_from(["coalesce", "greatest", "least", "nullif"]), inner, inner).map(lambda parts: f"{parts[0]}({parts[1]}, {parts[2]})"),
        inner.map(lambda one: f"(-{one})" if not one.startswith("-") else one),
        st.tuples(st.sampled_from(["age", "points"]), st.sampled_from(["2", "0", "-3", "age"])).map(lambda parts: f"({parts[0]} % {parts[1]})"),
        st.sampled_from(["length(city)", "datediff(ends_on, joined_on)", "year(joined_on)", "month(ends_on)", "day(joined_on)", "dayofweek(joined_on)"]),
    ),
    max_leaves=5,
)
_text = st.sampled_from(["city", "lower(city)", "upper(city)", "coalesce(city, 'none')", "'anzhou'", '"it\'s"', "''", "'安州'"])
_day = st.sampled_from(
    ["joined_on", "ends_on", "date '2026-11-01'", "'2026-02-28'", "date_add(joined_on, 30)", "date_sub(ends_on, 1)", "coalesce(ends_on, date '2026-01-31')"]
)
_field_day = st.sampled_from(["joined_on", "ends_on", "date_sub(joined_on, -1)"])
_sign = st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">=", "<=>"])
_leaf = st.one_of(
    st.tuples(_number, _sign, _number).map(" ".join),
    st.tuples(_text, _sign, _text).map(" ".join),
    st.tuples(_field_day, _sign, _day).map(" ".join),
    st.tuples(_number, _number, _number).map(lambda parts: f"{parts[0]} between {parts[1]} and {parts[2]}"),
    st.tuples(_number, st.lists(_number_literal, min_size=1, max_size=12)).map(lambda parts: f"{parts[0]} in ({', '.join(parts[1])})"),
    st.sampled_from(["city in ('anzhou', '安州')", "joined_on not in ('2026-11-01', date '2024-02-29')", "city like 'a%'", "city like '%!_b' escape '!'"]),
    st.sampled_from(["has_tone", "is_vip", "has_tone is true", "is_vip is not false", "has_tone = is_vip", "ends_on is null", "city is not null", "true"]),
    st.tuples(_number, _number, _number).map(lambda parts: f"case when has_tone then {parts[0]} when is_vip then {parts[1]} end >= {parts[2]}"),
    st.tuples(_number, _number).map(lambda parts: f"if(is_vip, {parts[0]}, null) <= {parts[1]}"),
)
FILTERS = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda one: f"not ({one})"),
        inner.map(lambda one: f"({one}) is null"),
    ),
    max_leaves=4,
)
