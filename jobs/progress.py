"""What a long command is doing: lines on standard error, redrawn on a terminal, plain in logs, silent about nothing that takes seconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape


class Progress:
    """Reports stages and tables on standard error. `quiet` is for tests; --json leaves standard output alone either way."""

    def __init__(self, quiet: bool = False) -> None:
        self.console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self._position = ""
        self._done = 0
        self._steps = 0

    @contextmanager
    def stage(self, name: str, steps: int = 0) -> Iterator[None]:
        self._done, self._steps = 0, steps
        started = time.monotonic()
        self.console.print(f"[bold]{name}[/bold]")
        yield
        self.console.print(f"  {name} done in {time.monotonic() - started:.1f} s")

    @contextmanager
    def table(self, name: str) -> Iterator[Callable[..., int]]:
        """Report one piece of work; call the yielded function with the rows it wrote and, where known, the rows it read."""
        started = time.monotonic()
        self._done += 1
        position = f"{self._done}/{self._steps} " if 0 < self._done <= self._steps else ""
        said = ""

        def done(written: int | None, read: int | None = None) -> int:
            nonlocal said
            said = "" if written is None else f"{written:,} rows" + ("" if read is None else f" from {read:,}")
            return written or 0

        if self.console.is_terminal:
            with self.console.status(f"{position}{name} …"):
                yield done
        else:
            yield done
        self.console.print(f"  {position}{name:<28}{said:>36}  {time.monotonic() - started:6.1f} s")

    def headline(self, text: str) -> None:
        self.console.print(f"[bold cyan]{escape(text)}[/bold cyan]")

    def say(self, text: str) -> None:
        self.console.print(f"  {escape(text)}")


def quiet() -> Progress:
    return Progress(quiet=True)
