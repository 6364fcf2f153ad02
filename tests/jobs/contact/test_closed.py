"""closed: a published date is a no-op with the same content, a refusal with other content, and a new revision only when asked for."""

from dataclasses import replace
from datetime import date

import pytest
from pyspark.sql import functions as F

from jobs.catalogue.schema import fields_of
from jobs.contact import closed
from jobs.contact.closed import beside_folder, protect_published_lists, rounds_made
from jobs.contact.contact import contact
from jobs.context import RunContext
from jobs.errors import Refusal
from jobs.flow import Stage
from jobs.lists import layout
from jobs.lists.content import content_hash
from jobs.lists.writing import finish, write_model
from jobs.progress import quiet
from tests.frames import rows

pytestmark = pytest.mark.spark


class Contacts:
    """A contact stage that issues the web rows of the given customers: the ledger through its own function, the list from the ledger."""

    def __init__(self, spark, *customers: str) -> None:
        self.spark, self.customers = spark, customers

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
        names = {field.name: field.type for field in fields_of("contact_list")}
        columns = [name if name in listed.columns else f"cast(null as {kind}) as {name}" for name, kind in names.items()]
        run.lake.replace(listed.selectExpr(*columns).toArrow(), "contact_list", run.business_date)
        return {"contact": len(self.customers)}


def publish(run: RunContext, revision: int) -> None:
    """The web list as a published revision: what closed.py reads of it is the manifest and `_SUCCESS`."""
    listed = run.lake.scan("contact_list", day=run.business_date)
    manifest = layout.ListManifest(
        channel="web",
        contact_date=run.contact_date,
        business_date=run.business_date,
        revision=revision,
        rows=listed.num_rows,
        files=[],
        content_hash=content_hash(listed),
        schema_version=1,
        rules_hash="0" * 64,
        code_version="test",
        run="run.json",
        created_at=layout.midnight(run.contact_date, "Asia/Shanghai"),
    )
    folder = layout.revision_folder(run.home, "web", run.contact_date, revision)
    write_model(folder / layout.MANIFEST, manifest)
    finish(folder)


def ledger(run: RunContext) -> dict[str, tuple]:
    rows_ = run.lake.scan("contact", day=run.business_date).to_pylist()
    return {row["customer_id"]: (row["revision"], row["revoked_in"], row["round"]) for row in rows_}


def test_the_life_of_a_published_date(spark, spark_run_on, monkeypatch):
    monkeypatch.setattr(closed, "STAGES", {"contact": Stage("contact", "", ("contact.contact", "contact.contact_list"))})
    run = spark_run_on("2026-11-10")
    revise = replace(run, options={"new_revision": True})
    first, other = Contacts(spark, "C1", "C2"), Contacts(spark, "C2", "C3")

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

    past = replace(run, business_date=date(2026, 11, 8))
    with pytest.raises(Refusal, match="past dates are closed"):
        protect_published_lists(past, quiet(), first, whole_stage=True)
