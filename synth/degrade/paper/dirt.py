"""Dirt: smudges of many hands, and specks of all sizes."""

from __future__ import annotations

from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.blend import Picture, clouds, nodes_over
from synth.degrade.paper.tint import apply_tint, coloured
from synth.degrade.step import Imprint
from synth.ranges import Range, Within, draw

_COLOUR = (0.25, 0.23, 0.2)
_CORNERS = 9  # of a speck


class Dirt(Imprint, frozen=True, tag="dirt"):
    """Smudges of many hands, and specks of dust.

    Attributes:
        smudges: Share of light that the darkest smudges take, in [0, 0.6].
        specks: Specks per square decimetre, in [0, 400].
    """

    smudges: Annotated[Range, Within(0.0, 0.6, calm=0.0)] = (0.0, 0.15)
    specks: Annotated[Range, Within(0.0, 400.0, calm=0.0)] = (0.0, 40.0)

    def mark(self, image: Picture, px_per_mm: float, rng: np.random.Generator) -> Picture:
        """Two octaves of clouds, and shapes from 0.1 to 2 mm wide."""
        smudges, specks, shape = draw(self.smudges, rng), draw(self.specks, rng), nodes_over(image, px_per_mm)
        patches = np.clip(1.6 * (clouds(shape, 30.0, rng) * clouds(shape, 7.0, rng)) - 0.2, 0.0, 1.0)
        image = apply_tint(image, coloured(smudges * patches, _COLOUR))
        size_mm = np.array(image.shape[1::-1]) / px_per_mm
        count = rng.poisson(specks * size_mm.prod() / 1e4)
        at, radius = rng.uniform(0.0, 1.0, (count, 2)) * size_mm, np.minimum(np.exp(rng.normal(-1.7, 0.6, count)), 1.0)
        depth, flat, turn = rng.uniform(0.3, 0.95, count), rng.uniform(0.3, 1.0, count), rng.uniform(0.0, np.pi, count)
        reach = radius[:, None] * np.exp(rng.normal(0.0, 0.25, (count, _CORNERS)))
        plane = np.zeros(image.shape[:2], dtype=np.uint8)
        angle = np.linspace(0.0, 2.0 * np.pi, _CORNERS, endpoint=False)
        x, y = reach * np.cos(angle), flat[:, None] * reach * np.sin(angle)
        cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
        shapes = np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1) + at[:, None]
        corners = np.round(16.0 * (shapes * px_per_mm - 0.5)).astype(np.int32)
        thin = np.minimum(1.0, 2.0 * px_per_mm * radius * np.sqrt(flat))  # what is smaller than a pixel
        for outline, dark in zip(corners, 255.0 * depth * thin**2, strict=True):
            cv2.fillPoly(plane, [outline], float(dark), cv2.LINE_AA, 4)
        found: NDArray[Any] | None = cv2.findNonZero(plane)
        if found is not None:
            i, j = found.reshape(-1, 2).T
            image[j, i] = image[j, i] * coloured(plane[j, i] / 255.0, _COLOUR)
        return image
