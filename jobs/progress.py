"""What a long command is doing: lines on standard error, redrawn on a terminal, plain in logs, silent about nothing that takes seconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from rich.console import Console
from rich.markup import escape
from rich.status import Status


class Progress:
    """Reports stages and tables on standard error. `quiet` is for tests; --json leaves standard output alone either way."""

    def __init__(self, quiet: bool = False) -> None:
        self.console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self._done = 0
        self._steps = 0
        self._lock = Lock()
        self._running: list[str] = []
        self._status: Status | None = None

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
        self._show(began=name)
        said = ""

        def done(written: int | None, read: int | None = None) -> int:
            nonlocal said
            said = "" if written is None else f"{written:,} rows" + ("" if read is None else f" from {read:,}")
            return written or 0

        try:
            yield done
        finally:
            self._show(ended=name)
        with self._lock:
            self._done += 1
            position = f"{self._done}/{self._steps} " if self._done <= self._steps else ""
            self.console.print(f"  {position}{name:<28}{said:>36}  {time.monotonic() - started:6.1f} s")

    def _show(self, began: str = "", ended: str = "") -> None:
        """Name what runs in one line of a terminal: rich draws one such line at a time."""
        with self._lock:
            self._running = [*(name for name in self._running if name != ended), *([began] if began else [])]
            if not self.console.is_terminal:
                return
            if self._status is not None:
                self._status.stop()
            self._status = self.console.status(f"{', '.join(self._running)} …") if self._running else None
            if self._status is not None:
                self._status.start()

    def headline(self, text: str) -> None:
        self.console.print(f"[bold cyan]{escape(text)}[/bold cyan]")

    def say(self, text: str) -> None:
        self.console.print(f"  {escape(text)}")


def quiet() -> Progress:
    return Progress(quiet=True)
