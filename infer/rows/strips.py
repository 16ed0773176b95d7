"""The plane of a strip: one row of traces, flattened, on a raster of its own.

Training and reading cut strips with the same code, so that both see the same pixels.
Column j has its centre at x0 + (j + 0.5) / X_PX_MM, row i at the zero line - HALF_MM + (i + 0.5) / Y_PX_MM.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.field import STRIDE_PX, field_nodes, node_shape, spread_nodes
from synth.geometry import Map, Points, affine, local_scale

#: Columns per mm of paper: 4 ms each at 25 mm/s.
X_PX_MM = 10.0

#: Rows per mm of paper.
Y_PX_MM = 6.0

#: Reach above and below the zero line: 4.3 mV at 10 mm/mV.
HALF_MM = 128.0 / 3.0

#: Rows of a strip.
ROWS = round(2 * HALF_MM * Y_PX_MM)

_OVERSAMPLED, _MOST_SAMPLES = 1.6, 8  # so much finer than the strip one sample more is taken along each axis; at most


def cut_strip(image: NDArray[np.uint8], to_px: Map, columns: int, beside: int = 0) -> NDArray[np.uint8]:
    """Sample one strip from a picture, once, bicubic; outside the picture the edge is repeated.

    Of a much finer picture each pixel is the mean of several samples, lest lines be skipped.

    Args:
        image: (H, W, 3) RGB.
        to_px: Millimetres from the strip's left edge and down from its zero line -> pixels of `image`. It is asked at
            every 8th pixel of the strip and taken to be bilinear between.
        columns: Width of the strip.
        beside: Rows that are left away at the top, and as many at the bottom.

    Returns:
        (ROWS - 2 * beside, columns, 3) uint8.
    """
    size = (columns, ROWS - 2 * beside)
    by = _samples(to_px, np.array([[columns / X_PX_MM / 2.0, 0.0]]))
    nodes = to_px.forward(strip_mm(field_nodes(size) + np.array([0.0, beside]))).reshape(*node_shape(size), 2)
    x, y = (
        spread_nodes(np.ascontiguousarray(nodes[..., axis], np.float32), (by * size[0], by * size[1]), by * STRIDE_PX)
        for axis in (0, 1)
    )
    strip = cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(strip if by == 1 else cv2.resize(strip, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def strip_mm(pixels: Points) -> Points:
    """Millimetres from the strip's left edge and down from its zero line, of its pixels (n, 2)."""
    return np.stack([column_mm(pixels[:, 0]), -above_mm(pixels[:, 1])], axis=1)


def cell_mm(columns: int) -> Points:
    """Strip millimetres of the centres of its cells of 4 x 4 pixels, row by row, (n, 2)."""
    x, y = np.meshgrid(np.arange(1.5, columns, 4.0), np.arange(1.5, ROWS, 4.0))
    return strip_mm(np.stack([x.ravel(), y.ravel()], axis=1))


def column_mm(column: NDArray[np.float64] | NDArray[np.intp]) -> NDArray[np.float64]:
    """Distance of a column's centre from the strip's left edge, in mm."""
    return (np.asarray(column, dtype=np.float64) + 0.5) / X_PX_MM


def row_of(above_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row, in (fractional) pixels, that lies `above_mm` above the zero line."""
    return (HALF_MM - above_mm) * Y_PX_MM - 0.5


def above_mm(row: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far above the zero line a row's centre lies, in mm."""
    return HALF_MM - (row + 0.5) / Y_PX_MM


def at_zero(x0_mm: float, zero_mm: float) -> Map:
    """Strip millimetres -> millimetres of the page, for a strip that begins at `x0_mm` and follows `zero_mm`."""
    return affine(1.0, (x0_mm, zero_mm))


def _samples(to_px: Map, place: Points) -> int:
    """How many samples make a pixel of a strip, along each axis, by how much finer a picture is at `place`."""
    factor = float(local_scale(to_px, place)[0]) / X_PX_MM
    return min(1 + int(factor / _OVERSAMPLED), _MOST_SAMPLES) if factor > 0.0 else 1
