"""How fast a run goes, and how long it stands still for want of pages."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeVar

_STEPS = 50  # it is told over so many

T = TypeVar("T")


class Pace:
    """Pages per second and stall over the last steps; what is done between steps, as evaluations are, does not count.

    Args:
        pages: Pages per step.
    """

    def __init__(self, pages: int) -> None:
        self._pages = pages
        self._begun = time.monotonic()
        self._steps: deque[tuple[float, float]] = deque(maxlen=_STEPS)  # seconds, seconds waited
        self._waited = 0.0

    def steps(self, batches: Iterable[T], start: int) -> Iterator[tuple[int, T]]:
        """(step, batch), from step `start` on."""
        source, step = iter(batches), start
        while True:
            self._asked = time.monotonic()
            try:
                batch = next(source)
            except StopIteration:
                return
            self._got = time.monotonic()
            yield step, batch
            step += 1

    def stepped(self) -> dict[str, float]:
        """To be called when a step is done: seconds since the beginning, of these stalled, pages/s, share stalled."""
        now, waited = time.monotonic(), self._got - self._asked
        self._waited += waited
        self._steps.append((now - self._asked, waited))
        seconds, stalled = (sum(values) for values in zip(*self._steps, strict=True))
        return {
            "seconds": round(now - self._begun, 2),
            "stall_s": round(self._waited, 2),
            "pages_per_s": round(self._pages * len(self._steps) / max(seconds, 1e-9), 3),
            "stall": round(stalled / max(seconds, 1e-9), 3),
        }
