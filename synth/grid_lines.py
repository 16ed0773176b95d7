"""Where the lines of a grid are printed: evenly, or on whole pixels, as plotting programs draw them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_MM_PER_INCH = 25.4


class GridLines(NamedTuple):
    """Where the coarse lines of a grid lie on its paper.

    Attributes:
        origin_mm: (x, y) of a crossing.
        pitch_mm: Their mean distance.
        raster_dpi: As for `line_mm`.
        turn_deg: How far they lie turned clockwise about that crossing.
    """

    origin_mm: tuple[float, float]
    pitch_mm: float
    raster_dpi: float | None
    turn_deg: float


def turned(deg: float) -> NDArray[np.float64]:
    """(2, 2): its rows are the directions along the lines of a grid that lies turned clockwise, y down.

    Points (..., 2) of the grid times it are on the paper, points on the paper times its transpose on the grid.
    """
    cos, sin = np.cos(np.radians(deg)), np.sin(np.radians(deg))
    return np.array([[cos, sin], [-sin, cos]])


def line_mm(number: NDArray[np.float64], pitch_mm: float, raster_dpi: float | None) -> NDArray[np.float64]:
    """How far from the line number 0 others of a grid lie.

    Args:
        number: Of each line, whole.
        pitch_mm: Their mean distance.
        raster_dpi: Raster of which all lines lie whole pixels apart; None where they lie evenly.
    """
    at = number * pitch_mm
    if raster_dpi is None:
        return at
    px_mm = _MM_PER_INCH / raster_dpi
    return np.asarray(np.floor(at / px_mm + 0.5) * px_mm)


def even_mm(at_mm: NDArray[np.float64], pitch_mm: float, raster_dpi: float | None) -> NDArray[np.float64]:
    """Where places on a printed grid would lie if its lines were even, by the lines beside them.

    Args:
        at_mm: Distances from line number 0, any shape.
        pitch_mm: Mean distance of lines.
        raster_dpi: As for `line_mm`.
    """
    if raster_dpi is None or not at_mm.size:
        return at_mm
    number = np.arange(np.floor(np.min(at_mm) / pitch_mm) - 1.0, np.ceil(np.max(at_mm) / pitch_mm) + 2.0)
    even = np.interp(at_mm.ravel(), line_mm(number, pitch_mm, raster_dpi), number * pitch_mm)
    return np.asarray(even.reshape(at_mm.shape))
