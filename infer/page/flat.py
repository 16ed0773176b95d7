"""Flat: the map of a page as if it were, grown over it from where the grid is seen most clearly."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.page.homography import fit_homography
from infer.page.unbend import GRID_MM
from synth.geometry import Homography, Points

FIRST_MM = 12.0  # radius of the first fit around a seed; it grows by _GROWTH until it holds the page
_FIRST_CELLS, _SPECTRUM = 12, 128  # cells to either side of a seed that say how fast the phase turns; of a spectrum
_GROWTH = 1.35
_TRUST_MM = 0.5  # phases this far off count half
_SEEDS = 4
_ROUNDS = (3, 3, 1)  # of the last fits, and which share of cells each is made to
_SAME_LOCK = 0.0002  # agreements this close are the same: 0.016 mm rms


def seeds_on(waves: NDArray[np.complex128], on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Cells (row, column) on the page where the grid is seen most clearly, far from one another."""
    clear = cv2.blur(np.where(on, np.abs(waves).min(axis=-1), 0.0), (15, 15))
    seeds = []
    for _ in range(_SEEDS):
        row, column = np.unravel_index(int(clear.argmax()), clear.shape)
        seeds.append((int(row), int(column)))
        clear[max(0, row - 40) : row + 41, max(0, column - 40) : column + 41] = 0.0
    return seeds


def grow(
    px: NDArray[np.float64], waves: NDArray[np.complex128], on: NDArray[np.bool_], seed: tuple[int, int]
) -> tuple[Homography, Homography]:
    """Fit px -> mm around a seed from how fast the phase turns there, then over ever more of the page.

    Which line is which is never guessed: a fit that is right within a radius is right to well within half a
    cell of the grid a little farther out.

    Returns:
        The map as it was at the first radius, and as it is at the last.
    """
    fit = first = _first_fit(px, waves, seed)
    few = on.copy()
    few[1::2] = few[:, 1::2] = False  # a quarter of the cells will do until the end
    points, turns = px[few], waves[few]
    radius = FIRST_MM
    centre = fit.forward(px[seed][None])
    while True:
        away = np.hypot(*(fit.forward(points) - centre).T)
        near = away < radius
        if radius > float(away.max()) * _GROWTH or near.sum() < 25 or not np.isfinite(away).all():
            return first, fit
        fit = _refit(fit, points[near], turns[near], flat=radius < 3.0 * FIRST_MM)
        first = fit if radius == FIRST_MM else first
        radius *= _GROWTH


def flattest(
    px: NDArray[np.float64],
    waves: NDArray[np.complex128],
    on: NDArray[np.bool_],
    grown: Homography,
    seeds: list[tuple[int, int]],
) -> tuple[Homography, float]:
    """The best map of a flat page, of one that is grown already and those that grow from seeds, and its agreement."""
    fits = [grown, *(grow(px, waves, on, seed)[1] for seed in seeds)]
    best = max(fits, key=lambda fit: agreement(fit.forward(px[on]), waves[on]))
    return _simplest(best, px[on], waves[on])


def _simplest(fit: Homography, points: Points, turns: NDArray[np.complex128]) -> tuple[Homography, float]:
    """An affine map, as a scanner makes it, unless the grid clearly shows perspective; and its agreement."""
    flat = fit
    for every in _ROUNDS:
        some = points[::every], turns[::every]
        fit, flat = _refit(fit, *some, flat=False), _refit(flat, *some, flat=True)
    whole, without = agreement(fit.forward(points), turns), agreement(flat.forward(points), turns)
    return (flat, without) if without > whole - _SAME_LOCK else (fit, whole)


def _refit(fit: Homography, points: Points, turns: NDArray[np.complex128], *, flat: bool) -> Homography:
    """Move the fit so that lines of the grid fall on lines, cells far from one counting less."""
    mm = fit.forward(points)
    off_mm = np.angle(turns * np.exp(-2j * np.pi / GRID_MM * mm)) * (GRID_MM / (2.0 * np.pi))
    weight = np.minimum(np.abs(turns), 1.0) / (1.0 + (off_mm / _TRUST_MM) ** 2)
    return fit_homography(points, mm + off_mm, weight, flat=flat)


def agreement(mm: Points, turns: NDArray[np.complex128]) -> float:
    """Mean cosine of the phase's error."""
    length = np.maximum(np.abs(turns), 1e-9)
    strength = np.minimum(length, 1.0)
    cos = (turns * np.exp(-2j * np.pi / GRID_MM * mm)).real / length
    return float((strength * cos).sum() / max(float(strength.sum()), 1e-9))


def _first_fit(px: NDArray[np.float64], waves: NDArray[np.complex128], seed: tuple[int, int]) -> Homography:
    """Affine map around a seed: phase there, and how fast it turns from cell to cell."""
    row, column = seed
    part = waves[
        max(0, row - _FIRST_CELLS) : row + _FIRST_CELLS + 1, max(0, column - _FIRST_CELLS) : column + _FIRST_CELLS + 1
    ]
    down, across = np.array([_turns(part[..., axis]) for axis in (0, 1)]).T
    pitch = px[0, 1, 0] - px[0, 0, 0], px[1, 0, 1] - px[0, 0, 1]
    linear = np.stack([across / pitch[0], down / pitch[1]], axis=1) * (GRID_MM / (2.0 * np.pi))
    offset = np.angle(waves[seed]) * (GRID_MM / (2.0 * np.pi)) - linear @ px[seed]
    return Homography(np.vstack([np.column_stack([linear, offset]), [0.0, 0.0, 1.0]]))


def _turns(wave: NDArray[np.complex128]) -> tuple[float, float]:
    """How far the phase of a wave turns from row to row and from column to column: the peak of its spectrum."""
    spectrum = np.abs(np.fft.fft2(wave, (_SPECTRUM, _SPECTRUM)))
    peak = np.array(np.unravel_index(int(spectrum.argmax()), spectrum.shape))
    down, across = (peak + _SPECTRUM // 2) % _SPECTRUM - _SPECTRUM // 2
    return 2.0 * np.pi / _SPECTRUM * float(down), 2.0 * np.pi / _SPECTRUM * float(across)
