"""decision: every candidate has exactly one reason, in the order of the rules; do-not-disturb wins at all four levels; holdouts come after the pick."""

import pytest

from jobs.contact.decision import decision
from tests.frames import rows
from tests.jobs.contact.house import campaign, house

pytestmark = pytest.mark.spark
LOW = "low_value_recommendation"

CAMPAIGNS = [
    campaign("autumn", delivery={"mode": "daily", "min_days_between": 4, "max_contacts": 3}, exclusive_with=["spring"]),
    campaign("spring"),
    campaign("music", "music_club"),
    campaign("care", "points_reminder", type="care_reminder", scene="care.points"),
    campaign("tested", "mms_plan", waves=[{"wave": 1, "channels": ["web"]}], holdout=0.5),
]
PRODUCT = {"autumn": "ringback_tone", "spring": "ringback_tone", "music": "music_club", "care": "points_reminder", "tested": "mms_plan"}
NO_CONTACT = "x | nobody | autumn | ringback_tone | web | 1 | low_value_recommendation | 2026-11-02 | 2026-11-01"


class Night:
    """One night of hand-written candidates: `offer` a row a case, then `decide` all at once."""

    def __init__(self, spark, folder, **rules):
        self.spark = spark
        self.run = house(folder, spark, "2026-11-10", CAMPAIGNS, **rules)
        self.offers, self.contacts, self.outcomes, self.bans, self.used, self.controls, self.tonight = [], [], [], [], [], [], []
        self.without = {"number": set(), "email": set()}

    def offer(
        self,
        customer,
        name="autumn",
        channel="web",
        value=1.0,
        due_rule="",
        stopped_by="",
        approved=True,
        grade="ordinary",
        before=0,
        last="",
        place="",
        kind=LOW,
    ):
        kind = "care_reminder" if name == "care" else kind
        due, stopped = str(due_rule == "").lower(), str(stopped_by != "").lower()
        cells = [
            customer,
            name,
            PRODUCT[name],
            channel,
            1,
            kind,
            0.1,
            value,
            100,
            5,
            place,
            grade,
            str(approved).lower(),
            due,
            due_rule,
            stopped,
            stopped_by,
            before,
            last,
        ]
        self.offers.append(" | ".join(str(cell) for cell in cells))
        return self

    def met(self, customer, name, channel, contact_date, state="", kind=LOW, tonight=False):
        number = f"contact{len(self.contacts) + len(self.tonight)}"
        row = f"{number} | {customer} | {name} | {PRODUCT[name]} | {channel} | 1 | {kind} | {contact_date} | {'2026-11-10' if tonight else contact_date}"
        (self.tonight if tonight else self.contacts).append(row)
        if state:
            self.outcomes.append(f"{number} | {state}")
        return self

    def ban(self, customer, level, product="", channel="", start="2026-01-01", end=""):
        self.bans.append(f"2026-11-01 | {customer} | {level} | {product} | {channel} | asked | register | {start} | {end}")
        return self

    def decide(self):
        """(customer, campaign, channel) -> (reason, rule)."""
        candidates = "customer_id | campaign | product | channel | wave | campaign_type | probability | expected_value | value | cost_fen | place | grade | approved | due | due_rule | stopped | stopped_by | contacts_before | last_contact"
        ledger = "contact_id | customer_id | campaign | product | channel | wave | campaign_type | contact_date | business_date"
        customers = sorted({line.split(" | ")[0] for line in self.offers})
        people = [f"{one} | {'' if one in self.without['number'] else '13800000000'} | {'' if one in self.without['email'] else 'a@b.c'}" for one in customers]

        def frame(table, header, lines, nothing):
            padded = [line + " |" * (header.count("|") - line.count("|")) for line in lines or [nothing]]
            return rows(self.spark, table, "\n".join([header, *padded]))

        found = decision(
            frame("candidate", candidates, self.offers, ""),
            frame(
                "do_not_disturb",
                "business_date | customer_id | level | product | channel | reason | source | start_date | end_date",
                self.bans,
                "2026-11-01 | nobody | system",
            ),
            frame("control_assignment", "customer_id | layer | arm", self.controls, "nobody | global | control"),
            frame(
                "frequency_cap",
                "customer_id | cap | campaign_type | product | campaign | channel | used | used_tonight",
                self.used,
                "nobody | customer_month | a | | | | 1 | 0",
            ),
            frame("contact", ledger, self.contacts, NO_CONTACT),
            frame("issued_before", ledger, self.tonight, NO_CONTACT.replace("2026-11-01", "2026-11-10")),
            frame("outcome", "contact_id | outcome", self.outcomes, "z | failed"),
            frame("identity", "customer_id | number | email", people, ""),
            self.run,
        ).collect()
        result = {(row.customer_id, row.campaign, row.channel): (row.reason, row.rule) for row in found}
        assert len(result) == len(found) == len(self.offers)  # every candidate once
        assert all(reason and rule is not None for reason, rule in result.values())
        return result


