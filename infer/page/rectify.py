"""Step 1 of a reading: from what `PageNet` sees of the grid to a map between millimetres and the picture's pixels.

The millimetres here are those of the grid: a line at every 5, the origin at any crossing. `layouts` finds the page
in them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.networks.view import cell_centres
from infer.page.bent import LARGEST_MM, smooth_bend, turn_around, without_slips
from infer.page.flat import FIRST_MM, agreement, flattest, grow, seeds_on
from infer.page.homography import robust_homography
from infer.page.unbend import unbend
from infer.page.unslip import unslip
from synth.errors import UserError
from synth.geometry import Homography, Map, Points, affine, invert, local_scale

_LEAST_PAPER = 0.05  # share of the picture that must be page
_LEAST_LOCK = 0.3
_FLAT_MM = 0.12  # a page bent by less (rms) is taken to be flat: networks err by as much on a printer they never saw
_EXPLAINED = 0.2  # a bend that explains less of what a flat page leaves is none
# Length of the phase, and agreement with what was followed, of which either says that it is no noise: 0.5 and more, and
# 0.97, on pages that are bent; 0.1 to 0.3, and up to 0.956, where faint grids were torn.
_LEAST_SEEN, _NO_NOISE = 0.35, 0.965
_SURE_CELLS, _LEAST_SURE = 2.0, 1e-3  # cells over which it is averaged how surely the grid is seen, and the least
_LEAST_MM = 5.0  # of a page, along either side
_USUAL_MM = 297.0  # the longer side of most pages
_FAR_MM = 3.0  # parts of the page farther off, as where lines were missed, do not count as more
_NEAR_CELLS = 25  # over which the rough bend is averaged


@dataclass(frozen=True, eq=False)
class PageMap:
    """Where the page lies in the picture.

    Attributes:
        to_px: Grid mm -> picture px.
        mm: Grid mm of each cell of the small picture, (h, w, 2).
        on: Which cells lie on the page, (h, w).
        px_per_mm: Scale at the middle of the page.
        lock: How well the grid agrees with the map: mean cosine of the phase's error, in [-1, 1]; 0 of a map that only
            names and rows gave, below that of one that nothing gave.
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


class NoGridError(UserError):
    """The grid cannot be followed, or lies on no paper that there is."""


@dataclass(frozen=True, eq=False)
class Followed:
    """The grid, followed from cell to cell, and what is known of the page by that.

    Attributes:
        px: Pixels of the cells, (h, w, 2).
        waves: Phase of the grid in them, cos + i sin along x and y, (h, w, 2).
        on: Which lie on the page, (h, w).
        mm: Their grid mm where they were reached, (h, w, 2).
        known: Which were, (h, w).
        flat: Pixels -> grid mm, if the page were flat.
        flat_lock: How well the grid agrees with that.
        lock: How well it agrees with `mm`.
    """

    px: NDArray[np.float64]
    waves: NDArray[np.complex128]
    on: NDArray[np.bool_]
    mm: NDArray[np.float64]
    known: NDArray[np.bool_]
    flat: Homography
    flat_lock: float
    lock: float

    @cached_property
    def base(self) -> Homography:
        """Pixels -> grid mm, as flat as most of the page is."""
        return robust_homography(self.px[self.known], self.mm[self.known])

    @cached_property
    def even(self) -> NDArray[np.float64]:
        """The same of all cells, (h, w, 2)."""
        return self.base.forward(self.px.reshape(-1, 2)).reshape(self.mm.shape)

    @cached_property
    def seen(self) -> bool:
        """Whether the grid is seen well enough, on half of the page, to say how it is bent."""
        return self.lock >= _NO_NOISE or float(np.median(np.abs(self.waves[self.on]).min(axis=-1))) >= _LEAST_SEEN

    def roughly_bent_mm(self) -> float:
        """How far the page is from flat, rms, but for slips: in a tenth of the time."""
        known = self.known[..., None].astype(np.float64)
        sums = cv2.blur(np.dstack([(self.mm - self.even) * known, known]), (_NEAR_CELLS, _NEAR_CELLS))
        return _rms((sums[..., :2] / np.maximum(sums[..., 2:], 1e-6))[self.known])


