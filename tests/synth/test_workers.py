"""Many like tasks by several processes."""

import os
import signal
import subprocess
import sys
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
    code = """
import signal
import sys
from pathlib import Path
from synth.workers import work

masks = work(signal.pthread_sigmask, [(signal.SIG_BLOCK, [])] * 4, 2, Path(sys.argv[1]), kept="")
print([signal.SIGINT in mask for mask in masks])
"""  # in a process of its own, since Python's resource tracker must not run yet
    command = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.check_output(command, text=True, timeout=60) == "[True, True, True, True]\n"
