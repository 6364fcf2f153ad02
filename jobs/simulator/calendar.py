"""Days as numbers, counted from 1970-01-01, since whole columns of them are computed at once."""

from datetime import date, timedelta

import numpy as np

from jobs.simulator.draws import Integers

EPOCH = date(1970, 1, 1)


def number_of(day: date) -> int:
    return (day - EPOCH).days


def date_of(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def month_start(number: int) -> int:
    return number_of(date_of(number).replace(day=1))


def month_before(number: int, months: int = 1) -> int:
    """First day of the month so many months before the month of the day."""
    day = date_of(number)
    index = day.year * 12 + day.month - 1 - months
    return number_of(date(index // 12, index % 12 + 1, 1))


def days_in_month(number: int) -> int:
    return month_before(number, -1) - month_start(number)


def months_later(days: Integers, months: object) -> Integers:
    """The same day so many months later, the last day of that month where it is shorter."""
    start = np.asarray(days).astype("datetime64[D]")
    month = start.astype("datetime64[M]")
    target = month + np.asarray(months).astype("timedelta64[M]")
    day_of_month = (start - month.astype("datetime64[D]")).astype(np.int64)
    length = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64)
    return target.astype("datetime64[D]").astype(np.int64) + np.minimum(day_of_month, length - 1)
