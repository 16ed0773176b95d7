"""What creases leave on a print: ridges where ink cracked, grooves where dirt settled."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.step import Picture

_FAINT = 0.4  # creases that leave less of a mark, in [0, 1], leave none


def crack(image: Picture, creases: NDArray[np.float64], px_per_mm: float, rng: np.random.Generator) -> None:
    """Draw what creases leave, in place: ridges where ink cracked and light catches, grooves where dirt settled.

    Args:
        image: The print, changed.
        creases: Both ends of each, in mm, (n, 2, 2).
        px_per_mm: Scale of the print.
        rng: Draws what each crease leaves and how much: of most of them hardly anything.
    """
    if not len(creases):
        return
    plane = np.zeros(image.shape[:2], dtype=np.uint8)
    marks, widths = rng.uniform(-1.0, 1.0, len(creases)), rng.uniform(0.12, 0.3, len(creases)) * px_per_mm
    fixed, pixels = np.round((creases * px_per_mm - 0.5) * 16.0).astype(int), image.reshape(-1, 3)
    for side, depth, colour in ((1.0, 130.0, 246.0), (-1.0, 22.0, 40.0)):  # ridges, grooves
        seen = np.flatnonzero(side * marks > _FAINT)
        for (a, b), mark, width in zip(fixed[seen].tolist(), marks[seen].tolist(), widths[seen].tolist(), strict=True):
            cv2.line(plane, a, b, depth * mark**2, max(1, round(width)), cv2.LINE_AA, 4)
        at = np.flatnonzero(plane != 0)
        share = plane.ravel()[at].astype(np.float32) / np.float32(255.0)
        share *= np.float32(0.4) + np.float32(0.6) * rng.random(len(at), dtype=np.float32)
        pixels[at] = pixels[at] + share[:, None] * (np.float32(colour) - pixels[at])
        plane.ravel()[at] = 0
