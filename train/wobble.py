"""Wobble: how wrong the geometry of a strip may be when it is cut, so that training sees what reading will see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import RectBivariateSpline

from synth.geometry import Points
from synth.ranges import pick

_KNOTS_MM = (7.0, 12.0, 20.0, 35.0)  # how fast the error may change
_STEEPEST, _ASKEW = 0.035, 0.1  # rms of the error by the distance of its knots
_SELDOM = 0.15  # share of strips that are cut as badly as from paper that was balled up
_STRAIGHT = 0.25  # share of strips without any
_BESIDE_MM = 40.0
_ROUNDS = 8


@dataclass(frozen=True, eq=False)
class Wobble:
    """Strip millimetres -> paper millimetres, x stretched and shifted smoothly, y sheared and shifted.

    Attributes:
        corner_mm: Where the strip's left end of its zero line lies on the paper.
        stretch: Factor on x.
        slope: Rise of y along x.
        bend: Shift of x in mm over (x, y) of the strip; changes by much less than 1 per mm.
    """

    corner_mm: tuple[float, float]
    stretch: float
    slope: float
    bend: RectBivariateSpline

    def forward(self, points: Points) -> Points:
        """Move points (n, 2) from the strip to the paper."""
        x = self.corner_mm[0] + self.stretch * points[:, 0] + self.bend.ev(points[:, 0], points[:, 1])
        return np.stack([x, self.corner_mm[1] + points[:, 1] + self.slope * points[:, 0]], axis=1)

    def inverse(self, points: Points) -> Points:
        """Move points (n, 2) from the paper to the strip."""
        away = points[:, 0] - self.corner_mm[0]
        x = away / self.stretch
        for _ in range(_ROUNDS):
            y = points[:, 1] - self.corner_mm[1] - self.slope * x
            x = (away - self.bend.ev(x, y)) / self.stretch
        return np.stack([x, points[:, 1] - self.corner_mm[1] - self.slope * x], axis=1)


def draw_wobble(corner_mm: tuple[float, float], width_mm: float, rng: np.random.Generator) -> Wobble:
    """An error as a first look at the grid leaves it: up to 2.5 mm off in height, up to about 1 mm along time."""
    knot = pick(_KNOTS_MM, rng)
    bend_mm = (
        0.0 if rng.uniform() < _STRAIGHT else rng.uniform(0.0, _ASKEW if rng.uniform() < _SELDOM else _STEEPEST) * knot
    )
    x = np.arange(-_BESIDE_MM, width_mm + _BESIDE_MM + knot, knot)
    y = np.arange(-_BESIDE_MM, _BESIDE_MM + knot, knot)
    bend = RectBivariateSpline(x, y, rng.normal(0.0, bend_mm, (len(x), len(y))))
    corner = (corner_mm[0], corner_mm[1] + float(np.clip(rng.normal(0.0, 1.2), -2.5, 2.5)))
    return Wobble(corner, 1.0 + rng.normal(0.0, 0.004), rng.normal(0.0, 0.005), bend)
