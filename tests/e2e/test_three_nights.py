"""Three nights with feedback through the real DAGs, SparkSubmit and Delta, network off: lists, ledger, outcomes and the third night's reaction."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from jobs.cli.main import run_command
from jobs.lake import Lake
from jobs.paths import ROOT
from tests.e2e.three_nights import FIRST, NIGHTS

pytestmark = [pytest.mark.e2e, pytest.mark.whole_nights]

CUSTOMERS = 400
CONTACT_DATES = [FIRST + timedelta(days=night + 1) for night in range(NIGHTS)]
LAST = FIRST + timedelta(days=NIGHTS)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    answer = subprocess.run(
        [sys.executable, "-m", "tests.e2e.three_nights", str(folder), str(CUSTOMERS)], cwd=ROOT, capture_output=True, text=True, timeout=3600
    )
    if answer.returncode != 0:  # pytest shortens what an assertion compares: this says it whole
        pytest.fail(f"{answer.stdout[-12000:]}\n{answer.stderr[-4000:]}", pytrace=False)
    ran = json.loads(answer.stdout.splitlines()[-1])["ran"]
    assert [name for name, _ in ran] == ["nightly", "feedback", "nightly", "feedback", "nightly", "feedback", "evaluation"]
    return folder


def rows(home: Path, sql: str, **tables: str) -> list[tuple]:
    """Answer of DuckDB over tables of the lake, given as name=table."""
    connection = duckdb.connect()
    for name, table in tables.items():
        connection.register(name, Lake(home).dataset(table))
    return connection.execute(sql).fetchall()


@pytest.mark.parametrize("contact_date", CONTACT_DATES, ids=str)
def test_every_channel_has_a_published_list_that_the_independent_check_accepts(home, conf, contact_date, capsys):
    for channel in conf.channels:
        folder = home / "lists" / f"channel={channel}" / f"contact_date={contact_date}" / "revision=1"
        assert (folder / "_SUCCESS").exists(), folder
    assert run_command(["check", "--contact-date", str(contact_date), "--home", str(home), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["violations"] == []
    assert answer["rows"] > 20


def test_every_candidate_has_one_reason_and_issued_is_what_the_lists_hold(home):
    for night, candidates, decided in rows(
        home,
        "select business_date, (select count(*) from candidate c where c.business_date = d.business_date), count(*) from decision d group by 1",
        decision="decision",
        candidate="candidate",
    ):
        assert candidates == decided > 100, night
    issued = rows(home, "select business_date, count(*) from decision where reason = 'issued' group by 1 order by 1", decision="decision")
    listed = [(night, sum(_rows_of(home, night + timedelta(days=1)))) for night, _ in issued]
    assert issued == listed
    assert len(issued) == NIGHTS


def _rows_of(home: Path, contact_date: date) -> list[int]:
    manifests = (home / "lists").glob(f"channel=*/contact_date={contact_date}/revision=1/manifest.json")
    return [json.loads(manifest.read_text())["rows"] for manifest in manifests]


def test_every_row_of_every_dump_is_accounted_for(home):
    total, kept, quarantined, repeated = rows(
        home, "select sum(rows_in), sum(rows_kept), sum(rows_quarantined), sum(rows_repeated) from reconciliation", reconciliation="reconciliation"
    )[0]
    assert total == kept + quarantined + repeated
    assert quarantined > 0
    assert rows(home, "select count(*) from quarantine", quarantine="quarantine")[0][0] >= quarantined


def test_what_identifies_a_person_stands_in_no_other_table(home):
    """Numbers, e-mail addresses and certificates of any night, looked for in the text of every row of every other table."""
    others = [folder.parent.name for folder in (home / "lake").glob("*/_delta_log") if folder.parent.name != "identity"]
    assert {"quarantine", "contact_list"} <= set(others)
    found = {
        table: rows(
            home,
            r"""with word as (select distinct unnest(regexp_extract_all(other::varchar, '\b1[0-9]{10}\b|\b[0-9]{17}[0-9X]\b|[\w.]+@[\w.]+')) as word from other)
                select word from word where word in (from (select unnest([number, email, certificate_number]) from identity)) order by word limit 3""",
            other=table,
            identity="identity",
        )
        for table in others
    }
    assert {table: words for table, words in found.items() if words} == {}


def test_every_received_feedback_row_is_in_one_class(home):
    lines = sum(max(0, len(path.read_bytes().splitlines()) - 1) for path in (home / "landing" / "feedback").rglob("*.csv"))
    classes = dict(rows(home, "select class, count(*) from feedback group by 1", feedback="contact_feedback"))
    assert sum(classes.values()) == lines
    assert classes["accepted_as_new"] > 20


def test_the_third_night_reacts_to_what_the_channels_heard(home):
    """Accepted and refused offers are not made again, and bans that came from feedback are known."""
    third = FIRST + timedelta(days=2)
    again = rows(
        home,
        f"""select count(*) from contact new join contact old using (customer_id, campaign, product) join outcome o on o.contact_id = old.contact_id
            where new.business_date = DATE '{third}' and o.business_date = DATE '{third}' and o.outcome in ('accepted', 'refused', 'opted_out')
              and old.contact_date < new.contact_date""",
        contact="contact",
        outcome="outcome",
    )
    assert again == [(0,)]
    stopped = rows(home, f"select count(*) from decision where business_date = DATE '{third}' and reason = 'stopped_by_outcome'", decision="decision")
    assert stopped[0][0] > 0


def test_a_pull_delivers_the_list_less_the_revoked(home, tmp_path, capsys):
    contact_date = str(CONTACT_DATES[-1])
    assert run_command(["pull", "--channel", "sms", "--contact-date", contact_date, "--to", str(tmp_path), "--home", str(home), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    manifest = json.loads((home / "lists" / "channel=sms" / f"contact_date={contact_date}" / "revision=1" / "manifest.json").read_text())
    assert answer["rows"] == manifest["rows"] - answer["revoked"]


def test_the_evaluation_page_stands_alone(home):
    page = (home / "reports" / "evaluation" / str(LAST) / "index.html").read_text(encoding="utf-8")
    assert 'src="http' not in page and 'href="http' not in page
    assert len(rows(home, f"select distinct indicator from indicator where business_date = DATE '{LAST}'", indicator="indicator")) >= 21
