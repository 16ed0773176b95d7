"""Homographies fitted to points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.geometry import Homography, Points


def fit_homography(source: Points, target: Points, weight: NDArray[np.float64], *, flat: bool = False) -> Homography:
    """Weighted least-squares homography source -> target (normalised DLT, Hartley and Zisserman 2004, 4.4).

    Args:
        source: (n, 2).
        target: (n, 2).
        weight: (n, 2), for each coordinate of the target.
        flat: Fit an affine map instead.
    """
    a, b = _normaliser(source), _normaliser(target)
    s, t = np.column_stack([a.forward(source), np.ones(len(source))]), b.forward(target)
    squares = (s[:, :, None] * s[:, None, :]).reshape(-1, 9)
    normal = np.zeros((3, 3, 3, 3))  # sums over rows (s, 0, -x s) and (0, s, -y s)
    for axis in (0, 1):
        counts, last = weight[:, axis], -t[:, axis]
        one, cross, both = (np.stack([counts, counts * last, counts * last**2]) @ squares).reshape(3, 3, 3)
        normal[axis, :, axis] += one
        normal[axis, :, 2] += cross
        normal[2, :, axis] += cross
        normal[2, :, 2] += both
    keep = [0, 1, 2, 3, 4, 5, 8] if flat else list(range(9))
    matrix = np.zeros(9)
    matrix[keep] = np.linalg.eigh(normal.reshape(9, 9)[np.ix_(keep, keep)])[1][:, 0]
    whole = np.linalg.inv(b.matrix) @ matrix.reshape(3, 3) @ a.matrix
    return Homography(whole / whole[2, 2])


def robust_homography(source: Points, target: Points) -> Homography:
    """Homography source -> target that few points far off do not bend."""
    weight = np.ones_like(target)
    keep = slice(None, None, max(1, len(source) // 8000))
    source, target, weight = source[keep], target[keep], weight[keep]
    for _ in range(4):
        fit = fit_homography(source, target, weight)
        away = np.hypot(*(fit.forward(source) - target).T)[:, None]
        weight = np.repeat(1.0 / (1.0 + (away / 2.0) ** 2), 2, axis=1)
    return fit


def _normaliser(points: Points) -> Homography:
    centre, spread = points.mean(axis=0), max(float(points.std()), 1e-9)
    scale = 1.0 / spread
    return Homography(np.array([[scale, 0.0, -centre[0] * scale], [0.0, scale, -centre[1] * scale], [0.0, 0.0, 1.0]]))
