"""The signal-to-noise ratio of the George B. Moody Challenge 2024, to compare with results published on it.

Unlike the competition's (`infer.metric`) it is a mean of dB over leads; a reading is aligned as a picture.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.signal import fftconvolve

Signal = NDArray[np.float64]

_LEVELS = 256
_MAX_SHIFT_S = 0.5
_MAX_SHIFT_MV = 1.0
_BLUR_SIGMA = 0.5


def challenge_snr(truth: Signal, found: Signal, fs_hz: float, *, as_programmed: bool = True) -> tuple[float, float]:
    """SNR and SNR median of one lead in dB, after the Challenge's alignment by up to 0.5 s and 1 mV.

    Slow: Fourier transforms of 511 x 2n pictures. A flat reading fits a flat stretch of the truth equally
    well at many shifts; rounding in `scipy.signal.fftconvolve` then chooses one, as in the Challenge's own.

    Args:
        truth: Signal in mV, shape (n,), NaN where unknown.
        found: Reading in mV, shape (n,), NaN where not read.
        fs_hz: Sampling rate of both, Hz.
        as_programmed: The Challenge's program leaves a reading that has to move to a LATER time no sample
            (concluded from its results for a flat reading, 0 dB in just these leads). False shifts it like
            any other, as the Challenge describes it.

    Returns:
        10 log10 of mean(truth^2) over the mean, and over the median, of the squared error, each times the
        part of the truth's samples that the reading has. Without a common sample 0; without error NaN, which
        the Challenge leaves out of its mean over leads and records.
    """
    there = np.isfinite(truth)
    if not (there.any() and np.isfinite(found).any()):
        return 0.0, 0.0
    columns, shift_mv = _shift(truth, found, fs_hz)
    aligned = _moved(found, columns) + shift_mv
    both = there & np.isfinite(aligned)
    if not both.any() or (as_programmed and columns > 0):
        return 0.0, 0.0
    part, power = float(both.sum() / there.sum()), float(np.mean(truth[both] ** 2))
    error = (truth[both] - aligned[both]) ** 2
    return part * _decibels(power, float(np.mean(error))), part * _decibels(power, float(np.median(error)))


def _decibels(power: float, noise: float) -> float:
    return 10.0 * math.log10(power / noise) if power > 0.0 and noise > 0.0 else math.nan


def _moved(signal: Signal, columns: int) -> Signal:
    moved, size = np.full(len(signal), np.nan), len(signal)
    moved[max(columns, 0) : size + min(columns, 0)] = signal[max(-columns, 0) : size - max(columns, 0)]
    return moved


def _shift(truth: Signal, found: Signal, fs_hz: float) -> tuple[int, float]:
    """Samples and mV by which `found` must move: the peak of the pictures' full cross-correlation.

    (0, 0) where that lies beyond the limits. The peak of the truth's auto-correlation, which the Challenge
    subtracts, always lies at no shift.
    """
    low, high = float(np.nanmin([truth, found])), float(np.nanmax([truth, found]))
    if high == low:
        return 0, 0.0
    pictures = [_picture(signal, low, high) for signal in (truth, found)]
    correlation = fftconvolve(pictures[0], pictures[1][::-1, ::-1])
    level, column = np.unravel_index(int(np.argmax(correlation)), correlation.shape)
    columns = int(column) - (len(found) - 1)
    shift_mv = (int(level) - (_LEVELS - 1)) * (high - low) / (_LEVELS - 1)
    within = abs(columns) <= round(_MAX_SHIFT_S * fs_hz) and abs(shift_mv) <= _MAX_SHIFT_MV
    return (columns, shift_mv) if within else (0, 0.0)


def _picture(signal: Signal, low: float, high: float) -> Signal:
    """Blurred 0/1 picture of a signal, shape (256, n): amplitude level by time."""
    times = np.flatnonzero(np.isfinite(signal))
    levels = np.round((_LEVELS - 1) * (signal[times] - low) / (high - low)).astype(np.int64)
    picture = np.zeros((_LEVELS, len(signal)))
    picture[levels, times] = 1.0
    return np.asarray(gaussian_filter(picture, _BLUR_SIGMA), dtype=np.float64)
