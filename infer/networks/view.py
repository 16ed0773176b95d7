"""The small picture that `PageNet` looks at, and where its cells lie in the full one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.geometry import Map, Points

#: Paper speeds that `PageNet` tells apart.
SPEEDS_MM_S = (12.5, 25.0, 50.0)

#: Heights of a pulse of 1 mV that it tells apart: gains in mm/mV.
GAINS_MM_MV = (2.5, 5.0, 10.0, 20.0)

#: Longer side of the small picture, in pixels.
LONG_SIDE = 1120

#: The networks look at cells of so many pixels (pixel-unshuffle).
CELL = 4

_MULTIPLE = 64


def small_picture(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) -> at most LONG_SIDE long, padded at the right and bottom with its edge to multiples of 64."""
    scale = LONG_SIDE / max(image.shape[:2])
    w, h = (max(1, round(side * scale)) for side in (image.shape[1], image.shape[0]))
    shape = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
    small = cv2.resize(image, (w, h), interpolation=shape)
    padded = cv2.copyMakeBorder(small, 0, -h % _MULTIPLE, 0, -w % _MULTIPLE, cv2.BORDER_REPLICATE)
    return np.asarray(padded, dtype=np.uint8)


def cell_centres(image_size: tuple[int, int], small_size: tuple[int, int]) -> Points:
    """Centres of the small picture's cells in the full picture's pixels, (h * w, 2), row by row.

    Args:
        image_size: (width, height) of the full picture.
        small_size: (width, height) of the small one, padding included.
    """
    scale = LONG_SIDE / max(image_size)
    ratio = [max(1, round(side * scale)) / side for side in image_size]
    x, y = (((np.arange(side // CELL) + 0.5) * CELL) / r - 0.5 for side, r in zip(small_size, ratio, strict=True))
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def quarter_turn(to_px: Map, middle_mm: Points) -> int:
    """How many quarters clockwise a page lies turned in a picture."""
    ends = to_px.forward(np.stack([middle_mm, middle_mm + np.array([1.0, 0.0])]))
    return round(float(np.arctan2(*(ends[1] - ends[0])[::-1])) / (np.pi / 2.0)) % 4


def quarter(turn: int) -> NDArray[np.float64]:
    """The rotation (2, 2) by `turn` quarters clockwise, y down, exact."""
    cos, sin = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[turn % 4]
    return np.array([[cos, -sin], [sin, cos]])
