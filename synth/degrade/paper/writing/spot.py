"""Where people put what they write or stamp: on free paper, over words, around traces. Seen in the print itself."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synth.degrade.step import Picture
from synth.geometry import Points
from synth.ranges import pick

Zone = Literal["head", "margin", "traces", "page"]

#: Left, top, right, bottom as shares of the page; each spot draws one of its zone.
_ZONES: dict[Zone, tuple[tuple[float, float, float, float], ...]] = {
    "head": ((0.01, 0.0, 0.99, 0.24),),
    "margin": ((0.01, 0.08, 0.16, 0.95), (0.82, 0.08, 1.0, 0.95), (0.02, 0.86, 0.98, 1.0), (0.02, 0.0, 0.98, 0.1)),
    "traces": ((0.03, 0.2, 0.97, 0.97),),
    "page": ((0.0, 0.0, 1.0, 1.0),),
}
_TRIES = 24
_LOOK_MM = 0.5  # distance between the pixels that are looked at
_DARK = 95  # red light of a pixel that is ink: most grids have more


def find_spot(
    image: Picture,
    px_per_mm: float,
    size_mm: tuple[float, float],
    zone: Zone,
    rng: np.random.Generator,
    *,
    inked: bool = False,
) -> Points:
    """Top-left corner in mm (2,) of a box of `size_mm` in a zone of a print of the whole paper.

    Of a few random boxes the one with the least ink; with the most of it where `inked`.
    """
    page = np.array([image.shape[1], image.shape[0]]) / px_per_mm
    left, top, right, bottom = pick(_ZONES[zone], rng)
    low, high = np.array([left, top]) * page, np.array([right, bottom]) * page - size_mm
    tries = low + rng.uniform(0.0, 1.0, (_TRIES, 2)) * np.maximum(high - low, 0.0)
    shares = [ink_in(image, px_per_mm, at, size_mm).mean() for at in tries]
    return np.asarray(tries[int(np.argmax(shares) if inked else np.argmin(shares))])


def ink_in(image: Picture, px_per_mm: float, at_mm: Points, size_mm: tuple[float, float]) -> NDArray[np.bool_]:
    """Whether there is dark ink in a box of the print, every half millimetre, (rows, columns), at least one."""
    step = max(1, round(_LOOK_MM * px_per_mm))
    start, stop = (np.round(corner * px_per_mm).astype(int) for corner in (at_mm, at_mm + size_mm))
    window = image[max(0, start[1]) : max(1, stop[1]) : step, max(0, start[0]) : max(1, stop[0]) : step, 0]
    return window < _DARK if window.size else np.zeros((1, 1), dtype=np.bool_)
