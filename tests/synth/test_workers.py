"""Many like tasks by several processes."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth.workers import work


def test_ctrl_c_that_comes_while_workers_start_stops_the_work(tmp_path: Path) -> None:
    def interrupted() -> Iterator[tuple[int]]:
        os.kill(os.getpid(), signal.SIGINT)
        yield (1,)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(work(abs, interrupted(), 2, tmp_path, kept=""))
    finally:
        signal.signal(signal.SIGINT, before)


def test_workers_never_hear_ctrl_c(tmp_path: Path) -> None:
    masks = list(work(_deaf, [() for _ in range(4)], 2, tmp_path, kept=""))
    assert masks == [True] * 4


def _deaf() -> bool:
    blocked = signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    return blocked or signal.getsignal(signal.SIGINT) == signal.SIG_IGN
