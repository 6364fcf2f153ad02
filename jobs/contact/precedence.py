"""The order in which a candidate is judged before the pick; the first rule that binds gives `reason` and `rule` of `decision`.

| reason | kind of rule | rule | from |
| --- | --- | --- | --- |
| not_approved | approval | approval | no approval for exactly this content stands |
| not_due | due | share, delay_days, once | the campaign's waves and delivery |
| stopped_by_outcome | stopped | accepted, refused, opted_out | tracks are shared between channels |
| global_control | control | global | control group; spares care |
| do_not_disturb | bans | level of the ban | bans in force on the contact date |
| no_address | addresses | number, email | what the channel needs |
| cap | caps, max_contacts | name of the cap, max_contacts | conf/contact_rules.yaml; the campaign |
| min_interval | minimum_days, min_days_between | name of the rule, min_days_between | conf/contact_rules.yaml; the campaign |
| excluded | exclusive_with | the campaign that was there before | exclusive_with, within the month and the campaign's period |
| negative_value | expected_value | expected_value | worth no more than it costs |

Declared here once for both engines: jobs/contact/rules.py judges with Spark, jobs/campaign/preview_rules.py with DuckDB.
"""

from jobs.contact_rules import Cap, ContactRules

ORDER = (  # reason, kind of rule
    ("not_approved", "approval"),
    ("not_due", "due"),
    ("stopped_by_outcome", "stopped"),
    ("global_control", "control"),
    ("do_not_disturb", "bans"),
    ("no_address", "addresses"),
    ("cap", "caps"),
    ("cap", "max_contacts"),
    ("min_interval", "minimum_days"),
    ("min_interval", "min_days_between"),
    ("excluded", "exclusive_with"),
    ("negative_value", "expected_value"),
)
LEVELS = ("system", "product", "channel", "product_channel")
NEEDS = ("number", "email")


def caps(rules: ContactRules) -> list[Cap]:
    return [cap for cap in rules.caps if cap.enabled]
