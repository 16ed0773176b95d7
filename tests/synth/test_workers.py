"""Promises of workers: Ctrl-C is for the first process alone, and is never lost."""

import signal

import pytest

from synth.workers import _deaf_to_ctrl_c


def test_ctrl_c_while_workers_start_is_put_off_not_lost() -> None:
    passed = []

    def start() -> None:
        with _deaf_to_ctrl_c():
            signal.raise_signal(signal.SIGINT)
            passed.append(True)

    with pytest.raises(KeyboardInterrupt):
        start()
    assert passed
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
