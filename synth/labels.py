"""Exact labels: points moved through the map of the picture, masks drawn afresh from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.draw import line_coverage
from synth.geometry import Points

_SAME_WIDTH = 0.02  # a line whose width varies less than this is drawn in one go
_PIECE = 64  # samples per piece otherwise


def inside(xy_px: Points, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Which points (n, 2) lie on a picture of `size` = (width, height) pixels."""
    x, y = xy_px[:, 0], xy_px[:, 1]
    result: NDArray[np.bool_] = (x >= -0.5) & (x < size[0] - 0.5) & (y >= -0.5) & (y < size[1] - 0.5)
    return result


def soft_mask(
    xy_px: Points, t_s: NDArray[np.float64], width_px: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float32]:
    """Coverage of one trace, drawn from its label.

    Args:
        xy_px: Centre of the ink, (n, 2).
        t_s: Times, (n,); a gap breaks the trace.
        width_px: Width of the trace at each point, (n,).
        size: (width, height) of the picture.

    Returns:
        (height, width) in [0, 1]: the share of each pixel under the trace.
    """
    mean = float(width_px.mean())
    if np.ptp(width_px) <= _SAME_WIDTH * mean:
        lines = [(xy_px, t_s, mean)]
    else:
        pieces = [slice(start, start + _PIECE + 1) for start in range(0, len(t_s) - 1, _PIECE)]
        lines = [(xy_px[piece], t_s[piece], float(width_px[piece].mean())) for piece in pieces]
    return line_coverage(lines, size).astype(np.float32) / np.float32(255.0)
