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
    turns = waves.astype(np.complex64) * _turned(np.remainder(flat, GRID_MM).astype(np.float32))
    sure = np.minimum(np.abs(turns).min(axis=-1), np.float32(1.0))
    clear = _blur(sure * on, 1.5) / np.maximum(_blur(on.astype(np.float32), 1.5), 1e-6)
    shift = np.zeros(flat.shape, dtype=np.float32)
    shift[known] = _mm(turns[known])
    weight = sure + np.float32(1e-3)
    sums = np.dstack([shift * weight[..., None], weight]) * known[..., None]
    clearly: NDArray[np.complex64] = turns * (sure * on)[..., None]
    for least in _CLEAR:
        while True:
            ring = _wider(known, _RING) & on & ~known & (clear >= least)
            if not ring.any():
                break
            near = _around(ring)
            cells = np.flatnonzero(ring)
            shift.reshape(-1, 2)[cells] = found = _further(ring[near], sums[near], clearly[near])
            counts = weight.take(cells)[:, None]
            sums.reshape(-1, 3)[cells] = np.hstack([found * counts, counts])
            known |= ring
    for sigma in _AGREE_CELLS:
        off = _mm(_blurred(turns * _turned(shift) * (sure * known)[..., None], sigma))
        shift = shift + off * known[..., None]
    return flat + shift, known


def _further(ring: NDArray[np.bool_], sums: NDArray[np.float32], turns: NDArray[np.complex64]) -> NDArray[np.float32]:
    """The shift of the cells of a ring, (n, 2): what is expected there, put right by the phases around.

    Args:
        ring: Which cells these are, (h, w).
        sums: Shift and weight of those that are known, weighed, (h, w, 3).
        turns: Phases, shorter where unsure, (h, w, 2).
    """
    h, w = ring.shape
    asked = np.flatnonzero(_wider(ring, _reach(_NEAREST_CELLS)))
    there = _blur(sums, _NEAR_CELLS).reshape(-1, 3).take(asked, axis=0)
    expected = np.asarray(there[:, :2] / np.maximum(there[:, 2:], 1e-9), dtype=np.float32)
    seen = np.zeros((h * w, 2), dtype=np.complex64)
    seen[asked] = np.multiply(turns.reshape(-1, 2).take(asked, axis=0), _turned(expected))
    new = np.flatnonzero(ring.ravel().take(asked))
    off = _blurred(seen.reshape(h, w, 2), _NEAREST_CELLS).reshape(-1, 2).take(asked.take(new), axis=0)
    return np.asarray(expected.take(new, axis=0) + _mm(off))


def _reach(sigma: float) -> int:
    """Cells beyond which a neighbourhood does not count."""
    return round(4.0 * sigma)


def _wider(cells: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    return np.asarray(cv2.dilate(cells.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0)


def _around(ring: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns of some cells and of all that they ask for what to expect."""
    reach = _reach(_NEAR_CELLS) + _reach(_NEAREST_CELLS)
    rows, columns = (np.flatnonzero(ring.any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(0, int(rows[0]) - reach), int(rows[-1]) + reach + 1),
        slice(max(0, int(columns[0]) - reach), int(columns[-1]) + reach + 1),
    )


def _turned(mm: NDArray[np.float32]) -> NDArray[np.complex64]:
    """What takes the phase of so many mm away."""
    phase = mm * np.float32(2.0 * np.pi / GRID_MM)
    return np.asarray(np.stack([np.cos(phase), -np.sin(phase)], axis=-1).view(np.complex64)[..., 0])


def _mm(turns: NDArray[np.complex64]) -> NDArray[np.float32]:
    """How far lines of the grid lie from where they should, mm, at most half a cell."""
    return np.asarray(np.angle(turns) * np.float32(GRID_MM / (2.0 * np.pi)))


def _blurred(turns: NDArray[np.complex64], sigma: float) -> NDArray[np.complex64]:
    return _blur(turns.view(np.float32), sigma).view(np.complex64)


def _blur(plane: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT), dtype=np.float32)
