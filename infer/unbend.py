"""From the phase of the grid in every cell of the small picture to its place on the paper, however the paper is bent.

The places grow outward from a clear seed: each ring of cells expects what its neighbours' displacement from one
homography says, and is then corrected by its own phase. Clear cells go first, so that noise is met from all sides.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.geometry import Homography

GRID_MM = 5.0
FINE_MM = 1.0

Places = NDArray[np.float64]  # (h, w, 2)
Waves = NDArray[np.complex128]  # (h, w, 2): cos + i sin of the phase along x and y; shorter where unsure

_RING = 2  # cells by which the known part grows at a time
_CLEAR = (0.6, 0.4, 0.2, 0.05)  # how sure cells must be, one round after the other
_NEAR_CELLS = 2.5  # sigma of the neighbourhood that says what to expect
_NEAREST_CELLS = 1.5  # of the neighbourhood whose phase then corrects it
_AGREE_CELLS = (4.0, 2.0, 1.2)  # sigmas of the neighbourhoods whose phases are averaged, coarse to fine


def unbend(
    px: Places, waves: Waves, on: NDArray[np.bool_], start: Homography, seed: tuple[int, int], first_mm: float
) -> tuple[Places, NDArray[np.bool_]]:
    """Place on the paper of every cell that can be reached.

    Args:
        px: Pixels of the cells.
        waves: Their phases.
        on: Which lie on the paper.
        start: Pixels -> mm, right around the seed.
        seed: (row, column) of a cell.
        first_mm: How far from the seed `start` is right to well within half a cell of the grid.

    Returns:
        Millimetres, (h, w, 2), and where they are known, (h, w).
    """
    flat = start.forward(px.reshape(-1, 2)).reshape(px.shape)
    known = on & (np.hypot(*(flat - flat[seed]).transpose(2, 0, 1)) < first_mm)
    sure = np.minimum(np.abs(waves).min(axis=-1), 1.0)
    clear = _blur(sure * on, 1.5) / np.maximum(_blur(on.astype(np.float64), 1.5), 1e-6)
    shift = np.zeros_like(flat)
    shift[known] = _off(waves, flat)[known]
    kernel = np.ones((2 * _RING + 1, 2 * _RING + 1), np.uint8)
    for least in _CLEAR:
        while True:
            ring = (cv2.dilate(known.astype(np.uint8), kernel) > 0) & on & ~known & (clear >= least)
            if not ring.any():
                break
            near = _around(ring)
            weight = (known * (sure + 1e-3))[near]
            moved = _blur(np.dstack([shift[near] * weight[..., None], weight]), _NEAR_CELLS)
            expected = moved[..., :2] / np.maximum(moved[..., 2:], 1e-9)
            off = _off(waves[near], flat[near] + expected, (sure * on)[near], _NEAREST_CELLS)
            shift[ring] = (expected + off)[ring[near]]
            known |= ring
    for sigma in _AGREE_CELLS:
        shift = shift + _off(waves, flat + shift, sure * known, sigma) * known[..., None]
    return flat + shift, known


def _around(ring: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns of some cells and of all that they ask for what to expect."""
    reach = round(4.0 * (_NEAR_CELLS + _NEAREST_CELLS))  # beyond 4 sigmas nothing counts
    rows, columns = (np.flatnonzero(ring.any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(0, int(rows[0]) - reach), int(rows[-1]) + reach + 1),
        slice(max(0, int(columns[0]) - reach), int(columns[-1]) + reach + 1),
    )


def _off(waves: Waves, mm: Places, weight: NDArray[np.float64] | None = None, sigma: float = 0.0) -> Places:
    """How far lines of the grid lie from where they should, mm, at most half a cell; of whole neighbourhoods."""
    meant = (2.0 * np.pi / GRID_MM) * mm
    turns = waves * (np.cos(meant) - 1j * np.sin(meant))
    if weight is not None:
        turns = turns * weight[..., None]
        turns = _blur(turns.view(np.float64), sigma).view(np.complex128)
    return np.asarray(np.angle(turns) * (GRID_MM / (2.0 * np.pi)))


def _blur(plane: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT), dtype=np.float64)
