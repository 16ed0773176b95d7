"""A patient of the embedded heart, and how one is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from synth.heart_noise import Noise, draw_noise
from synth.heart_rhythm import Atria, Rhythm
from synth.heart_shapes import Conduction, Waves, draw_ectopic, draw_field, draw_p, draw_qrs, draw_st_t, waves

Array = NDArray[np.float64]

#: The leading finding of a drawn heart.
Pattern = Literal[
    "sinus",
    "pvc",
    "pac",
    "fibrillation",
    "flutter",
    "rbbb",
    "lbbb",
    "paced",
    "st_elevation",
    "st_depression",
    "low_voltage",
]
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)
#: How often each pattern is drawn, in the order of `PATTERNS`: a hospital's mix, the rare ones raised.
_SHARES = (0.55, 0.06, 0.05, 0.08, 0.02, 0.06, 0.05, 0.03, 0.03, 0.04, 0.03)
#: Atrial beats to each ventricular one in flutter: one tuple a patient, drawn from at each beat.
_FLUTTER_BLOCKS: tuple[tuple[int, ...], ...] = ((2,), (3,), (4,), (4,), (2, 4, 4), (3, 4))
#: ST vectors of a territory, x left, y feet, z back (toward an injured wall, away from an injured inside).
_INJURY = {
    "anterior": (0.25, 0.05, -1.0),
    "inferior": (-0.2, 0.95, 0.2),
    "lateral": (0.9, -0.35, 0.25),
    "subendocardial": (-0.8, -0.5, 0.35),
}


@dataclass(frozen=True, eq=False)
class Heart:
    """One patient on one recorder: every drawn parameter.

    Attributes:
        pattern: The leading finding.
        conduction: How the ventricles are excited.
        rhythm: Rate, variability, ectopic beats.
        axis_deg: Mean frontal axis of the QRS dipole: 0 to the left, 90 to the feet; -90..100.
        pr_s: PR interval at 70 per minute, s, 0.11..0.30; shortens by 0.3 ms per beat per minute.
        qtc_s: QT interval at 60 per minute, s, 0.35..0.52; follows the cube root of RR (Fridericia).
        p: P wave from its peak; empty dipoles where the atria fibrillate or flutter.
        qrs: QRS complex from the R peak.
        st: ST segment from the R peak, injury included.
        t: T wave from its peak, at a QT of 0.4 s.
        ectopic: A ventricular ectopic beat from its R peak.
        spike_mv: Dipole of the pacing spike on x, y, z, mV; zeros without a pacemaker.
        breath_gain: Relative change of QRS height with breathing, 0..0.1.
        field: Lead vectors (8, 3) of I, II, V1..V6.
        noise: The disturbances.
    """

    pattern: Pattern
    conduction: Conduction
    rhythm: Rhythm
    axis_deg: float
    pr_s: float
    qtc_s: float
    p: Waves
    qrs: Waves
    st: Waves
    t: Waves
    ectopic: Waves
    spike_mv: tuple[float, float, float]
    breath_gain: float
    field: Array
    noise: Noise


def draw_heart(rng: np.random.Generator, *, pattern: Pattern | None = None) -> Heart:
    """Draw a patient; common findings are common and rare ones rare, unless `pattern` names one."""
    if pattern is None:
        pattern = PATTERNS[int(rng.choice(len(PATTERNS), p=_SHARES))]
    conduction = _draw_conduction(rng, pattern)
    field, axis = draw_field(rng), _draw_axis(rng, conduction)
    rhythm = _draw_rhythm(rng, pattern)
    gain = _draw_gain(rng, pattern)
    st, t = draw_st_t(rng, conduction, axis)
    t_gain = _draw_t_gain(rng, conduction)
    st = st.moved(0.0, gain=gain * (1.0 if conduction == "normal" else t_gain))
    if pattern in ("st_elevation", "st_depression"):
        st = st.joined(_draw_injury(rng, pattern))
    return Heart(
        pattern=pattern,
        conduction=conduction,
        rhythm=rhythm,
        axis_deg=axis,
        pr_s=_draw_pr(rng),
        qtc_s=_draw_qtc(rng, conduction),
        p=draw_p(rng).moved(0.0, gain=float(rhythm.atria == "sinus") * gain**0.5),
        qrs=draw_qrs(rng, conduction, axis, field).moved(0.0, stretch=_spread(rng, 0.07), gain=gain),
        st=st,
        t=t.moved(0.0, gain=gain**0.7 * t_gain),
        ectopic=draw_ectopic(rng).moved(0.0, gain=gain**0.5),
        spike_mv=_draw_spike(rng) if conduction == "paced" else (0.0, 0.0, 0.0),
        breath_gain=float(rng.uniform(0.0, 0.08)),
        field=field,
        noise=draw_noise(rng),
    )


def _draw_conduction(rng: np.random.Generator, pattern: Pattern) -> Conduction:
    if pattern in ("rbbb", "lbbb", "paced"):
        return pattern
    if pattern in ("fibrillation", "pvc") and rng.random() < 0.15:
        return "rbbb" if rng.random() < 0.5 else "lbbb"
    return "normal"


def _spread(rng: np.random.Generator, sigma: float) -> float:
    return float(np.exp(rng.normal(0.0, sigma)))


def _draw_gain(rng: np.random.Generator, pattern: Pattern) -> float:
    low = rng.uniform(0.25, 0.42) if pattern == "low_voltage" else 1.0
    return float(np.clip(low * _spread(rng, 0.26), 0.25, 1.9))


def _draw_pr(rng: np.random.Generator) -> float:
    if rng.random() < 0.06:  # first-degree block
        return float(rng.uniform(0.21, 0.30))
    return float(np.clip(rng.normal(0.16, 0.02), 0.11, 0.21))


def _draw_qtc(rng: np.random.Generator, conduction: Conduction) -> float:
    wide = 0.035 if conduction in ("lbbb", "paced") else 0.0
    return float(np.clip(rng.normal(0.405, 0.02), 0.35, 0.48)) + wide


def _draw_axis(rng: np.random.Generator, conduction: Conduction) -> float:
    if conduction == "lbbb":
        return float(np.clip(rng.normal(5.0, 25.0), -50.0, 60.0))
    if conduction == "paced":
        return float(np.clip(rng.normal(-65.0, 15.0), -90.0, -30.0))
    return float(np.clip(rng.normal(26.0, 22.0), -60.0, 100.0))


def _draw_rhythm(rng: np.random.Generator, pattern: Pattern) -> Rhythm:
    atria: Atria = "sinus"
    rate = float(np.clip(np.exp(rng.normal(np.log(71.0), 0.22)), 35.0, 180.0))
    atrial_hz, blocks = float(rng.uniform(4.6, 8.0)), _FLUTTER_BLOCKS[0]
    if pattern == "fibrillation" or (pattern == "paced" and rng.random() < 0.35):
        atria, rate = "fibrillation", float(np.clip(rng.normal(92.0, 24.0), 45.0, 170.0))
    elif pattern == "flutter":
        atria, atrial_hz = "flutter", float(rng.uniform(4.0, 5.4))
        blocks = _FLUTTER_BLOCKS[int(rng.integers(len(_FLUTTER_BLOCKS)))]
        rate = 60.0 * atrial_hz / float(np.mean(blocks))
    if pattern == "paced":
        rate = float(rng.choice([50.0, 60.0, 60.0, 70.0, 70.0, 80.0, 85.0]))
    ectopic = float(rng.choice([0.12, 0.2, 0.35, 0.5]))
    return Rhythm(
        atria=atria,
        rate_bpm=rate,
        breath_hz=float(rng.uniform(0.17, 0.36)),
        sinus_arrhythmia=float(np.clip(np.exp(rng.normal(np.log(0.018), 0.8)), 0.0, 0.12)),
        drift=float(np.clip(np.exp(rng.normal(np.log(0.010), 0.6)), 0.0, 0.04)),
        irregularity=float(rng.uniform(0.14, 0.27)),
        atrial_hz=atrial_hz,
        atrial_mv=float(np.exp(rng.normal(np.log(0.06), 0.4))) * (1.4 if atria == "flutter" else 1.0),
        blocks=blocks,
        pvc_share=ectopic if pattern == "pvc" else 0.0,
        pac_share=0.8 * ectopic if pattern == "pac" else 0.0,
        coupling=float(rng.uniform(0.52, 0.72)),
        paced=pattern == "paced",
    )


def _draw_t_gain(rng: np.random.Generator, conduction: Conduction) -> float:
    """T is mostly upright, now and then flat or the other way; never so where it must go against the QRS."""
    gain = float(np.exp(rng.normal(0.05, 0.35)))
    if conduction == "normal" and rng.random() < 0.10:
        return float(rng.uniform(-0.7, 0.3))
    return gain


def _draw_injury(rng: np.random.Generator, pattern: Pattern) -> Waves:
    """An ST shift: an infarct's elevation in one territory, or a depression below the endocardium."""
    place = ("anterior", "inferior", "lateral")[int(rng.integers(3))] if pattern == "st_elevation" else "subendocardial"
    size = rng.uniform(0.12, 0.45) if pattern == "st_elevation" else rng.uniform(0.08, 0.28)
    way = np.array(_INJURY[place]) + rng.normal(0.0, 0.12, 3)
    rows = ((90.0, 32.0, 60.0, *(size * way)), (180.0, 50.0, 60.0, *(0.7 * size * way)))
    return waves(*rows)


def _draw_spike(rng: np.random.Generator) -> tuple[float, float, float]:
    size = float(np.exp(rng.normal(np.log(0.8), 0.6)))
    way = np.array([0.5, 0.7, 0.3]) + rng.normal(0.0, 0.3, 3)
    x, y, z = size * way
    return float(x), float(y), float(z)
