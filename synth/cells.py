"""Cells: where on a lattice of places a place lies, by looking into every cell that may hold it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.geometry import Points

_ROUNDS = 30


def search_cells(back_mm: NDArray[np.float32], place_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lattice coordinates (2,) of a place: slow, and sure to find it if a bilinear cell holds it.

    Args:
        back_mm: Places of the nodes, (rows, columns, 2).
        place_mm: The place, (2,). If no cell holds it, the nearest point of a cell around it, or of a node, is given.
    """
    back = back_mm.astype(np.float64)
    corners = np.stack([back[:-1, :-1], back[:-1, 1:], back[1:, :-1], back[1:, 1:]])
    around = ((corners.min(axis=0) <= place_mm) & (corners.max(axis=0) >= place_mm)).all(axis=-1)
    rows, columns = np.nonzero(around)
    if not len(rows):
        row, column = np.unravel_index(int(((back - place_mm) ** 2).sum(axis=-1).argmin()), back.shape[:2])
        return np.array([column, row], dtype=np.float64)
    a, b, c, d = corners[:, rows, columns]
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


def _mix(a: Points, b: Points, c: Points, d: Points, inside: Points) -> tuple[Points, Points, Points]:
    """Place at (u, v) of cells with these corners, and its change to the right and down."""
    u, v = inside[:, :1], inside[:, 1:]
    place = (1.0 - v) * ((1.0 - u) * a + u * b) + v * ((1.0 - u) * c + u * d)
    return place, (1.0 - v) * (b - a) + v * (d - c), (1.0 - u) * (c - a) + u * (d - b)
