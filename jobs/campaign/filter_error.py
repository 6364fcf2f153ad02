"""FilterError: what is wrong with a filter, and where."""

from collections.abc import Iterable
from difflib import get_close_matches

from jobs.errors import UserError


class FilterError(UserError):
    """What is wrong, at which character of the text (from 0), and the nearest right name where a name is wrong."""

    def __init__(self, message: str, position: int = 0, suggestion: str | None = None) -> None:
        self.message = message
        self.position = position
        self.suggestion = suggestion
        hint = f" (did you mean '{suggestion}'?)" if suggestion else ""
        super().__init__(f"{message}{hint}, at character {position + 1}")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be; None when none is near."""
    near = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return near[0] if near else None
