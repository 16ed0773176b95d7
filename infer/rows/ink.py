"""Where the ink of a trace lies in a strip, measured in its pixels: more exactly than its network sees it.

The network says which ink is the trace, and where to within a few tenths of a millimetre. Here a pen line is fitted to
that ink: as wide, as dark and as blurred as this page's, of the colour of this trace, without the colour of the grid.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded
from scipy.ndimage import maximum_filter1d

from infer.rows.strips import X_PX_MM, Y_PX_MM
from infer.rows.trace import Column

_ROUNDS = 2
_BAND_ROWS, _BESIDE = 5, 7  # rows over and under a trace, and columns beside each pixel, that are looked at
_ALWAYS, _STEEP = 2.0, 0.7  # fewer columns, where no trace around is steeper
_PRIOR_MM = 0.06  # how far off the network's trace is expected to be, besides what it says itself
_BENT_MM = 0.2  # by how much that may differ from what columns beside say
_STRAY = 3.0  # times the noise: such a pixel counts a quarter
_MOST_MM = 0.3  # that a column is moved at a time
_LEVEL, _SURE = 0.3, 0.7  # rows per column that a trace sinks by at most, and its confidence, where its line is seen
_FAINT = 0.05  # of the trace's colour, squared, that is left when the grid's is taken out, at least
_LEAST_DARK, _FEWEST = 0.2, 10  # a line's, and pixels of a step
_STEP_MM, _STEPS = 0.08, 11  # of a line's profile
_WIDTHS_MM = np.arange(0.06, 0.5, 0.01)


class Ink(NamedTuple):
    """The colour of a trace.

    Attributes:
        paper: Light of the paper in each channel, (3,).
        seen: What of the channels is the trace's and not the grid's: its product with the share of the light that is
            lost is 1 on the trace, (3,).
    """

    paper: NDArray[np.float64]
    seen: NDArray[np.float64]


def trace_colour(strip: NDArray[np.uint8], row: NDArray[np.float64], line_colour: NDArray[np.float64]) -> Ink:
    """The colour of a trace.

    Args:
        strip: (H, W, 3) as it was cut.
        row: Row of the trace in each column, (W,).
        line_colour: Light that the lines of the grid take of each channel, as a share, (3,).
    """
    level = np.flatnonzero(np.abs(np.gradient(row)) < _LEVEL)[::3]
    paper = np.maximum(np.percentile(strip[::7, ::7].reshape(-1, 3), 80.0, axis=0), 1.0)
    if not len(level):
        return Ink(paper, np.full(3, 1.0 / 3.0))
    ink = 1.0 - np.median(strip[_pixel(row[level], len(strip)), level], axis=0) / paper
    seen = ink - line_colour * float(ink @ line_colour) / max(float(line_colour @ line_colour), 1e-6)
    seen = seen if float(seen @ seen) > _FAINT * float(ink @ ink) else ink
    return Ink(paper, np.asarray(seen / max(float(seen @ ink), 1e-6)))


def follow_ink(strip: NDArray[np.uint8], column: Column, line_colour: NDArray[np.float64]) -> NDArray[np.float64]:
    """The row of the trace in each column as its ink has it, (W,); as it was where no line is seen.

    Args:
        strip: (H, W, 3) as it was cut.
        column: What the network says of it.
        line_colour: Light that the lines of the grid take of each channel, as a share, (3,).
    """
    row, known = column.row, 1.0 / (_PRIOR_MM**2 + column.doubt_mm2)
    x, y = _band(row, len(strip))
    dark = _darkness(strip, x, y, trace_colour(strip, row, line_colour).seen)
    read_mm = -row / Y_PX_MM
    at_mm = (x / X_PX_MM).astype(np.float32), (-y / Y_PX_MM).astype(np.float32)
    near, above_mm = _nearest(at_mm, x, read_mm), read_mm
    flat = np.abs(np.gradient(row)) < _LEVEL
    line = _line(near, dark, flat[x] & (column.confidence[x] > _SURE))
    if line is None:
        return row
    for step in range(_ROUNDS):
        near = near if step == 0 else _nearest(at_mm, x, above_mm)
        step_mm = _step(near, dark, line, column.confidence[x], above_mm - read_mm, known)
        above_mm = above_mm + np.clip(step_mm, -_MOST_MM, _MOST_MM)
    return np.asarray(-above_mm * Y_PX_MM)


def _pixel(at: NDArray[np.float64], size: int) -> NDArray[np.intp]:
    return np.clip(np.round(at), 0, size - 1).astype(np.intp)


def _band(row: NDArray[np.float64], height: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Columns and rows of all pixels beside a trace, column by column."""
    beside = np.stack([row[:-2], row[1:-1], row[2:]])
    low = _pixel(np.pad(beside.min(axis=0), 1, mode="edge") - _BAND_ROWS, height)
    high = _pixel(np.pad(beside.max(axis=0), 1, mode="edge") + _BAND_ROWS, height)
    count = high - low + 1
    x = np.repeat(np.arange(len(row)), count)
    return x, np.arange(len(x)) - np.repeat(np.cumsum(count) - count - low, count)


