"""Where the printed lines of the grid lie in a strip, measured in its pixels: more exactly than its network sees them.

The network says which line is which, and where within a tenth of a millimetre. Here the mean profile of all lines is
fitted to each piece of a line, 0.7 mm long or, of lines along the trace, 0.4 mm (Lucas and Kanade 1981); pieces around
are averaged by what each of them is worth.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from infer.page.unbend import FINE_MM, GRID_MM
from infer.rows.strips import X_PX_MM, Y_PX_MM
from synth.grid_lines import line_mm

_ROUNDS = 2
_BENT_MM, _FLAT_MM = (1.5, 2.7), (2.5, 6.0)  # over which pieces are averaged, across lines and along them
_PRIOR_MM = 0.05  # how far off the network's look is expected to be
_WORTH = 0.3  # of a piece against what its noise says: pieces beside each other share theirs
_REACH = {0: {GRID_MM: 8, FINE_MM: 4}, 1: {GRID_MM: 5, FINE_MM: 3}}  # pixels beside a line, by axis and pitch
_TAKEN_PX = 10, 8  # columns beside and rows over and under a trace in which its ink is
_LEAST_PIECES, _LEAST_DARK, _FAINTEST = 200, 0.01, 0.3  # a piece is this share of the mean line's darkness at least
_MOST_PX = 3.0  # that a piece may lie off
_LITTLE = 1e-3  # of the light, that lines take of every channel at least
_SOME = 1000  # pieces tell what the mean line looks like
_FEW = 8  # one in so many rows of cells tells what colour lines have

Plane = NDArray[np.float32]


def lines_off(
    strip: NDArray[np.uint8],
    shift_mm: Plane,
    corner_mm: tuple[float, float],
    row: NDArray[np.intp],
    colour: LineColour,
    *,
    raster_dpi: float | None = None,
    flat: bool = False,
) -> Plane:
    """How far to the right of and below their places by `shift_mm` lines lie around each cell, mm, (H / 4, W / 4, 2).

    Nearly 0 where no lines are seen.

    Args:
        strip: (H, W, 3) as it was cut.
        shift_mm: What `grid_shift` says of it, (H / 4, W / 4, 2).
        corner_mm: Where on the grid its left upper corner was meant to lie.
        row: Row of the trace in each column, (W,): no lines are looked for there.
        colour: Of the lines, see `line_colour`.
        raster_dpi: As `grid_shift`'s.
        flat: Whether the paper is: lines are averaged farther.
    """
    worth = (colour.lost + _LITTLE) / colour.noise**2
    grey, taken = strip.astype(np.float32) @ (worth / worth.sum()).astype(np.float32), _taken(row, strip.shape[0])
    h, w = shift_mm.shape[:2]
    upright, level = (
        np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
        for size in ((strip.shape[1], h), (w, strip.shape[0]))
    )
    narrow = [upright, np.ascontiguousarray(level.T)]
    ink = [taken[2::4], taken[:, 2::4].T]
    off = np.zeros_like(shift_mm)
    for _ in range(_ROUNDS):
        place = _places(shift_mm - off, corner_mm)
        for axis in (0, 1):
            off[..., axis] += _axis_off(narrow[axis], ink[axis], place[axis], axis, raster_dpi, flat)
    return off


def _places(shift_mm: Plane, corner_mm: tuple[float, float]) -> tuple[Plane, Plane]:
    """Where on the grid each cell lies: x, (H / 4, W / 4), and y, (W / 4, H / 4)."""
    h, w = shift_mm.shape[:2]
    x = corner_mm[0] + np.arange(2.0, 4.0 * w, 4.0) / X_PX_MM + shift_mm[..., 0]
    y = corner_mm[1] + np.arange(2.0, 4.0 * h, 4.0) / Y_PX_MM + shift_mm[..., 1].T
    return x.astype(np.float32), y.astype(np.float32)


def _taken(row: NDArray[np.intp], height: int) -> NDArray[np.bool_]:
    """Where the ink of the trace is, (H, W)."""
    beside, over = _TAKEN_PX
    top, bottom = minimum_filter1d(row, 2 * beside + 1) - over, maximum_filter1d(row, 2 * beside + 1) + over
    rows = np.arange(height)[:, None]
    return np.asarray((rows > top) & (rows < bottom))


class LineColour(NamedTuple):
    """What lines of the grid do to each channel.

    Attributes:
        lost: Share of the light that they take, (3,).
        noise: What else changes it, (3,).
    """

    lost: NDArray[np.float64]
    noise: NDArray[np.float64]


def line_colour(
    strip: NDArray[np.uint8], shift_mm: Plane, corner_mm: tuple[float, float], raster_dpi: float | None
) -> LineColour:
    """The colour of upright 5 mm lines: none, and no noise, where too few can be seen. See `lines_off`."""
    reach, h = _REACH[0][GRID_MM], shift_mm.shape[0]
    narrow = np.asarray(cv2.resize(strip, (strip.shape[1], h), interpolation=cv2.INTER_AREA)[::_FEW], dtype=np.float32)
    at = _lines_at(_places(shift_mm, corner_mm)[0][::_FEW], raster_dpi)[GRID_MM]
    inside = _inside(at, strip.shape[1], reach)
    dark = np.stack([_profiles(np.ascontiguousarray(narrow[..., k]), at, reach)[inside] for k in range(3)])
    if dark.shape[1] < _LEAST_PIECES // _FEW:
        return LineColour(np.zeros(3), np.ones(3))
    mean = np.median(dark, axis=1)
    noise = np.median(np.abs(dark - mean[:, None]), axis=(1, 2)) + 2e-3
    return LineColour(np.maximum(mean[:, reach], 0.0).astype(np.float64), noise.astype(np.float64))


def _axis_off(
    narrow: Plane, ink: NDArray[np.bool_], place_mm: Plane, axis: int, raster_dpi: float | None, flat: bool
) -> Plane:
    """How far lines across an axis lie off, mm, (H / 4, W / 4).

    Args:
        narrow: The strip, 4 pixels along lines made one, (n, N); its other side runs across lines.
        ink: Where something else is, (n, N).
        place_mm: Where on the grid each of its cells lies, (n, N / 4).
        axis: 0 of upright lines.
        raster_dpi: As above.
        flat: As above.
    """
    worth, moved = np.zeros((2, *place_mm.shape), dtype=np.float32)
    lines = _lines_at(place_mm, raster_dpi)
    for pitch_mm, reach in _REACH[axis].items():
        pieces = _pieces(narrow, ink, lines[pitch_mm], reach)
        if pieces is not None:
            counts = _WORTH * pieces.worth
            worth += _in_cells(lines[pitch_mm], counts, worth.shape)
            moved += _in_cells(lines[pitch_mm], counts * pieces.off_px, worth.shape)
    per_mm, along_mm = (X_PX_MM, Y_PX_MM)[axis], (Y_PX_MM, X_PX_MM)[axis]
    across, along = _FLAT_MM if flat else _BENT_MM
    worth, moved = (_around(sums, across * per_mm / 4.0, along * along_mm / 4.0) for sums in (worth, moved))
    off = moved / (worth + (_PRIOR_MM * per_mm) ** -2) / per_mm
    return np.asarray(off if axis == 0 else off.T, dtype=np.float32)


def _pieces(narrow: Plane, ink: NDArray[np.bool_], at: NDArray[np.float64], reach: int) -> _Pieces | None:
    """What pieces of lines show that lie inside and free of ink; None where there are too few."""
    column = np.clip(np.round(at), 0, narrow.shape[1] - 1).astype(np.intp)
    free = _inside(at, narrow.shape[1], reach) & ~np.take_along_axis(ink, column, axis=1)
    return _fitted(_profiles(narrow, at, reach), free) if free.sum() >= _LEAST_PIECES else None


def _in_cells(at: NDArray[np.float64], values: Plane, shape: tuple[int, ...]) -> Plane:
    """Values at pixels across lines, (n, lines), each given to the two cells of its row between which it lies."""
    cell = np.clip((at - 1.5) / 4.0, 0.0, shape[1] - 1.001)
    first = cell.astype(np.intp) + shape[1] * np.arange(len(at))[:, None]
    size = shape[0] * shape[1]
    sums = np.bincount(first.ravel(), (values * (1.0 - cell % 1.0)).ravel(), size)
    sums += np.bincount(first.ravel() + 1, (values * (cell % 1.0)).ravel(), size)
    return np.asarray(sums.reshape(shape), dtype=np.float32)


def _around(sums: Plane, sigma_x: float, sigma_y: float) -> Plane:
    """Sums over the neighbourhood of each cell: pieces of the whole kernel add up, they are not averaged."""
    mean = cv2.GaussianBlur(sums, (0, 0), sigma_x, sigmaY=sigma_y, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(2.0 * np.pi * sigma_x * sigma_y * np.asarray(mean), dtype=np.float32)


def _lines_at(place_mm: Plane, raster_dpi: float | None) -> dict[float, NDArray[np.float64]]:
    """Pixel across lines at which each is expected in each row, (n, lines), by pitch; 5 mm lines are no 1 mm lines."""
    cells = np.maximum.accumulate(place_mm, axis=1)
    number = np.arange(np.ceil(cells[:, 0].min() / FINE_MM) + 1.0, np.floor(cells[:, -1].max() / FINE_MM))
    pixel, lines_mm = 4.0 * np.arange(cells.shape[1]) + 1.5, line_mm(number, FINE_MM, raster_dpi)
    at = np.stack([np.interp(lines_mm, row, pixel, left=-np.inf, right=np.inf) for row in cells])
    coarse = number % round(GRID_MM / FINE_MM) == 0.0
    return {GRID_MM: at[:, coarse], FINE_MM: at[:, ~coarse]}


def _inside(at: NDArray[np.float64], length: int, reach: int) -> NDArray[np.bool_]:
    return (at > reach + 2.0) & (at < length - reach - 3.0)


def _profiles(narrow: Plane, at: NDArray[np.float64], reach: int) -> Plane:
    """How much darker than beside it each line is, pixel by pixel across it, (n, lines, 2 * reach + 1)."""
    beside = np.arange(-reach, reach + 1.0)
    x = np.clip(at, 0.0, narrow.shape[1] - 1.0)[..., None] + beside
    x = x.reshape(len(at), -1).astype(np.float32)
    y = np.repeat(np.arange(len(at), dtype=np.float32)[:, None], x.shape[1], axis=1)
    seen = np.asarray(cv2.remap(narrow, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))
    seen = seen.reshape(*at.shape, len(beside))
    around = np.maximum((seen[..., :1] + seen[..., -1:]) / 2.0, 20.0)
    return np.asarray(1.0 - seen / around, dtype=np.float32)


class _Pieces(NamedTuple):
    """Pieces of lines: how far each lies off, px, and what that is worth, 1 / px2, (n, lines) each."""

    off_px: Plane
    worth: Plane


def _fitted(dark: Plane, free: NDArray[np.bool_]) -> _Pieces | None:
    """Fit the mean profile, darker or paler, on darker or paler paper, and moved; None where no lines are seen."""
    some = dark[free][:: max(1, int(free.sum()) // _SOME)]
    mean = np.median(some, axis=0)
    mean = (mean + mean[::-1]) / 2.0
    mean = mean - mean.min()
    if mean.max() < _LEAST_DARK:
        return None
    reach = len(mean) // 2
    window = np.exp(-0.5 * (np.arange(-reach, reach + 1.0) / (0.45 * reach)) ** 2)
    slope = np.gradient(mean)
    design = np.stack([np.ones_like(mean), mean, -slope], axis=1)
    weighted = (window[:, None] * design).astype(np.float32)
    seen = dark @ weighted
    found = seen @ np.linalg.inv(design.T @ weighted).astype(np.float32)
    left = dark**2 @ window.astype(np.float32) - (found * seen).sum(axis=-1)
    left = np.maximum(left, 0.0) / np.float32(window.sum())
    usual = float(np.median(left[free])) + 1e-6
    strength = np.clip(found[..., 1], 0.0, 3.0)
    off = np.clip(found[..., 2] / np.maximum(strength, _FAINTEST), -_MOST_PX, _MOST_PX)
    worth = strength**2 * float((slope**2 * window).sum()) / usual / (1.0 + left / (2.0 * usual)) ** 2
    return _Pieces(off, np.where(free & (strength >= _FAINTEST), worth, np.float32(0.0)))
