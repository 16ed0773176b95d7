"""How long work shows itself: a bar on a terminal, else a plain line now and then. All on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from synth.errors import UserError

_OFTEN_S, _SELDOM_S = 5.0, 30.0  # a plain line comes no sooner than the one, no later than the other
_PART = 0.1  # in between, whenever so much more of the work is done

T = TypeVar("T")


class Progress:
    """Progress of one piece of work, as a context.

    Args:
        what: What is counted, such as "pages".
        total: How many there are.
    """

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total = what, total
        self._said, self._said_at = 0, time.monotonic()
        self._console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
        self._bar: RichProgress | None = None
        if self._console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            times = (TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.fields[news]}"))
            self._bar = RichProgress(*columns, *times, console=self._console)
            self._task = self._bar.add_task(what, total=total, news="")

    def __enter__(self) -> Progress:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def at(self, done: int, news: str = "") -> None:
        """So much is done; `news` is what else is to be said of it."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, news=news)
            return
        waited, more = time.monotonic() - self._said_at, done - self._said >= _PART * self.total
        if waited >= _SELDOM_S or (waited >= _OFTEN_S and more):
            self._said, self._said_at = done, time.monotonic()
            print(f"{self.what}: {done} of {self.total}  {news}".rstrip(), file=sys.stderr, flush=True)

    def say(self, line: str) -> None:
        """Print a line, above the bar if there is one."""
        if self._bar is not None:
            self._console.print(line)
        else:
            print(line, file=sys.stderr, flush=True)


def track(items: Iterable[T], what: str, total: int) -> Iterator[T]:
    """The items, with progress shown as they are worked through."""
    with Progress(what, total) as progress:
        for done, item in enumerate(items):
            progress.at(done)
            yield item
        progress.at(total)


@contextmanager
def stoppable(kept: Callable[[], str]) -> Iterator[None]:
    """Make Ctrl-C a fault of one line, which says what is kept and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        raise UserError(f"interrupted; {kept()}") from None
