"""Mould on paper: colonies of mats and dots with pale halos, and rusty spots that come with age and damp."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.cloud import cloud
from synth.degrade.paper.tint import TINT_PER_MM, Tint, Tinting, coloured, disc
from synth.ranges import Range, Within, draw, draw_count, pick

_COLOURS = ((0.28, 0.30, 0.24), (0.16, 0.16, 0.17), (0.50, 0.42, 0.26), (0.42, 0.48, 0.40), (0.55, 0.36, 0.34))
_HALOS = ((0.80, 0.74, 0.55), (0.72, 0.76, 0.66), (0.84, 0.70, 0.72), (0.70, 0.66, 0.56))
_RUST = (0.66, 0.44, 0.26)
_MOST_DOTS = 400  # of one colony

Plane = NDArray[np.float32]


class Mould(Tinting, frozen=True, tag="mould"):
    """Mould: colonies of mats and dots in a few colours with pale halos, in patches of the page, and foxing.

    Attributes:
        colonies: How many, in [0, 200].
        size_mm: Radius of a colony, in [0.5, 60].
        strength: Share of the light that it takes, in [0, 1].
        specks: Share of a colony's middle that mats cover, in [0.02, 1].
        foxing: Rusty spots per square decimetre, in [0, 100].
    """

    colonies: Annotated[Range, Within(0.0, 200.0, calm=0.0)] = (5.0, 40.0)
    size_mm: Annotated[Range, Within(0.5, 60.0)] = (2.0, 18.0)
    strength: Annotated[Range, Within(0.0, 1.0)] = (0.4, 0.9)
    specks: Annotated[Range, Within(0.02, 1.0)] = (0.15, 0.7)
    foxing: Annotated[Range, Within(0.0, 100.0, calm=0.0)] = (0.0, 12.0)

    def tint(self, shape: tuple[int, int], rng: np.random.Generator) -> Tint:
        """Cut noise at a level that falls from the middle of each colony to its rim, and sow dots about it."""
        count, strength, foxing = draw_count(self.colonies, rng), draw(self.strength, rng), draw(self.foxing, rng)
        homes = rng.uniform(0.0, 1.0, (max(1, count // 8), 2))
        noise = 0.55 * cloud(shape, max(shape) // 2, rng) + 0.45 * cloud(shape, max(shape) // 7, rng)
        total = coloured(_foxed(shape, foxing, rng), _RUST)
        for _ in range(count):
            home = homes[int(rng.integers(len(homes)))] + rng.normal(0.0, 0.08, 2)
            radius, dense, colour = draw(self.size_mm, rng), draw(self.specks, rng), pick(_COLOURS, rng)
            crisp, halo = np.float32(rng.uniform(2.5, 8.0)), pick(_HALOS, rng)
            window, away = disc(shape, radius, rng, wobble=0.2, at=home)
            if not away.size:
                continue
            inner = np.clip(-away / np.float32(radius), 0.0, 1.0)
            mat = np.clip((dense * 1.1 * inner**0.6 - 0.82 + noise[window]) * crisp, 0.0, 1.0) * (inner > 0.0)
            sown = np.maximum(mat, _dots(away.shape, away, radius, dense, rng))
            pale = np.clip(0.7 * strength * inner**0.7 * (0.4 + 0.8 * noise[window]), 0.0, 1.0)
            total[window] *= coloured(pale, halo) * coloured(sown * strength, colour)
        return total


def _dots(shape: tuple[int, ...], away: Plane, radius: float, dense: float, rng: np.random.Generator) -> Plane:
    """Dots about the darkest place of a colony, fewer and smaller towards its rim and beyond."""
    count = min(_MOST_DOTS, rng.poisson(0.9 * dense * radius**1.5))
    middle = np.array(np.unravel_index(int(away.argmin()), shape))[::-1]
    at = middle + rng.normal(0.0, 0.5 * radius * TINT_PER_MM, (count, 2))
    size, depth = np.exp(rng.normal(-1.0, 0.5, count)) * TINT_PER_MM, rng.uniform(70.0, 255.0, count)
    plane = np.zeros(shape, dtype=np.uint8)
    for (x, y), reach, dark in zip(np.round(16.0 * at).astype(int).tolist(), size, depth, strict=True):
        cv2.circle(plane, (x, y), round(16.0 * min(reach, 3.0)), float(dark), -1, cv2.LINE_AA, 4)
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), 0.55), dtype=np.float32) / np.float32(255.0)


def _foxed(shape: tuple[int, int], per_dm2: float, rng: np.random.Generator) -> Plane:
    """Soft round spots, a few of them large."""
    count = rng.poisson(per_dm2 * shape[0] * shape[1] / (100.0 * TINT_PER_MM) ** 2)
    total = np.zeros(shape, dtype=np.float32)
    for _ in range(count):
        radius, depth = float(np.exp(rng.normal(-0.1, 0.6))), rng.uniform(0.1, 0.7)
        window, away = disc(shape, min(radius, 6.0), rng, wobble=0.06)
        total[window] = np.maximum(total[window], depth * np.clip(0.6 - away / (0.9 * radius), 0.0, 1.0))
    return total
