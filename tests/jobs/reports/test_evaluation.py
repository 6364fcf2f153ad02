"""The evaluation page: complete, self-contained, escaped, and honest where nothing can be read."""

import json
import re
from datetime import date
from html import unescape

import pytest

from jobs.evaluation.declared import indicator_files
from jobs.progress import quiet
from jobs.reports.evaluation import write_evaluation_page, write_report
from tests.jobs.reports.home import append, evaluated_home, figure, lift

pytestmark = pytest.mark.home


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    from jobs.conf import Conf
    from jobs.context import RunContext
    from jobs.paths import ROOT

    run = RunContext(tmp_path_factory.mktemp("home"), date(2026, 11, 5), Conf(ROOT / "conf"))
    evaluated_home(run)
    path = write_evaluation_page(run)
    assert path == run.home / "reports" / "evaluation" / "2026-11-05" / "index.html"
    assert [one.name for one in path.parent.iterdir()] == ["index.html"]
    return path.read_text(encoding="utf-8")


def without_scripts(page: str) -> str:
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_it_opens_offline(page):
    shown = without_scripts(page)
    assert not re.search(r"(src|href|xlink:href|action)=[\"']?(https?:)?//", shown)
    assert not re.search(r"<(link|iframe|img|object|embed)\b(?![^>]*href=\"data:)", shown)
    assert not re.search(r"@import|url\(", shown)
    assert not re.search(r"<script[^>]+src=", page)
    assert "window.vegaEmbed" in page


def test_every_indicator_is_defined_in_both_languages(page):
    text = unescape(without_scripts(page))
    for file in indicator_files():
        for one in file.indicators:
            assert one.doc in text and f"{one.name} = {one.numerator}" in text and one.label.en in text and one.label.zh in text, one.name


def test_the_numbers_stand_there_without_a_script(page):
    shown = without_scripts(page)
    assert "12,345" in shown  # issued, with its separator
    assert "+2.10 points" in shown and "+0.90 to +3.30" in shown and "5.00% of 19,600" in shown
    assert "30.0%" in shown and "30 / 100" in shown  # the best cell of the heat map with its counts
    assert "not yet: too few customers in an arm (7, at least 100)" in shown
    assert shown.count("<svg") == 6


def test_cells_that_rest_on_few_rows_are_faint(page):
    cells = re.findall(r'<td class="(faint)?[^"]*"><span style="([^"]*)"><b>([^<]+)</b><small>([^<]+)</small>', page)
    by_counts = {counts: (faint, style) for faint, style, _, counts in cells}
    assert by_counts["1 / 8"] == ("faint", "") and by_counts["30 / 100"][1].startswith("background: rgb(11, 94, 89)")


def test_names_are_escaped_everywhere(page):
    assert "<script>alert(" not in page
    assert "&lt;script&gt;alert(" in without_scripts(page)


def test_chart_data_stays_inside_its_script_element(page):
    specifications = re.findall(r'<script type="application/json" id="spec-\w+">(.*?)</script>', page, flags=re.DOTALL)
    assert len(specifications) == 6
    for text in specifications:
        assert json.loads(text)["$schema"].endswith(".json") and "</" not in text


def test_goals_are_held_against_the_campaign(page):
    from jobs.conf import Conf
    from jobs.paths import ROOT
    from jobs.strict import read_yaml

    goal = read_yaml(Conf(ROOT / "conf").folder / "campaigns" / "ringback_autumn.yaml")["goal"]["accepted"]
    assert f"{35 / goal * 100:.2f}".rstrip("0")[:3] in without_scripts(page)


def test_feedback_classes_and_decisions_add_up(page):
    shown = re.sub(r"\s+", " ", without_scripts(page))
    feedback = shown[shown.index('id="feedback"') :]
    assert [int(number) for number in re.findall(r"<td[^>]*>(\d+)</td>", feedback[: feedback.index("</table>")])] == [2, 0, 0, 1, 0, 1, 4] * 2
    assert "4 candidates" in shown


def test_a_home_without_anything_says_so_instead_of_failing(run_on):
    run = run_on("2026-11-05")
    assert write_report(run, quiet()) == {}
    page = (run.home / "reports" / "evaluation" / "2026-11-05" / "index.html").read_text(encoding="utf-8")
    assert "Nothing was issued in this month." in page and "not readable yet" in page and "No feedback has been received" in page


def test_a_lift_that_may_not_be_read_says_why_in_the_headline(run_on):
    run = run_on("2026-11-05")
    append(run, "indicator", [figure("issued", 1.0)])
    append(run, "lift", [lift("global", readable=False, reason="the arms are not split as planned (p 1e-09)", effect=0.5, low=0.4, high=0.6)])
    page = without_scripts(write_evaluation_page(run).read_text(encoding="utf-8"))
    tile = page[page.index("Lift of all marketing") :][:600]
    assert "not readable yet" in tile and "the arms are not split as planned" in tile and "+50.00 points" not in tile


def test_the_page_of_the_same_tables_is_the_same(run_on, page):
    run = run_on("2026-11-05")
    evaluated_home(run)
    assert write_evaluation_page(run).read_text(encoding="utf-8") == page
