"""Step 3 of a reading: what each row of the page shows, in strips that are cut along the grid they show themselves.

Cells of the small picture say where a strip lies; the strip sees the grid far better than they do. Where it shows that
it was cut askew it is cut again, from the picture as it came, until it is straight.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from joblib import cpu_count
from numpy.typing import NDArray

from infer.backend import Backend
from infer.bent import look_up
from infer.layouts import Found
from infer.leads import LEFT_MM, strip_columns
from infer.rectify import PageMap
from infer.strips import HALF_MM, X_PX_MM, Y_PX_MM, at_zero, cut_strip
from infer.trace import Column, grid_shift, read_columns
from synth.geometry import Map, Points, compose

_LOOKS = 3  # at most
_BENT_MM, _FLAT_MM = 0.05, 0.25  # a strip of which a tenth lies farther off is cut again; flat pages are off evenly
_ROUNDS = 8


@dataclass(frozen=True, eq=False)
class Straight:
    """Millimetres of a straight strip -> millimetres of the strip that was cut.

    Attributes:
        shift_mm: How far to the right of where it was meant to be each cell was cut, (H / 4, W / 4).
    """

    shift_mm: NDArray[np.float32]

    def forward(self, points: Points) -> Points:
        """Move points (n, 2) to the strip that was cut."""
        x = points[:, 0].copy()
        for _ in range(_ROUNDS):
            x = points[:, 0] - self._shift(x, points[:, 1])
        return np.stack([x, points[:, 1]], axis=1)

    def inverse(self, points: Points) -> Points:
        """Move points (n, 2) to the straight strip."""
        return np.stack([points[:, 0] + self._shift(points[:, 0], points[:, 1]), points[:, 1]], axis=1)

    def _shift(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        pixels = np.stack([x * X_PX_MM - 0.5, (y + HALF_MM) * Y_PX_MM - 0.5], axis=1)
        return look_up(self.shift_mm[..., None], (pixels - 1.5) / 4.0)[:, 0]


def look_at_strips(
    backend: Backend, image: NDArray[np.uint8], page: PageMap, found: Found
) -> tuple[list[Column], list[Map]]:
    """What each row shows, and where its strip lies in the picture."""

    def look(zero_mm: float) -> tuple[Column, Map]:
        to_px = compose([at_zero(left, zero_mm + found.shift_mm[1]), page.to_px])
        for last in (False,) * (_LOOKS - 1) + (True,):
            y, printed, edge, phase = backend.see_strips(cut_strip(image, to_px, columns)[None])[0]
            shift = grid_shift(phase, left, flat=page.bent_mm == 0.0) if page.lock > 0.0 else None
            if last or shift is None or float(np.percentile(np.abs(shift), 90.0)) < enough_mm:
                break
            to_px = compose([Straight(shift), to_px])
        return read_columns(y, printed, edge, shift), to_px

    left, columns = found.layout.t0_mm + found.shift_mm[0] - LEFT_MM, strip_columns(found.layout)
    enough_mm = _FLAT_MM if page.bent_mm == 0.0 else _BENT_MM
    with ThreadPoolExecutor(cpu_count()) as pool:  # each row by itself, on one thread: the same bytes on any machine
        seen = list(pool.map(look, found.layout.zero_mm))
    return [row for row, _ in seen], [to_px for _, to_px in seen]
