"""Step 1 of a reading: from what `PageNet` sees of the grid to a map between millimetres and the picture's pixels.

The millimetres here are those of the grid: a line at every 5, the origin at any crossing. `layouts` finds the page
in them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.bent import smooth_bend, turn_around, without_slips
from infer.unbend import GRID_MM, unbend
from infer.unslip import unslip
from infer.view import cell_centres
from synth.errors import UserError
from synth.geometry import Homography, Map, Points, invert, local_scale

_LEAST_PAPER = 0.05  # share of the picture that must be page
_LEAST_LOCK = 0.3
_FIRST_MM = 12.0  # radius of the first fit around a seed; it grows by _GROWTH until it holds the page
_FIRST_CELLS, _SPECTRUM = 12, 128  # cells to either side of a seed that say how fast the phase turns; of a spectrum
_GROWTH = 1.35
_TRUST_MM = 0.5  # phases this far off count half
_SEEDS = 4
_FLAT_MM = 0.12  # a page bent by less (rms) is taken to be flat: networks err by as much on a printer they never saw
_EXPLAINED = 0.2  # a bend that explains less of what a flat page leaves is none
_SURE_CELLS, _LEAST_SURE = 2.0, 1e-3  # cells over which it is averaged how surely the grid is seen, and the least
_SAME_LOCK = 0.0002  # agreements this close are the same: 0.016 mm rms


@dataclass(frozen=True, eq=False)
class PageMap:
    """Where the page lies in the picture.

    Attributes:
        to_px: Grid mm -> picture px.
        mm: Grid mm of each cell of the small picture, (h, w, 2).
        on: Which cells lie on the page, (h, w).
        px_per_mm: Scale at the middle of the page.
        lock: How well the grid agrees with the map: mean cosine of the phase's error, in [-1, 1].
        bent_mm: How far the page is from flat, rms.
        flat: The best map of a flat page, where this one is bent.
    """

    to_px: Map
    mm: NDArray[np.float64]
    on: NDArray[np.bool_]
    px_per_mm: float
    lock: float
    bent_mm: float
    flat: PageMap | None = None


def rectify(phase: NDArray[np.float32], paper: NDArray[np.float32], image_size: tuple[int, int]) -> PageMap:
    """Fit the map to the phase of the grid.

    Args:
        phase: cos x, sin x, cos y, sin y per cell, (4, h, w).
        paper: Probability of lying on the page, (h, w).
        image_size: (width, height) of the picture.

    Raises:
        UserError: If there is no page of ECG in the picture.
    """
    h, w = paper.shape
    on = _largest(paper > 0.5)
    if on.mean() < _LEAST_PAPER:
        raise UserError("no ECG page found in the picture; is it one, and large enough?")
    px = cell_centres(image_size, (4 * w, 4 * h)).reshape(h, w, 2)
    waves = np.stack([phase[0] + 1j * phase[1], phase[2] + 1j * phase[3]], axis=-1).astype(np.complex128)
    clearest, *others = _seeds(waves, on)
    near, grown = _grow(px, waves, on, clearest)
    with ThreadPoolExecutor(1) as pool:  # two thirds of the time are spent either on a flat page or on a bent one
        flattest = pool.submit(_flattest, px, waves, on, grown, others)
        mm, known = unbend(px, waves, on, near, clearest, _FIRST_MM)
        flat, lock = flattest.result()
    if max(lock, _agreement(mm[known], waves[known])) < _LEAST_LOCK:
        raise UserError(f"no ECG grid found in the picture (certainty {max(lock, 0.0):.2f}); is it an ECG?")
    base = robust_homography(px[known], mm[known])
    even = base.forward(px.reshape(-1, 2)).reshape(mm.shape)
    sure = cv2.GaussianBlur(np.minimum(np.abs(waves).min(axis=-1), 1.0), (0, 0), _SURE_CELLS) + _LEAST_SURE
    bend = smooth_bend(without_slips(unslip(mm - even, known), known), known * sure)
    rms = float(np.sqrt(np.mean(np.minimum((bend[known] ** 2).sum(axis=-1), 9.0))))
    even_map = _page_map(invert(flat), flat.forward(px.reshape(-1, 2)).reshape(mm.shape), on, lock, 0.0)
    left = 1.0 - _agreement(even_map.mm[known], waves[known])
    explained = left - (1.0 - _agreement((even + bend)[known], waves[known]))
    if rms <= _FLAT_MM or explained < _EXPLAINED * left:  # noise tears faint grids: a smooth bend does not explain it
        return even_map
    bent = _page_map(turn_around(px, bend, known, base), even + bend, known, _agreement(mm[known], waves[known]), rms)
    return replace(bent, flat=even_map)


def _flattest(
    px: NDArray[np.float64],
    waves: NDArray[np.complex128],
    on: NDArray[np.bool_],
    grown: Homography,
    seeds: list[tuple[int, int]],
) -> tuple[Homography, float]:
    """The best map of a flat page, of one that is grown already and those that grow from seeds, and its agreement."""
    fits = [grown, *(_grow(px, waves, on, seed)[1] for seed in seeds)]
    best = max(fits, key=lambda fit: _agreement(fit.forward(px[on]), waves[on]))
    return _simplest(best, px[on], waves[on])


def _page_map(to_px: Map, mm: NDArray[np.float64], on: NDArray[np.bool_], lock: float, bent_mm: float) -> PageMap:
    middle = np.median(mm[on], axis=0)[None]
    return PageMap(to_px, mm, on, float(local_scale(to_px, middle)[0]), lock, bent_mm)


def _largest(on: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected part."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(on.astype(np.uint8), connectivity=4)
    if count < 3:
        return on
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))


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
    radius = _FIRST_MM
    centre = fit.forward(px[seed][None])
    while True:
        away = np.hypot(*(fit.forward(points) - centre).T)
        near = away < radius
        if radius > float(away.max()) * _GROWTH or near.sum() < 25 or not np.isfinite(away).all():
            return first, fit
        fit = _refit(fit, points[near], turns[near], flat=radius < 3.0 * _FIRST_MM)
        first = fit if radius == _FIRST_MM else first
        radius *= _GROWTH


def _simplest(fit: Homography, points: Points, turns: NDArray[np.complex128]) -> tuple[Homography, float]:
    """An affine map, as a scanner makes it, unless the grid clearly shows perspective; and its agreement."""
    flat = fit
    for _ in range(3):
        fit, flat = _refit(fit, points, turns, flat=False), _refit(flat, points, turns, flat=True)
    whole, without = _agreement(fit.forward(points), turns), _agreement(flat.forward(points), turns)
    return (flat, without) if without > whole - _SAME_LOCK else (fit, whole)


def _refit(fit: Homography, points: Points, turns: NDArray[np.complex128], *, flat: bool) -> Homography:
    """Move the fit so that lines of the grid fall on lines, cells far from one counting less."""
    mm = fit.forward(points)
    off_mm = np.angle(turns * np.exp(-2j * np.pi / GRID_MM * mm)) * (GRID_MM / (2.0 * np.pi))
    weight = np.minimum(np.abs(turns), 1.0) / (1.0 + (off_mm / _TRUST_MM) ** 2)
    return fit_homography(points, mm + off_mm, weight, flat=flat)


def _agreement(mm: Points, turns: NDArray[np.complex128]) -> float:
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


def _normaliser(points: Points) -> Homography:
    centre, spread = points.mean(axis=0), max(float(points.std()), 1e-9)
    scale = 1.0 / spread
    return Homography(np.array([[scale, 0.0, -centre[0] * scale], [0.0, scale, -centre[1] * scale], [0.0, 0.0, 1.0]]))
