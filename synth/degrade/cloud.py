"""Smooth noise, that paper, ink, dirt, desks and skin are uneven by."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def cloud(shape: tuple[int, ...], cells: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise in [0, 1], (H, W): `cells` random values along the longer side."""
    step = max(shape[:2]) / cells
    small = rng.random((max(2, round(shape[0] / step)), max(2, round(shape[1] / step))), dtype=np.float32)
    smooth = cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(smooth, 0.0, 1.0), dtype=np.float32)
