"""The reference of a preview: Spark's own rules of the night over a candidate for every matching customer and channel of an ad-hoc filter."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.campaign.offer import Offer
from jobs.contact.ban import active_bans
from jobs.contact.frequency_cap import frequency_cap
from jobs.contact.known import with_known
from jobs.contact.ledger import keeping_their_allowance
from jobs.contact.rules import judged
from jobs.context import RunContext

# A first contact that is approved, due, worth something and names neither product nor campaign: no rule on these binds.
FIRST_CONTACT: dict[str, Any] = {
    "campaign": "",
    "product": "",
    "wave": 1,
    "approved": True,
    "due": True,
    "due_rule": "",
    "stopped": False,
    "stopped_by": "",
    "contacts_before": 0,
    "expected_value": 1.0,
}


@dataclass(frozen=True)
class Reference:
    """`removed` {channel: {(reason, rule): customers}} without those whose line is closed; `by` {values of the fields: customers}."""

    matched: int
    removed: dict[str, Counter]
    by: dict[tuple, int]


def reference(offer: Offer, run: RunContext, by: list[Column]) -> Reference:
    def read(parameter: str) -> DataFrame:
        return run.lake.read_parameter(parameter, run.business_date)

    view = read("customer_view").where(offer.condition.spark_sql)
    counted = {tuple(row[:-1]): row["count"] for row in view.groupBy(*by).count().collect()}
    ledger = keeping_their_allowance(read("past_contact"), read("outcome"))
    used = frequency_cap(read("past_contact"), read("issued_before"), read("outcome"), run)
    bans = active_bans(read("do_not_disturb"), run.contact_date)
    known = with_known(_first_contacts(view, offer, run), bans, read("control_assignment"), used, ledger, read("identity"), run)
    removed: dict[str, Counter] = {channel: Counter() for channel in offer.channels}
    for row in judged(known, [], run).where("reason is not null").groupBy("channel", "reason", "rule").count().collect():
        removed[row.channel][row.reason, row.rule] = row["count"]
    return Reference(sum(counted.values()), removed, counted)


def _first_contacts(view: DataFrame, offer: Offer, run: RunContext) -> DataFrame:
    grade = F.when(F.col("vip_level") > 0, "vip").otherwise("ordinary").alias("grade")
    channels = run.session.createDataFrame([(channel,) for channel in offer.channels], "channel string")
    offers = view.where("status <> 'closed'").select("customer_id", grade).crossJoin(F.broadcast(channels))
    values = {**FIRST_CONTACT, "campaign_type": offer.campaign_type}
    return offers.withColumns({**{name: F.lit(value) for name, value in values.items()}, "last_contact": F.lit(None).cast("date")})
