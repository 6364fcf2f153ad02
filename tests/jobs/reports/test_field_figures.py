"""field_figures: nulls, shares and bins worked out by hand; nothing that a handful of customers alone have."""

from datetime import date

import pyarrow as pa
import pytest

from jobs.catalogue.view import ViewField, fields
from jobs.reports.field_figures import FieldFigures, field_figures, figures_of
from tests.jobs.reports.home import append

pytestmark = pytest.mark.core


def declared(name: str) -> ViewField:
    return next(field for field in fields() if field.name == name)


def of(name: str, values: list, kind: pa.DataType) -> FieldFigures:
    return figures_of(declared(name), pa.chunked_array([pa.array(values, kind)]))


def test_a_flag_is_told_by_its_shares():
    figures = of("is_smartphone", [True] * 15 + [False] * 5 + [None] * 5, pa.bool_())
    assert (figures.null_share, figures.bars) == (0.2, (("true", 0.75), ("false", 0.25)))


def test_codes_that_few_customers_have_stand_together_as_others():
    figures = of("brand", ["gotone"] * 10 + ["easy"] * 6 + ["m_zone"] * 4, pa.string())
    assert figures.bars == (("gotone", 0.5), ("easy", 0.3), ("others", 0.2))


def test_of_personal_texts_only_the_number_of_values_is_told():
    figures = of("home_area", ["anzhou_a1"] * 30 + ["anzhou_a2"] * 10, pa.string())
    assert (figures.different, figures.bars) == (2, ())


def test_of_texts_with_many_values_only_their_number_is_told():
    figures = of("terminal_model", [f"M{number % 17}" for number in range(340)], pa.string())
    assert (figures.different, figures.bars) == (17, ())


def test_a_number_is_told_by_quantiles_and_bins():
    """0 to 99: the 5th percent is 4, the median 49, the 95th 94; nine in ten lie evenly between, the rest in the outer bins."""
    figures = of("age", list(range(100)), pa.int32())
    assert (figures.quantiles, figures.zero_share) == ((4.0, 49.0, 94.0), 0.01)
    assert figures.bins[1:9] == (0.09,) * 8
    assert sum(figures.bins) == pytest.approx(1.0) and figures.bins[0] == pytest.approx(0.13)


def test_a_number_with_few_values_is_told_by_them():
    figures = of("vip_level", [0] * 14 + [1] * 6, pa.int32())
    assert figures.bars == (("0", 0.7), ("1", 0.3))


def test_a_date_is_told_by_days():
    figures = of("joined_on", [date(1970, 1, 1 + number) for number in range(20)], pa.date32())
    assert (figures.quantiles, figures.zero_share) == ((0.0, 9.0, 18.0), None)


def test_of_too_few_known_values_nothing_but_the_nulls_is_told():
    assert of("age", [*range(19), None], pa.int32()) == FieldFigures(0.05)


def test_every_field_of_a_night_has_figures_and_a_night_without_rows_none(run_on):
    run = run_on("2026-11-05")
    assert field_figures(run) == {}
    append(run, "customer_view", [{"customer_id": f"C{number:09}", "vip_level": 2} for number in range(20)])
    found = field_figures(run)
    assert list(found) == [field.name for field in fields()]
    assert found["vip_level"].bars == (("2", 1.0),) and found["age"].null_share == 1.0
