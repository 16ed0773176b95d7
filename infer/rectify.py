"""Step 1 of a reading: from what `PageNet` sees to a map between the page's millimetres and the picture's pixels.

The page's plane here has its origin at time 0 on the first row's zero line; x runs with time, y down.
Until the sheet is modelled too, the page is taken to be flat: the map is one homography.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.view import cell_centres
from synth.errors import UserError
from synth.geometry import Homography, Map, Points, affine, compose, invert, local_scale

_GRID_MM = 5.0
_PLACE_MM = 100.0
_LEAST_PAPER = 0.08  # share of the picture that must be page
_LEAST_LOCK = 0.35
_FIRST_MM = 15.0  # radius of the first fit around a seed; it grows by _GROWTH until it holds the page
_GROWTH = 1.35
_TRUST_MM = 0.5  # phases this far off count half
_SEEDS = 5
_SAME_LOCK = 0.0002  # agreements this close are the same: 0.016 mm rms


@dataclass(frozen=True, eq=False)
class PageMap:
    """Where the page lies in the picture.

    Attributes:
        to_px: Page mm -> picture px.
        px_per_mm: Scale at the middle of the traces.
        lock: How well the grid agrees with the map: mean cosine of the phase's error, in [-1, 1].
    """

    to_px: Map
    px_per_mm: float
    lock: float


def rectify(
    phase: NDArray[np.float32],
    place: NDArray[np.float32],
    paper: NDArray[np.float32],
    image_size: tuple[int, int],
) -> PageMap:
    """Fit the map to the phase of the grid, and its origin to the places.

    Args:
        phase: cos x, sin x, cos y, sin y per cell, (4, h, w).
        place: (x, y) per cell in 100 mm, (2, h, w).
        paper: Probability of lying on the page, (h, w).
        image_size: (width, height) of the picture.

    Raises:
        UserError: If there is no page of ECG in the picture.
    """
    h, w = paper.shape
    on = paper > 0.5
    if on.mean() < _LEAST_PAPER:
        raise UserError("no ECG page found in the picture; is it one, upright and large enough?")
    px = cell_centres(image_size, (4 * w, 4 * h)).reshape(h, w, 2)
    waves = np.stack([phase[0] + 1j * phase[1], phase[2] + 1j * phase[3]], axis=-1).astype(np.complex128)
    fits = (_grow(px, waves, on, seed) for seed in _seeds(waves, on))
    to_mm, lock = _simplest(max(fits, key=lambda fit: fit[1])[0], px[on], waves[on])
    if lock < _LEAST_LOCK:
        raise UserError(f"no ECG grid found in the picture (certainty {max(lock, 0.0):.2f}); is it an ECG, upright?")
    found = place.reshape(2, -1).T[on.ravel()] * _PLACE_MM
    shift = np.median(found - to_mm.forward(px[on]), axis=0)
    to_px = invert(compose([to_mm, affine(1.0, (float(shift[0]), float(shift[1])))]))
    middle = np.array([[125.0, 50.0]])
    return PageMap(to_px, float(local_scale(to_px, middle)[0]), lock)


def _seeds(waves: NDArray[np.complex128], on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Cells (row, column) on the page where the grid is seen most clearly, far from one another."""
    clear = cv2.blur(np.where(on, np.abs(waves).min(axis=-1), 0.0), (15, 15))
    seeds = []
    for _ in range(_SEEDS):
        row, column = np.unravel_index(int(clear.argmax()), clear.shape)
        seeds.append((int(row), int(column)))
        clear[max(0, row - 40) : row + 41, max(0, column - 40) : column + 41] = 0.0
    return seeds


def _grow(
    px: NDArray[np.float64], waves: NDArray[np.complex128], on: NDArray[np.bool_], seed: tuple[int, int]
) -> tuple[Homography, float]:
    """Fit px -> mm around a seed from how fast the phase turns there, then over ever more of the page.

    Which line is which is never guessed: a fit that is right within a radius is right to well within half a
    cell of the grid a little farther out.

    Returns:
        The map, and how well the whole page agrees with it.
    """
    fit = _first_fit(px, waves, seed)
    few = on.copy()
    few[1::2] = few[:, 1::2] = False  # a quarter of the cells will do until the end
    points, turns = px[few], waves[few]
    radius = _FIRST_MM
    centre = fit.forward(px[seed][None])
    while True:
        away = np.hypot(*(fit.forward(points) - centre).T)
        near = away < radius
        if radius > float(away.max()) * _GROWTH or near.sum() < 25 or not np.isfinite(away).all():
            return fit, _agreement(fit, points, turns)
        fit = _refit(fit, points[near], turns[near], flat=radius < 3.0 * _FIRST_MM)
        radius *= _GROWTH


