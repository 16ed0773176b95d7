"""How far ink stands out from the paper around it: what copiers, faxes and light leave nothing of is not seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.degrade.step import Picture
from synth.geometry import Points

_AROUND_MM = 1.0  # where the paper beside a trace is looked for, to the right and down
_INK, _NOTHING = 24, 3  # of 255: stands out; does not
_HERE = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
_AROUND = ((1, 1), (1, -1), (-1, 1), (-1, -1))

Contrast = NDArray[np.int16]  # (n,): how much darker ink is than the paper around, of 255


def contrast_at(image: Picture, points_px: Points, px_per_mm: float) -> Contrast:
    """How much darker the darkest pixel at each point (n, 2), or next to it, is than the lightest about 1 mm away."""
    h, w = image.shape[:2]
    x, y = (np.round(points_px[:, axis]).astype(np.intp) for axis in (0, 1))

    def tones(offsets: tuple[tuple[int, int], ...], step: int) -> list[NDArray[np.uint8]]:
        places = [(np.clip(y + step * dy, 0, h - 1), np.clip(x + step * dx, 0, w - 1)) for dx, dy in offsets]
        seen = [image[place] for place in places]
        return [np.minimum(np.minimum(rgb[:, 0], rgb[:, 1]), rgb[:, 2]) for rgb in seen]

    paper = np.maximum.reduce(tones(_AROUND, max(2, round(_AROUND_MM * px_per_mm))))
    return np.asarray(paper.astype(np.int16) - np.minimum.reduce(tones(_HERE, 1)), dtype=np.int16)


def lost(before: Contrast, after: Contrast) -> NDArray[np.bool_]:
    """Where ink stood out before the picture was taken, and nothing does in it."""
    return (before >= _INK) & (after <= _NOTHING)
