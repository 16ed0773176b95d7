"""The plane of a strip: one row of traces, flattened, on a raster of its own.

Training and reading cut strips with the same code, so that both see the same pixels.
Column j has its centre at x0 + (j + 0.5) / X_PX_MM, row i at the zero line - HALF_MM + (i + 0.5) / Y_PX_MM.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.geometry import Homography, Map, Points, affine, compose, local_scale, sample_image

#: Columns per mm of paper: 4 ms each at 25 mm/s.
X_PX_MM = 10.0

#: Rows per mm of paper.
Y_PX_MM = 6.0

#: Reach above and below the zero line: 3.2 mV at 10 mm/mV.
HALF_MM = 32.0

#: Rows of a strip.
ROWS = round(2 * HALF_MM * Y_PX_MM)

_OVERSAMPLED = 1.6  # a picture finer than the strip by more than this is made smaller first


def cut_strip(image: NDArray[np.uint8], to_px: Map, x0_mm: float, zero_mm: float, columns: int) -> NDArray[np.uint8]:
    """Sample one strip from a picture, once, bicubic; outside the picture the edge is repeated.

    Args:
        image: (H, W, 3) RGB.
        to_px: Millimetres -> pixels of `image`.
        x0_mm: Left edge of the strip.
        zero_mm: Its zero line.
        columns: Its width in columns.

    Returns:
        (ROWS, columns, 3) uint8.
    """
    in_strip = Homography(
        np.array(
            [
                [1.0 / X_PX_MM, 0.0, x0_mm + 0.5 / X_PX_MM],
                [0.0, 1.0 / Y_PX_MM, zero_mm - HALF_MM + 0.5 / Y_PX_MM],
                [0.0, 0.0, 1.0],
            ]
        )
    )
    image, smaller = _shrink(image, to_px, np.array([[x0_mm + columns / X_PX_MM / 2.0, zero_mm]]))
    strip = sample_image(image, compose([in_strip, to_px, smaller]), (columns, ROWS))
    return np.asarray(strip, dtype=np.uint8)


def column_mm(column: NDArray[np.float64] | NDArray[np.intp]) -> NDArray[np.float64]:
    """Distance of a column's centre from the strip's left edge, in mm."""
    return (np.asarray(column, dtype=np.float64) + 0.5) / X_PX_MM


def row_of(above_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row, in (fractional) pixels, that lies `above_mm` above the zero line."""
    return (HALF_MM - above_mm) * Y_PX_MM - 0.5


def above_mm(row: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far above the zero line a row's centre lies, in mm."""
    return HALF_MM - (row + 0.5) / Y_PX_MM


def _shrink(image: NDArray[np.uint8], to_px: Map, place: Points) -> tuple[NDArray[np.uint8], Homography]:
    """Make a picture smaller that is much finer than the strip at `place`, lest fine lines be skipped."""
    factor = float(local_scale(to_px, place)[0]) / X_PX_MM
    if factor < _OVERSAMPLED:
        return image, affine()
    size = (max(1, round(image.shape[1] / factor)), max(1, round(image.shape[0] / factor)))
    sx, sy = size[0] / image.shape[1], size[1] / image.shape[0]
    smaller = Homography(np.array([[sx, 0.0, 0.5 * sx - 0.5], [0.0, sy, 0.5 * sy - 0.5], [0.0, 0.0, 1.0]]))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), smaller
