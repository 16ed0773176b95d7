"""Where the readings lie and what they say at a given time: shared by `infer.score` and `infer.submit`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synth.errors import UserError
from synth.record import find_records

Signal = NDArray[np.float64]

_SNAP = 6  # decimals of a sample to which a time is rounded: undoes t * fs / fs


def read_at(signal: Signal, fs_hz: float, t_s: Signal) -> Signal:
    """Value (n,) in mV of a lead at times (n,) in s, linearly interpolated between its finite samples.

    Before the first of them and after the last the nearest is held; without any it is 0.
    """
    finite = np.flatnonzero(np.isfinite(signal))
    if finite.size == 0:
        return np.zeros(len(t_s))
    return np.interp(t_s, finite / fs_hz, signal[finite])


def known_at(signal: Signal, fs_hz: float, t_s: Signal) -> NDArray[np.bool_]:
    """Whether a lead has a finite sample less than one sampling interval from each time (n,) in s.

    Less strict than finite samples on both sides: a lead printed from 2.5 s on may be asked for from
    2.4995 s on, where another sampling rate puts its first sample.
    """
    place = np.round(t_s * fs_hz, _SNAP)
    known = np.zeros(len(t_s), dtype=np.bool_)
    for index in (np.floor(place).astype(np.int64), np.ceil(place).astype(np.int64)):
        inside = (index >= 0) & (index < len(signal))
        known[inside] |= np.isfinite(signal[index[inside]])
    return known


def records_by_name(folder: Path) -> dict[str, list[Path]]:
    """Headers of the records below a folder by record name, sorted; UserError if there is none."""
    names: dict[str, list[Path]] = {}
    for path in find_records(folder):
        names.setdefault(path.stem, []).append(path)
    return dict(sorted(names.items()))


def only(name: str, paths: Sequence[Path]) -> Path:
    """The one path of a record; UserError if it lies in several places."""
    if len(paths) > 1:
        raise UserError(f"{paths[1]}: record {name} is also at {paths[0]}; keep one of them")
    return paths[0]
