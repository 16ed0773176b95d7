"""What an electrocardiograph records besides the heart: noise of nine electrodes, the converter's steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.heart_rhythm import slow_noise

Array = NDArray[np.float64]

#: I, II, V1..V6 from the electrodes RA, LA, LL, C1..C6; V leads against the mean of the limbs (Wilson).
_MONTAGE: Array = np.zeros((8, 9))
_MONTAGE[0, [0, 1]] = -1.0, 1.0
_MONTAGE[1, [0, 2]] = -1.0, 1.0
_MONTAGE[2:, :3] = -1.0 / 3.0
_MONTAGE[2:, 3:] = np.eye(6)
#: Muscle noise by electrode: mostly from the arms, as the noise of I over II over V in PTB-XL tells.
_MUSCLE: Array = np.array([0.9, 1.0, 0.2, 0.12, 0.12, 0.12, 0.12, 0.12, 0.12])
_WANDER: Array = np.array([0.6, 0.6, 1.0, 1.0, 1.0, 1.1, 1.2, 1.3, 1.3])


@dataclass(frozen=True)
class Noise:
    """The disturbances of one recording.

    Attributes:
        wander_mv: Standard deviation of the baseline's wander at an electrode, mV.
        muscle_mv: Standard deviation of muscle noise at the left arm, mV (full band).
        mains_mv: Amplitude of mains hum, mV; 0 in most.
        mains_hz: 50 or 60 Hz.
        step_mv: Height of an electrode's sudden step, mV; 0 in nearly all.
        quantum_mv: The converter's step, mV.
    """

    wander_mv: float
    muscle_mv: float
    mains_mv: float
    mains_hz: float
    step_mv: float
    quantum_mv: float


def draw_noise(rng: np.random.Generator) -> Noise:
    """Disturbances as in clinical recordings: mostly faint, sometimes rough."""
    return Noise(
        wander_mv=float(np.exp(rng.normal(np.log(0.045), 0.85))),
        muscle_mv=float(np.exp(rng.normal(np.log(0.0036), 0.75))),
        mains_mv=float(np.exp(rng.normal(np.log(0.012), 0.6))) if rng.random() < 0.08 else 0.0,
        mains_hz=50.0 if rng.random() < 0.6 else 60.0,
        step_mv=float(rng.uniform(0.15, 0.8) * rng.choice([-1.0, 1.0])) if rng.random() < 0.02 else 0.0,
        quantum_mv=float(rng.choice([0.001, 0.00244, 0.005])),
    )


def lead_noise(noise: Noise, rng: np.random.Generator, t_s: Array, fs_hz: float, breath_hz: float) -> Array:
    """Noise (8, n) in mV of I, II, V1..V6, drawn at the electrodes so that Einthoven's law holds."""
    n = len(t_s)
    electrodes = _muscle(rng, n, fs_hz) * (noise.muscle_mv * _MUSCLE)[:, None]
    electrodes *= np.clip(1.0 + 0.35 * slow_noise(rng, t_s, 1, 0.1, 2.0), 0.3, None)
    drift = 0.8 * slow_noise(rng, t_s, 9, 0.04, 0.6)
    breath = np.sin(2 * np.pi * breath_hz * t_s + rng.uniform(0.0, 2 * np.pi))
    drift += 0.8 * np.outer(rng.normal(0.6, 0.6, 9), breath)
    electrodes += noise.wander_mv * _WANDER[:, None] * drift
    if noise.mains_mv and noise.mains_hz < 0.5 * fs_hz:
        phase = 2 * np.pi * noise.mains_hz * t_s + rng.uniform(0.0, 2 * np.pi)
        electrodes += noise.mains_mv * np.outer(rng.normal(0.0, 0.7, 9), np.sin(phase))
    if noise.step_mv:  # one electrode jumps and comes back as the recorder's high-pass forgets it
        since = t_s - rng.uniform(0.1, 0.9) * float(t_s[-1])
        electrodes[rng.integers(9)] += noise.step_mv * np.where(since > 0, np.exp(-np.maximum(since, 0.0) / 1.5), 0.0)
    return _MONTAGE @ electrodes


def _muscle(rng: np.random.Generator, n: int, fs_hz: float) -> Array:
    """Noise (9, n) of unit variance over all frequencies, shaped as muscle seen through a 150 Hz recorder.

    Sampled slower, it loses what lies above half the rate.
    """
    f = np.fft.rfftfreq(n, 1.0 / fs_hz)
    fine = np.arange(0.0, 400.0, 0.5)
    norm = np.sqrt(np.sum(_muscle_gain(fine) ** 2) * 0.5)
    spectrum = np.fft.rfft(rng.standard_normal((9, n)), axis=1) * (_muscle_gain(f) * np.sqrt(fs_hz / 2.0) / norm)
    return np.fft.irfft(spectrum, n, axis=1)


def _muscle_gain(f_hz: NDArray[np.floating[Any]]) -> Array:
    ratio = np.asarray(f_hz, dtype=np.float64) / 25.0
    gain: Array = ratio / (1.0 + ratio**2) ** 0.75 / np.sqrt(1.0 + (ratio * 25.0 / 120.0) ** 8)
    return gain
