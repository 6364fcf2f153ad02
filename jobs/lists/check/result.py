"""What the check found."""

from dataclasses import dataclass, field

SHOWN_PER_RULE = 1000


@dataclass(frozen=True)
class Violation:
    """`contact_id` is empty where the whole list is meant."""

    rule: str
    contact_id: str
    detail: str


@dataclass(frozen=True)
class Result:
    """`rows` over all lists; at most SHOWN_PER_RULE violations of each rule, `counts` has them all; `notes` are no violations."""

    rows: int
    violations: list[Violation]
    counts: dict[str, int]
    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.counts.values())
