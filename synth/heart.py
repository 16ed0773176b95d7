"""An embedded 12-lead heart, so that nothing need be downloaded: a patient is drawn, then recorded.

A dipole made of Gaussian waves (`heart_shapes`) beats at the times of a rhythm (`heart_rhythm`), is seen by
eight lead vectors, and noise comes in at the electrodes (`heart_noise`). III, aVR, aVL and aVF follow
from I and II. It shows what pages look like and trains a first reader; it is no model for diagnosis.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from synth.heart_noise import lead_noise
from synth.heart_patient import PATTERNS, Heart, Pattern, draw_heart
from synth.heart_rhythm import Beat, atrial_dipole, draw_beats
from synth.heart_shapes import Waves
from synth.record import LEADS, EcgRecord

__all__ = ["PATTERNS", "Heart", "Pattern", "draw_heart", "heart_record", "simulate"]

Array = NDArray[np.float64]

_SPIKE_S = 0.002
_REACH = 4.0  # a wave is computed to this many standard deviations: 0.03 % of its height is cut


def simulate(
    heart: Heart,
    rng: np.random.Generator,
    *,
    fs_hz: float = 500.0,
    duration_s: float = 10.0,
    name: str = "heart",
) -> EcgRecord:
    """Record a heart.

    Args:
        heart: The patient.
        rng: Draws the beat times, the atrial waves and the noise.
        fs_hz: Sampling rate in Hz, > 0; waves are computed at the sampling times, whatever the rate.
        duration_s: Length in s; round(duration_s * fs_hz) samples, at least 2.
        name: The record's name.

    Returns:
        All 12 leads, without gaps. III is II - I, aVR -(I + II) / 2, aVL I - II / 2, aVF II - I / 2, exactly.

    Raises:
        ValueError: If there would be fewer than 2 samples.
    """
    n = round(duration_s * fs_hz) if fs_hz > 0 else 0
    if n < 2:
        raise ValueError(f"{duration_s} s at {fs_hz} Hz is no recording; both must be above 0 and give 2 samples")
    t_s = np.arange(n) / fs_hz
    beats = draw_beats(heart.rhythm, rng, duration_s)
    dipole = atrial_dipole(heart.rhythm, rng, t_s)
    for beat in beats:
        _add_beat(dipole, heart, beat, fs_hz)
    seen = heart.field @ dipole + lead_noise(heart.noise, rng, t_s, fs_hz, heart.rhythm.breath_hz)
    seen = np.round(seen / heart.noise.quantum_mv) * heart.noise.quantum_mv
    one, two = seen[0], seen[1]
    limbs = np.stack([one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2])
    return EcgRecord(name, float(fs_hz), LEADS, np.concatenate([limbs, seen[2:]]))


def heart_record(index: int, seed: int, fs_hz: float = 500.0, duration_s: float = 10.0) -> EcgRecord:
    """Record number `index` of the endless embedded set `seed`: the same whatever else was drawn before."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index, crc32(b"heart"))))
    return simulate(draw_heart(rng), rng, fs_hz=fs_hz, duration_s=duration_s, name=f"heart{index:05d}")


def _add_beat(dipole: Array, heart: Heart, beat: Beat, fs_hz: float) -> None:
    """Add one beat's waves to the dipole (3, n), in place."""
    shape = _beat_waves(heart, beat)
    first = int(np.ceil(np.min(shape.at_s - _REACH * shape.rise_s) * fs_hz))
    last = int(np.max(shape.at_s + _REACH * shape.fall_s) * fs_hz) + 1
    first, last = max(first, 0), min(last, dipole.shape[1])
    if first < last:
        dipole[:, first:last] += shape.dipole_at(np.arange(first, last) / fs_hz)
    if any(heart.spike_mv) and beat.kind != "pvc":
        start = beat.time_s + float(np.min(heart.qrs.at_s - 2.4 * heart.qrs.rise_s)) - _SPIKE_S
        _add_spike(dipole, np.array(heart.spike_mv), start * fs_hz, _SPIKE_S * fs_hz)


def _beat_waves(heart: Heart, beat: Beat) -> Waves:
    if beat.kind == "pvc":
        return heart.ectopic.moved(beat.time_s)
    breath = np.sin(2 * np.pi * heart.rhythm.breath_hz * beat.time_s)
    qrs = heart.qrs.moved(beat.time_s, gain=1.0 + heart.breath_gain * float(breath))
    begin, end = float(np.min(heart.qrs.at_s)) - 0.016, float(np.max(heart.qrs.at_s)) - 0.023
    qt = heart.qtc_s * float(np.clip(beat.rr_s, 0.3, 1.6)) ** (1.0 / 3.0)
    stretch = qt / 0.4
    peak = begin + qt - 0.085 * stretch + 0.5 * end  # a wide QRS pushes T by half of what it lasts longer
    t = heart.t.moved(beat.time_s + peak, stretch=stretch)
    st = heart.st.moved(beat.time_s + end, stretch=stretch)
    pr = heart.pr_s - 0.0003 * (60.0 / beat.rr_s - 70.0)
    before = pr - 0.045 if beat.kind == "conducted" else pr - 0.06
    p = heart.p.moved(beat.time_s + begin - before, gain=1.0 if beat.kind == "conducted" else 0.8)
    if beat.kind == "pac":  # another focus: the atria are excited from elsewhere
        p = p.turned(-55.0, 25.0)
    return p.joined(qrs, st, t)


def _add_spike(dipole: Array, spike_mv: Array, start: float, length: float) -> None:
    """Add a box of `length` samples from `start`; each sample takes the part that falls into it."""
    for sample in range(int(np.floor(start)), int(np.ceil(start + length))):
        cover = min(sample + 1.0, start + length) - max(float(sample), start)
        if 0 <= sample < dipole.shape[1]:
            dipole[:, sample] += spike_mv * cover
