"""Glare: lamps and windows that glossy paper, or the foil around it, mirrors into the camera."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from synth.degrade.step import Light, Reflecting
from synth.ranges import Range, Within, draw, draw_count

_TINT = 0.04  # relative difference of a lamp's colour channels


class Glare(Reflecting, frozen=True, tag="glare"):
    """Highlights that wash the print out, up to pure white; they follow the normals of a bent sheet.

    Lamp and camera stand at one distance over the sheet. Where it is flat, a highlight is a smooth blob, or a tube's
    streak, bright in its middle and with a wide skirt; a facet that leans by a slope shows the light that lies the
    slope times the distance beside it.

    Attributes:
        chance: Probability that there is any.
        count: Lamps that are mirrored, in [1, 4].
        strength: Light that is added in the middle of a highlight, white being 1; in [0, 3].
        size: Radius of a highlight in widths of the picture, in [0.01, 1]: the rougher the paper, the larger.
        streak: How many times longer than wide, in [1, 10].
        distance: Of lamp and camera, in widths of the picture, in [0.3, 5].
    """

    chance: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 1.0
    count: Annotated[Range, Within(1.0, 4.0)] = (1.0, 2.0)
    strength: Annotated[Range, Within(0.0, 3.0, calm=0.0)] = (0.1, 0.9)
    size: Annotated[Range, Within(0.01, 1.0)] = (0.03, 0.14)
    streak: Annotated[Range, Within(1.0, 10.0)] = (1.0, 4.0)
    distance: Annotated[Range, Within(0.3, 5.0)] = (0.8, 1.6)

    def reflect(self, slopes: NDArray[np.float32], rng: np.random.Generator) -> Light:
        """Add a blob per lamp, seen in the mirror of the sheet."""
        there, count, distance = rng.uniform() < self.chance, draw_count(self.count, rng), draw(self.distance, rng)
        rows, columns = slopes.shape[:2]
        total = np.zeros((rows, columns, 3), dtype=np.float32)
        y, x = (np.mgrid[:rows, :columns] / columns).astype(np.float32)
        x, y = x - np.float32(distance) * slopes[..., 0], y - np.float32(distance) * slopes[..., 1]
        for _ in range(count if there else 0):
            strength, size, streak = draw(self.strength, rng), draw(self.size, rng), draw(self.streak, rng)
            at, turn = rng.uniform(0.0, 1.0, 2) * (1.0, rows / columns), rng.uniform(0.0, np.pi)
            skirt, tint = rng.uniform(1.2, 5.0), rng.normal(0.0, _TINT)
            cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
            along = ((x - at[0]) * cos + (y - at[1]) * sin) / (size * np.sqrt(streak))
            across = ((y - at[1]) * cos - (x - at[0]) * sin) / (size / np.sqrt(streak))
            blob = strength * (1.0 + (np.square(along) + np.square(across)) / (2.0 * skirt)) ** -skirt
            total += blob[..., None] * np.array([1.0 + tint, 1.0, 1.0 - tint])
        return total
