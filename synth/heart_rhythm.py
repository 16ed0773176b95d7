"""When the embedded heart beats, and what its atria do between beats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Atria = Literal["sinus", "fibrillation", "flutter"]
BeatKind = Literal["conducted", "pac", "pvc"]


@dataclass(frozen=True)
class Rhythm:
    """The pace of one heart.

    Attributes:
        atria: What drives the atria.
        rate_bpm: Ventricular rate without ectopic beats, 35..180 per minute: a mean over many beats.
        breath_hz: Breathing rate in Hz, 0.15..0.4.
        sinus_arrhythmia: Amplitude of the breathing's part in the beat interval, relative, 0..0.12.
        drift: Standard deviation of the slow part, relative, 0..0.04.
        irregularity: Standard deviation of fibrillation's beat intervals, relative, 0.12..0.28.
        atrial_hz: Frequency of fibrillation or flutter waves, 4..9 Hz.
        atrial_mv: Size of fibrillation or flutter waves as a dipole, mV.
        blocks: Flutter: the atrial beats to each ventricular one, drawn from these.
        pvc_share: Probability that a beat is followed by a ventricular ectopic one, 0..0.5.
        pac_share: Probability that a beat is followed by an atrial ectopic one, 0..0.3.
        coupling: Interval before an ectopic beat, relative, 0.5..0.8.
        paced: True: a pacemaker keeps the ventricular rate exact, whatever the atria do.
    """

    atria: Atria
    rate_bpm: float
    breath_hz: float
    sinus_arrhythmia: float
    drift: float
    irregularity: float
    atrial_hz: float
    atrial_mv: float
    blocks: tuple[int, ...]
    pvc_share: float
    pac_share: float
    coupling: float
    paced: bool


@dataclass(frozen=True)
class Beat:
    """One ventricular beat.

    Attributes:
        time_s: Time of its R peak.
        kind: What started it.
        rr_s: Interval that its QT follows: the mean of the preceding ones, s.
    """

    time_s: float
    kind: BeatKind
    rr_s: float


def draw_beats(rhythm: Rhythm, rng: np.random.Generator, duration_s: float) -> list[Beat]:
    """All beats whose waves reach into [0, duration_s], from before its start to after its end.

    A ventricular ectopic beat is followed by a full compensatory pause (the next beat comes when it would
    have come anyway); an atrial one resets the rhythm. Two ectopic beats never follow each other directly.
    """
    beats: list[Beat] = []
    kind: BeatKind = "conducted"
    time, memory = -2.0 - rng.random() * 60.0 / rhythm.rate_bpm, 60.0 / rhythm.rate_bpm
    breath, wave = rng.uniform(0.0, 2 * np.pi), rng.uniform(0.0, 2 * np.pi)
    while time < duration_s + 1.5:
        phase = 2 * np.pi * rhythm.breath_hz * time + breath
        slow = np.sqrt(2.0) * np.sin(2 * np.pi * 0.1 * time + wave)
        interval = _interval(rhythm, rng, float(np.sin(phase)), float(slow))
        memory += 0.35 * (interval - memory)
        chance = rng.random()
        early = kind == "conducted" and chance < rhythm.pvc_share + rhythm.pac_share
        if early and chance < rhythm.pvc_share:
            beats.append(Beat(time + max(rhythm.coupling * interval, 0.3), "pvc", memory))
            interval, kind = 2.0 * interval, "conducted"
        else:
            kind = "pac" if early else "conducted"
            interval *= max(rhythm.coupling, 0.33 / interval) if early else 1.0
        time += interval
        beats.append(Beat(time, kind, memory))
    return beats


def _interval(rhythm: Rhythm, rng: np.random.Generator, breath: float, slow: float) -> float:
    mean = 60.0 / rhythm.rate_bpm
    if rhythm.paced:
        return mean
    if rhythm.atria == "fibrillation":  # independent and right-skewed, never below the node's refractory time
        spread = rhythm.irregularity
        return float(max(mean * np.exp(rng.normal(-0.5 * spread**2, spread)), 0.27))
    if rhythm.atria == "flutter":
        return float(rng.choice(rhythm.blocks)) / rhythm.atrial_hz
    varied = 1.0 + rhythm.sinus_arrhythmia * breath + rhythm.drift * slow + rng.normal(0.0, 0.004)
    return mean * varied


def slow_noise(rng: np.random.Generator, t_s: Array, count: int, low_hz: float, high_hz: float) -> Array:
    """`count` independent smooth noises (count, n) of unit variance in a frequency band; they do not repeat.

    Sums of 16 cosines of random phase, frequency even in the logarithm: power falls as 1 / f. `t_s` must be
    evenly spaced: each oscillation is the product of a coarse and a fine one, a tenth of as many cosines.
    """
    f = np.exp(rng.uniform(np.log(low_hz), np.log(high_hz), 16))
    start = np.exp(2j * np.pi * rng.random((count, 16))) / np.sqrt(8.0)
    coarse = np.exp(2j * np.pi * np.outer(f, t_s[::64]))
    fine = np.exp(2j * np.pi * np.outer(f, t_s[:64] - t_s[0]))
    turning = (coarse[:, :, None] * fine[:, None, :]).reshape(16, -1)[:, : len(t_s)]
    noise: Array = (start @ turning).real
    return noise


def atrial_dipole(rhythm: Rhythm, rng: np.random.Generator, t_s: Array) -> Array:
    """Dipole (3, n) in mV of fibrillation or flutter waves; zero in sinus rhythm."""
    if rhythm.atria == "fibrillation":
        return rhythm.atrial_mv * _fibrillation(rng, t_s, rhythm.atrial_hz)
    if rhythm.atria == "flutter":
        # locked to the beats only by its frequency; a saw tooth down the feet, small and upright in V1
        phase = 2 * np.pi * (rhythm.atrial_hz * t_s + rng.random())
        saw = sum(np.sin(k * phase + 0.25 * k) / k**1.2 for k in range(1, 5))
        bump = np.cos(phase + rng.uniform(-0.4, 0.4))
        return rhythm.atrial_mv * np.stack([0.15 * saw, 0.9 * saw, -0.45 * bump])
    return np.zeros((3, len(t_s)))


def _fibrillation(rng: np.random.Generator, t_s: Array, f_hz: float) -> Array:
    """Three wandering wavelets: frequency strays by 15 %, size fades and returns, each its own way."""
    step = float(t_s[1] - t_s[0]) if len(t_s) > 1 else 0.0
    total = np.zeros((3, len(t_s)))
    for weight in (1.0, 0.7, 0.5):
        stray, size, skew = slow_noise(rng, t_s, 3, 0.2, 2.0)
        f = f_hz * rng.uniform(0.82, 1.2) * (1.0 + 0.15 * stray)
        phase = 2 * np.pi * (np.cumsum(np.clip(f, 3.0, 11.0)) * step + rng.random())
        wavelet = np.cos(phase) + (0.25 + 0.15 * skew) * np.cos(2 * phase + 0.8)
        way = np.array([0.25, 0.45, -0.75]) + rng.normal(0.0, 0.25, 3)  # strongest in V1, then in II
        total += weight * np.outer(way, np.clip(0.8 + 0.5 * size, 0.05, None) * wavelet)
    return total
