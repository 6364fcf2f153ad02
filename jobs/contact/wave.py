"""Where a customer stands in a campaign's sequence of waves, and whether that wave is due on the contact date.

    no contact yet                                  wave 1, due for the wave's share of the customers
    the last contact's state is in a later wave's `when`   the first such wave, due after its delay_days
    considering, or nothing reached the customer    the last wave again, due at once
    anything else                                   the last wave again: due where delivery is daily or monthly, never where it is `once`

Minimum days between contacts, the campaign's maximum and all caps are rules of their own and come later (jobs/contact/rules.py).
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.contact.share import share_of
from jobs.context import RunContext
from jobs.feedback.states import OFFERED_AGAIN


def wave_of() -> Column:
    """The element of `waves` at which the customer stands."""
    later = F.filter("waves", lambda wave: (wave.wave > F.col("last_wave")) & F.array_contains(wave["when"], F.col("last_state")))
    again = F.filter("waves", lambda wave: wave.wave == F.coalesce("last_wave", F.lit(1)))
    # A campaign whose file lost waves since the last contact goes on with its last one.
    return F.coalesce(F.get(later, F.lit(0)), F.get(again, F.lit(0)), F.element_at("waves", -1))


def due_rule(run: RunContext) -> Column:
    """Why `wave_now` is not due: share, delay_days or once; empty when it is."""
    goes_on = F.col("last_wave").isNotNull() & (F.col("wave_now.wave") != F.col("last_wave"))
    days = F.datediff(F.lit(run.contact_date), F.col("last_date"))
    outside_share = share_of(run.conf.contact_rules.tie_salt, "campaign", "wave_now.wave", "customer_id") >= F.col("wave_now.share")
    repeats = F.col("last_state").isin(*OFFERED_AGAIN) | (F.col("mode") != "once")
    return (
        F.when(outside_share, "share")
        .when(goes_on & (days < F.col("wave_now.delay_days")), "delay_days")
        .when(F.col("last_wave").isNotNull() & ~goes_on & ~repeats, "once")
        .otherwise("")
    )
