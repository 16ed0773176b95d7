"""Bent: the map of a page that is not flat, from what was found in the picture's cells."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.page.unbend import GRID_MM
from synth.errors import UserError
from synth.geometry import Homography, Points

_NODE_MM = 2.0
_MARGIN_MM = 40.0
LARGEST_MM = 2000.0  # no paper is larger: a map that says so, as an untrained network's may, would fill the memory
_ROUNDS = 12
_DEGREE = 4
_SMOOTH_CELLS = 12.0  # about as many mm


@dataclass(frozen=True, eq=False)
class Bent:
    """Grid mm -> picture px: a homography, and what the bent paper moves its points by.

    Attributes:
        flat: The homography.
        origin_mm: First node of a lattice of `_NODE_MM`.
        shift_px: Shift of its nodes, (rows, columns, 2) float32, bilinear between, going on outside.
    """

    flat: Homography
    origin_mm: NDArray[np.float64]
    shift_px: NDArray[np.float32]

    def forward(self, points: Points) -> Points:
        """Move points (n, 2) to the picture."""
        return self.flat.forward(points) + look_up(self.shift_px, (points - self.origin_mm) / _NODE_MM)

    def inverse(self, points: Points) -> Points:
        """Move points (n, 2) back to the paper."""
        back = self.flat.inverse(points)
        for _ in range(_ROUNDS):
            back = back + self.flat.inverse(points) - self.flat.inverse(self.forward(back))
        return back


def without_slips(bend: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The bend without parts that lie a whole cell of the grid beside the others, as where lines were not seen.

    Paper bends smoothly over the whole page: a polynomial, fitted so that few parts far off do not bend it, says which
    of the grid's lines is meant.
    """
    h, w = known.shape
    powers = np.arange(_DEGREE + 1)
    y, x = np.linspace(-1.0, 1.0, h)[:, None] ** powers, np.linspace(-1.0, 1.0, w)[:, None] ** powers
    terms = (y[:, None, :, None] * x[None, :, None, :])[..., np.add.outer(powers, powers) <= _DEGREE]
    few = known.copy()
    few[1::3] = few[2::3] = few[:, 1::3] = few[:, 2::3] = False
    design, whole = terms[few], bend.copy()
    for _ in range(_ROUNDS):
        values, weight = whole[few], np.ones(int(few.sum()))
        for _ in range(4):
            rows = design * weight[:, None]
            plane = np.linalg.solve(rows.T @ design + 1e-6 * np.eye(terms.shape[-1]), rows.T @ values)
            weight = 1.0 / (1.0 + ((values - design @ plane) ** 2).sum(axis=1))
        slips = GRID_MM * np.round((whole - terms @ plane) / GRID_MM)
        if not slips[known].any():
            break
        whole -= slips
    return whole


def smooth_bend(
    bend: NDArray[np.float64], weight: NDArray[np.float64], sigma: float = _SMOOTH_CELLS
) -> NDArray[np.float64]:
    """The bend without what a single cell says: planes fitted around every cell (Knutsson and Westin 1993).

    Strips see the grid far better than cells do, but only if they are cut smoothly.

    Args:
        bend: (h, w, 2).
        weight: How surely, (h, w); 0 where it is not known.
        sigma: Of the neighbourhood of a plane, in cells.
    """
    h, w = weight.shape
    y, x = np.mgrid[:h, :w] / sigma
    known = weight > 0.0
    terms = np.stack([np.ones_like(x), x, y], axis=-1)
    upper = np.triu_indices(3)
    left = _around(weight[..., None] * terms[..., upper[0]] * terms[..., upper[1]], sigma)
    right = _around((weight[..., None, None] * terms[..., :, None] * bend[..., None, :]).reshape(h, w, 6), sigma)
    matrix = left[..., [[0, 1, 2], [1, 3, 4], [2, 4, 5]]] + 1e-6 * np.eye(3)
    planes = np.linalg.solve(matrix[known], right.reshape(h, w, 3, 2)[known])
    smooth = bend.copy()
    smooth[known] = (terms[known][:, None] @ planes)[:, 0]
    return smooth


def _around(values: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    planes = [
        cv2.GaussianBlur(np.ascontiguousarray(values[..., k]), (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
        for k in range(values.shape[-1])
    ]
    return np.stack(planes, axis=-1)


def turn_around(px: NDArray[np.float64], bend: NDArray[np.float64], known: NDArray[np.bool_], base: Homography) -> Bent:
    """Spread the bend of cells over the whole picture, then turn it around on a lattice of the paper.

    Raises:
        UserError: If that paper would be larger than any is.
    """
    filled, have, sigma = (bend * known[..., None]).astype(np.float32), known.copy(), 1.0
    whole = np.dstack([filled, known.astype(np.float32)])
    while not have.all() and sigma < 200.0:
        around = np.asarray(cv2.GaussianBlur(whole, (0, 0), sigma))
        new = ~have & (around[..., 2] > 0.05)
        filled[new] = around[new][:, :2] / around[new][:, 2:]
        have |= new
        sigma *= 1.6
    corners = base.forward(px.reshape(-1, 2))[known.ravel()]
    low, high = corners.min(axis=0) - _MARGIN_MM, corners.max(axis=0) + _MARGIN_MM
    if not (high - low < LARGEST_MM).all():
        raise UserError("no ECG page found in the picture: what looks like its grid would lie on paper of many metres")
    shape = tuple(int(n) for n in np.ceil((high - low) / _NODE_MM)[::-1] + 1)
    nodes = low + np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0])), axis=-1).reshape(-1, 2) * _NODE_MM
    first, pitch = px[0, 0], np.array([px[0, 1, 0] - px[0, 0, 0], px[1, 0, 1] - px[0, 0, 1]])
    place = base.inverse(nodes)
    for _ in range(_ROUNDS):  # flat(place) + bend(place) = node
        place = base.inverse(nodes - look_up(filled, (place - first) / pitch))
    return Bent(
        Homography(np.linalg.inv(base.matrix).astype(np.float64)),
        low,
        (place - base.inverse(nodes)).reshape(*shape, 2).astype(np.float32),
    )


def look_up(values: NDArray[np.float32], at: Points) -> NDArray[np.float64]:
    """Values (h, w, c) at lattice coordinates (n, 2), x and y, bilinear: (n, c); the border goes on outside."""
    h, w = values.shape[:2]
    x, y = np.clip(at[:, 0], 0.0, w - 1.001), np.clip(at[:, 1], 0.0, h - 1.001)
    j, i = x.astype(np.intp), y.astype(np.intp)
    u, v = (x - j)[:, None], (y - i)[:, None]
    flat, at_place = values.reshape(h * w, -1), i * w + j
    top = (1.0 - u) * flat.take(at_place, axis=0) + u * flat.take(at_place + 1, axis=0)
    low = (1.0 - u) * flat.take(at_place + w, axis=0) + u * flat.take(at_place + w + 1, axis=0)
    return np.asarray((1.0 - v) * top + v * low, dtype=np.float64)
