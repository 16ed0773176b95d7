"""The shapes of the embedded heart's beats: Gaussian waves of a dipole, and the leads that see it.

Axes are Frank's: x to the patient's left, y to the feet, z to the back; dipoles in mV. Gaussian waves after
McSharry et al., IEEE Trans. Biomed. Eng. 50 (2003) 289; on three axes after Sameni et al., EURASIP J. Adv.
Signal Process. (2007) 43407. The normal waves were tuned by hand: heights and widths in the leads lie near
the medians of 472 records of PTB-XL. The other shapes follow textbooks and were checked by eye alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: How the ventricles are excited.
Conduction = Literal["normal", "rbbb", "lbbb", "paced"]

#: Lead vectors of I, II, V1..V6 on x, y, z: the inverse Dower matrix, Dower, Machado, Osborne,
#: Clin. Cardiol. 3 (1980) 87.
DOWER: Array = np.array(
    [
        [0.632, -0.235, 0.059],
        [0.235, 1.066, -0.132],
        [-0.515, 0.157, -0.917],
        [0.044, 0.164, -1.387],
        [0.882, 0.098, -1.277],
        [1.213, 0.127, -0.601],
        [1.125, 0.127, -0.086],
        [0.831, 0.076, 0.230],
    ]
)
#: Mean gain of each lead over that: real chests (PTB-XL, least squares of leads on their projection: V1 0.8,
#: V2 1.14, others near 1) lie off the matrix; the values here bring the heights near the real medians.
_CHEST: Array = np.array([1.0, 0.97, 0.82, 1.05, 0.97, 1.0, 1.0, 1.0])
#: Rows: peak ms, sigma before it ms, sigma after it ms, dipole x, y, z mV. Times of P and T are
#: from their own peak, the others from the R peak.
_P = ((-13.0, 16.0, 18.0, 0.030, 0.060, -0.022), (15.0, 18.0, 17.0, 0.038, 0.040, 0.014))
_QRS: dict[Conduction, tuple[tuple[float, ...], ...]] = {
    "normal": (
        (-24.0, 6.5, 6.5, -0.12, -0.02, -0.30),
        (-6.0, 8.5, 7.5, 1.30, 0.62, 0.10),
        (6.0, 7.5, 9.0, 0.30, 0.20, 0.86),
        (20.0, 7.0, 9.5, -0.20, -0.06, 0.24),
    ),
    "rbbb": (
        (-24.0, 6.5, 6.5, -0.12, -0.02, -0.30),
        (-6.0, 8.5, 7.5, 1.20, 0.60, 0.10),
        (9.0, 9.0, 11.0, 0.20, 0.15, 0.55),
        (47.0, 16.0, 18.0, -0.52, -0.05, -0.62),
    ),
    "lbbb": (
        (-40.0, 11.0, 13.0, 0.18, 0.08, 0.05),
        (-12.0, 16.5, 17.0, 0.76, 0.27, 1.05),
        (30.0, 17.5, 16.5, 0.82, 0.15, 1.15),
        (58.0, 14.0, 13.0, 0.20, 0.03, 0.42),
    ),
    "paced": (
        (-32.0, 16.0, 18.0, 0.25, -0.15, 0.45),
        (4.0, 20.0, 21.0, 0.50, -0.75, 1.05),
        (46.0, 21.0, 20.0, 0.15, -0.70, 0.60),
    ),
}
_ST: dict[Conduction, tuple[float, ...]] = {
    "normal": (115.0, 40.0, 80.0, 0.01, 0.005, -0.055),
    "rbbb": (115.0, 40.0, 80.0, 0.02, 0.0, -0.01),
    "lbbb": (125.0, 42.0, 90.0, -0.08, -0.03, -0.20),
    "paced": (125.0, 42.0, 90.0, -0.05, 0.10, -0.15),
}
_T: dict[Conduction, tuple[tuple[float, ...], ...]] = {
    "normal": ((0.0, 54.0, 34.0, 0.32, 0.13, -0.14), (-32.0, 48.0, 42.0, 0.03, 0.0, -0.07)),
    "rbbb": ((0.0, 58.0, 36.0, 0.22, 0.10, 0.03), (-32.0, 48.0, 42.0, 0.03, 0.0, -0.05)),
    "lbbb": ((0.0, 64.0, 44.0, -0.22, -0.06, -0.36), (-32.0, 48.0, 42.0, -0.03, 0.0, -0.12)),
    "paced": ((0.0, 64.0, 44.0, -0.15, 0.28, -0.32), (-32.0, 48.0, 42.0, -0.02, 0.06, -0.10)),
}


@dataclass(frozen=True, eq=False)
class Waves:
    """A sum of k Gaussian dipole waves, each with its own width before and after its peak.

    Attributes:
        at_s: Peak times (k,) in s from the reference (the R peak; the P or T peak for P and T waves).
        rise_s: Standard deviations (k,) in s before the peak.
        fall_s: Standard deviations (k,) in s after the peak.
        dipole_mv: Peak dipoles (k, 3) in mV on x (left), y (feet), z (back).
    """

    at_s: Array
    rise_s: Array
    fall_s: Array
    dipole_mv: Array

    @property
    def area_mvs(self) -> Array:
        """Integral of the dipole over time (3,), mV s, but for the factor sqrt(pi / 2)."""
        area: Array = (self.rise_s + self.fall_s) @ self.dipole_mv
        return area

    def moved(self, by_s: float, *, stretch: float = 1.0, gain: float = 1.0) -> Waves:
        """The waves `stretch` times as long about their reference, `by_s` later, `gain` times as high."""
        return Waves(self.at_s * stretch + by_s, self.rise_s * stretch, self.fall_s * stretch, self.dipole_mv * gain)

    def first(self, count: int) -> Waves:
        """The first `count` of the waves."""
        return Waves(self.at_s[:count], self.rise_s[:count], self.fall_s[:count], self.dipole_mv[:count])

    def joined(self, *others: Waves) -> Waves:
        """These waves and the others in one sum."""
        parts = (self, *others)
        fields = ("at_s", "rise_s", "fall_s", "dipole_mv")
        return Waves(*(np.concatenate([getattr(part, field) for part in parts]) for field in fields))

    def dipole_at(self, t_s: Array) -> Array:
        """Dipole (3, n) in mV at times (n,)."""
        since = t_s - self.at_s[:, None]
        width = np.where(since < 0, self.rise_s[:, None], self.fall_s[:, None])
        value: Array = self.dipole_mv.T @ np.exp(-0.5 * (since / width) ** 2)
        return value

    def turned(self, frontal_deg: float, horizontal_deg: float) -> Waves:
        """The waves turned about z (positive: left to feet), then about y (positive: left to back)."""
        f, h = np.deg2rad([frontal_deg, horizontal_deg])
        about_z = np.array([[np.cos(f), -np.sin(f), 0.0], [np.sin(f), np.cos(f), 0.0], [0.0, 0.0, 1.0]])
        about_y = np.array([[np.cos(h), 0.0, -np.sin(h)], [0.0, 1.0, 0.0], [np.sin(h), 0.0, np.cos(h)]])
        return Waves(self.at_s, self.rise_s, self.fall_s, self.dipole_mv @ (about_y @ about_z).T)


def waves(*rows: tuple[float, ...]) -> Waves:
    """Waves from rows of (peak ms, sigma before ms, sigma after ms, x mV, y mV, z mV)."""
    table = np.array(rows, dtype=np.float64)
    return Waves(table[:, 0] / 1e3, table[:, 1] / 1e3, table[:, 2] / 1e3, table[:, 3:])


def varied(shape: Waves, rng: np.random.Generator, *, size: float, width: float, shift_s: float = 0.0) -> Waves:
    """The same waves with log-normal spread in size (every component) and width, normal spread in time."""
    k = len(shape.at_s)
    wide = np.exp(rng.normal(0.0, width, k))
    return Waves(
        shape.at_s + rng.normal(0.0, 1.0, k) * shift_s,
        shape.rise_s * wide,
        shape.fall_s * wide,
        shape.dipole_mv * np.exp(rng.normal(0.0, size, (k, 3))),
    )


def draw_p(rng: np.random.Generator) -> Waves:
    """A P wave: right, then left atrium."""
    return varied(waves(*_P).turned(rng.normal(0.0, 14.0), 0.0), rng, size=0.28, width=0.1, shift_s=0.003)


def draw_qrs(rng: np.random.Generator, conduction: Conduction, axis_deg: float, field: Array) -> Waves:
    """A QRS complex whose mean frontal axis is `axis_deg`, turned about the long axis by a few degrees.

    Where the left ventricle is excited late (LBBB, paced), the complex is pushed backwards until V1..V3 of
    `field` are clearly negative, as they always are. RBBB keeps its late wave, to the right and front.
    """
    late = conduction in ("lbbb", "paced")
    shape = varied(waves(*_QRS[conduction]), rng, size=0.15 if late else 0.22, width=0.07, shift_s=0.002)
    if not late:  # the septal wave, hence Q in I and V6 and r in V1, differs most between people
        shape.dipole_mv[0] *= np.exp(rng.normal(-0.1, 0.5))
    body = shape.first(3) if conduction == "rbbb" else shape
    x, y, _ = body.area_mvs
    body = body.turned(axis_deg - float(np.rad2deg(np.arctan2(y, x))), 0.0)
    body = body.turned(0.0, float(np.clip(rng.normal(0.0, 6.0 if late else 12.0), -35.0, 35.0)))
    # an unusual axis goes with a smaller frontal loop, else II and III would be too high
    body = body.moved(0.0, gain=1.0 - 0.25 * abs(float(np.sin(np.deg2rad(axis_deg - 30.0)))))
    shape = replace(shape, dipole_mv=np.concatenate([body.dipole_mv, shape.dipole_mv[len(body.at_s) :]]))
    return _pushed_back(shape, field) if late else shape


def draw_st_t(rng: np.random.Generator, conduction: Conduction, axis_deg: float) -> tuple[Waves, Waves]:
    """The ST segment (from the R peak) and the T wave (from its own peak)."""
    st = varied(waves(_ST[conduction]), rng, size=0.4, width=0.1)
    wander = 8.0 if conduction in ("lbbb", "paced") else 12.0
    lean = 0.25 * (axis_deg - 30.0) if conduction == "normal" else 0.0
    t = waves(*_T[conduction]).turned(float(np.clip(lean, -25, 15)) + rng.normal(0.0, wander), rng.normal(0.0, wander))
    return st, varied(t, rng, size=0.2, width=0.12, shift_s=0.008)


def draw_ectopic(rng: np.random.Generator) -> Waves:
    """A ventricular ectopic beat from its R peak: right or left ventricle; wide, large, T the other way."""
    side = 1.0 if rng.random() < 0.6 else -1.0  # +1: from the right ventricle, hence to the left and back
    main = np.array([rng.uniform(0.1, 0.9) * side, rng.uniform(-1.0, 1.0), rng.uniform(0.5, 1.2) * side])
    main *= rng.uniform(1.0, 1.9) / np.linalg.norm(main)
    bend = rng.normal(0.0, 0.35, 3)
    at, wide = rng.uniform(32.0, 48.0), rng.uniform(17.0, 24.0)
    rows = (
        (-at, wide, wide, *(0.45 * main - 0.4 * bend)),
        (0.0, wide, wide, *main),
        (at, wide, wide * 1.2, *(0.5 * main + 0.6 * bend)),
        (at + 90.0, 45.0, 80.0, *(-0.16 * main)),
        (at + rng.uniform(200.0, 240.0), 60.0, 48.0, *(-rng.uniform(0.3, 0.5) * main)),
    )
    return waves(*rows)


def draw_field(rng: np.random.Generator) -> Array:
    """Lead vectors (8, 3) of one patient: Dower's, with the spread of chests and of electrode positions."""
    gain = _CHEST * np.exp(rng.normal(0.0, 0.16, 8))
    return DOWER * gain[:, None] + rng.normal(0.0, 0.05, DOWER.shape)


def _pushed_back(shape: Waves, field: Array) -> Waves:
    area, width = shape.area_mvs, float((shape.rise_s + shape.fall_s).sum())
    wanted = -0.35 * float(np.linalg.norm(area))
    missing = float(np.max((field[2:5] @ area - wanted) / -field[2:5, 2]))
    push = np.array([0.0, 0.0, max(missing, 0.0) / width])
    return replace(shape, dipole_mv=shape.dipole_mv + push)
