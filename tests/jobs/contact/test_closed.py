"""closed: a published date is a no-op with the same content, a refusal with other content, and a new revision only when asked for."""

from dataclasses import replace
from datetime import date

import pytest
from pyspark.sql import functions as F

from jobs.catalogue.schema import fields_of
from jobs.contact import closed
from jobs.contact.closed import beside_folder, protect_published_lists, rounds_made
from jobs.contact.contact import contact
from jobs.contact.publish import LIST_TABLES, render
from jobs.context import RunContext
from jobs.errors import Refusal
from jobs.flow import Stage
from jobs.lists import layout
from jobs.lists.query import connect
from jobs.lists.writing import finish
from jobs.progress import quiet
from tests.frames import rows
from tests.jobs.lists.small_home import put

pytestmark = pytest.mark.spark


class Contacts:
    """A contact stage that issues the web rows of the given customers at a price: the ledger through its own function, the list from the ledger."""

    def __init__(self, spark, *customers: str, price: str = "10.00") -> None:
        self.spark, self.customers, self.price = spark, customers, price

    def __call__(self, run: RunContext) -> dict[str, int]:
        keys = "\n".join(f"{one} | autumn | ringback_tone | web | 1" for one in self.customers)
        decided = rows(
            self.spark,
            "decision",
            "customer_id | campaign | product | channel | wave | probability | expected_value | reason\n"
            + "\n".join(f"{line} | 0.1 | 1.0 | issued" for line in keys.splitlines()),
        )
        candidates = rows(self.spark, "candidate", f"customer_id | campaign | product | channel | wave\n{keys}")
        ledger = contact(decided, candidates, run.lake.read_parameter("issued_before", run.business_date), run)
        # Written without the JVM: a fraction of a second instead of two.
        run.lake.replace(ledger.toArrow(), "contact", run.business_date)
        listed = ledger.where("revoked_in is null").withColumn("script", F.lit("RB-W")).withColumn("rank", F.lit(1))
        listed = listed.withColumn("parameters", F.create_map(F.lit("price"), F.lit(self.price)))
        names = {field.name: field.type for field in fields_of("contact_list")}
        columns = [name if name in listed.columns else f"cast(null as {kind}) as {name}" for name, kind in names.items()]
        run.lake.replace(listed.selectExpr(*columns).toArrow(), "contact_list", run.business_date)
        return {"contact": len(self.customers)}


def publish(run: RunContext, revision: int) -> None:
    """The web list as a published revision."""
    folder = layout.revision_folder(run.home, "web", run.contact_date, revision)
    folder.mkdir(parents=True)
    with connect(run, *LIST_TABLES) as connection:
        render(run, connection, "web", folder, revision)
    finish(folder)


def ledger(run: RunContext) -> dict[str, tuple]:
    rows_ = run.lake.scan("contact", day=run.business_date).to_pylist()
    return {row["customer_id"]: (row["revision"], row["revoked_in"], row["round"]) for row in rows_}


def test_the_life_of_a_published_date(spark, spark_run_on, monkeypatch):
    monkeypatch.setattr(closed, "STAGES", {"contact": Stage("contact", "", ("contact.contact", "contact.contact_list"))})
    run = spark_run_on("2026-11-10")
    revise = replace(run, options={"new_revision": True})
    first, other = Contacts(spark, "C1", "C2"), Contacts(spark, "C2", "C3")

    with pytest.raises(Refusal, match="have not been checked"):
        protect_published_lists(run, quiet(), first, whole_stage=True)
    put(run.lake, "quality_result", [{"business_date": run.business_date, "table": "customer_view", "check": "has rows", "on_fail": "stop", "passed": True}])
    with pytest.raises(Refusal, match="the matches of 2026-11-10 have not been made: run `cpc run match --date 2026-11-10` first"):
        protect_published_lists(run, quiet(), first, whole_stage=True)
    put(run.lake, "product_channel_score", [{"business_date": run.business_date, "product": "ringback_tone", "channel": "web"}])
    assert protect_published_lists(run, quiet(), first, whole_stage=True) == {"contact": 2}
    assert ledger(run) == {"C1": (1, None, 1), "C2": (1, None, 1)}
    publish(run, 1)

    assert protect_published_lists(run, quiet(), first, whole_stage=True) == {}  # says the same
    with pytest.raises(Refusal, match="would change web: a published list never changes"):
        protect_published_lists(run, quiet(), other, whole_stage=True)
    with pytest.raises(Refusal, match="not made one by one"):
        protect_published_lists(revise, quiet(), other, whole_stage=False)
    assert ledger(run) == {"C1": (1, None, 1), "C2": (1, None, 1)}

    protect_published_lists(revise, quiet(), other, whole_stage=True)
    assert ledger(run) == {"C1": (1, 2, 1), "C2": (1, None, 1), "C3": (2, None, 2)}
    assert rounds_made(run) == 2
    publish(run, 2)
    assert protect_published_lists(run, quiet(), other, whole_stage=True) == {}
    assert not beside_folder(run).exists()

    dearer = Contacts(spark, "C2", "C3", price="12.00")  # the same rows by their content hash, but not what the channel is to say
    with pytest.raises(Refusal, match="would change web: a published list never changes"):
        protect_published_lists(run, quiet(), dearer, whole_stage=True)
    protect_published_lists(revise, quiet(), dearer, whole_stage=True)
    assert ledger(run) == {"C1": (1, 2, 1), "C2": (1, None, 1), "C3": (2, None, 2)}
    publish(run, 3)
    assert protect_published_lists(run, quiet(), dearer, whole_stage=True) == {}

    past = replace(run, business_date=date(2026, 11, 8))
    with pytest.raises(Refusal, match="past dates are closed"):
        protect_published_lists(past, quiet(), first, whole_stage=True)
