"""RunContext: what a table function may know besides the tables it reads. The only source of "today"."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.catalogue.schema import columns_of
from jobs.conf import Conf
from jobs.errors import UserError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from jobs.lake import Lake


@dataclass(frozen=True)
class RunContext:
    """One run for one business date. `spark` is None for runs that need no JVM (publish, check, reports).

    With an `overlay` folder tables are written there instead of the lake, and read from there where it holds the date.
    """

    home: Path
    business_date: date
    conf: Conf
    spark: "SparkSession | None" = None
    options: dict[str, Any] | None = None
    overlay: Path | None = None

    @property
    def lake(self) -> "Lake":
        from jobs.lake import Lake

        return Lake(self.home, self.spark, self.overlay, self.business_date)

    @property
    def session(self) -> "SparkSession":
        """The Spark session of a run that has one."""
        if self.spark is None:
            raise UserError("this command was started without Spark; run it through `cpc run`")
        return self.spark

    @property
    def contact_date(self) -> date:
        """The day the channels work the lists of this night."""
        return self.business_date + timedelta(days=1)

    @property
    def month_start(self) -> date:
        """First day of the month of the business date."""
        return self.business_date.replace(day=1)

    @property
    def contact_month_start(self) -> date:
        """First day of the calendar month that caps count in: the month of the contact date, in the operator's time zone."""
        return self.contact_date.replace(day=1)

    def columns(self, table: str) -> list[str]:
        """Columns of a table by contract, for the last select of its function."""
        return columns_of(table)


YEARS = range(1980, 2200)  # of mobile telephony; beyond them lie typing errors, and dates with no day before or after


def parse_date(text: str, option: str = "--date") -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UserError(f"{option}: '{text}' is no date; write YYYY-MM-DD") from None
    if day.year not in YEARS:
        raise UserError(f"{option}: {text} lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return day
