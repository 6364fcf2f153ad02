"""What other nights did with the files of landing/, from table `reconciliation`: so that every file is taken in by one night alone."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.lake import Lake

FOLDER = "business_date="
Place = tuple[str, date, str]


@dataclass(frozen=True)
class KnownFiles:
    """`taken` are checksums of files whose rows went on; `settled` the places (source, dump date, name) of files that were judged or had
    come before; `set_aside` those rejected as a whole. `own` is None on the newest night; on a rerun of an earlier one it holds the places
    that this night took: what came since belongs to a night that the accumulators have not passed yet."""

    taken: frozenset[tuple[str, str]] = frozenset()
    settled: frozenset[Place] = frozenset()
    set_aside: frozenset[Place] = frozenset()
    own: frozenset[Place] | None = None

    @classmethod
    def beside(cls, day: date, lake: "Lake") -> "KnownFiles":
        """What the nights other than that of `day` know. Bounded by files times nights: some tens of rows a night."""
        columns = ["business_date", "source", "file", "dump_date", "taken", "rows_kept", "rows_repeated", "sha256"]
        rows = lake.scan("reconciliation", columns=columns).to_pylist()
        others = [row for row in rows if row["business_date"] != day]
        follows = any(row["business_date"] > day for row in others)
        return cls(
            taken=frozenset((row["source"], row["sha256"]) for row in others if _brought_rows(row, day)),
            settled=frozenset(_place(row) for row in others if row["taken"]),
            set_aside=frozenset(_place(row) for row in others if not row["taken"]),
            own=frozenset(_place(row) for row in rows if row["business_date"] == day) if follows else None,
        )

    def may_take(self, source: str, dump_date: date, name: str) -> bool:
        """Whether this night may take the file in: no other night did, and none has passed that would miss it."""
        place = (source, dump_date, name)
        return place not in self.settled and self.is_of_this_night(place)

    def is_of_this_night(self, place: Place) -> bool:
        """False for a file that came only after later nights: the accumulators have passed this one, so the next new night takes it."""
        return self.own is None or place in self.own

    def newest_dump(self, source: str) -> date | None:
        """The newest dump of a source that another night took."""
        return max((dump_date for one, dump_date, _ in self.settled if one == source), default=None)


def _brought_rows(row: dict, day: date) -> bool:
    """A file that a later night counts as repeated may be the copy of this very night's."""
    return row["rows_kept"] > 0 or (row["business_date"] < day and row["rows_repeated"] > 0)


def _place(row: dict) -> Place:
    return row["source"], row["dump_date"], row["file"].rpartition("/")[2]
