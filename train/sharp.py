"""Sharp: what the first look at a bent page misses, since it is smoothed, so that strips in training lie as askew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infer.page.bent import look_up, smooth_bend
from infer.page.homography import fit_homography
from synth.geometry import Points
from synth.ranges import pick
from synth.sample import Sample

_NODE_MM = 2.0
_SMOOTH_MM = (2.0, 4.0, 7.0, 10.0, 13.0)  # a first look smooths over 12 mm; later ones leave less, as if it were fewer
_ROUNDS = 8


@dataclass(frozen=True, eq=False)
class Sharp:
    """Paper millimetres where a smoothed map believes a point to lie -> where it lies.

    Attributes:
        missed_mm: What the map misses at the nodes of a lattice from the paper's corner, (rows, columns, 2) float32.
    """

    missed_mm: NDArray[np.float32]

    def forward(self, points: Points) -> Points:
        """Move points (n, 2) to where they lie."""
        return points + look_up(self.missed_mm, points / _NODE_MM)

    def inverse(self, points: Points) -> Points:
        """Move points (n, 2) to where they are believed to lie."""
        back = points
        for _ in range(_ROUNDS):
            back = points - look_up(self.missed_mm, back / _NODE_MM)
        return back


def draw_sharp(sample: Sample, rng: np.random.Generator) -> Sharp:
    """What a smoothed map of a sample's page misses."""
    columns, rows = (int(np.ceil(side / _NODE_MM)) + 1 for side in sample.page_mm)
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    mm = np.stack([x.ravel(), y.ravel()], axis=1) * np.float64(_NODE_MM)
    px = sample.map.forward(mm)
    bend = (mm - fit_homography(px, mm, np.ones_like(mm)).forward(px)).reshape(rows, columns, 2)
    smooth = smooth_bend(bend, np.ones((rows, columns)), pick(_SMOOTH_MM, rng) / _NODE_MM)
    return Sharp((bend - smooth).astype(np.float32))
