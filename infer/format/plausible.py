"""Plausible: at which paper speed and gain a reading looks like a human heart.

Rate, width of the QRS complex and amplitude of a record are compared with those of PTB-XL: log-normal, medians and
spreads of 425 of the records that networks are trained on, spreads made a little wider.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from synth.peaks import find_peaks
from synth.record import LEADS, EcgRecord

#: Mean and standard deviation of the logarithms of seconds between beats, seconds of a QRS complex, mV of the tallest.
_HEARTS = ((-0.15, 0.25), (-2.58, 0.22), (0.87, 0.35))
_FAR = 16.0  # no sign counts for more than 4 standard deviations

_ENOUGH = 6  # leads whose tallest says something
_SMOOTH_S = 0.008
_HEIGHT, _APART_S = 0.45, 0.22
_WIDE = 0.15  # share of a beat's steepness at which its width is taken


@dataclass(frozen=True)
class Signs:
    """What a record shows of its heart; natural logarithms, NaN where not to be told.

    Attributes:
        rr: Of the seconds between beats.
        qrs: Of the seconds that a QRS complex lasts, by its steepness.
        height: Of the mV between lowest and highest of the tallest lead, of six at least.
    """

    rr: float
    qrs: float
    height: float


def heart_signs(record: EcgRecord) -> Signs:
    """Signs of a record; each lead is looked at where it is shown."""
    rr, qrs, heights = [], [], []
    for lead in LEADS:
        signal = record.lead(lead)
        there = np.flatnonzero(np.isfinite(signal)) if signal is not None else np.zeros(0, int)
        if signal is None or len(there) < record.fs_hz:
            continue
        shown = signal[there[0] : there[-1] + 1]
        heights.append(float(np.percentile(shown, 99.5) - np.percentile(shown, 0.5)))
        steep = gaussian_filter1d(np.abs(np.gradient(np.nan_to_num(shown))), _SMOOTH_S * record.fs_hz)
        beats = find_peaks(steep, height=_HEIGHT * steep.max(), distance=max(1, round(_APART_S * record.fs_hz)))
        rr += list(np.diff(beats) / record.fs_hz)
        qrs += [_width(steep, int(beat)) / record.fs_hz for beat in beats]
    height = float(np.log(max(*heights, 1e-3))) if len(heights) >= _ENOUGH else float("nan")
    return Signs(_log_median(rr), _log_median(qrs), height)


def log_p(signs: Signs, slower: float, taller: float) -> float:
    """Log likelihood of a heart, up to a constant, were the record `slower` times as long, `taller` times as high."""
    shifted = (signs.rr + np.log(slower), signs.qrs + np.log(slower), signs.height + np.log(taller))
    z = [(value - mean) / spread for value, (mean, spread) in zip(shifted, _HEARTS, strict=True)]
    return -0.5 * float(sum(min(x * x, _FAR) for x in z if np.isfinite(x)))


def _width(steep: NDArray[np.float64], beat: int) -> int:
    """Samples around a beat that are steeper than a share of it."""
    low = steep < _WIDE * steep[beat]
    before, after = np.flatnonzero(low[:beat]), np.flatnonzero(low[beat:])
    return int((after[0] if len(after) else len(steep) - beat) + (beat - before[-1] if len(before) else beat))


def _log_median(values: list[float]) -> float:
    return float(np.log(np.median(values))) if len(values) >= 3 else float("nan")
