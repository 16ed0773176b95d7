"""Signals to train on keep their beats, wherever they are moved to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.heart import heart_record
from train.signal import vary_record

_RUNS = 60


def _varied(seed: int) -> NDArray[np.float64]:
    return vary_record(heart_record(3, 0), (1.0, 1.0), np.random.default_rng(seed)).mv


def test_every_lead_keeps_its_beats_however_it_is_lifted_and_wherever_it_begins() -> None:
    """Compared as sets of steps from sample to sample: a turn moves them, and adds one where the ends meet."""
    steps = np.sort(np.diff(heart_record(3, 0).mv, axis=1), axis=1)
    for seed in range(_RUNS):
        varied = np.sort(np.diff(_varied(seed), axis=1), axis=1)
        apart = np.abs(varied[:, 5:-5] - steps[:, 5:-5])
        assert np.quantile(apart, 0.99) < 0.005


def test_some_records_begin_with_a_qrs_complex_and_most_are_left_where_they_are() -> None:
    record = heart_record(3, 0)
    change = [
        np.abs(np.diff(_varied(seed)[:, : round(0.16 * record.fs_hz)], axis=1)).sum(axis=0) for seed in range(_RUNS)
    ]
    usual = np.abs(np.diff(record.mv, axis=1)).sum(axis=0).max()
    begin = np.mean([part.max() > 0.5 * usual for part in change])
    assert 0.1 < begin < 0.6


def test_some_leads_lie_off_their_zero_lines_and_none_by_more_than_a_millivolt() -> None:
    middle = np.median(heart_record(3, 0).mv, axis=1)
    away = np.array([np.abs(np.median(_varied(seed), axis=1) - middle) for seed in range(_RUNS)])
    assert 0.05 < np.mean(away > 0.2) < 0.4
    assert away.max() < 1.0