def follow_grid(phase: NDArray[np.float32], paper: NDArray[np.float32], image_size: tuple[int, int]) -> Followed:
    """Follow the phase of the grid over the page.

    Args:
        phase: cos x, sin x, cos y, sin y per cell, (4, h, w).
        paper: Probability of lying on the page, (h, w).
        image_size: (width, height) of the picture.

    Raises:
        UserError: If there is no page in the picture.
        NoGridError: If there is no grid on it.
    """
    h, w = paper.shape
    on = _largest(paper > 0.5)
    if on.mean() < _LEAST_PAPER:
        raise UserError("no ECG page found in the picture; is it one, and large enough?")
    px = cell_centres(image_size, (4 * w, 4 * h)).reshape(h, w, 2)
    waves = np.stack([phase[0] + 1j * phase[1], phase[2] + 1j * phase[3]], axis=-1).astype(np.complex128)
    clearest, *others = seeds_on(waves, on)
    near, grown = grow(px, waves, on, clearest)
    with ThreadPoolExecutor(1) as pool:  # two thirds of the time are spent either on a flat page or on a bent one
        flattening = pool.submit(flattest, px, waves, on, grown, others)
        mm, known = unbend(px, waves, on, near, clearest, FIRST_MM)
        flat, flat_lock = flattening.result()
    lock = agreement(mm[known], waves[known])
    if max(flat_lock, lock) < _LEAST_LOCK:
        raise NoGridError(f"no ECG grid found in the picture (certainty {max(flat_lock, 0.0):.2f}); is it an ECG?")
    return Followed(px, waves, on, mm, known, flat, flat_lock, lock)


def rectify(grid: Followed) -> PageMap:
    """The map of a page whose grid was followed: of a bent one, unless a flat one explains as much.

    Raises:
        NoGridError: If the page would be larger than any is, or a line.
    """
    px, waves, known, even = grid.px, grid.waves, grid.known, grid.even
    flat_mm = grid.flat.forward(px.reshape(-1, 2)).reshape(even.shape)
    flat = _page_map(invert(grid.flat), flat_mm, grid.on, grid.flat_lock, 0.0) if on_paper(flat_mm[grid.on]) else None
    if not grid.seen:
        return _believed(flat)
    sure = cv2.GaussianBlur(np.minimum(np.abs(waves).min(axis=-1), 1.0), (0, 0), _SURE_CELLS) + _LEAST_SURE
    bend = smooth_bend(without_slips(unslip(grid.mm - even, known), known), known * sure)
    rms = _rms(bend[known])
    left = 1.0 - agreement(flat_mm[known], waves[known])
    explained = left - (1.0 - agreement((even + bend)[known], waves[known]))
    if rms <= _FLAT_MM or explained < _EXPLAINED * left:  # a smooth bend does not explain noise
        return _believed(flat)
    return replace(_page_map(turn_around(px, bend, known, grid.base), even + bend, known, grid.lock, rms), flat=flat)


def on_paper(mm: Points) -> bool:
    """Whether a page whose cells lie there, (n, 2), is as large as some paper is: larger ones would fill memory."""
    span = np.ptp(mm, axis=0)
    return bool(((span > _LEAST_MM) & (span < LARGEST_MM)).all())


def _believed(flat: PageMap | None) -> PageMap:
    if flat is None:
        raise NoGridError(
            "no ECG page found in the picture: what looks like its grid would lie on no paper that there is"
        )
    return flat


def without_grid(paper: NDArray[np.float32], image_size: tuple[int, int]) -> PageMap:
    """A map of which nothing but the picture is known: as if the page lay flat and level in it, as wide as most are.

    Args:
        paper: Probability of lying on the page, (h, w).
        image_size: (width, height) of the picture.
    """
    h, w = paper.shape
    on = _largest(paper > 0.5)
    px = cell_centres(image_size, (4 * w, 4 * h)).reshape(h, w, 2)
    scale = float(np.ptp(px[on], axis=0).max()) / _USUAL_MM
    return PageMap(affine(scale, (0.0, 0.0)), px / scale, on, scale, -1.0, 0.0)


def _rms(bend: NDArray[Any]) -> float:
    """Of (n, 2) mm, those that are far off not counting as more than `_FAR_MM`."""
    return float(np.sqrt(np.mean(np.minimum((bend**2).sum(axis=-1), _FAR_MM**2))))


def _page_map(to_px: Map, mm: NDArray[np.float64], on: NDArray[np.bool_], lock: float, bent_mm: float) -> PageMap:
    middle = np.median(mm[on], axis=0)[None]
    return PageMap(to_px, mm, on, float(local_scale(to_px, middle)[0]), lock, bent_mm)


def _largest(on: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected part."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(on.astype(np.uint8), connectivity=4)
    if count < 3:
        return on
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))