def _darkness(
    strip: NDArray[np.uint8], x: NDArray[np.intp], y: NDArray[np.intp], seen: NDArray[np.float64]
) -> NDArray[np.float32]:
    """How dark pixels are against the paper around them, in the colour of a trace."""
    small = cv2.resize(strip, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((5, 5), np.uint8)), (0, 0), 3.0)
    around = paper[np.minimum(y // 4, paper.shape[0] - 1), np.minimum(x // 4, paper.shape[1] - 1)]
    share = 1.0 - strip[y, x].astype(np.float32) / np.maximum(around, 20)
    return np.asarray(share @ seen.astype(np.float32), dtype=np.float32)


class _Nearest(NamedTuple):
    """The point of a trace that is nearest to each pixel, (n,) each.

    Attributes:
        mm2: Square of the distance.
        over_mm: How far over it the pixel lies.
        column: Column to its left.
        share: How far from there to the next column.
    """

    mm2: NDArray[np.float32]
    over_mm: NDArray[np.float32]
    column: NDArray[np.intp]
    share: NDArray[np.float32]


def _nearest(
    at_mm: tuple[NDArray[np.float32], NDArray[np.float32]], x: NDArray[np.intp], above_mm: NDArray[np.float64]
) -> _Nearest:
    heights, width = above_mm.astype(np.float32), np.float32(1.0 / X_PX_MM)
    rise_mm = np.diff(heights)
    near = _Nearest(np.full(len(x), np.inf, np.float32), np.zeros_like(at_mm[1]), x.copy(), np.zeros_like(at_mm[1]))
    steep = maximum_filter1d(np.abs(rise_mm), 2 * _BESIDE + 1) > _STEEP * width
    some = np.flatnonzero(steep[np.minimum(x, len(steep) - 1)])
    for offset in range(-_BESIDE, _BESIDE):
        asked = some if abs(offset + 0.5) > _ALWAYS else slice(None)
        left = np.clip(x[asked] + offset, 0, len(rise_mm) - 1)
        right_mm, over_mm = at_mm[0][asked] - left.astype(np.float32) * width, at_mm[1][asked] - heights[left]
        rise = rise_mm[left]
        share = np.clip((right_mm * width + over_mm * rise) / (width**2 + rise**2), 0.0, 1.0)
        over_mm = over_mm - share * rise
        mm2 = (right_mm - share * width) ** 2 + over_mm**2
        better = np.flatnonzero(mm2 < near.mm2[asked])
        pixels = better if isinstance(asked, slice) else asked[better]
        near.mm2[pixels], near.over_mm[pixels] = mm2[better], over_mm[better]
        near.column[pixels], near.share[pixels] = left[better], share[better]
    return near


class _Line(NamedTuple):
    """What a pen line looks like.

    Attributes:
        sigma_mm: Half its width, as of a normal distribution.
        dark: How dark it is.
        paper: How dark paper is.
        noise: By how much pixels differ from that.
    """

    sigma_mm: float
    dark: float
    paper: float
    noise: float

    def at(self, mm2: NDArray[np.float32]) -> NDArray[np.float32]:
        """How much darker than paper it is so far from its middle, the distance squared."""
        return np.asarray(np.float32(self.dark) * np.exp(mm2 * np.float32(-0.5 / self.sigma_mm**2)))


def _line(near: _Nearest, dark: NDArray[np.float32], clear: NDArray[np.bool_]) -> _Line | None:
    """The line that clear pixels show, None if they show none."""
    step = np.round(np.sqrt(near.mm2[clear]) / _STEP_MM).astype(np.intp)
    order = np.argsort(step, kind="stable")
    parts = np.split(dark[clear][order], np.searchsorted(step[order], np.arange(1, _STEPS)))[:_STEPS]
    if min(map(len, parts)) < _FEWEST:
        return None
    seen, at_mm = np.array([np.median(part) for part in parts]), _STEP_MM * np.arange(_STEPS)
    fits = []
    for sigma_mm in _WIDTHS_MM:
        design = np.stack([np.exp(-0.5 * (at_mm / sigma_mm) ** 2), np.ones_like(at_mm)], axis=1)
        found = np.linalg.lstsq(design, seen, rcond=None)[0]
        fits.append((float(((design @ found - seen) ** 2).sum()), sigma_mm, *found))
    _, sigma_mm, darkest, paper = (float(x) for x in min(fits))
    if darkest < _LEAST_DARK:
        return None
    line = _Line(sigma_mm, darkest, paper, 0.0)
    meant = line.at(near.mm2)
    left = np.abs(dark - line.paper - meant)[meant > 0.1 * darkest]
    return line._replace(noise=max(1.48 * float(np.median(left)), 0.02 * darkest))


def _step(
    near: _Nearest,
    dark: NDArray[np.float32],
    line: _Line,
    share: NDArray[np.float64],
    off_mm: NDArray[np.float64],
    known: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How much higher each column is to be: Gauss and Newton's step, moves being smooth along the trace.

    Args:
        near: Of each pixel, (n,).
        dark: How dark it is.
        line: What the trace looks like.
        share: How much each pixel counts.
        off_mm: How much higher each column is already than read, (W,).
        known: What the reading is worth, 1 / mm2, (W,).
    """
    size, meant = len(off_mm), line.at(near.mm2)
    left = dark - line.paper - meant
    counts = share / line.noise**2 / (1.0 + (left / (_STRAY * line.noise)) ** 2) ** 2
    steep = meant * near.over_mm / line.sigma_mm**2  # by so much a pixel gets darker per mm that the trace rises
    first, second = steep * (1.0 - near.share), steep * near.share

    def total(column: NDArray[np.intp], values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(column, values, size).astype(np.float64)

    matrix = np.zeros((3, size))  # upper diagonals, the farthest first
    matrix[2] = known + total(near.column, counts * first**2) + total(near.column + 1, counts * second**2)
    matrix[1, 1:] = total(near.column, counts * first * second)[:-1]
    for diagonal, parts in ((2, ((0, 1.0), (1, 4.0), (2, 1.0))), (1, ((1, -2.0), (2, -2.0))), (0, ((2, 1.0),))):
        for start, part in parts:  # second differences of neighbours, squared
            matrix[diagonal, start : size - 2 + start] += part / _BENT_MM**2
    bend = np.diff(off_mm, 2) / _BENT_MM**2
    pull = total(near.column, counts * first * left) + total(near.column + 1, counts * second * left) - known * off_mm
    pull[:-2] -= bend
    pull[1:-1] += 2.0 * bend
    pull[2:] -= bend
    return np.asarray(solveh_banded(matrix, pull))