def test_every_rule_gives_its_reason_and_the_first_that_binds_speaks(spark, tmp_path):
    night = Night(spark, tmp_path)
    night.offer("fine")
    night.offer("unapproved", approved=False).ban("unapproved", "system")
    night.offer("early", due_rule="delay_days")
    night.offer("answered", stopped_by="refused")
    night.offer("control").offer("control", "care")
    night.controls += ["control | global | control", "fine | global | treated"]
    # Do-not-disturb: four levels, first and last day included, and never whom it does not mean.
    night.offer("system").ban("system", "system", start="2026-11-11")
    night.offer("product").offer("product", "music").ban("product", "product", product="ringback_tone", end="2026-11-11")
    night.offer("channel").offer("channel", "music", "sms").ban("channel", "channel", channel="web")
    night.offer("pair").offer("pair", "music").ban("pair", "product_channel", "ringback_tone", "web")
    night.offer("tomorrow").ban("tomorrow", "system", start="2026-11-12")
    night.offer("over").ban("over", "system", end="2026-11-10")
    night.offer("mute", channel="sms").offer("mute", "music", "email")
    night.without["number"].add("mute")
    night.without["email"].add("mute")
    # Caps and minimum days.
    night.offer("capped").used.append(f"capped | product_month | {LOW} | ringback_tone | | | 3 | 0")
    night.offer("other_product").used.append(f"other_product | product_month | {LOW} | music_club | | | 3 | 0")
    night.offer("other_type").used.append("other_type | customer_month | movement_alert | | | | 9 | 0")
    night.offer("called", channel="call", place="anzhou").used.append(f"called | call_month | {LOW} | | | | 1 | 0")
    night.offer("enough", before=3)
    night.offer("soon", last="2026-11-08")
    night.offer("soon_enough", last="2026-11-07")
    night.offer("same_product").met("same_product", "spring", "sms", "2026-11-09")
    night.offer("bounced").met("bounced", "spring", "sms", "2026-11-09", "failed")
    night.offer("exclusive").met("exclusive", "spring", "sms", "2026-11-02")
    night.offer("worthless", value=0.0)
    assert night.decide() == {
        ("fine", "autumn", "web"): ("issued", ""),
        ("unapproved", "autumn", "web"): ("not_approved", "approval"),
        ("early", "autumn", "web"): ("not_due", "delay_days"),
        ("answered", "autumn", "web"): ("stopped_by_outcome", "refused"),
        ("control", "autumn", "web"): ("global_control", "global"),
        ("control", "care", "web"): ("issued", ""),
        ("system", "autumn", "web"): ("do_not_disturb", "system"),
        ("product", "autumn", "web"): ("do_not_disturb", "product"),
        ("product", "music", "web"): ("issued", ""),
        ("channel", "autumn", "web"): ("do_not_disturb", "channel"),
        ("channel", "music", "sms"): ("issued", ""),
        ("pair", "autumn", "web"): ("do_not_disturb", "product_channel"),
        ("pair", "music", "web"): ("issued", ""),
        ("tomorrow", "autumn", "web"): ("issued", ""),
        ("over", "autumn", "web"): ("issued", ""),
        ("mute", "autumn", "sms"): ("no_address", "number"),
        ("mute", "music", "email"): ("no_address", "email"),
        ("capped", "autumn", "web"): ("cap", "product_month"),
        ("other_product", "autumn", "web"): ("issued", ""),
        ("other_type", "autumn", "web"): ("issued", ""),
        ("called", "autumn", "call"): ("cap", "call_month"),
        ("enough", "autumn", "web"): ("cap", "max_contacts"),
        ("soon", "autumn", "web"): ("min_interval", "min_days_between"),
        ("soon_enough", "autumn", "web"): ("issued", ""),
        ("same_product", "autumn", "web"): ("min_interval", "same_product_days"),
        ("bounced", "autumn", "web"): ("issued", ""),
        ("exclusive", "autumn", "web"): ("excluded", "spring"),
        ("worthless", "autumn", "web"): ("negative_value", "expected_value"),
    }


def test_allowances_by_grade_and_of_an_earlier_revision_and_holdouts_among_the_picked(spark, tmp_path):
    cap = {"name": "month", "counts": ["customer"], "types": [LOW], "window": "month", "max": 10, "by_grade": {"ordinary": 3, "vip": 2}}
    night = Night(spark, tmp_path, caps=[cap], minimum_days=[])
    for customer, grade in (("plain", "ordinary"), ("vip", "vip")):
        night.offer(customer, "music", grade=grade).used.append(f"{customer} | month | {LOW} | | | | 2 | 0")
    # Of two allowances used by `revised`, tonight's first revision took one for the music row: that row may stay, and one more fits, not two.
    night.offer("revised", "music").offer("revised", "spring", value=5.0).offer("revised", "tested", value=4.0)
    night.met("revised", "music", "web", "2026-11-11", tonight=True).used.append(f"revised | month | {LOW} | | | | 2 | 1")
    # Held out of `tested`: T0, for whom it is chosen; T2 of `music`, which does not matter to `tested`; T3, whom a rule stops anyway.
    night.offer("T0", "tested").offer("T1", "tested").offer("T2", "tested").offer("T3", "tested", due_rule="delay_days").offer("T0", "music")
    night.controls += ["T0 | tested | control", "T1 | tested | treated", "T2 | music | control", "T3 | tested | control"]
    result = night.decide()
    assert {key[:2]: value for key, value in result.items() if key[0].startswith("T")} == {
        ("T0", "tested"): ("campaign_holdout", "holdout"),  # not refilled, though the channel has room
        ("T0", "music"): ("issued", ""),
        ("T1", "tested"): ("issued", ""),
        ("T2", "tested"): ("issued", ""),
        ("T3", "tested"): ("not_due", "delay_days"),
    }
    assert (result["plain", "music", "web"][0], result["vip", "music", "web"]) == ("issued", ("cap", "month"))
    revised = {key[1]: value for key, value in result.items() if key[0] == "revised"}
    assert revised["spring"] == ("issued", "")
    assert revised["tested"][0] in ("lower_value", "campaign_holdout")
    assert revised["music"] == ("issued", "")
