"""The two ways a command ends without a result. Anything else that is raised is a defect (exit 3)."""

from difflib import get_close_matches
from typing import Any


class _Told(Exception):
    """`result` is what a command found out all the same; with --json it is printed beside the line."""

    def __init__(self, line: str, **result: Any) -> None:
        super().__init__(line)
        self.result = result


class UserError(_Told):
    """Wrong use, configuration or input: one line that names file, field, reason and cure (exit 2)."""


class Refusal(_Told):
    """It ran and the answer is no: a check failed, a source is incomplete, a published list is protected (exit 1)."""


def did_you_mean(word: str, known: list[str] | set[str] | tuple[str, ...]) -> str:
    """` (did you mean 'x'?)` for the nearest of the known words, or nothing when none is near."""
    near = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f" (did you mean '{near[0]}'?)" if near else ""
