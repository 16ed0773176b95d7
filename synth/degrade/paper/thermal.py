"""What warmth and time do to thermal paper: it darkens, takes scratches, and its ink fades."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from synth.degrade.blend import Lattice, Picture, Plane, bleached, clouds, nodes_over, paper_of, spread_over, tinted
from synth.degrade.paper.tint import disc
from synth.degrade.step import Imprint
from synth.ranges import Range, Within, draw, draw_count

_DARKEST = 0.8  # of the light thermal paper takes at most
_RIM_MM = 25.0  # warmth reaches so far into a stack of paper


class Heat(Imprint, frozen=True, tag="heat"):
    """Thermal paper that was kept badly: clouds and hot spots turn grey, a nail leaves dark lines, ink fades.

    Attributes:
        clouds: Share of the light that the darkest clouds take, in [0, 0.9].
        spots: Number of blotches where something warm lay, in [0, 20].
        size_mm: Radius of a blotch, in [1, 80].
        scratches: Number of strokes of nails and paper clips, in [0, 60].
        fading: Share of the ink that is gone where it faded most, in [0, 0.95].
    """

    clouds: Annotated[Range, Within(0.0, 0.9, calm=0.0)] = (0.02, 0.25)
    spots: Annotated[Range, Within(0.0, 20.0, calm=0.0)] = (0.0, 3.0)
    size_mm: Annotated[Range, Within(1.0, 80.0)] = (4.0, 28.0)
    scratches: Annotated[Range, Within(0.0, 60.0, calm=0.0)] = (0.0, 8.0)
    fading: Annotated[Range, Within(0.0, 0.95, calm=0.0)] = (0.0, 0.45)

    def mark(self, image: Picture, px_per_mm: float, rng: np.random.Generator) -> Picture:
        """Fade, then darken paper and what is left of the ink."""
        shape = nodes_over(image, px_per_mm)
        fading, strength = draw(self.fading, rng), draw(self.clouds, rng)
        faded = fading * np.clip(2.2 * clouds(shape, 45.0, rng) * clouds(shape, 12.0, rng) ** 0.5 - 0.25, 0.0, 1.0)
        dark = strength * _warmed(shape, rng)
        for _ in range(draw_count(self.spots, rng)):
            radius, depth, soft = draw(self.size_mm, rng), rng.uniform(0.15, 0.6), rng.uniform(0.5, 1.3)
            window, away = disc(shape, radius, rng, wobble=0.08)
            if away.size:
                lumps = 2.4 * np.clip(_lumps(away.shape, rng) - 0.1, 0.0, 1.0)
                warm = lumps * np.maximum(-away / (soft * radius), 0.0)
                dark[window] += depth * (1.0 - np.exp(-2.0 * warm))
        lost = spread_over(image, np.minimum(dark, np.float32(_DARKEST)))
        strokes = _scratches(image, px_per_mm, draw_count(self.scratches, rng), rng)
        light = cv2.bitwise_not(lost if strokes is None else cv2.max(lost, strokes))
        image = bleached(image, paper_of(image), spread_over(image, np.asarray(faded, dtype=np.float32)))
        return tinted(image, np.asarray(light, dtype=np.uint8))


def _warmed(shape: tuple[int, int], rng: np.random.Generator) -> Lattice:
    """How dark the paper turned, in [0, 1.5]: in clouds, more at one edge of the stack."""
    axis, far = int(rng.integers(2)), rng.uniform() < 0.5
    along = np.arange(shape[axis], dtype=np.float32) / np.float32(2.0)
    edge = np.exp(-(along[::-1] if far else along) / np.float32(_RIM_MM))
    edge = edge[:, None] if axis == 0 else edge[None, :]
    patches = np.clip(1.9 * _lumps(shape, rng) - 0.45, 0.0, 1.0) ** 1.3
    return np.asarray(patches + 0.6 * rng.uniform() * edge, dtype=np.float32)


def _lumps(shape: tuple[int, ...], rng: np.random.Generator) -> Lattice:
    """Noise in [0, 1] with lumps of every size, from a hand to a grain of sand."""
    sizes = ((70.0, 0.45), (24.0, 0.25), (8.0, 0.14), (2.8, 0.09), (0.9, 0.07))
    total = np.zeros(shape, dtype=np.float32)
    for length_mm, share in sizes:
        total += np.float32(share) * clouds(shape, length_mm, rng)
    return total


def _scratches(image: Picture, px_per_mm: float, count: int, rng: np.random.Generator) -> Plane | None:
    """Dark strokes: what they take of the light at every pixel; None if there are none."""
    if not count:
        return None
    h, w = image.shape[:2]
    plane = np.zeros((h, w), dtype=np.uint8)
    t = np.linspace(-0.5, 0.5, 24)
    for _ in range(count):
        home, turn = rng.uniform(0.0, 1.0, 2) * (w, h), rng.uniform(0.0, np.pi)
        length, bow = rng.uniform(4.0, 45.0) * px_per_mm, rng.normal(0.0, 0.12)
        along, across = t * length, bow * length * t**2 + rng.normal(0.0, 0.15, 24).cumsum() * 0.1 * px_per_mm
        cos, sin = np.cos(turn), np.sin(turn)
        line = home + np.stack([along * cos - across * sin, along * sin + across * cos], axis=1)
        width = max(1, round(rng.uniform(0.12, 0.45) * px_per_mm))
        depth = rng.uniform(60.0, 190.0) * np.sin(np.pi * (t + 0.5)) ** 0.4 * rng.uniform(0.6, 1.0, 24)
        for a, b, dark in zip(line[:-1], line[1:], depth[1:], strict=True):
            ends = [tuple(np.round(16.0 * end).astype(int).tolist()) for end in (a, b)]
            cv2.line(plane, ends[0], ends[1], float(dark), width, cv2.LINE_AA, 4)
    return plane
