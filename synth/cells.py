"""Cells: where on a lattice of places a place lies, by looking into every cell that may hold it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.geometry import Points

_ROUNDS = 30


class Bounds(NamedTuple):
    """The least and the largest x and y of the corners of each cell, (2, rows - 1, columns - 1) each."""

    low_mm: NDArray[np.float32]
    high_mm: NDArray[np.float32]


def bounds(back_mm: NDArray[np.float32]) -> Bounds:
    """Those of the cells between nodes at `back_mm`, (rows, columns, 2)."""
    planes = np.ascontiguousarray(np.moveaxis(back_mm, -1, 0))
    corners = planes[:, :-1, :-1], planes[:, :-1, 1:], planes[:, 1:, :-1], planes[:, 1:, 1:]
    return Bounds(np.minimum.reduce(corners), np.maximum.reduce(corners))


def search_cells(back_mm: NDArray[np.float32], within: Bounds, place_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lattice coordinates (2,) of a place: slow, and sure to find it if a bilinear cell holds it.

    Args:
        back_mm: Places of the nodes, (rows, columns, 2).
        within: Bounds of their cells.
        place_mm: The place, (2,). If no cell holds it, the nearest point of a cell around it, or of a
            node of the rim, is given.
    """
    (low_x, low_y), (high_x, high_y), (x, y) = within.low_mm, within.high_mm, place_mm
    rows, columns = np.nonzero((low_x <= x) & (high_x >= x) & (low_y <= y) & (high_y >= y))
    if not len(rows):
        return _nearest_on_rim(back_mm, place_mm)
    a, b, c, d = (back_mm[rows + down, columns + right].astype(np.float64) for down in (0, 1) for right in (0, 1))
    inside = np.full((len(rows), 2), 0.5)
    for _ in range(_ROUNDS):  # Newton's method in every cell at once, kept near it
        found, right, down = _mix(a, b, c, d, inside)
        miss = place_mm - found
        det = right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0]
        det = np.where(np.abs(det) < 1e-12, 1e-12, det)
        step_u = (miss[:, 0] * down[:, 1] - miss[:, 1] * down[:, 0]) / det
        step_v = (miss[:, 1] * right[:, 0] - miss[:, 0] * right[:, 1]) / det
        inside = np.clip(inside + np.stack([step_u, step_v], axis=1), -0.5, 1.5)
    inside = np.clip(inside, 0.0, 1.0)
    best = int(((_mix(a, b, c, d, inside)[0] - place_mm) ** 2).sum(axis=1).argmin())
    return np.asarray(np.array([columns[best], rows[best]]) + inside[best], dtype=np.float64)


def _nearest_on_rim(back_mm: NDArray[np.float32], place_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    rows, columns = back_mm.shape[:2]
    x, y = np.arange(columns), np.arange(rows)
    rim = np.concatenate(
        [np.stack([x, np.full_like(x, row)], axis=1) for row in (0, rows - 1)]
        + [np.stack([np.full_like(y, column), y], axis=1) for column in (0, columns - 1)]
    )
    far = ((back_mm[rim[:, 1], rim[:, 0]] - place_mm) ** 2).sum(axis=1)
    return np.asarray(rim[far.argmin()], dtype=np.float64)


def _mix(a: Points, b: Points, c: Points, d: Points, inside: Points) -> tuple[Points, Points, Points]:
    """Place at (u, v) of cells with these corners, and its change to the right and down."""
    u, v = inside[:, :1], inside[:, 1:]
    place = (1.0 - v) * ((1.0 - u) * a + u * b) + v * ((1.0 - u) * c + u * d)
    return place, (1.0 - v) * (b - a) + v * (d - c), (1.0 - u) * (c - a) + u * (d - b)
