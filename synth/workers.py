"""Many like tasks by any number of processes: their results in order, and Ctrl-C handled by the first process alone."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, TypeVar

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from synth.errors import UserError

T = TypeVar("T")


def work(
    task: Callable[..., T], arguments: Iterable[tuple[Any, ...]], workers: int, out: Path, kept: str
) -> Iterator[T]:
    """The results of `task(*arguments)`, in order, each as soon as it is there.

    Left before its end, by Ctrl-C too, it kills the workers and removes the files that they were writing.

    Args:
        task: A function at the top of a module.
        arguments: Of each call; taken only a few ahead of the results.
        workers: Processes at work; 1 is this one. Or joblib's `parallel_config` names another engine.
        out: Folder that the tasks write into.
        kept: What to tell the user if a worker is killed: what is kept and how to go on.

    Raises:
        UserError: If a worker was killed. What a task raises is raised here.
    """
    results, done = None, False
    with _quiet_thread():
        try:
            if workers != 1 and os.name == "posix":
                resource_tracker.ensure_running()  # started with a worker, it would let SIGINT through
            with _ctrl_c_held_back():  # workers are started here; it is for this process to handle
                parallel = Parallel(n_jobs=workers, return_as="generator", batch_size=1, pre_dispatch="2 * n_jobs")
                results = parallel(delayed(task)(*each) for each in arguments)
            yield from results
            done = True
        except TerminatedWorkerError as error:
            raise UserError(f"{out}: a worker was killed, for want of memory perhaps; {kept}") from error
        finally:
            if not done:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", UserWarning)  # joblib: that tasks were dropped
                    if results is not None:
                        results.close()
                for partial in out.glob(".*.part"):
                    with suppress(OSError):
                        partial.unlink()


@contextmanager
def _quiet_thread() -> Iterator[None]:
    """Say nothing of a KeyError of joblib's own thread, which may just be handing out a task when all are dropped."""
    before = threading.excepthook
    threading.excepthook = lambda fault: None if fault.exc_type is KeyError else before(fault)
    try:
        yield
    finally:
        threading.excepthook = before


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Hold SIGINT back until the end; processes started inside never hear it, though it goes to all of the terminal."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield  # elsewhere Python handles no signals, or cannot hold them back
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))  # other threads may still hear it
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
        if came:
            signal.raise_signal(signal.SIGINT)