def _simplest(fit: Homography, points: Points, turns: NDArray[np.complex128]) -> tuple[Homography, float]:
    """An affine map, as a scanner makes it, unless the grid clearly shows perspective; and its agreement."""
    flat = fit
    for _ in range(3):
        fit, flat = _refit(fit, points, turns, flat=False), _refit(flat, points, turns, flat=True)
    whole, without = _agreement(fit, points, turns), _agreement(flat, points, turns)
    return (flat, without) if without > whole - _SAME_LOCK else (fit, whole)


def _refit(fit: Homography, points: Points, turns: NDArray[np.complex128], *, flat: bool) -> Homography:
    """Move the fit so that lines of the grid fall on lines, cells far from one counting less."""
    mm = fit.forward(points)
    off_mm = np.angle(turns * np.exp(-2j * np.pi / _GRID_MM * mm)) * (_GRID_MM / (2.0 * np.pi))
    weight = np.minimum(np.abs(turns), 1.0) / (1.0 + (off_mm / _TRUST_MM) ** 2)
    return fit_homography(points, mm + off_mm, weight, flat=flat)


def _agreement(fit: Homography, points: Points, turns: NDArray[np.complex128]) -> float:
    """Mean cosine of the phase's error."""
    off = np.angle(turns * np.exp(-2j * np.pi / _GRID_MM * fit.forward(points)))
    strength = np.minimum(np.abs(turns), 1.0)
    return float((strength * np.cos(off)).sum() / max(float(strength.sum()), 1e-9))


def _first_fit(px: NDArray[np.float64], waves: NDArray[np.complex128], seed: tuple[int, int]) -> Homography:
    """Affine map around a seed: phase there, and its mean turn from cell to cell."""
    row, column = seed
    part = waves[max(0, row - 8) : row + 9, max(0, column - 8) : column + 9]
    across = np.angle((part[:, 1:] * part[:, :-1].conj()).sum(axis=(0, 1)))
    down = np.angle((part[1:] * part[:-1].conj()).sum(axis=(0, 1)))
    pitch = px[0, 1, 0] - px[0, 0, 0], px[1, 0, 1] - px[0, 0, 1]
    linear = np.stack([across / pitch[0], down / pitch[1]], axis=1) * (_GRID_MM / (2.0 * np.pi))
    offset = np.angle(waves[seed]) * (_GRID_MM / (2.0 * np.pi)) - linear @ px[seed]
    return Homography(np.vstack([np.column_stack([linear, offset]), [0.0, 0.0, 1.0]]))


def fit_homography(source: Points, target: Points, weight: NDArray[np.float64], *, flat: bool = False) -> Homography:
    """Weighted least-squares homography source -> target (normalised DLT, Hartley and Zisserman 2004, 4.4).

    Args:
        source: (n, 2).
        target: (n, 2).
        weight: (n, 2), for each coordinate of the target.
        flat: Fit an affine map instead.
    """
    a, b = _normaliser(source), _normaliser(target)
    s = np.column_stack([a.forward(source), np.ones(len(source))])
    t, zero = b.forward(target), np.zeros_like(s)
    normal = np.zeros((9, 9))
    for axis in (0, 1):
        rows = np.hstack([zero, zero, -t[:, axis : axis + 1] * s])
        rows[:, 3 * axis : 3 * axis + 3] = s
        normal += rows.T @ (rows * weight[:, axis : axis + 1])
    keep = [0, 1, 2, 3, 4, 5, 8] if flat else list(range(9))
    matrix = np.zeros(9)
    matrix[keep] = np.linalg.eigh(normal[np.ix_(keep, keep)])[1][:, 0]
    whole = np.linalg.inv(b.matrix) @ matrix.reshape(3, 3) @ a.matrix
    return Homography(whole / whole[2, 2])


def _normaliser(points: Points) -> Homography:
    centre, spread = points.mean(axis=0), max(float(points.std()), 1e-9)
    scale = 1.0 / spread
    return Homography(np.array([[scale, 0.0, -centre[0] * scale], [0.0, scale, -centre[1] * scale], [0.0, 0.0, 1.0]]))
