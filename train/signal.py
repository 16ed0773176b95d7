"""Signals to train on: real or made, louder or softer, off their zero lines, and with a beat where a lead begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.record import EcgRecord

_LIFTED, _LIFT_MV, _LIFT_MAX_MV = 0.4, 0.35, 0.8  # share of records whose leads lie off their zero lines, and how far
_WANDER_MV, _WANDER_S = 0.15, (3.0, 12.0)
_BEAT_FIRST, _BEAT_S, _SEARCH_S = 0.3, 0.08, 1.5


def vary_record(record: EcgRecord, amplitude: tuple[float, float], rng: np.random.Generator) -> EcgRecord:
    """A record as it might have come: its amplitude times a factor (low, high), drawn log-uniformly.

    Leads of some lie off their zero lines and wander, so that traces run through the names beside them; some begin
    with a QRS complex, which then stands under a pulse's foot.
    """
    mv = record.mv * np.exp(rng.uniform(*np.log(amplitude)))
    if rng.uniform() < _BEAT_FIRST:
        mv = np.roll(mv, -_steepest(mv, record.fs_hz) + round(rng.uniform(-_BEAT_S, _BEAT_S) * record.fs_hz), axis=1)
    if rng.uniform() < _LIFTED:
        mv = mv + _lift(mv.shape, record.fs_hz, rng)
    return EcgRecord(record.name, record.fs_hz, record.leads, mv)


def _steepest(mv: NDArray[np.float64], fs_hz: float) -> int:
    """Sample of the first seconds at which all leads together change fastest: in a QRS complex."""
    change = np.abs(np.diff(mv[:, : round(_SEARCH_S * fs_hz)], axis=1))
    return int(np.argmax(np.nansum(change, axis=0))) if change.size else 0


def _lift(shape: tuple[int, ...], fs_hz: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Half of the leads lifted or lowered, each by its own height and a slow wave, mV, (leads, n)."""
    leads, n = shape
    height, wave = np.clip(rng.normal(0.0, _LIFT_MV, (leads, 1)), -_LIFT_MAX_MV, _LIFT_MAX_MV), _WANDER_MV
    turns = np.arange(n) / fs_hz / rng.uniform(*_WANDER_S, (leads, 1)) + rng.uniform(size=(leads, 1))
    lifted = rng.uniform(size=(leads, 1)) < 0.5
    return np.where(lifted, height + wave * rng.uniform(size=(leads, 1)) * np.sin(2.0 * np.pi * turns), 0.0)
